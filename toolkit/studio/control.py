"""Which passages show no suggestions, so that what suggestions do to people can be measured.

The choice is by chance and is drawn for each annotator anew: of two people who work on one
passage one may see suggestions and the other may not. So the same text is done both ways,
and a difference is not one of the texts. Calibration documents are no exception: every
passage has the same chance, which is what makes the sample one of all the work.
"""

from __future__ import annotations

import hashlib

from toolkit.model import Passage
from toolkit.studio.names import key

_HASHES = 2**64


def is_control(passage: Passage, annotator: str, *, share: float, salt: str) -> bool:
    """Whether this annotator is shown no suggestions in this passage.

    The answer depends on the passage's place and text, the annotator and the salt alone;
    with a larger share it stays yes where it was yes.

    Args:
        passage: what is annotated.
        annotator: whose task it is; "" where all share one.
        share: of the passages, between 0 (none) and 1 (all).
        salt: another salt is another sample.
    """
    drawn = "\0".join((salt, annotator, key(passage))).encode("utf-8", "surrogatepass")
    digest = hashlib.blake2b(drawn, digest_size=8, person=b"control").digest()
    return int.from_bytes(digest) < share * _HASHES
