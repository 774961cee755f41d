"""What a run came to: all that reports and the exit code are made from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from shapeguard.lint.diagnostic import Diagnostic, SkippedCell
from shapeguard.lint.files import Problem
from shapeguard.lint.fix import Fixed
from shapeguard.lint.source import Source


@dataclass
class Outcome:
    """The result of checking files, in the order they were found.

    `checked` counts the files that were read and, where they use recurrent layers, analysed;
    `problems` are those that were not. `sources` has the source of each file with findings, as it
    is after any fixes.
    """

    checked: int = 0
    recurrent: int = 0
    findings: list[Diagnostic] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    skipped: list[tuple[str, SkippedCell]] = field(default_factory=list)
    sources: dict[str, Source] = field(default_factory=dict)
    fixed: list[Fixed] = field(default_factory=list)

    @property
    def applied(self) -> Counter[str]:
        """How many findings were fixed, by code."""
        return sum((each.applied for each in self.fixed), Counter())

    @property
    def refused(self) -> Iterator[tuple[Diagnostic, str]]:
        """The fixes that could not be made, with the reason."""
        for each in self.fixed:
            yield from each.refused

    def fixable(self, unsafe: bool) -> int:
        """How many findings have a fix of that kind: unsafe ones, or safe ones."""
        kind = "unsafe" if unsafe else "safe"
        return sum(f.fix is not None and f.fix.applicability == kind for f in self.findings)

    def exit_code(self) -> int:
        """0 clean, 1 findings or files that could not be checked, 2 nothing could be checked."""
        if self.problems and not self.checked:
            return 2
        return 1 if self.findings or self.problems else 0
