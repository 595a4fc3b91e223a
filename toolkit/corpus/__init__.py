"""Raw files in, documents out: read, decode, repair, and keep every character's address.

::

    sources      paths, folders, archives, standard input → what can be opened
    archives     members of .zip and .tar.gz, none of them trusted; unpacking guards sizes
    encodings    bytes → text, strictly; frequent says how much a text looks like Chinese
    readers/     one format a module: an opened source → its texts
    damage/      what is found wrong with a text, one kind a module
    repair       the chain of passes over those kinds, and what each changed
    alignment    text ⇄ raw: the algebra that the passes and every span rely on
    metadata     what a text says of itself: title, date, source, author, editor
    candidates   all that can be known of a text without the others: file → what may be a document
    ingest       all of it: paths → documents, with a reason for each that is left out
    register     ids and texts met so far; earlier, documents as they were before a run
    duplicates   near-duplicates → groups, by signatures; group_names keeps their names
    scratch      what a run remembers on disk, so that memory doesn't grow with the corpus
    passages     document → the parts that become tasks
"""
