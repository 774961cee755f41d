"""Lengths as they were passed, described. Values are read only where the host holds them."""

from __future__ import annotations

import sys
from numbers import Integral, Real
from types import GeneratorType
from typing import Any

import torch
from torch import Tensor

from shapeguard.runtime import reading
from shapeguard.runtime.diagnosis.lengths import Lengths

_PLAIN = (Tensor, torch.nn.Parameter)
_NO_SEQUENCE = (str, bytes, dict, set, frozenset, map, filter, zip, GeneratorType)


def read(value: Any) -> Lengths:
    """Raises reading.Symbolic, and what a tensor raises that has no shape."""
    name = reading.type_name(value)
    if isinstance(value, Tensor):
        form = reading.form(value)
        values = _of_tensor(value) if len(form.shape) == 1 else None
        return Lengths("tensor", form.shape, form.device, values)
    if value is None or isinstance(value, _NO_SEQUENCE):
        return Lengths(name, readable=False)
    if isinstance(value, Real):
        return Lengths(name, ())
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, numpy.ndarray):
        numbers = value.tolist() if value.ndim == 1 and value.dtype.kind in "iufb" else None
        return Lengths(name, value.shape, values=None if numbers is None else tuple(numbers))
    if isinstance(value, (list, tuple, range)):
        return _of_items(name, value)
    return Lengths(name)


def _of_items(name: str, items: list[Any] | tuple[Any, ...] | range) -> Lengths:
    values: list[int | float] = []
    known = True
    for item in items:
        if isinstance(item, Real):
            values.append(int(item) if isinstance(item, Integral) else float(item))
        elif item is None or isinstance(item, (str, bytes)):
            return Lengths(f"{name} with {item!r} in it", readable=False)
        elif isinstance(item, (list, tuple)):
            return Lengths(name, (len(items), len(item)))
        elif isinstance(item, Tensor) and not item.dim():
            found = _of_tensor(item)
            known = known and found is not None
            values += found or ()
        else:
            return Lengths(name)
    return Lengths(name, (len(items),), values=tuple(values) if known else None)


def _of_tensor(tensor: Tensor) -> tuple[int | float, ...] | None:
    """The values of a tensor of at most one axis; None on a device, in a graph, under vmap."""
    if tensor.device.type != "cpu" or type(tensor) not in _PLAIN:
        return None
    try:
        values = tensor.tolist() if tensor.dim() else [tensor.item()]
    except Exception:
        return None
    if all(type(value) in (int, float, bool) for value in values):
        return tuple(values)
    return None
