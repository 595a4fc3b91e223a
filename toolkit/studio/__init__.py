"""Suggestions to Label Studio, labels back; and an embedded Label Studio to work with.

``server`` starts and stops the embedded one, on top of ``installed`` (its version, commands
and migrated database), ``process`` (a process that outlives us), ``accounts`` and ``places``.
"""
