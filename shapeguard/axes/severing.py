"""Where a tensor was cut from the graph, so that no gradient goes back beyond."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shapeguard.axes.making import Within

if TYPE_CHECKING:
    from shapeguard.axes.axis import Place
    from shapeguard.axes.layer import Rnn


@dataclass(frozen=True)
class Severed:
    """The expression at ``place`` cut what ``rnn`` returned, which was ``base``, from the graph.

    ``within`` is the call of a module's method that was under way, and ``how`` what it used.
    """

    how: str
    place: Place
    base: Place = field(compare=False)
    rnn: Rnn = field(compare=False)
    within: Within = field(compare=False)
