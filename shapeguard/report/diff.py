"""Unified diffs of what fixes change."""

from __future__ import annotations

import difflib
import re

from shapeguard.lint.source import Source
from shapeguard.report.style import Style

_LINES = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


def render(before: Source, after: Source, style: Style, named: bool = True) -> str:
    """The change of one file, by cells in a notebook; the line endings are the file's own."""
    parts: list[str] = []
    for unit in before.program.units:
        old, new = before.original(unit.cell), after.original(unit.cell)
        if old != new:
            cell = "" if unit.cell is None else f":cell {unit.cell}"
            name = before.program.filename + cell
            lines = list(difflib.unified_diff(_lines(old), _lines(new), name, name))
            parts += (_line(line, style) for line in (lines if named else lines[2:]))
    return "".join(parts)


def changed(old: str, new: str, style: Style) -> list[str]:
    """The lines that go and come, without any around them."""
    lines = list(difflib.unified_diff(_lines(old), _lines(new), n=0))[2:]
    return [_line(line, style).split("\n")[0] for line in lines if not line.startswith("@@")]


def _lines(text: str) -> list[str]:
    """The lines with their endings; `splitlines` would also split at form feeds and others."""
    return _LINES.findall(text)


def _line(line: str, style: Style) -> str:
    text = line.rstrip("\r\n")
    ending = line[len(text) :] or "\n\\ No newline at end of file\n"
    if line.startswith("+"):
        text = style.added(text)
    elif line.startswith("-"):
        text = style.removed(text)
    elif line.startswith("@"):
        text = style.gutter(text)
    return text + ending
