"""Layers that read axis 1 as channels: Conv1d, pooling, BatchNorm1d."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import libcst as cst

from shapeguard.axes.axis import Axis, Role
from shapeguard.axes.judging import ChannelsRead
from shapeguard.axes.size import UNKNOWN, Size
from shapeguard.axes.value import Tensor
from shapeguard.lint.interp.machine import Machine
from shapeguard.lint.interp.names import words
from shapeguard.lint.interp.objects import Layer
from shapeguard.lint.interp.values import as_size

POOLS = words("MaxPool1d AvgPool1d LPPool1d AdaptiveAvgPool1d AdaptiveMaxPool1d")

NORMS = words("BatchNorm1d InstanceNorm1d")

NUMBERS = {
    "Conv1d": "in_channels",
    "BatchNorm1d": "num_features",
    "InstanceNorm1d": "num_features",
    "AdaptiveAvgPool1d": "output_size",
    "AdaptiveMaxPool1d": "output_size",
}
"""What says how many channels a layer reads, or how many positions it leaves."""

READERS = POOLS | NORMS | {"Conv1d"}
"""Layers that read (batch, channels, positions)."""


def noted(
    machine: Machine, layer: Layer, tensor: Tensor, node: cst.CSTNode, base: cst.CSTNode
) -> None:
    """Note what a layer reads as channels, where it is known what the axes are, or the last."""
    ended = tensor.rank is None and tensor.last is not None  # a norm reads (samples, features), too
    if tensor.rank == 3 or (ended and layer.kind == "Conv1d"):
        number = as_size(layer.args.get(NUMBERS.get(layer.kind, ""), UNKNOWN))
        place, argument = machine.place(node), machine.place(base)
        machine.note(ChannelsRead(place, tensor, layer.kind, number, argument, layer.place))


def applied(layer: Layer, tensor: Tensor) -> Tensor | None:
    """What Conv1d and pooling make of (batch, channels, positions); None for other ranks."""
    if tensor.rank not in (None, 3) or layer.kind not in READERS:
        return None
    if layer.kind in POOLS:
        if tensor.rank is None:
            return None
        channels: Axis = tensor.axis(1)
    else:
        unlike = layer.args.get("groups", 1) != 1 or tensor.axis(-1).role is Role.FEATURE
        channels = Axis(Role.UNKNOWN if unlike else Role.FEATURE, _out(layer))
    positions = tensor.axis(2)
    kept = replace(positions, size=UNKNOWN, ident="", merged=())
    if positions.role is not Role.TIME:
        kept = Axis()
    return Tensor((tensor.axis(0), channels, kept))


def _out(layer: Layer) -> Size:
    value: Any = layer.args.get("out_channels", UNKNOWN)
    size: Size = as_size(value)
    return size
