"""Cells that are not torch's own: what goes by the name of one, in view or not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from shapeguard.axes.axis import Role
from shapeguard.axes.combining import traces
from shapeguard.axes.marks import Mark
from shapeguard.axes.size import differ
from shapeguard.axes.states import tensors
from shapeguard.axes.value import Tensor, Tuple
from shapeguard.lint.interp.arguments import Args
from shapeguard.lint.interp.machine import unwrap
from shapeguard.lint.interp.names import KINDS
from shapeguard.lint.interp.values import as_tensor

NAMES = tuple(kind for kind in sorted(KINDS) if kind.endswith("Cell"))


def stepped(name: str, made: Any, args: Args) -> Any:
    """What a class called ``name`` makes of an input and a state.

    A cell makes another state of the same axes, for the next step reads it where this one was
    read; ``made`` is what following it tells. A layer may bear the name, too: a cell is given one
    step, by a loop or with as many axes as the state.
    """
    second = args.arg(1, "hx", "hidden", "h", "state")
    state = None if second is None else unwrap(second.value)
    step = as_tensor(unwrap(args.get(0, "input", "x")))
    if not name.endswith(NAMES) or state is None or step is None:
        return made
    if not step.walked and step.rank not in (each.rank for each in tensors(state) if each.axes):
        return made
    if isinstance(state, Tuple):
        if isinstance(made, Tuple):
            items = made.items if made.source is None else ()
        else:
            items = () if isinstance(made, Tensor) else (made,) * len(state.items)
        if len(items) != len(state.items):
            return made
        return Tuple(tuple(_like(*pair) for pair in zip(items, state.items, strict=True)))
    return _like(made, state)


def _like(made: Any, state: Any) -> Any:
    """A new state with the axes of the old one, where they are not known otherwise."""
    tensor = as_tensor(made)
    if tensor is None or not isinstance(state, Tensor) or state.axes is None:
        return made
    if tensor.axes is not None or tensor.source is not None:
        return made.marked(Mark.RECURRENT) if isinstance(made, Tensor) else made
    if tensor.last is not None and differ(tensor.last.size, state.axis(-1).size):
        return made
    first, *rest = state.axes
    if len(rest) == 1 and first.role is Role.UNKNOWN and first.size != 1:
        first = replace(first, role=Role.BATCH)
    return Tensor((first, *rest), marks=traces(tensor) | {Mark.RECURRENT})
