"""What a rule is: a page, cases, and a pure function from facts to findings.

A rule file holds one ``RULE``. It reads facts and never the source; places in its findings are
turned into spans by the front end, so no rule counts lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol, TypeVar

from shapeguard.axes.axis import Place
from shapeguard.axes.facts import Fact
from shapeguard.axes.layer import Call, Rnn, Setting
from shapeguard.axes.size import UNKNOWN
from shapeguard.reference.proof import Proof


class Severity(str, Enum):
    """A promise: an error is wrong and provable, a warning wrong unless the intent is unusual."""

    ERROR = "error"
    WARNING = "warning"
    ADVICE = "advice"


class Applicability(str, Enum):
    """Safe fixes keep what is computed; unsafe ones change it, because it is wrong today."""

    SAFE = "safe"
    UNSAFE = "unsafe"


@dataclass(frozen=True)
class Evidence:
    """A fact that a finding relies on, and where it was set."""

    text: str
    place: Place | None = None


@dataclass(frozen=True)
class Edit:
    """One change: ``how`` is "replace", "remove-argument", or "after" (a new line below the
    statement that holds ``place``, at its indentation)."""

    place: Place
    text: str
    how: str = "replace"


@dataclass(frozen=True)
class Fix:
    """Edits that belong together."""

    applicability: Applicability
    message: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True)
class Finding:
    """One mistake: what is wrong (``message``), so what (``why``), now what (``cure``)."""

    place: Place
    message: str
    why: str
    cure: str
    evidence: tuple[Evidence, ...] = ()
    fix: Fix | None = None
    severity: Severity | None = None


@dataclass(frozen=True)
class Access:
    """How a slot of a call can be written at some place, and the edits that make it so."""

    text: str
    edits: tuple[Edit, ...] = ()


F = TypeVar("F", bound=Fact)


class Context(Protocol):
    """What a rule may ask besides its fact."""

    def facts(self, kind: type[F]) -> Sequence[F]:
        """All facts of one kind, in program order."""
        ...

    def spell(self, dotted: str) -> str | None:
        """How this file writes a torch name ("torch.cat"), None if it has not imported it."""
        ...

    def uses(self, *names: str) -> bool:
        """Whether the program is written with one of these names, as a variable or attribute."""
        ...

    def reads(self, name: str) -> bool:
        """Whether the program reads a variable or attribute of this name anywhere."""
        ...

    def aside(self, place: Place) -> bool:
        """Whether a place stands in another file than the one that is checked."""
        ...

    def access(self, call: Call, slot: str, at: Place) -> Access | None:
        """How ``slot`` ("output", "h_n", "c_n") of ``call`` is written at ``at``, if it can be."""
        ...


@dataclass(frozen=True)
class Bad:
    """A program with the mistake; ``at`` is the text of the flagged expression (its nth one)."""

    code: str
    at: str
    fixed: str | None = None
    proof: Proof | None = None
    nth: int = 0
    severity: Severity | None = None


@dataclass(frozen=True)
class Good:
    """A program that looks like the mistake and is right, with the reason."""

    code: str
    why: str
    proof: Proof | None = None


@dataclass(frozen=True)
class Rule:
    """Everything about one mistake.

    ``ends`` are the front ends that find it: "static" for `shapeguard check`, "guard" for the
    checks while a program runs.
    """

    code: str
    name: str
    summary: str
    severity: Severity
    page: str
    on: tuple[type[Fact], ...]
    check: Callable[[Any, Context], Iterable[Finding]]
    bad: tuple[Bad, ...]
    good: tuple[Good, ...]
    fix: Applicability | None = None
    ends: tuple[str, ...] = ("static",)


def quote(name: str, setting: Setting) -> Evidence:
    """The evidence line of a constructor argument: its value and where it comes from."""
    if setting.value is UNKNOWN:
        return Evidence(f"{name} is not known", setting.place)
    shown = setting.text or str(setting.value)
    if setting.how == "torch":
        return Evidence(f"{name} is {setting.value} (torch's default, not passed)", setting.place)
    if setting.how == "assumed":
        return Evidence(f"where {name} is {setting.value}, as the code allows", setting.place)
    suffix = " (default)" if setting.how == "default" else ""
    if setting.text and setting.text != str(setting.value):
        shown = f"{setting.value} ({setting.text})"
    return Evidence(f"{name} is {shown}{suffix}", setting.place)


def layer_evidence(rnn: Rnn, *names: str) -> tuple[Evidence, ...]:
    """Evidence of the layer's construction: one line for each named argument, then the instance."""
    lines = [quote(name, rnn.setting(name)) for name in names]
    if rnn.built_by is not None:
        lines.append(Evidence(f"for the instance built as {rnn.built_by.text}", rnn.built_by))
    return tuple(lines)
