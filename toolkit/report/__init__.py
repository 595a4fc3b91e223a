"""Numbers → one page to read, print, and put into an appendix.

``figures.collect`` counts; ``page.build`` writes the HTML; ``charts`` draws.
"""
