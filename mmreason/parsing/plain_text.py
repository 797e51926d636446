"""Free text in one spelling, so that answers that read the same compare equal."""

from __future__ import annotations

import re
import unicodedata

INVISIBLE = dict.fromkeys(
    [0x00AD, 0x034F, 0x061C, 0x115F, 0x1160, 0x180E, *range(0x200B, 0x2010), *range(0x2060, 0x2065), 0x3164, 0xFEFF]
)
"""Characters that are not seen, by code: a table for ``str.translate`` that takes them out."""
_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
_THOUSANDS = re.compile(r"(?<=[0-9]),(?=[0-9]{3}(?![0-9]))")
_KEPT = {".": "\ue000", ",": "\ue001", ":": "\ue002", "/": "\ue003", "-": "\ue004"}
_IN_NUMBER = re.compile(r"(?<=[0-9])[.,:/](?=[0-9])|(?<!\w)-(?=\.?[0-9])|(?<!\w)\.(?=[0-9])")
_OTHER: dict[int, str | None] = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d"), "-")
_OTHER |= dict.fromkeys(map(ord, _KEPT.values()))
_BACK = str.maketrans({private: mark for mark, private in _KEPT.items()})


class _Marks(dict[int, int | None]):
    """Punctuation and symbols to nothing, found out as they come."""

    def __missing__(self, code: int) -> int | None:
        self[code] = None if unicodedata.category(chr(code))[0] in "PS" else code
        return self[code]


_MARKS = _Marks()


def plain(text: str) -> str:
    r"""Write a text in compatible Unicode (NFKC) and without invisible characters.

    Full-width letters, ligatures and circled letters become plain ones; zero-width characters, soft hyphens and
    direction marks go. Overrides of the direction stay, as they change what is read.

    >>> plain("\uff22\u200b\ufb01n")
    'Bfin'
    """
    return text if text.isascii() else unicodedata.normalize("NFKC", text).translate(INVISIBLE)


def normalise_text(
    text: str, case: bool = True, articles: bool = True, punctuation: bool = True, numbers: bool = True
) -> str:
    """Write a text so that only what matters differs: NFKC, single spaces, and what the arguments say.

    The steps are those of SQuAD's scorer (arXiv:1606.05250): lower case, no punctuation, no articles, single spaces.
    That scorer makes ``-5`` and ``5``, or ``3.14`` and ``314``, the same; here ``numbers`` keeps them apart.

    Args:
        text: Any text.
        case: Ignore upper and lower case.
        articles: Leave out ``a``, ``an`` and ``the``.
        punctuation: Leave out punctuation and symbols.
        numbers: Keep signs, points, colons and slashes of numbers; commas of thousands go.

    >>> normalise_text("The  U.S. Army!"), normalise_text("-1,234.5 km"), normalise_text("-5", numbers=False)
    ('us army', '-1234.5 km', '5')
    """
    text = plain(text)
    if not text.isascii():
        text = text.translate(_OTHER)
    if case:
        text = text.casefold()
    if punctuation and numbers:
        text = _IN_NUMBER.sub(lambda found: _KEPT[found[0]], _THOUSANDS.sub("", text))
    if punctuation:
        text = text.translate(_MARKS)
    if articles:
        text = _ARTICLES.sub(" ", text)
    return " ".join(text.translate(_BACK).split())
