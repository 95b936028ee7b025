"""How many tokens a text has, about, and where to cut it when that is too many.

An estimate without any model's vocabulary, made to err on the high side: parts that turn out
smaller cost a request more, parts that do not fit fail. A run of small letters counts one token per
four letters begun, digits one per two, every other ASCII sign one; beyond ASCII a character counts
by the bytes it has in UTF-8, because vocabularies fall back on bytes there. English prose comes out
a fifth to a third too high. Called by `parts`.
"""

import re
from collections.abc import Callable, Iterable, Sequence

_RUNS = re.compile(r"([A-Z]?[a-z]+)|([0-9]+)|( )|([\x00-\x7f])|([\x80-\u07ff])|([\u0800-\uffff])")
_TOKENS_PER_CHARACTER = (1.0, 0.75, 1.5)
"""Of one sign in ASCII, of two bytes (Greek, Cyrillic, accents) and of three (Chinese, Hindi)."""
_OTHER = 3.0
"""Of the characters with four bytes: emoji, rare letters."""
_MOST_CHARACTERS_PER_TOKEN = 10

_CUTS: tuple[Callable[[str], list[str]], ...] = (
    re.compile(r"(?<=\n\n)(?=[^\n])").split,
    re.compile(r"(?<=\n)").split,
    re.compile(r"(?<=[.!?;] )|(?<=[。！？；])").split,  # noqa: RUF001 (as Chinese writes them)
    re.compile(r"(?<= )").split,
    lambda text: [text[at : at + 64] for at in range(0, len(text), 64)],
    list,
)
"""Paragraphs, lines, sentences, words, then whatever fits: every cut keeps all characters."""


def estimate(text: str) -> int:
    """Tokens, about. 0 for no text."""
    counted, total = 0, 0.0
    for letters, digits, space, *others in _RUNS.findall(text):
        if letters:
            counted, total = counted + len(letters), total + (len(letters) + 3) // 4
        elif digits:
            counted, total = counted + len(digits), total + (len(digits) + 1) // 2
        elif space:
            counted, total = counted + 1, total + 0.1  # most belong to the word after them
        else:
            counted += 1
            total += next(
                weight for sign, weight in zip(others, _TOKENS_PER_CHARACTER, strict=True) if sign
            )
    return int(total + (len(text) - counted) * _OTHER + 0.999)


def split(text: str, *, most: int) -> list[str]:
    """Consecutive parts of at most `most` tokens each, together the whole text. A single character
    is never cut, so a part may be larger when `most` is less than 4. A megabyte takes half a
    second: not on an event loop."""
    return _packed(_pieces(text, most, _CUTS), most)


def _pieces(
    text: str, most: int, cuts: Sequence[Callable[[str], list[str]]]
) -> Iterable[tuple[str, int]]:
    """With their tokens. What is surely too long is cut before anything is counted."""
    if not cuts or len(text) <= most * _MOST_CHARACTERS_PER_TOKEN:
        tokens = estimate(text)
        if not cuts or tokens <= most:
            yield text, tokens
            return
    for piece in cuts[0](text):
        yield from _pieces(piece, most, cuts[1:])


def _packed(pieces: Iterable[tuple[str, int]], most: int) -> list[str]:
    """As many pieces to a part as fit, in order."""
    parts: list[list[str]] = [[]]
    size = 0
    for piece, tokens in pieces:
        if size + tokens > most and parts[-1]:
            parts.append([])
            size = 0
        parts[-1].append(piece)
        size += tokens
    return ["".join(part) for part in parts if part]
