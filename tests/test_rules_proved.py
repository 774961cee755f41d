"""The cases of every rule, run: what is called wrong is wrong, its fix is right, and what is
called right runs."""

from __future__ import annotations

import functools
from collections.abc import Mapping

import pytest

pytest.importorskip("torch")

from shapeguard.reference.proof import Proof
from shapeguard.reference.runner import shared
from shapeguard.reference.verdict import Ending, Outcome, ProofCase, Verdict
from shapeguard.rules import registry

pytestmark = pytest.mark.slow

BAD = {
    f"{rule.code}-bad{number}": case
    for rule in registry().values()
    for number, case in enumerate(rule.bad)
}
GOOD = {
    f"{rule.code}-good{number}": case
    for rule in registry().values()
    for number, case in enumerate(rule.good)
}


@functools.cache
def verdicts() -> Mapping[str, Verdict]:
    cases = [
        ProofCase(name, case.code, case.fixed, case.proof or Proof())
        for name, case in BAD.items()
        if case.fixed is not None
    ]
    return {verdict.name: verdict for verdict in shared().prove(cases)}


@functools.cache
def good_outcomes() -> Mapping[str, Outcome]:
    outcomes = shared().run_all([(case.code, case.proof) for case in GOOD.values()])
    return dict(zip(GOOD, outcomes, strict=True))


@pytest.mark.parametrize("name", BAD)
def test_bad_case_is_wrong(name: str) -> None:
    case = BAD[name]
    assert case.proof is not None
    if case.fixed is not None:
        verdict = verdicts()[name]
        assert verdict.confirmed, str(verdict)
        return
    outcome = shared().run(case.code, case.proof)
    wanted = Ending.RAISED if case.proof.raises else Ending.BROKEN
    assert outcome.ending is wanted, str(outcome)
    assert case.proof.raises in outcome.detail


@pytest.mark.parametrize("name", GOOD)
def test_good_case_runs(name: str) -> None:
    outcome = good_outcomes()[name]
    assert outcome.satisfied, str(outcome)
