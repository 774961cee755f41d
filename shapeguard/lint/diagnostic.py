"""What a check says: diagnostics, their evidence and their fixes.

Plain data, free of any parser, so that reports, the cache and the editors can use it at no cost.
Rows and columns count from 1, columns in characters, as in ruff. In a notebook every place
carries the number of its cell (from 1, among all cells) and rows count within that cell.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "advice"]
Applicability = Literal["safe", "unsafe"]


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place between two characters of the source."""

    row: int
    column: int


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of source; `end` is the place just after its last character."""

    start: Position
    end: Position

    @classmethod
    def of(cls, row: int, column: int, end_row: int, end_column: int) -> Span:
        """A span from four numbers, all counted from 1."""
        return cls(Position(row, column), Position(end_row, end_column))


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace `span` by `content`, whose line breaks are written as LF."""

    span: Span
    content: str
    cell: int | None = None


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that cure a diagnostic together; they are applied all or not at all."""

    applicability: Applicability
    message: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """One piece of evidence, with the place that shows it where there is one.

    `filename` is given where that is another file than the finding's.
    """

    message: str
    span: Span | None = None
    cell: int | None = None
    filename: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One finding: what is wrong, why it matters, what to do, and on what evidence.

    `message` is one line. `noqa_row` is the row where a suppression comment counts; whoever
    makes the diagnostic may leave it out, and the engine works it out from the source.
    """

    code: str
    name: str
    severity: Severity
    message: str
    span: Span
    filename: str
    why: str = ""
    advice: str = ""
    notes: tuple[Note, ...] = ()
    cell: int | None = None
    fix: Fix | None = None
    noqa_row: int | None = None

    @property
    def sort_key(self) -> tuple[int, Span, str, str]:
        """Order within one file: by cell, place, code, then words."""
        return (self.cell or 0, self.span, self.code, self.message)


@dataclass(frozen=True, slots=True)
class SkippedCell:
    """A notebook cell that was not analysed, and why (one line)."""

    cell: int
    reason: str


@dataclass(frozen=True, slots=True)
class Analysis:
    """All that one program yielded.

    `error` (one line, without the file name) says that the program as a whole could not be
    analysed; a notebook with some unreadable cells has them in `skipped` and no error.
    """

    diagnostics: tuple[Diagnostic, ...] = ()
    skipped: tuple[SkippedCell, ...] = ()
    error: str | None = None
