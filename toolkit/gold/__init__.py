"""Annotations → gold: several people's spans become one set that says who stood behind it.

``merge.merge`` is the way in; each method of merging is a module of its own.
"""
