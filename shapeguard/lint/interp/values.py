"""Values of one kind as another: tensors, sizes, settings."""

from __future__ import annotations

from typing import Any

from shapeguard.axes.axis import Place
from shapeguard.axes.layer import Setting
from shapeguard.axes.size import UNKNOWN, Expr, symbol
from shapeguard.axes.value import Tensor
from shapeguard.lint.interp.objects import Maybe, Opaque


def as_tensor(value: Any) -> Tensor | None:
    """The value as a tensor, if it can be one."""
    if isinstance(value, Tensor):
        return value
    if isinstance(value, Opaque):
        marks = frozenset() if value.placed is None else frozenset({value.placed})
        return Tensor(key=value.identity, front=getattr(value, "front", ()), marks=marks)
    if isinstance(value, Maybe):
        return as_tensor(value.value)
    if value is UNKNOWN:
        return Tensor()
    return None


def as_size(value: Any) -> Any:
    """The value as a size; UNKNOWN if it is none."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (int, Expr)):
        return value
    if isinstance(value, Opaque):
        return symbol(value.identity)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return UNKNOWN


def known(value: Any) -> bool:
    """Whether a value is a constant of the program."""
    return value is None or isinstance(value, (bool, int, float, str))


def setting(value: Any, how: str, place: Place, argument: Place | None) -> Setting:
    """A constructor argument as a Setting: symbols stay symbols, what has no value is UNKNOWN."""
    if isinstance(value, Opaque):
        value = symbol(value.identity)
    elif isinstance(value, Maybe) or not (known(value) or isinstance(value, Expr)):
        value = UNKNOWN
    return Setting(value, how, place, argument)
