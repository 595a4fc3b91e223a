"""Document → Suggestion: rule packs, the engine that runs them, and their own examples as tests.

========== ==========================================================================
module     idea
========== ==========================================================================
pack       a folder of rules and lexicons, read and checked
lexicon    a list of terms: found in a text, or written into a pattern
pattern    a regular expression with macros and lexicon classes
tokens     words with part of speech (jieba)
sequence   rules over sequences of words
shadow     one form of punctuation, digits, spaces and script for every rule
view       a document as the rules see it: shadow text and words
overlap    of the spans that compete for the same characters, the best set
engine     all rules over a document
check      the examples of a pack, run as tests
========== ==========================================================================
"""
