"""Annotations → how reliable they are: span F1 and coefficients, each with an interval.

``breakdown.agreement`` is the way in. The modules need numpy; import them where they are used.
"""
