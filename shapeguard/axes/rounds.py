"""Rounds of loops: which one something happened in, and what goes from one to the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shapeguard.axes.axis import Place
    from shapeguard.axes.making import Guard


@dataclass(frozen=True)
class Round:
    """A round of a loop that was under way, its ``number`` from 0.

    ``over`` is what the loop runs over, or its condition. ``at`` is the call, written in the body
    of the loop, that led out of it to where something happened; None if it happened there.
    ``guards`` are the conditions within the loop that chose a branch on the way.
    """

    loop: Place
    number: int
    over: Place
    at: Place | None = None
    guards: tuple[Guard, ...] = ()


def shared(earlier: tuple[Round, ...], later: tuple[Round, ...]) -> tuple[Round, Round] | None:
    """The outermost loop of which two things happened in different rounds, the first one earlier:
    its round then, and its round later."""
    for one, two in zip(earlier, later, strict=False):
        if one.loop != two.loop:
            return None
        if one.number != two.number:
            return (one, two) if one.number < two.number else None
    return None


def during(loop: Place, rounds: tuple[Round, ...]) -> Round | None:
    """The round of a loop among others."""
    return next((one for one in rounds if one.loop == loop), None)
