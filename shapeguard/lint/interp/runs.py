"""Runs: what following a program from one place, under one configuration, has yielded."""

from __future__ import annotations

from dataclasses import dataclass, field

from shapeguard.axes.building import RnnBuilt
from shapeguard.axes.facts import Fact
from shapeguard.lint.interp.machine import Machine


@dataclass
class Run:
    """What one run yielded, and the statements that it reached.

    Facts at ``known`` statements only explain others: these have been judged before.
    """

    facts: list[tuple[Fact, int]]
    reached: set[int]
    known: frozenset[int] = frozenset()


@dataclass
class Outcome:
    """The runs of a program: plain ones, and per root the runs of its configurations."""

    plain: list[Run] = field(default_factory=list)
    worlds: list[list[Run]] = field(default_factory=list)


SPARE = 1_000
"""Statements that all runs of a program under other configurations may take, together."""


def builds(machine: Machine) -> bool:
    """Whether a run built a layer, or what goes by the name of one, wherever it went."""
    return machine.named or any(isinstance(fact, RnnBuilt) for fact, _ in machine.facts)
