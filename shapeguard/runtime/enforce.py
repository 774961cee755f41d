"""The contract's rows as jaxtyping types, and what holds calls to them by jaxtyping and beartype.

The axis names of a row are the names that jaxtyping binds. Those that a module's settings fix are
bound before any tensor is looked at, by a stand-in that has them as its shape; `L`, `N` and `S` are
bound by the input. So `D*K` and `D*Hout` are read as the products they are.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import jaxtyping
from beartype import beartype
from jaxtyping import Inexact, Shaped, TypeCheckError, jaxtyped
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence

from shapeguard import contract
from shapeguard.contract import Kind, Layout, Sizes, Slot
from shapeguard.runtime.call import Call

__all__ = ["TypeCheckError", "active", "annotation", "inputs", "outputs"]

_SETTINGS = ("D", "K", "Hin", "Hout", "Hcell")


class _Settings:
    """Stands for a tensor whose axes have the sizes that a module's settings say."""

    dtype = "settings"

    def __init__(self, sizes: Sizes) -> None:
        self.shape = tuple(sizes.numbers[name] for name in _SETTINGS)


def active() -> str | None:
    """None where jaxtyping and beartype check, else what switched them off."""
    if jaxtyping.config.jaxtyping_disable:
        return "JAXTYPING_DISABLE is set"
    if not __debug__:
        return "python -O: beartype checks nothing"
    return None


def annotation(kind: Kind, layout: Layout, slot: Slot) -> Any:
    """The type of a row, `Inexact[Tensor, "D*K N Hout"]`. LookupError as contract.axes."""
    return Inexact[Tensor, " ".join(contract.axes(kind, layout, slot))]


def inputs(call: Call, input: Any, hx: Any) -> None:
    """Holds what a call was given to its row. Raises jaxtyping's TypeCheckError."""
    if call.layout is None:
        return
    states = () if hx is None else tuple(hx) if isinstance(hx, (tuple, list)) else (hx,)
    before, _ = _functions(call.layer.kind, call.layout)
    before(_Settings(call.layer.sizes()), _data(input), *states)


def outputs(call: Call, input: Any, result: Any) -> None:
    """Holds what a call returned to its row. Raises jaxtyping's TypeCheckError."""
    if call.layout is None:
        return
    if call.layer.kind.is_cell:
        found = result if isinstance(result, tuple) else (result,)
    else:
        output, states = result
        found = (_data(output), *(states if isinstance(states, tuple) else (states,)))
    _, after = _functions(call.layer.kind, call.layout)
    after(_Settings(call.layer.sizes()), _data(input), *found)


def _data(value: Any) -> Any:
    return value.data if isinstance(value, PackedSequence) else value


@cache
def _functions(kind: Kind, layout: Layout) -> tuple[Callable[..., None], Callable[..., None]]:
    """What checks the arguments and what checks the results, of one class in one layout."""
    settings = {"settings": Shaped[_Settings, " ".join(_SETTINGS)]}
    given = {"input": annotation(kind, layout, Slot.INPUT)}
    states = [annotation(kind, layout, slot) for slot in contract.states(kind)]
    before = dict(zip(("h_0", "c_0"), (state | None for state in states), strict=False))
    after = {} if kind.is_cell else {"output": annotation(kind, layout, Slot.OUTPUT)}
    after |= dict(zip(("h_n", "c_n"), states, strict=False))
    return (
        _typed(f"{kind.value}.forward", settings | given | before, optional=len(before)),
        _typed(f"{kind.value}.forward", settings | given | after, optional=0),
    )


def _typed(name: str, types: dict[str, Any], optional: int) -> Callable[..., None]:
    """A function that only holds its arguments to the types, under the parameter names given."""
    head = ", ".join(
        f"{parameter}=None" if place >= len(types) - optional else parameter
        for place, parameter in enumerate(types)
    )
    space: dict[str, Any] = {"__name__": __name__}
    exec(compile(f"def forward({head}): pass", f"<{name}>", "exec"), space)
    function = space["forward"]
    function.__annotations__ = {**types, "return": None}
    function.__qualname__ = name
    function.__module__ = __name__
    checked: Callable[..., None] = jaxtyped(function, typechecker=beartype)
    return checked
