"""The command line: parse, call, print; nothing else."""


def run() -> None:
    """Run the command line."""
