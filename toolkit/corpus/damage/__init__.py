"""Kinds of damage, one a module: each has ``find``, text → the replacements that mend it.

A finder gives its replacements in order, without overlap, none longer than what it
replaces, and gives none for a clean text. What can't be proven to be damage is left.
"""
