"""Attention and Transformer layers of torch.nn: each has a batch_first of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import libcst as cst

from shapeguard.axes.combining import traces
from shapeguard.axes.facts import Handed
from shapeguard.axes.layer import Setting
from shapeguard.axes.layouts import all_told
from shapeguard.axes.size import UNKNOWN
from shapeguard.axes.value import Tensor, Tuple
from shapeguard.lint.interp.machine import Machine
from shapeguard.lint.interp.names import words
from shapeguard.lint.interp.objects import Layer
from shapeguard.lint.interp.values import as_tensor

READERS = words(
    """
    MultiheadAttention Transformer TransformerEncoder TransformerEncoderLayer TransformerDecoder
    TransformerDecoderLayer
    """
)


def handed(
    machine: Machine,
    layer: Layer,
    tensor: Tensor,
    others: Sequence[Any],
    node: cst.CSTNode,
    base: cst.CSTNode,
) -> Tensor | Tuple:
    """A tensor given to one of them: what comes out has the same axes, and the values of
    ``others``, such as the keys."""
    tensor = all_told(tensor, machine.roles)
    owner = layer
    for name in ("encoder_layer", "decoder_layer"):
        inner = layer.args.get(name)
        owner = inner if isinstance(inner, Layer) else owner
    hidden = layer.kind.endswith("coder") and owner is layer
    value = UNKNOWN if hidden else owner.args.get("batch_first", False)
    place, where = machine.place(node), owner.arg_places.get("batch_first")
    flag = Setting(value, "written" if where else "torch", where or owner.place, where)
    argument = machine.place(base)
    machine.note(Handed(place, tensor, layer.kind, flag, argument, owner.place))
    out = tensor.computed()
    if layer.kind != "MultiheadAttention":
        return out
    read = [each for each in map(as_tensor, others) if each is not None]
    return Tuple((out.marked(*traces(*read)), Tensor()))
