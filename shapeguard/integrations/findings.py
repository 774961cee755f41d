"""What the tests of a run met, each place once: plain data, which travels between processes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from shapeguard.runtime.where import shown

#: Tests that are named for one place; more in a verbose run.
NAMED = 3

#: The fields of a Finding, a test, and how often it met it.
Row = tuple[str, str, str, int, str, str, str, int]


@dataclass(frozen=True, slots=True)
class Finding:
    """One mistake at one place. `kind` is "warning", or "error" for a ShapeError."""

    kind: str
    headline: str
    file: str
    line: int
    function: str
    source: str


class Findings:
    """Findings in the order of their first meeting, with the tests that met them, counted."""

    def __init__(self) -> None:
        self._met: dict[Finding, dict[str, int]] = {}

    def __bool__(self) -> bool:
        return bool(self._met)

    def add(self, finding: Finding, test: str, times: int = 1) -> None:
        tests = self._met.setdefault(finding, {})
        tests[test] = tests.get(test, 0) + times

    def rows(self) -> list[Row]:
        """Texts and numbers only; add_rows() of another process takes them."""
        return [
            (one.kind, one.headline, one.file, one.line, one.function, one.source, test, times)
            for one, tests in self._met.items()
            for test, times in tests.items()
        ]

    def add_rows(self, rows: Iterable[Row]) -> None:
        for kind, headline, file, line, function, source, test, times in rows:
            self.add(Finding(kind, headline, file, line, function, source), test, times)

    def lines(self, verbose: bool) -> Iterator[str]:
        """The text of a run's summary: warnings first, then errors that failed no test."""
        warnings = {one: tests for one, tests in self._met.items() if one.kind == "warning"}
        errors = {one: tests for one, tests in self._met.items() if one.kind == "error"}
        for finding, tests in warnings.items():
            yield from _entry(finding, tests, verbose)
        if errors:
            count = _many(sum(sum(tests.values()) for tests in errors.values()), "ShapeError")
            yield f"{count} failed no test: caught by the test or by the code under test"
        for finding, tests in errors.items():
            yield from (f"  {line}" for line in _entry(finding, tests, verbose))
        if warnings:
            count = _many(sum(sum(tests.values()) for tests in warnings.values()), "ShapeWarning")
            yield f"{count} at {_many(len(warnings), 'place')}"


def _entry(finding: Finding, tests: dict[str, int], verbose: bool) -> Iterator[str]:
    yield finding.headline
    place = f"{shown(finding.file)}:{finding.line}"
    yield f"  at {place}, in {finding.function}" if finding.function else f"  at {place}"
    if finding.source:
        yield f"    {finding.source}"
    names = [name if times == 1 else f"{name} ({times} times)" for name, times in tests.items()]
    if not verbose and len(names) > NAMED + 1:
        names = [*names[:NAMED], f"{len(names) - NAMED} more (-v names them)"]
    yield f"  met by {', '.join(names)}"


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
