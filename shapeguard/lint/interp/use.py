"""One use of an operation on a tensor, and what every operation asks of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import libcst as cst

from shapeguard.axes.facts import Fact
from shapeguard.axes.grouping import crossed
from shapeguard.axes.marks import Regrouped
from shapeguard.axes.reading import Indexed, Reduced, Reshaped
from shapeguard.axes.size import UNKNOWN
from shapeguard.axes.value import Tensor, Tuple
from shapeguard.lint.interp.arguments import Args
from shapeguard.lint.interp.containers import Each, Mapping
from shapeguard.lint.interp.machine import Machine, unwrap
from shapeguard.lint.interp.names import words
from shapeguard.lint.interp.objects import ShapeOf
from shapeguard.lint.interp.values import as_size


@dataclass
class Use:
    """One operation on a tensor: the tensor, the other arguments, and where both stand."""

    machine: Machine
    tensor: Tensor
    args: Args
    node: cst.CSTNode
    base: cst.CSTNode
    name: str

    def integer(self, position: int, *names: str, default: Any = None) -> Any:
        """A whole-number argument; None where it is not known."""
        value = self.args.get(position, *names)
        if value is ...:
            return default
        return value if type(value) is int else None

    def sizes(self, *names: str) -> list[Any]:
        """Sizes given one by one or as one sequence."""
        values = [unwrap(arg.value) for arg in self.args.positional]
        if not values:
            values = [unwrap(self.args.keywords[n].value) for n in names if n in self.args.keywords]
        return sizes_of(values)

    def dims(self) -> Any:
        """The axes of a reduction: a tuple, None for all of them, or UNKNOWN."""
        value = self.args.get(0, "dim", "axis")
        if value is ... or value is None:
            return None
        if type(value) is int:
            return (value,)
        if isinstance(value, Tuple) and all(type(item) is int for item in value.items):
            return value.items
        return UNKNOWN

    def note(self, fact: Fact) -> None:
        """Keep a fact where the tensor comes from a recurrent layer."""
        if self.tensor.source is not None:
            self.machine.note(fact)

    def reshaped(self, after: Tensor, sizes: Any = None, axis: int | None = None) -> Tensor:
        """Note a change of axes and give the result."""
        place, base = self.machine.place(self.node), self.machine.place(self.base)
        wanted = None if sizes is None else tuple(sizes)
        bare = wanted is None and axis is None and self.name.startswith("squeeze")
        if wanted is not None:
            after = after.restored()
        if bare or (wanted is not None and crossed(self.tensor, wanted)):
            near = bare and self.machine.near(self.tensor)
            mark = Regrouped(self.name, place, base, self.tensor, wanted, near)
            after = (after.reranked() if bare else after).marked(mark)
        self.note(Reshaped(place, base, self.tensor, after, self.name, wanted, axis))
        return after

    def reduced(self, dims: tuple[int, ...] | None) -> None:
        """Note a reduction over some axes."""
        rank = self.tensor.rank
        if dims is not None and rank:
            place, base = self.machine.place(self.node), self.machine.place(self.base)
            axes = tuple(dim % rank for dim in dims)
            self.note(Reduced(place, base, self.tensor, axes, self.name))

    def indexed(self, after: Tensor) -> Tensor:
        """Note a selection and give the result."""
        place, base = self.machine.place(self.node), self.machine.place(self.base)
        before = self.tensor.source
        if before is not None and self.tensor.axes is not None and after.source is not None:
            taken = after.source.takes[len(before.takes) :]
            self.note(Indexed(place, base, self.tensor, after, taken, self.name))
            self.machine.narrowed(self.tensor, after, self.node)
        return after


BY_FIRST = words(
    """
    size squeeze unsqueeze softmax log_softmax sum mean max min argmax argmin std var median mode
    prod all any logsumexp amax amin cumsum sort argsort select narrow index_select gather unbind
    """
)
BY_SECOND = words("chunk split tensor_split")


def highest(use: Use) -> int:
    """The last of the axes that an operation asks for by number; -1 where it asks for none."""
    named: tuple[Any, ...] = ()
    if use.name == "t":
        named = (1,)
    elif use.name == "permute":
        named = tuple(use.sizes("dims"))
    elif use.name in ("transpose", "swapaxes"):
        named = (use.args.get(0, "dim0", "axis0"), use.args.get(1, "dim1", "axis1"))
    elif use.name in BY_FIRST:
        named = (use.args.get(0, "dim", "axis"),)
    elif use.name in BY_SECOND:
        named = (use.args.get(1, "dim", "axis"),)
    found = [dim if dim >= 0 else -dim - 1 for dim in named if type(dim) is int]
    return max(found, default=-1) - (use.name == "unsqueeze")


def sizes_of(values: list[Any]) -> list[Any]:
    """Sizes from arguments: ``2, 3`` or ``(2, 3)`` or ``*x.shape``."""
    if len(values) == 1 and isinstance(values[0], Tuple):
        values = [unwrap(item) for item in values[0].items]
    if len(values) == 1 and isinstance(values[0], (Each, ShapeOf, Tensor, Mapping)):
        return []
    return [as_size(value) for value in values]
