"""Annotations → gold: several people's spans become one set that says who stood behind it.

``merge.merge`` is the way in. The way through:

- ``cases``: what is merged (``Case``: a document and its ``View`` s) and what comes of it
  (``Decision``); ``cases.decision`` makes gold spans with votes and lost alternatives of
  any method's spans with probabilities.
- ``layers``: nested spans taken apart, so that a method sees flat spans only.
- ``methods.METHODS``: a method takes flat cases and gives a decision for each, in order.
  ``vote`` and ``expert`` count; the others are models over one table:
- ``units``: the table. Units (tokens, or words and characters) in sequences, and a row for
  each unit and annotator who saw it: the tag they gave, and their tag before.
- ``sequence``: the loop of *voices* and the chain. A voice (``sequence.Voice``) learns from
  what is believed and answers with log evidence, units x tags: ``annotators``, ``words``,
  and whatever else knows something of the true tags.
- ``sample``, ``portions``: very many documents are merged by what a sample of them teaches.
  ``merge.fit`` lets a method learn from it, and what was learnt decides any document.
- ``chain``: the hidden Markov chain; beliefs, and the best tags.
- ``decoding``: from tags and beliefs to spans with exact probabilities. A model that has
  spans and probabilities of its own (not tags) calls ``cases.decision`` itself.
- ``review``: what reviewers decided overrules any method (``Case.truth``), and models
  take it for certain (``Units.known``).
- ``disputes``: where annotators differ, ordered by what a decision would mend.
- ``simulate``: what further annotators and reviews would buy.
- ``whole_spans``: for long spans with loose ends; support for whole proposals, no table.
- ``confidence``: how often a span is right, from a model's probability; what reviews teach.
- ``skills``: what gold says of each annotator.
- ``dawid_skene``: the classic on the same table, without context.
"""
