"""What a look at the bytes of a file tells: whether it can hold a recurrent layer at all.

Nearly every file stops here, after a read and a search for a few letters.
"""

from __future__ import annotations

import re

from shapeguard.lint.source import Program, SourceError, decode, encoding_of

# The ways in which code can come by a layer of torch: an attribute, an import (on one line, or on
# lines of its own), everything of a module, an attribute whose name is a string or a variable; and
# what a layer of the program's own is given in the place of one.
# A mention in a comment or a docstring seldom looks like one of these.
_LAYER = r"(?:RNN|LSTM|GRU)(?:Cell)?\b"
_WAYS = (
    rf"\.[\s\\]*{_LAYER}",
    rf"\bimport\b(?:(?!\bimport\b)[\w \t,*(]|\\\s)*\b{_LAYER}",
    rf"(?:^|[\r\n(,])[ \t]*{_LAYER}(?:[ \t]+as[ \t]+\w+)?[ \t]*(?:[,)#\r\n\\]|\Z)",
    r"\bimport\s*\(?\s*\*",
    r"\bisinstance\s*\([^()\n]*\bPackedSequence\b",
    r"(?<!\.)\b(?:getattr|attrgetter|vars|eval|exec)\s*\(|\b__dict__\b",
)
_WORD = re.compile(rf"\b{_LAYER}")
_WAY = re.compile("|".join(_WAYS), re.MULTILINE)
_USUAL_BYTES = re.compile(_WAYS[0].encode())  # fast, and nearly always what decides
_WAY_BYTES = re.compile("|".join(_WAYS[1:]).encode(), re.MULTILINE)
# getattr(nn, kind.upper()), where only the lower-case name is written.
_COMPUTED = re.compile(rb"getattr\(\s*(?:torch\.)?nn\s*,[^)\n]*\.(?:upper|format|replace)\(")


def may_use_layers(raw: bytes, notebook: bool) -> bool:
    """Whether the bytes mention torch and one of its recurrent layers, other than in passing."""
    if b"torch" not in raw:
        return False
    if not (b"LSTM" in raw or b"GRU" in raw or b"RNN" in raw):
        return b"getattr(" in raw and _COMPUTED.search(raw) is not None
    return notebook or any(way.search(raw) for way in (_USUAL_BYTES, _WAY_BYTES))


def uses_layers(program: Program) -> bool:
    """Whether the code has a way to name a recurrent layer of torch."""
    text = "\n".join(unit.text for unit in program.units)
    if _WORD.search(text) is None:
        return _COMPUTED.search(text.encode("utf-8", "replace")) is not None
    return _WAY.search(text) is not None


def may_suppress(raw: bytes) -> bool:
    """Whether the bytes may hold a comment that suppresses a rule of ours."""
    return b"shapeguard:" in raw or (b"SG" in raw and b"noqa" in raw.lower())


def complaint(raw: bytes, notebook: bool) -> str | None:
    """Why bytes cannot be a source file, as far as that shows without decoding plain ASCII.

    This runs on every file, those without any recurrent layer included.
    """
    if notebook:
        body = raw.strip(b" \t\r\n")
        broken = not (body.startswith((b"{", b"\xef\xbb\xbf")) and body.endswith(b"}"))
        return "not a notebook: its JSON is broken" if broken else None
    if b"\0" in raw:
        return "not Python: it contains NUL bytes"
    if raw.isascii() and raw.find(b"coding", 0, 400) < 0:
        return None
    try:
        decode(raw, encoding_of(raw))
    except SourceError as error:
        return str(error)
    return None
