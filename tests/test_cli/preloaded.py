"""Imported by the process that ``forked`` forks commands from, and by nobody else."""

from tests.test_cli.forked import import_everything

import_everything()
