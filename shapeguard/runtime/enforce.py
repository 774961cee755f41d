"""The contract's rows as jaxtyping types, and what holds calls to them by jaxtyping and beartype.

The axis names of a row are the names that jaxtyping binds. All of them are bound before any tensor
is looked at, by a stand-in that has their sizes in this call as its shape. So `D*K` and `D*Hout`
are read as the products they are, and a state of packed input has its batch to agree with.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import jaxtyping
import torch
from beartype import beartype
from jaxtyping import Inexact, Shaped, TypeCheckError, jaxtyped
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence

from shapeguard import contract
from shapeguard.contract import Kind, Layout, Sizes, Slot
from shapeguard.runtime.call import Call, Packed

__all__ = ["TypeCheckError", "annotation", "inputs", "off", "outputs"]

_BEFORE = {Slot.H: "h_0", Slot.C: "c_0"}
_AFTER = {Slot.H: "h_n", Slot.C: "c_n"}
_SLOTS = {"input": Slot.INPUT, "output": Slot.OUTPUT}
_SLOTS |= {name: slot for names in (_BEFORE, _AFTER) for slot, name in names.items()}

#: The axis names that are one number each; the rest are products of these.
_NAMES = tuple(name for name in Sizes().numbers if name.isidentifier())


class _Settings:
    """Stands for a tensor whose axes have the sizes that the names stand for in a call."""

    dtype = torch.float32  # nothing is of it; older jaxtyping reads only real ones

    def __init__(self, sizes: Sizes) -> None:
        self.shape = tuple(sizes.numbers[name] for name in _NAMES)
        self.ndim = len(self.shape)


def off() -> str | None:
    """What switched the checks of jaxtyping and beartype off; None where they are on."""
    if jaxtyping.config.jaxtyping_disable:
        return "jaxtyping's jaxtyping_disable (JAXTYPING_DISABLE) is set"
    if not __debug__:
        return "python -O: beartype checks nothing"
    return None


def annotation(kind: Kind, layout: Layout, slot: Slot) -> Any:
    """The type of a row, `Inexact[Tensor, "D*K N Hout"]`. LookupError as contract.axes."""
    return Inexact[Tensor, " ".join(contract.axes(kind, layout, slot))]


def inputs(call: Call, input: Any, hx: Any) -> None:
    """Holds what a call was given to its rows. Raises jaxtyping's TypeCheckError.

    Of an input that has none of the layouts it says nothing.
    """
    if hx is None:
        _hold(call, ["input"], [input])
        return
    names = [_BEFORE[slot] for slot in contract.states(call.layer.kind)]
    if not isinstance(hx, (Tensor, tuple, list)):  # what torch makes of it is not known
        _hold(call, ["input"], [input])
        return
    unpacks = call.layout is Layout.UNBATCHED or (
        isinstance(call.input, Packed) and call.input.permuted
    )
    if isinstance(hx, Tensor) and hx.dim() and unpacks:
        hx = tuple(hx) if len(names) > 1 else hx  # so torch reads a stack of both states here
    _hold(call, ["input", *names], [input, *_states(call, hx)])


def outputs(call: Call, input: Any, result: Any) -> None:
    """Holds what a call returned to its rows. Raises jaxtyping's TypeCheckError."""
    names = [_AFTER[slot] for slot in contract.states(call.layer.kind)]
    if call.layer.kind.is_cell:
        found = _states(call, result)
    else:
        names.insert(0, "output")
        pair = isinstance(result, tuple) and len(result) == 2
        found = [result[0], *_states(call, result[1])] if pair else [result]
    _hold(call, ["input", *names], [input, *found])


def _states(call: Call, state: Any) -> list[Any]:
    """The tensors of hx or of what is returned in its place."""
    two = len(contract.states(call.layer.kind)) > 1
    return list(state) if two and isinstance(state, (tuple, list)) else [state]


def _data(value: Any) -> Any:
    return value.data if isinstance(value, PackedSequence) else value


def _hold(call: Call, names: list[str], values: list[Any]) -> None:
    if call.layout is None or call.sizes is None:
        return
    if len(names) != len(values):
        raise TypeCheckError(
            f"{call.layer.kind.value}.forward: {', '.join(names)} are {len(names)} tensors, "
            f"got {len(values)}"
        )
    checked = _function(call.layer.kind, call.layout, tuple(names))
    checked(_Settings(call.sizes), *map(_data, values))


@cache
def _function(kind: Kind, layout: Layout, names: tuple[str, ...]) -> Callable[..., None]:
    """A function of these parameters that only holds its arguments to their rows."""
    types = {"settings": Shaped[_Settings, " ".join(_NAMES)]}
    types |= {name: annotation(kind, layout, _SLOTS[name]) for name in names}
    space: dict[str, Any] = {"__name__": __name__}
    source = f"def forward({', '.join(types)}): pass"
    exec(compile(source, f"<{kind.value}.forward>", "exec"), space)
    function = space["forward"]
    function.__annotations__ = {**types, "return": None}
    function.__qualname__ = f"{kind.value}.forward"
    function.__module__ = __name__
    checked: Callable[..., None] = jaxtyped(function, typechecker=beartype)
    return checked
