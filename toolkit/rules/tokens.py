"""Words with part of speech, cut by jieba.

The tags are jieba's (nr person, ns place, nt organisation, n noun, v verb, m numeral, …;
the ICTCLAS set). jieba is imported when a rule first asks for words.
"""

from __future__ import annotations

import logging
import tempfile
import warnings
from functools import cache
from typing import Any, NamedTuple

from toolkit import resources


class Token(NamedTuple):
    """A word: half-open offsets, its text, its part of speech."""

    start: int
    end: int
    word: str
    tag: str


@cache
def _tagger() -> Any:
    """A tagger of our own, so that nobody's user dictionary changes our words."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # jieba 0.42 imports a deprecated module
        import jieba
        from jieba.posseg import POSTokenizer
    jieba.setLogLevel(logging.ERROR)
    tokenizer = jieba.Tokenizer()
    tokenizer.tmp_dir = _cache_folder()
    return POSTokenizer(tokenizer)


def _cache_folder() -> str:
    """Where jieba keeps its prepared dictionary: a folder that only this user can write."""
    folder = resources.cache_folder()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return tempfile.mkdtemp(prefix="zh-ner-toolkit-")
    return str(folder)


def cut(text: str) -> tuple[Token, ...]:
    """The words of a text, in order; together they are the whole text."""
    tokens = []
    start = 0
    for word, tag in _tagger().cut(text):
        end = start + len(word)
        tokens.append(Token(start, end, word, tag))
        start = end
    return tuple(tokens)
