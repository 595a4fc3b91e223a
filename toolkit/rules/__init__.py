"""Document → Suggestion: rule packs, the engine that runs them, and their own examples as tests.

=========== ==========================================================================
module      idea
=========== ==========================================================================
pack        one or more stacked packs, read, checked and compiled
pack_file   a pack's folder as it is written, with lines for errors
rule        one rule as it is written, and what it may not say
misread     what is wrong with a table that isn't what a pack says, in words
cache       compiled packs in the user's cache
lexicon     a list of terms
pattern     a regular expression with macros and lexicon classes
sequence    rules over sequences of words
search      what rules look for, as plain data
shadow      one form of punctuation, digits, spaces and script for every rule
borders     many texts as one that nothing crosses
joined      documents' texts as one text, and which place is whose
tokens      words with part of speech (rjieba, or jieba as the reference)
characters  sets of characters, and how often characters come up
triggers    literals of which every match of a pattern must hold one
heads       what a match can begin with: a quick look before a pattern is tried
branches    alternatives that begin differently, in a form that is decided quickly
expression  a pattern as the engine runs it, ready to be kept
prepared    what it takes to run a pattern, worked out once
effort      how much work a pattern can be, so that none can hang a run
compiled    a pack made ready: one automaton for all terms and triggers
windows     a pattern tried only where a match could start
classes     words that satisfy the same steps of token rules
words       all token rules at once, by an automaton over classes of words
hits        where literals stand; many_hits the same for a long text, by numpy
leftmost    of places that overlap, those that count
scan        where the rules find something in a text, in one pass
parts       what a composition is made of
compose     entities built out of parts that touch
proofs      how one place of a document can prove something about others
prover      what one place proves, at its other places
whole       compositions and document rules over a document
repeats     what was found once, at its other places
vetoes      whether a veto strikes a candidate
proposals   the candidates so far, and what of them can win
overlap     of the spans that compete for the same characters, the best set
garbage     fewer looks for reference cycles while many objects are made
values      normal values of times, amounts and numbers
engine      all rules over a document
check       the examples of a pack, run as tests
explain     why each span was proposed, and what it beat
outcomes    what became of suggested spans: kept, moved, relabelled, removed
scorecard   the same by rule, with intervals; beta is the distribution behind them
cost        editing work in actions, and the scores from which on showing saves work
calibration scores that mean what they say, and how far they do
learning    rules that gold teaches, tried on documents held out
=========== ==========================================================================
"""
