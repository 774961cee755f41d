"""Rules and an analysis made up for the tests of the shell, which must not depend on real ones."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping

from shapeguard.lint.catalogue import UNUSED_IGNORE, Installed, RuleInfo
from shapeguard.lint.diagnostic import (
    Analysis,
    Diagnostic,
    Edit,
    Fix,
    Note,
    Severity,
    SkippedCell,
    Span,
)
from shapeguard.lint.source import Program, Unit, too_deep

# Enough for the sieve to let a file through.
HEADER = "import torch  # nn.LSTM\n"

NAMES = {
    UNUSED_IGNORE: "unused-ignore",
    "SG101": "no-bad",
    "SG102": "no-worse",
    "SG201": "no-stubborn",
    "SG202": "no-breaking",
    "SG301": "no-nested",
    "SG901": "no-advice",
}
_CALL = re.compile(r"\b(bad|worse|stubborn|breaking|nested|hint)\(((?:[^()]|\(.*?\))*)\)")
_RULES = {
    "bad": ("SG101", "safe", "good"),
    "worse": ("SG102", "unsafe", "good"),
    "stubborn": ("SG201", "safe", "stubborn"),
    "breaking": ("SG202", "safe", "((("),
    "nested": ("SG301", "safe", "good"),
    "hint": ("SG901", "safe", "good"),
}


class FakeCatalogue:
    """Six rules; SG901 is advice."""

    def names(self) -> Mapping[str, str]:
        return NAMES

    def defaults(self) -> Collection[str]:
        return [code for code in NAMES if code not in (UNUSED_IGNORE, "SG901")]

    def info(self, code: str) -> RuleInfo:
        if code == UNUSED_IGNORE:
            return Installed().info(code)
        severity: Severity = "advice" if code == "SG901" else "error"
        return RuleInfo(code, NAMES[code], severity, f"About {code}.", f"# {code}\n", "safe")

    def url(self, name: str) -> str | None:
        return f"https://example.org/rules/{name}"


def analyze(program: Program, select: frozenset[str]) -> Analysis:
    """Every call of `bad`, `worse`, ... is a finding. `crash()` ends the process."""
    diagnostics: list[Diagnostic] = []
    skipped: list[SkippedCell] = []
    for unit in program.units:
        if "crash()" in unit.text:
            os._exit(9)
        if "explode()" in unit.text:
            raise RuntimeError("two\nlines")
        try:
            if too_deep(unit.text):
                raise SyntaxError("nested too deeply")
            compile(unit.text, "x", "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            if unit.cell is None:
                return Analysis(error=f"not Python: {error}")
            skipped.append(SkippedCell(unit.cell, f"not Python: {error}"))
            continue
        diagnostics += (each for each in _findings(program, unit) if each.code in select)
    return Analysis(tuple(diagnostics), tuple(skipped))


def _findings(program: Program, unit: Unit) -> Iterator[Diagnostic]:
    for row, line in enumerate(unit.text.split("\n"), 1):
        for found in _CALL.finditer(line):
            code, applicability, name = _RULES[found[1]]
            span = Span.of(row, found.start() + 1, row, found.end() + 1)
            inner = found[2] if found[1] != "nested" else found[2].strip()
            edit = Edit(span, f"{name}({inner})", unit.cell)
            yield Diagnostic(
                code=code,
                name=NAMES[code],
                severity="advice" if code == "SG901" else "error",
                message=f"{found[1]} is called",
                why="It is not good.",
                advice="Call good.",
                notes=(Note("torch is imported", Span.of(1, 1, 1, 7), unit.cell),),
                span=span,
                filename=program.filename,
                cell=unit.cell,
                fix=Fix("safe" if applicability == "safe" else "unsafe", "Call good", (edit,)),
            )
