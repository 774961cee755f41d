"""The device that a tensor is on, as far as the program says, wherever the tensor comes from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shapeguard.axes.making import Spot

if TYPE_CHECKING:
    from shapeguard.axes.axis import Place


@dataclass(frozen=True)
class Placed:
    """A tensor was put on a device by the call at ``place``, which is ``how``.

    ``chosen`` is where a device in a variable was set, and ``gpu`` says that this names a GPU: the
    program means to run on one. ``beside`` is the input of a module, wherever that is, which the
    tensor was computed from.
    """

    spot: Spot
    place: Place
    how: str
    gpu: bool = False
    chosen: Place | None = field(default=None, compare=False)
    beside: str = ""

    @property
    def away(self) -> bool:
        """Whether the device may be another than the CPU."""
        return self.spot not in (Spot.DEFAULT, Spot.CPU)


def either(a: Placed | None, b: Placed | None) -> Placed | None:
    """Where a tensor is that took one way or the other.

    On one way it may have been left where it was: a condition asks for a GPU, and the program is
    followed where there is one. What either way puts on the CPU may be there for that reason.
    """
    if a is None or b is None:
        only = a or b
        return only if only is not None and only.away else None
    return a if a == b or (a.away and b.away) else None


def together(found: Iterable[Placed]) -> Placed | None:
    """Where the tensors are that something is computed from; None where they do not agree."""
    ways = list(dict.fromkeys(found))
    return ways[0] if ways and all(one.away == ways[0].away for one in ways) else None
