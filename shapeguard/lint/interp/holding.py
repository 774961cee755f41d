"""What holds a layer, however deep."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from shapeguard.axes.layer import Rnn
from shapeguard.axes.value import Tuple
from shapeguard.lint.interp.containers import Each, Mapping
from shapeguard.lint.interp.names import KINDS
from shapeguard.lint.interp.objects import (
    Instance,
    Layer,
    Maybe,
    Ref,
    Unseen,
)


def is_layer(value: Any) -> bool:
    """Whether a value is a recurrent layer or the name of one."""
    if isinstance(value, Ref):
        return value.dotted.startswith("torch.nn.") and value.dotted.rpartition(".")[2] in KINDS
    return isinstance(value, Rnn)


def holds_layer(value: Any, depth: int = 4) -> bool:
    """Whether a recurrent layer, or a class that goes by the name of one, is in a value."""
    if (
        is_layer(value)
        or isinstance(value, Unseen)
        or (isinstance(value, Instance) and value.cls.name in KINDS)
    ):
        return True
    if depth == 0:
        return False
    parts: Iterable[Any] = ()
    if isinstance(value, Instance):
        parts = (value.rnn, *value.attrs.values())
    elif isinstance(value, (Layer, Tuple)):
        parts = value.items
    elif isinstance(value, Mapping):
        parts = (item for _, item in value.items)
    elif isinstance(value, Each):
        parts = (value.item,)
    elif isinstance(value, Maybe):
        parts = (value.value,)
    return any(holds_layer(part, depth - 1) for part in parts)
