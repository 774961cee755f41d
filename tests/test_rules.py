"""Every rule keeps what its file promises: page, bad cases with their fixes, good cases."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import shapeguard
from shapeguard.lint.analyze import analyze
from shapeguard.lint.diagnostic import Diagnostic, Span
from shapeguard.lint.source import Source, read_source
from shapeguard.page import page
from shapeguard.rule import Applicability, Bad, Good, Rule, Severity
from shapeguard.rules import registry

RULES = list(registry().values())
CODE = re.compile(r"\bSG\d{3}\b")
HEADINGS = (
    "What it does",
    "Why is this bad?",
    "Fix safety",
    "References",
    "Example",
    "What it does not flag",
)


BAD = [
    pytest.param(rule, case, id=f"{rule.code}-bad{number}")
    for rule in RULES
    for number, case in enumerate(rule.bad)
]
GOOD = [
    pytest.param(rule, case, id=f"{rule.code}-good{number}")
    for rule in RULES
    for number, case in enumerate(rule.good)
]
by_rule = pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.code) for rule in RULES])


def read(code: str) -> Source:
    return read_source(code.encode(), "case.py")


def diagnostics(code: str, rule: Rule) -> tuple[Diagnostic, ...]:
    """What a rule finds, and all that are on by default: no advice but its own."""
    by_default = {other.code for other in RULES if other.severity is not Severity.ADVICE}
    analysis = analyze(read(code).program, frozenset(by_default | {rule.code}))
    assert analysis.error is None
    assert not analysis.skipped
    return analysis.diagnostics


def offsets(code: str, span: Span) -> tuple[int, int]:
    lines = code.splitlines(keepends=True)

    def offset(row: int, column: int) -> int:
        return sum(map(len, lines[: row - 1])) + column - 1

    return offset(span.start.row, span.start.column), offset(span.end.row, span.end.column)


def shown(found: tuple[Diagnostic, ...]) -> list[str]:
    return [f"{each.span.start.row}: {each.code} {each.message}" for each in found]


@by_rule
def test_page(rule: Rule) -> None:
    headings = re.findall(r"^## (.+)$", page(rule), re.MULTILINE)
    wanted = [*HEADINGS, *(["Use instead"] if rule.fix and rule.bad[0].fixed else [])]
    assert sorted(headings) == sorted(wanted)
    assert page(rule).startswith(f"# {rule.code} {rule.name}\n")
    assert not rule.summary.endswith(".")
    assert "\n" not in rule.summary
    assert "torch.nn" in rule.page.partition("## References")[2]


@by_rule
def test_enough_cases(rule: Rule) -> None:
    assert len(rule.bad) >= 3
    assert len(rule.good) >= 5
    programs = [bad.code for bad in rule.bad] + [good.code for good in rule.good]
    assert len(set(programs)) == len(programs)
    assert len({good.why for good in rule.good}) == len(rule.good)
    assert any(bad.fixed for bad in rule.bad) == (rule.fix is not None)


@pytest.mark.parametrize(("rule", "case"), BAD)
def test_bad_case_is_reported_once(rule: Rule, case: Bad) -> None:
    found = diagnostics(case.code, rule)
    assert [each.code for each in found] == [rule.code], shown(found)
    start, end = offsets(case.code, found[0].span)
    assert case.code[start:end] == case.at
    assert case.code[:start].count(case.at) == case.nth
    assert found[0].name == rule.name
    assert found[0].severity == (case.severity or rule.severity).value
    for words in (found[0].message, found[0].why, found[0].advice):
        assert words
        assert "\n" not in words
    assert found[0].notes


@pytest.mark.parametrize(("rule", "case"), BAD)
def test_fix(rule: Rule, case: Bad) -> None:
    (found,) = diagnostics(case.code, rule)
    if case.fixed is None:
        assert found.fix is None
        return
    assert found.fix is not None
    assert found.fix.message
    if rule.fix is Applicability.SAFE:
        assert found.fix.applicability == "safe"
    fixed = read(case.code).rewrite(found.fix.edits).decode()
    assert fixed == case.fixed
    ast.parse(fixed)
    assert not diagnostics(fixed, rule), shown(diagnostics(fixed, rule))


@pytest.mark.parametrize(("rule", "case"), GOOD)
def test_good_case_is_silent(rule: Rule, case: Good) -> None:
    assert not diagnostics(case.code, rule), shown(diagnostics(case.code, rule))
    assert case.why
    assert "\n" not in case.why
    assert not case.why.endswith(".")


def test_severities_are_promises() -> None:
    for rule in RULES:
        assert rule.severity in Severity
        assert rule.code.startswith("SG")
        assert set(rule.ends) <= {"static", "guard"}


def test_guard_is_said_to_find_what_it_names() -> None:
    """The codes that the checks while a program runs write into their messages."""
    folder = Path(shapeguard.__file__).parent / "runtime" / "diagnosis"
    named = {code for path in folder.glob("*.py") for code in CODE.findall(path.read_text())}
    assert {rule.code for rule in RULES if "guard" in rule.ends} == named & {r.code for r in RULES}
