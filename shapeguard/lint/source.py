"""A source file: its bytes, its text, the program in it, and how edits go back into its bytes."""

from __future__ import annotations

import io
import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from shapeguard.lint.diagnostic import Edit, Position

MAX_BYTES = 4_000_000
"""Larger files are refused: a parse would take minutes and gigabytes."""

MAX_DEPTH = 200
"""CPython reads no deeper brackets; libcst's parser has no limit and overflows the stack."""

_BREAK = re.compile(r"\r\n|\r|\n")
_BRACKETS = re.compile(
    r"[(\[{]|[)\]}]"
    r"|#[^\n]*"
    r'|"""(?:[^\\]|\\.)*?"""'
    r"|'''(?:[^\\]|\\.)*?'''"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'(?:[^'\\\n]|\\.)*'",
    re.DOTALL,
)


class SourceError(Exception):
    """A file that cannot be read as a program; the message is one line without its name."""


class EditError(Exception):
    """Edits that cannot be made; the message is one line."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A stretch of code that is parsed by itself: a file, or one cell of a notebook."""

    text: str
    cell: int | None = None


@dataclass(frozen=True, slots=True)
class Program:
    """Units that run one after the other in one namespace."""

    filename: str
    units: tuple[Unit, ...]
    along: Along | None = None

    @property
    def size(self) -> int:
        """How many characters its own code has."""
        return sum(len(unit.text) for unit in self.units)

    def text(self, cell: int | None = None) -> str:
        """The text of one unit; empty for a cell that holds no code."""
        return next((unit.text for unit in self.units if unit.cell == cell), "")


@dataclass(frozen=True, slots=True)
class Along:
    """What is read along with a program: files that it imports, or that use what it defines.

    ``callers`` are the names of the latter; ``links`` say which file a module is, by the name of
    the importing file and the module as written there.
    """

    files: tuple[Program, ...]
    callers: frozenset[str]
    links: tuple[tuple[tuple[str, str], str], ...]


def joined(module: str, name: str) -> str:
    """A name in a module, as an import writes it."""
    return f"{module}{name}" if module.endswith(".") else f"{module}.{name}"


class Source(Protocol):
    """A program together with the bytes that it was read from."""

    @property
    def raw(self) -> bytes:
        """The bytes of the file."""
        ...

    @property
    def program(self) -> Program:
        """The program in the file."""
        ...

    def original(self, cell: int | None = None) -> str:
        """The text of one unit as written, with its own line endings and any magics."""
        ...

    def rewrite(self, edits: Sequence[Edit]) -> bytes:
        """The bytes with the edits made and nothing else changed, or EditError."""
        ...


class Text:
    """Text with whatever line endings it has, addressed by rows and columns."""

    def __init__(self, text: str) -> None:
        self.text = text
        breaks = list(_BREAK.finditer(text))
        self._starts = [0, *(found.end() for found in breaks)]
        self._ends = [*(found.start() for found in breaks), len(text)]
        self._newline = breaks[0].group() if breaks else "\n"

    @property
    def lf(self) -> str:
        """The text with every line ending written as LF."""
        return _BREAK.sub("\n", self.text) if "\r" in self.text else self.text

    def offset(self, place: Position) -> int:
        """Where a place is in the text."""
        row, column = place.row - 1, place.column - 1
        if row == len(self._starts) and column == 0:
            return len(self.text)
        if not 0 <= row < len(self._starts) or column < 0:
            raise EditError(f"no row {place.row}, column {place.column}")
        found = self._starts[row] + column
        if found > self._ends[row]:
            raise EditError(f"row {place.row} has no column {place.column}")
        return found

    def changes(self, edits: Iterable[Edit]) -> list[tuple[int, int, str]]:
        """The edits as (start, end, content), in order, none overlapping, with the line endings
        of the line they start on."""
        found = []
        for edit in edits:
            start, end = self.offset(edit.span.start), self.offset(edit.span.end)
            if end < start:
                raise EditError("an edit ends before it starts")
            found.append((start, end, edit.content.replace("\n", self._ending(start))))
        found.sort(key=lambda change: change[:2])
        for before, after in pairwise(found):
            if after[0] < before[1]:
                raise EditError("the edits of the fix overlap")
        return found

    def _ending(self, offset: int) -> str:
        row = bisect_right(self._starts, offset) - 1
        last = row == len(self._starts) - 1
        return self._newline if last else self.text[self._ends[row] : self._starts[row + 1]]


def splice(text: str, changes: Iterable[tuple[int, int, str]]) -> str:
    """The text with ordered, non-overlapping changes made."""
    parts: list[str] = []
    done = 0
    for start, end, content in changes:
        parts += (text[done:start], content)
        done = end
    return "".join((*parts, text[done:]))


class PythonSource:
    """A Python file."""

    def __init__(self, raw: bytes, filename: str) -> None:
        refuse_large(len(raw))
        self.raw = raw
        self.encoding = encoding_of(raw)
        self._text = Text(decode(raw, self.encoding))
        self.program = Program(filename, (Unit(self._text.lf),))

    def original(self, cell: int | None = None) -> str:
        return self._text.text

    def rewrite(self, edits: Sequence[Edit]) -> bytes:
        text = self._text.text
        if text.encode(self.encoding) != self.raw:
            raise EditError(f"{self.encoding} text cannot be written back byte for byte")
        changed = splice(text, self._text.changes(edits))
        try:
            return changed.encode(self.encoding)
        except UnicodeEncodeError:
            raise EditError(f"the fix cannot be written in {self.encoding}") from None


def encoding_of(raw: bytes) -> str:
    """The encoding of Python source, by its byte order mark or its coding line."""
    from tokenize import detect_encoding

    try:
        found = detect_encoding(io.BytesIO(raw).readline)[0]
    except SyntaxError as error:
        reason = str(error.msg)
        if reason.startswith("invalid or missing"):
            reason = "not UTF-8 text, and no other encoding is declared"
        raise SourceError(reason) from None
    if found.lower().replace("_", "-").startswith(("utf-16", "utf-32", "utf-7")):
        raise SourceError(f"declares {found}, which Python does not read")
    return found


def read_source(raw: bytes, filename: str) -> Source:
    """The source in some bytes; the name says whether it is a notebook."""
    if filename.endswith(".ipynb"):
        from shapeguard.lint.notebook import NotebookSource

        return NotebookSource(raw, filename)
    return PythonSource(raw, filename)


def refuse_large(size: int) -> None:
    """SourceError for more code than can be analysed."""
    if size > MAX_BYTES:
        megabytes, limit = size / 1e6, MAX_BYTES / 1e6
        raise SourceError(f"too large to analyse: {megabytes:.1f} MB, the limit is {limit:.0f} MB")


def too_deep(text: str) -> bool:
    """Whether brackets nest deeper than any Python reads; such text must not reach libcst."""
    depth = 0
    for found in _BRACKETS.finditer(text):
        token = found.group()
        if token in "([{":
            depth += 1
            if depth > MAX_DEPTH:
                return True
        elif token in ")]}" and depth:
            depth -= 1
    return False


def decode(raw: bytes, encoding: str) -> str:
    """The text in some bytes, or SourceError."""
    if b"\0" in raw:
        raise SourceError("not Python: it contains NUL bytes")
    try:
        return raw.decode(encoding)
    except (UnicodeDecodeError, LookupError) as error:
        reason = getattr(error, "reason", "unknown encoding")
        place = f" at byte {error.start}" if isinstance(error, UnicodeDecodeError) else ""
        raise SourceError(f"not {encoding} text{place}: {reason}") from None
