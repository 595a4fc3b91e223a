"""The stages of the journey over a workspace's files: read records, call a room, write records.

The command line prints what these return; programs may call them just as well. Each
writes its file whole or not at all, and running it again does no harm.
"""
