"""What is wrong with a call: structured, so that text and attributes have one origin."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Binding:
    """The size that an axis name stands for in this call, and what set it."""

    axis: str
    size: int
    origin: str


@dataclass(frozen=True, slots=True)
class Cause:
    """One explanation that fits: a slug to test for, why it happens, and what to write instead.

    `cure` is code. `avoid` names a popular cure that only silences the error, and what it breaks.
    """

    slug: str
    why: str
    cure: str
    avoid: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """One call that the contract refuses.

    `slot` is what is wrong: "input", "h_0", "c_0", "hx", "output", "lengths", or the name of a
    setting. `summary` says it in one sentence without axes. `expected` and `got` are shapes where
    shapes disagree (an expected None stands for a size that is free), else values in words.
    `differs` are the names of the axes that disagree. `causes` begins with the most likely.
    """

    slot: str
    summary: str
    code: str | None = None
    axes: tuple[str, ...] = ()
    expected: tuple[int | None, ...] | str | None = None
    got: tuple[int, ...] | str | None = None
    differs: tuple[str, ...] = ()
    bindings: tuple[Binding, ...] = ()
    causes: tuple[Cause, ...] = ()


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A call that runs and is wrong unless an unusual intent stands behind it."""

    code: str
    name: str
    summary: str
    cause: Cause
