"""What other tools wrote → texts with spans, for ``toolkit import``.

``registry`` lists what can be read, one module a kind of file; ``imported`` says what comes
out: texts as they were, with spans that stand where they say.
"""
