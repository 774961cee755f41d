"""What a look at the bytes of a file tells: whether it can hold a recurrent layer at all.

Nearly every file stops here, after a read and a search for a few letters.
"""

from __future__ import annotations

import re

from shapeguard.lint.source import Program, SourceError, decode, encoding_of

_LAYER = re.compile(r"\b(?:RNN|LSTM|GRU)(?:Cell)?\b")


def may_use_layers(raw: bytes) -> bool:
    """Whether the bytes mention torch and one of its recurrent layers."""
    return b"torch" in raw and (b"LSTM" in raw or b"GRU" in raw or b"RNN" in raw)


def uses_layers(program: Program) -> bool:
    """Whether the code names a recurrent layer as a word of its own."""
    return any(_LAYER.search(unit.text) for unit in program.units)


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
