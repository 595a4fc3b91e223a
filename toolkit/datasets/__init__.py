"""Gold documents → the files that a model is trained on.

``export`` writes a whole version; ``formats`` lists what it can write; ``tagging`` is
the step between spans and tags; ``splits`` says which document goes where.
"""
