"""Classes of characters that several finders need, as the inside of a ``[…]``."""

from __future__ import annotations

HAN = "〇々㐀-䶿一-鿿豈-﫿\U00020000-\U000323af"
"""Chinese characters: the unified ideographs with all their extensions."""

CJK_PUNCTUATION = "　-〃〈-〟︰-﹏！-･“”‘’…—·"
"""Chinese punctuation, full-width forms included."""

SPACE = " \t\u00a0\u3000"
"""Space that a line may end in or begin with."""
