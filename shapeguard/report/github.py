"""Workflow commands, which GitHub shows beside the changed lines."""

from __future__ import annotations

from collections.abc import Iterable

from shapeguard.lint.diagnostic import Diagnostic
from shapeguard.report.prose import place, sentence

_LEVEL = {"error": "error", "warning": "warning", "advice": "notice"}


def render(findings: Iterable[Diagnostic]) -> str:
    """One command for each finding. Rows of a notebook cell are no rows of the file, so these are
    given in the words only."""
    return "".join(_command(each) for each in findings)


def _command(diagnostic: Diagnostic) -> str:
    properties = {"title": f"shapeguard ({diagnostic.code})", "file": diagnostic.filename}
    if diagnostic.cell is None:
        span = diagnostic.span
        properties["line"] = str(span.start.row)
        properties["endLine"] = str(span.end.row)
        if span.start.row == span.end.row:  # GitHub refuses columns of several lines
            properties["col"] = str(span.start.column)
            properties["endColumn"] = str(span.end.column)
    listed = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    where = place(diagnostic.filename, diagnostic.cell, diagnostic.span)
    words = f"{where}: {diagnostic.code} {sentence(diagnostic)}"
    if diagnostic.advice:
        words += f"\n  help: {diagnostic.advice}"
    return f"::{_LEVEL[diagnostic.severity]} {listed}::{_data(words)}\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
