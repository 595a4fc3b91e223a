"""What may be wrong with gold, as a list of doubts with their places, before it is exported.

``registry`` lists the checks, one a module; ``finding`` says what a doubt is and what a check
is given; ``places`` makes one row of what several checks doubt; ``disagreement`` is the one that
needs a model, and so the extra ``[crf]``.
"""
