"""One line for each finding."""

from __future__ import annotations

from collections.abc import Iterable

from shapeguard.lint.diagnostic import Diagnostic
from shapeguard.lint.fix import applicable
from shapeguard.report.prose import place, sentence
from shapeguard.report.style import Style


def render(findings: Iterable[Diagnostic], unsafe: bool, style: Style) -> str:
    """`file:row:column: CODE [*] message`; the star marks what --fix would fix."""
    return "".join(_line(each, unsafe, style) for each in findings)


def _line(diagnostic: Diagnostic, unsafe: bool, style: Style) -> str:
    star = style.fixable("[*] ") if applicable(diagnostic.fix, unsafe) else ""
    where = style.path(place(diagnostic.filename, diagnostic.cell, diagnostic.span))
    code = style.severity(diagnostic.code, diagnostic.severity)
    return f"{where}: {code} {star}{sentence(diagnostic)}\n"
