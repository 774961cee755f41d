"""A bad and a fixed program for each first rule come out as what they are; so do false cases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from shapeguard.reference.proof import Proof
from shapeguard.reference.runner import Runner, prove, runs
from shapeguard.reference.verdict import Ending, Outcome, ProofCase, Ruling, Verdict, judge
from tests.reference.first_rules import BATCH, BI, CALL, CASES, model


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    with Runner(workers=2, time_limit=5.0) as pool:
        yield pool


@pytest.fixture(scope="module")
def verdicts(runner: Runner) -> dict[str, Verdict]:
    return {verdict.name: verdict for verdict in runner.prove(CASES)}


@pytest.mark.parametrize("name", [case.name for case in CASES])
def test_a_true_case_is_confirmed(name: str, verdicts: dict[str, Verdict]) -> None:
    verdict = verdicts[name]
    assert verdict.ruling is Ruling.CONFIRMED, str(verdict)
    assert verdict.fixed.satisfied
    if verdict.fixed.difference is not None:
        assert verdict.fixed.difference < 1e-12


def test_the_evidence_is_in_numbers(verdicts: dict[str, Verdict]) -> None:
    bad = verdicts["SG301"].bad
    assert bad.shape == bad.expected_shape == (7, 32)
    assert bad.difference is not None
    assert bad.difference > 0.01
    assert verdicts["SG305"].bad.shape == (2, 16)
    assert "(7, 16)" in verdicts["SG305"].bad.detail
    assert "RuntimeError: mat1 and mat2" in verdicts["SG205"].bad.detail
    assert "num_layers=1" in verdicts["SG601"].bad.detail
    assert "read the batch (7) as its steps" in verdicts["SG602"].bad.detail


@pytest.mark.parametrize("name", [case.name for case in CASES])
def test_a_fix_that_changes_nothing_fails(name: str, runner: Runner) -> None:
    case = next(case for case in CASES if case.name == name)
    (verdict,) = runner.prove([replace(case, fixed=case.code)])
    # Without the head that SG201 asks for, the claim about the fixed program means nothing.
    expected = Ruling.INCONCLUSIVE if name == "SG201" else Ruling.FIX_FAILS
    assert verdict.ruling is expected, str(verdict)


@pytest.mark.parametrize("name", [case.name for case in CASES])
def test_a_bad_program_that_is_right_is_not_bad(name: str, runner: Runner) -> None:
    case = next(case for case in CASES if case.name == name)
    (verdict,) = runner.prove([replace(case, code=case.fixed)])
    assert verdict.ruling is Ruling.BAD_IS_NOT_BAD, str(verdict)


@pytest.mark.parametrize(
    ("fixed", "says"),
    [
        ("return self.fc(h[-1].repeat(1, 2))", "differs from final_state"),
        ("return self.fc(torch.cat((h[-1], h[-2]), dim=-1))", "differs from final_state"),
        ("return self.fc(torch.cat((h[0], h[1]), dim=-1))", "differs from final_state"),
        ("return self.fc(torch.cat((h[-2], h[-1]), dim=0))", "RuntimeError: mat1"),
        ("return self.fc(torch.cat((h[-2], h[-1]), dim=-1)[:6])", "shape (6, 32)"),
        ("return self.fc(torch.kat((h[-2], h[-1]), dim=-1))", "AttributeError"),
        ("return self.fc(torch.cat((h[-2], h[-1]), dim=-1) / 0)", "differs from final_state"),
    ],
)
def test_a_wrong_fix_fails(fixed: str, says: str, runner: Runner) -> None:
    case = next(case for case in CASES if case.name == "SG301")
    wrong = model(BI, f"out, (h, c) = self.lstm(x)\n{fixed}")
    (verdict,) = runner.prove([replace(case, fixed=wrong)])
    assert verdict.ruling is Ruling.FIX_FAILS, str(verdict)
    assert says in verdict.reason


RAN = Outcome(Ending.BROKEN, "differs")
RIGHT = Outcome(Ending.SATISFIED)


@pytest.mark.parametrize(
    ("proof", "bad", "says"),
    [
        (Proof(run="x"), RAN, "claims nothing"),
        (Proof(expect="output"), Outcome(Ending.RAISED, "RuntimeError: shape"), "nothing is"),
        (
            Proof(raises="Expected"),
            Outcome(Ending.RAISED, "TypeError: x"),
            "'Expected' is declared",
        ),
        (Proof(raises="Expected", expect="output"), RAN, "ran to its end"),
        (Proof(raises="name"), Outcome(Ending.RAISED, "NameError: name 'x'"), "is broken"),
        (Proof(expect="output"), Outcome(Ending.UNCLEAR, "2 recurrent layers"), "2 recurrent"),
        (Proof(expect="output"), Outcome(Ending.OUT_OF_MEMORY), "out of memory"),
        (Proof(expect="output"), Outcome(Ending.DIED, "status 3"), "status 3"),
    ],
)
def test_what_cannot_be_decided_is_inconclusive(proof: Proof, bad: Outcome, says: str) -> None:
    verdict = judge(ProofCase("case", "", "", proof), bad, RIGHT)
    assert verdict.ruling is Ruling.INCONCLUSIVE
    assert says in verdict.reason


@pytest.mark.parametrize(
    ("proof", "says"),
    [
        (Proof(inputs=BATCH, run=CALL, expect="outptu"), "NameError"),
        (Proof(inputs=BATCH, run=CALL, expect="output", layer="gru2"), "NameError"),
        (Proof(inputs=BATCH, run=CALL, expect="output", watch="head"), "nothing called 'head'"),
        (Proof(inputs={"x": "batch steps 5"}, run=CALL, expect="output"), "unknown axis 'steps'"),
        (Proof(inputs={"x": "batch time 5:ids"}, run=CALL, expect="output"), "ids does not fit"),
    ],
)
def test_a_proof_with_a_mistake_proves_nothing(proof: Proof, says: str, runner: Runner) -> None:
    case = next(case for case in CASES if case.name == "SG303")
    (verdict,) = runner.prove([replace(case, proof=proof)])
    assert verdict.ruling is Ruling.INCONCLUSIVE, str(verdict)
    assert says in verdict.reason


def test_two_layers_have_to_be_told_apart(runner: Runner) -> None:
    two = model(
        "self.a = nn.GRU(5, 16, batch_first=True)\nself.b = nn.GRU(16, 8, batch_first=True)",
        "return self.b(self.a(x)[0])[0][:, -1]",
    )
    proof = Proof(inputs=BATCH, run=CALL, expect="last_step")
    assert runner.run(two, proof).ending is Ending.UNCLEAR
    assert runner.run(two, replace(proof, layer="b")).satisfied
    assert runner.run(two, replace(proof, layer="a")).ending is Ending.BROKEN


def test_sizes_that_coincide_decide_nothing(runner: Runner) -> None:
    code = "import torch\nfrom torch import nn\ny = nn.GRU(5, 16)(torch.randn(16, 3, 5))[0]\n"
    outcome = runner.run(code, Proof(run="y", expect="output"))
    assert outcome.ending is Ending.UNCLEAR
    assert "steps and hidden size are both 16" in outcome.detail


def test_the_shared_runner() -> None:
    case = next(case for case in CASES if case.name == "SG303")
    assert [verdict.confirmed for verdict in prove([case, case])] == [True, True]
    assert runs(case.fixed, case.proof).satisfied
    assert not runs(case.code, case.proof).satisfied
    assert runs("x = 1").satisfied


def test_a_verdict_reads_as_one_block(verdicts: dict[str, Verdict]) -> None:
    first, bad, fixed = str(verdicts["SG303"]).splitlines()
    assert first.startswith("SG303: confirmed (silent: differs from h_n[-1] (7, 16) by up to ")
    assert bad.startswith("  bad   broken: differs")
    assert fixed.startswith("  fixed satisfied: equals h_n[-1] (7, 16) within ")
