"""Annotation and labelling toolkit for Chinese named-entity recognition.

Rules pre-annotate news, Label Studio shows it to annotators, and their labels come back
as a gold dataset. The records live in ``toolkit.model``; each stage is a function over
streams of them. Importing this package imports nothing heavy.
"""

__version__ = "0.1.0"
