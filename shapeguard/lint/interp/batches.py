"""Batches of a loader without a collate function of its own: the samples are on axis 0."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from shapeguard.axes.axis import Axis, Place, Role
from shapeguard.axes.evidence import Known
from shapeguard.axes.size import UNKNOWN, symbol
from shapeguard.axes.value import Tensor, Tuple
from shapeguard.lint.interp import filling
from shapeguard.lint.interp.containers import Mapping
from shapeguard.lint.interp.machine import Machine, unwrap
from shapeguard.lint.interp.objects import LOADED, Batch, Opaque
from shapeguard.lint.interp.values import known as constant


def collated(machine: Machine, sample: Any, place: Place) -> Any:
    """What the default collate makes of samples like this one."""
    machine.serial += 1
    text = "a DataLoader without collate_fn puts the samples of a batch on axis 0"
    known, size = Known(Role.BATCH, text, place), f"batch@{machine.serial}"
    machine.roles[size] = known
    axis = Axis(Role.BATCH, symbol(size), known=known, ident=str(machine.serial))
    return _collated(machine, unwrap(sample), axis)


def _collated(machine: Machine, sample: Any, axis: Axis) -> Any:
    if isinstance(sample, Tuple):
        return Tuple(tuple(_collated(machine, unwrap(item), axis) for item in sample.items))
    if isinstance(sample, Mapping):
        items = tuple((k, _collated(machine, unwrap(v), axis)) for k, v in sample.items)
        return Mapping(items, sample.complete)
    if isinstance(sample, str) or sample is None:
        return UNKNOWN
    if constant(sample):
        return Tensor((axis,))
    if isinstance(sample, Tensor) and (sample.axes is not None or sample.padding is not None):
        batch = filling.batch(sample)
        if batch.axes is None:
            return replace(batch, key=machine.fresh("batch").identity, front=(axis,))
        return replace(batch, axes=(axis, *batch.axes[1:]))
    if isinstance(sample, Tensor) or sample is UNKNOWN or isinstance(sample, Opaque):
        return Batch(machine.fresh(LOADED).identity, (axis,))
    return UNKNOWN
