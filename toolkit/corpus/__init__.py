"""Raw files in, documents out: read, decode, repair, and keep every character's address.

::

    readers     files and folders → raw text, its encoding and its hash
    damage/     what is found wrong with a text, one kind a module
    repair      the chain of passes over those kinds, and what each changed
    alignment   text ⇄ raw: the algebra that the passes and every span rely on
    metadata    what a text says of itself: title, date, source, author, editor
    ingest      all of it: paths → documents, with a reason for each that is left out
    passages    document → the parts that become tasks
"""
