"""The report for people: what, where, on what evidence, why it matters, what to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from shapeguard.lint.diagnostic import Diagnostic, Fix, Span
from shapeguard.lint.fix import applicable
from shapeguard.lint.source import EditError, Source, Text, splice
from shapeguard.report.diff import changed
from shapeguard.report.frame import frame, split_lines
from shapeguard.report.prose import evidence, place
from shapeguard.report.style import Style


def render(
    findings: Iterable[Diagnostic], sources: Mapping[str, Source], unsafe: bool, style: Style
) -> str:
    """Every finding with its code frames; `sources` by file name."""
    return "".join(
        _Finding(each, sources.get(each.filename), unsafe, style).render() for each in findings
    )


CONTEXT = 2
"""Lines shown around a finding."""


class _Finding:
    def __init__(
        self, diagnostic: Diagnostic, source: Source | None, unsafe: bool, style: Style
    ) -> None:
        self._diagnostic = diagnostic
        self._source = source
        self._fixable = applicable(diagnostic.fix, unsafe)
        self._style = style

    def render(self) -> str:
        each, style = self._diagnostic, self._style
        star = style.fixable("[*] ") if self._fixable else ""
        code = style.severity(each.code, each.severity)
        lines = [f"{code} {star}{style.strong(each.message)}"]
        lines += self._frame(each.cell, each.span)
        for note in each.notes:
            lines.append(f"{style.gutter('note')}: {evidence(note, each.filename)}")
        if each.why:
            lines.append(f"{style.gutter('why')}: {each.why}")
        if each.advice:
            lines.append(f"{style.fixable('help')}: {each.advice}")
        if each.fix is not None:
            kind = "" if self._fixable else " (with --unsafe-fixes)"
            lines.append(f"{style.fixable('fix')}: {each.fix.message}{kind}")
            lines += self._change(each.fix)
        return "\n".join(lines) + "\n\n"

    def _frame(self, cell: int | None, span: Span) -> list[str]:
        each, style = self._diagnostic, self._style
        lines = split_lines(self._source.original(cell)) if self._source is not None else []
        where = place(each.filename, cell, span)
        return frame(where, lines, span, style, lambda t: style.severity(t, each.severity), CONTEXT)

    def _change(self, fix: Fix) -> list[str]:
        """What the fix would change, as a diff without headers."""
        if self._source is None:
            return []
        lines: list[str] = []
        for cell in dict.fromkeys(edit.cell for edit in fix.edits):
            text = Text(Text(self._source.original(cell)).lf)
            try:
                changes = text.changes(edit for edit in fix.edits if edit.cell == cell)
            except EditError:
                return []
            lines += changed(text.text, splice(text.text, changes), self._style)
        return ["  " + line for line in lines]
