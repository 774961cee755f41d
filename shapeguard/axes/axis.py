"""Axes: what each axis of a tensor means, and where things stand in the program."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from shapeguard.axes.evidence import Known
from shapeguard.axes.size import UNKNOWN, Size, show


class Place(Protocol):
    """Where something stands in the program; front ends know how to turn it into a span."""

    @property
    def text(self) -> str:
        """The source text, as written."""
        ...


class Role(str, Enum):
    """What an axis means."""

    BATCH = "batch"
    TIME = "time"
    FEATURE = "feature"
    STATES = "layer*direction"
    LAYER = "layer"
    DIRECTION = "direction"
    UNKNOWN = "?"


STATE_ROLES = frozenset({Role.STATES, Role.LAYER, Role.DIRECTION})
"""Axes of the states whose positions differ in meaning: which layer, which direction."""


class Half(str, Enum):
    """A direction's share of a feature axis."""

    FORWARD = "forward"
    BACKWARD = "backward"
    BOTH = "both"  # summed or projected together: no longer apart


@dataclass(frozen=True)
class Axis:
    """One axis: its role, its size, and the directions that stand on it side by side.

    ``merged`` are the axes that a view or flatten has put into this one, outermost first.
    ``known`` says how the role is known, ``ident`` is the same for an axis wherever operations
    have moved it, and ``inserted`` is where an axis of size 1 was put in.
    """

    role: Role = Role.UNKNOWN
    size: Size = UNKNOWN
    halves: tuple[Half, ...] = ()
    merged: tuple[Axis, ...] = ()
    known: Known | None = field(default=None, compare=False)
    ident: str = field(default="", compare=False)
    inserted: Place | None = field(default=None, compare=False)

    def __str__(self) -> str:
        return self.role.value if self.role is not Role.UNKNOWN else show(self.size)
