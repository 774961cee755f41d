"""What running a program showed, and what that says about a rule's case.

Standard library only: the process that asks for verdicts imports neither torch nor user code.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from shapeguard.reference.proof import Proof


class Ending(str, Enum):
    """How one program ended."""

    SATISFIED = "satisfied"  # it ran and every claim holds
    BROKEN = "broken"  # it ran and a claim does not hold
    UNEVALUATED = "unevaluated"  # it ran and a claim raised, as for a module it does not build
    UNCLEAR = "unclear"  # it ran and cannot be judged: two axes of one size, two layers
    RAISED = "raised"
    TIMED_OUT = "timed out"
    OUT_OF_MEMORY = "out of memory"
    DIED = "died"  # the process ended before it could report


@dataclass(frozen=True)
class Outcome:
    """One program, run.

    `detail` is the evidence in words and numbers: the claim that broke, or the exception as
    `Type: message`. `difference` is the largest absolute one from the reference, where shapes
    agree; `shape` and `expected_shape` are those of the value and the reference.
    """

    ending: Ending
    detail: str = ""
    difference: float | None = None
    shape: tuple[int, ...] | None = None
    expected_shape: tuple[int, ...] | None = None
    printed: str = ""
    seconds: float = 0.0

    @property
    def satisfied(self) -> bool:
        """Whether the program ran and every claim holds."""
        return self.ending is Ending.SATISFIED

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Outcome:
        """The outcome whose fields a JSON object holds."""
        names = ("shape", "expected_shape")
        shapes = {n: None if content[n] is None else tuple(content[n]) for n in names}
        return cls(**(content | shapes | {"ending": Ending(content["ending"])}))

    def __str__(self) -> str:
        return f"{self.ending.value}: {self.detail}" if self.detail else self.ending.value


class Ruling(str, Enum):
    """What the two programs of a case show together."""

    CONFIRMED = "confirmed"
    FIX_FAILS = "fix fails"
    BAD_IS_NOT_BAD = "bad is not bad"
    INCONCLUSIVE = "inconclusive"
    TIMED_OUT = "timed out"


@dataclass(frozen=True)
class ProofCase:
    """A bad program, its fix, and what tells them apart. `name` is for the report only."""

    name: str
    code: str
    fixed: str
    proof: Proof


@dataclass(frozen=True)
class Verdict:
    """The ruling on a case, why, and the two outcomes it rests on."""

    name: str
    ruling: Ruling
    reason: str
    bad: Outcome
    fixed: Outcome

    @property
    def confirmed(self) -> bool:
        """Whether the mistake is one and the fix mends it."""
        return self.ruling is Ruling.CONFIRMED

    def __str__(self) -> str:
        return (
            f"{self.name}: {self.ruling.value} ({self.reason})\n"
            f"  bad   {self.bad}\n  fixed {self.fixed}"
        )


UNUSABLE = (Ending.DIED, Ending.OUT_OF_MEMORY, Ending.UNCLEAR)
# A program that stops with one of these is a broken program, whatever the rule is about.
NOT_THE_MISTAKE = ("SyntaxError", "IndentationError", "NameError", "ImportError", "ModuleNotFound")


def judge(case: ProofCase, bad: Outcome, fixed: Outcome) -> Verdict:
    """The verdict on a case from the outcomes of its two programs."""
    ruling, reason = _ruling(case.proof, bad, fixed)
    return Verdict(case.name, ruling, reason, bad, fixed)


def _ruling(proof: Proof, bad: Outcome, fixed: Outcome) -> tuple[Ruling, str]:
    if not proof.claims and not proof.raises:
        return Ruling.INCONCLUSIVE, "the proof claims nothing"
    for name, outcome in (("bad", bad), ("fixed", fixed)):
        if outcome.ending is Ending.TIMED_OUT:
            return Ruling.TIMED_OUT, f"the {name} program did not end"
        if outcome.ending in UNUSABLE:
            return Ruling.INCONCLUSIVE, f"the {name} program {outcome}"
    if fixed.ending is Ending.UNEVALUATED:
        return Ruling.INCONCLUSIVE, f"the claim cannot be evaluated: {fixed.detail}"
    if not fixed.satisfied:
        return Ruling.FIX_FAILS, str(fixed)
    if bad.satisfied:
        return Ruling.BAD_IS_NOT_BAD, "the bad program satisfies every claim"
    if bad.ending is Ending.RAISED:
        if bad.detail.startswith(NOT_THE_MISTAKE):
            return Ruling.INCONCLUSIVE, f"the bad program is broken: {bad.detail}"
        if not proof.raises or proof.raises not in bad.detail:
            declared = f"{proof.raises!r} is" if proof.raises else "nothing is"
            return Ruling.INCONCLUSIVE, f"{declared} declared, it raised {bad.detail}"
        checked = "" if proof.claims else "; the result of the fixed one is not compared"
        return Ruling.CONFIRMED, f"loud: {bad.detail}{checked}"
    if proof.raises:
        return Ruling.INCONCLUSIVE, f"{proof.raises!r} is declared, it ran to its end"
    return Ruling.CONFIRMED, f"silent: {bad.detail}"
