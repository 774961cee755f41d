"""Code frames: a few lines of source with carets under what is meant."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence

from shapeguard.lint.diagnostic import Span
from shapeguard.report.style import Style

_BREAK = re.compile(r"\r\n|\r|\n")
_TAB = "    "
_LONGEST = 6
_WIDEST = 240


def split_lines(text: str) -> list[str]:
    """The lines of a text as Python counts them."""
    return _BREAK.split(text)


def frame(
    where: str,
    lines: Sequence[str],
    span: Span,
    style: Style,
    mark: Callable[[str], str],
    context: int,
) -> list[str]:
    """A place, and the lines around it with a caret under each character of the span.

    Of a long span only the beginning is shown; of a very long line, what lies around the span.
    """
    start, end = span.start.row, max(span.start.row, span.end.row)
    if span.end.column == 1 and end > start:
        end -= 1
    if not 1 <= start <= len(lines):
        return [f" {style.gutter('-->')} {where}"]
    last = min(end, start + _LONGEST - 1, len(lines))
    first, final = max(1, start - context), min(len(lines), last + context)
    while first < start and not lines[first - 1].strip():
        first += 1
    while final > last and not lines[final - 1].strip():
        final -= 1
    width = len(str(final))
    bar = style.gutter(" " * width + " |")
    shown = [f"{' ' * width}{style.gutter('-->')} {where}", bar]
    for row in range(first, final + 1):
        text = lines[row - 1]
        left = span.start.column - 1 if row == start else len(text) - len(text.lstrip())
        right = span.end.column - 1 if row == span.end.row else len(text.rstrip())
        marked = start <= row <= last
        offset = max(0, left - _WIDEST // 2) if marked and len(text) > _WIDEST else 0
        cut = text[offset : offset + _WIDEST]
        code = f" {_widened(cut)}" if cut.strip() else ""
        shown.append(style.gutter(f"{row:>{width}} |") + code)
        if marked:
            left, right = left - offset, min(max(right, left + 1) - offset, _WIDEST)
            blank = " " * _columns(cut[:left])
            carets = "^" * max(1, _columns(cut[left:right]))
            shown.append(f"{bar} {blank}{mark(carets)}")
    if last < end:
        shown.append(style.gutter(" " * width + " :"))
    shown.append(bar)
    return shown


def _widened(text: str) -> str:
    return "".join(
        _TAB if each == "\t" else each if each.isprintable() else "\ufffd" for each in text
    )


def _columns(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return sum(map(_cells, text))


def _cells(character: str) -> int:
    if character == "\t":
        return len(_TAB)
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
