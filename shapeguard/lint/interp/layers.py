"""torch.nn modules: what building one yields, and what applying it to a value does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import libcst as cst

from shapeguard.axes import combining, recurrent
from shapeguard.axes.activation import LINEAR, Activation, activation
from shapeguard.axes.building import SequentialBuilt
from shapeguard.axes.facts import CellCalled, RnnCalled, TupleMisused
from shapeguard.axes.judging import Attended, HeadFed
from shapeguard.axes.layer import Call, Rnn
from shapeguard.axes.layouts import all_told
from shapeguard.axes.size import UNKNOWN
from shapeguard.axes.states import SIZED
from shapeguard.axes.value import Packed, Tensor, Tuple
from shapeguard.lint.interp import (
    attention,
    carrying,
    channels,
    losses,
    packed,
    regrouping,
    severing,
    tensors,
)
from shapeguard.lint.interp.arguments import Arg, Args
from shapeguard.lint.interp.containers import Each
from shapeguard.lint.interp.dispatch import apply, influenced
from shapeguard.lint.interp.joining import join
from shapeguard.lint.interp.machine import Machine, unwrap
from shapeguard.lint.interp.names import SAME_AXES, SAME_VALUES, SPATIAL
from shapeguard.lint.interp.objects import Frame, Layer
from shapeguard.lint.interp.scoring import normalized, score
from shapeguard.lint.interp.values import as_size, as_tensor

SCORING = {"CrossEntropyLoss": "cross_entropy", "NLLLoss": "nll_loss"}


LONGEST = 8
"""Lists are kept item by item up to this length."""


def apply_layer(
    machine: Machine, layer: Rnn | Layer, args: Args, node: cst.CSTNode, frame: Frame
) -> Any:
    """``layer(x, ...)``."""
    if isinstance(layer, Rnn):
        return (
            _cell(machine, layer, args, node)
            if layer.cell
            else call_rnn(machine, layer, args, node)
        )
    first = args.arg(0, "input", "x", "query", "src")
    value = unwrap(first.value) if first is not None else UNKNOWN
    base = first.node if first is not None and first.node is not None else node
    if layer.kind == "Sequential":
        return _sequential(machine, layer, value, args, node, frame)
    if layer.kind.endswith("Loss"):
        losses.applied(machine, layer, args, node)
    if layer.kind in SCORING:
        return score(machine, as_tensor(value), SCORING[layer.kind], node, base, None, True)
    if misused(machine, value, f"passed to {layer.kind}", node, base):
        return UNKNOWN
    if layer.kind.endswith("Loss"):
        for arg in args.positional:
            machine.consume(arg.value, "loss", node)
        return Tensor(())
    if isinstance(value, Packed):
        machine.consume(value, layer.kind, node)
        if layer.kind != "Identity":
            packed.misused(machine, value, f"passed to {layer.kind}", "layer", node, base)
        return UNKNOWN
    if layer.kind == "MultiheadAttention":
        attended(machine, args, layer.kind, ("key_padding_mask", "attn_mask"), node)
    tensor = as_tensor(value)
    if tensor is None:
        return UNKNOWN
    others = [arg.value for arg in [*args.positional[1:3], *args.keywords.values()]]
    return _apply_to(machine, layer, tensor, others, node, base)


def misused(machine: Machine, value: Any, how: str, node: cst.CSTNode, base: cst.CSTNode) -> bool:
    """Whether a recurrent layer's (output, state) stands where a tensor is needed; noted if so."""
    if isinstance(value, Tuple) and value.source is not None:
        machine.note(TupleMisused(machine.place(node), value, how, machine.place(base)))
        return True
    return False


def attended(
    machine: Machine, args: Args, by: str, masks: tuple[str, ...], node: cst.CSTNode
) -> None:
    """Attention over the keys, noted where no mask is passed."""
    key = unwrap(args.get(1, "key"))
    passed = [args.keywords[name].value for name in masks if name in args.keywords]
    passed += [arg.value for arg in args.positional[3:]]
    if args.open or any(value is not None for value in passed):
        return
    if isinstance(key, Tensor) and key.source is not None:
        machine.note(Attended(machine.place(node), key, by))


def _apply_to(
    machine: Machine,
    layer: Layer,
    tensor: Tensor,
    others: Sequence[Any],
    node: cst.CSTNode,
    base: cst.CSTNode,
) -> Any:
    kind = layer.kind
    if kind in SAME_VALUES:
        return tensor
    if kind in channels.READERS:
        channels.noted(machine, layer, tensor, node, base)
    if kind in SAME_AXES:
        if kind in SIZED:
            machine.consume(tensor, kind, node)
        return _activated(machine, layer, tensor, node, base)
    if kind in ("Linear", "LazyLinear", "Bilinear"):
        return linear(machine, layer, tensor, node)
    if kind == "Embedding":
        return combining.embedding(tensor, as_size(layer.args.get("embedding_dim", UNKNOWN)))
    if kind in ("Softmax", "LogSoftmax"):
        by = "softmax" if kind == "Softmax" else "log_softmax"
        dim, where = layer.args.get("dim"), layer.arg_places.get("dim")
        return normalized(machine, tensor, by, node, base, dim, dim is None, where, layer.place)
    if kind == "Flatten":
        start, end = layer.args.get("start_dim", 1), layer.args.get("end_dim", -1)
        return regrouping.flatten(machine, tensor, start, end, node, base)
    machine.consume(tensor, kind, node)
    if kind in attention.READERS:
        return attention.handed(machine, layer, tensor, others, node, base)
    made = channels.applied(layer, tensor)
    if made is not None:
        return made
    if kind in SPATIAL and (tensor.axis(0).known or tensor.axis(0).merged):
        return Tensor(front=(tensor.axis(0),))  # what it does to the others depends on its sizes
    return Tensor()


def _activated(
    machine: Machine, layer: Layer, tensor: Tensor, node: cst.CSTNode, base: cst.CSTNode
) -> Tensor:
    after, name = tensors.activated(tensor, layer.kind.lower()), layer.kind.lower()
    place, argument = machine.place(node), machine.place(base)
    return replace(after, by=activation(name, place, argument, layer.place, tensor.by))


def linear(machine: Machine, layer: Layer, tensor: Tensor, node: cst.CSTNode) -> Tensor:
    """nn.Linear applied to a tensor."""
    wanted = as_size(layer.args.get("in_features", UNKNOWN))
    where = layer.arg_places.get("in_features")
    if tensor.axes is not None or tensor.last is not None:
        machine.note(HeadFed(machine.place(node), tensor, wanted, layer.place, where))
    machine.consume(tensor, "Linear", node)
    tensor = severing.read(machine, tensor, "Linear", node, None)
    after = combining.linear(tensor, as_size(layer.args.get("out_features", UNKNOWN)))
    return replace(after, by=Activation(LINEAR, machine.place(node), made=layer.place))


def _sequential(
    machine: Machine, layer: Layer, value: Any, args: Args, node: cst.CSTNode, frame: Frame
) -> Any:
    for number, item in enumerate(layer.items):
        if number and isinstance(item, (Layer, Rnn)) and isinstance(value, Tuple):
            rnn = layer.items[number - 1]
            if isinstance(rnn, Rnn):
                machine.note(SequentialBuilt(layer.place, rnn, item.place, rnn.place, called=True))
            return UNKNOWN
        first = args.positional[0] if args.positional else Arg(value)
        passed = Args([Arg(value, first.node, first.frame)])
        value = apply(machine, item, passed, node, frame)
        if isinstance(value, Tensor) and value.by is not None and isinstance(item, Layer):
            value = replace(value, by=replace(value.by, inside=True))
    return value


def call_rnn(machine: Machine, rnn: Rnn, args: Args, node: cst.CSTNode) -> Any:
    """A recurrent layer applied to a sequence, with or without a state."""
    first = args.arg(0, "input")
    value = unwrap(first.value) if first is not None else UNKNOWN
    base = first.node if first is not None and first.node is not None else node
    if misused(machine, value, f"passed to {rnn.kind}", node, base):
        value = UNKNOWN
    given: Any = value if isinstance(value, Packed) else as_tensor(value)
    if given is None:
        given = UNKNOWN
    second = args.arg(1, "hx")
    state = None if second is None else unwrap(second.value)
    if isinstance(given, Tensor):
        given = all_told(given, machine.roles)
        machine.consume(given, rnn.kind, node)
        severing.read(machine, given, rnn.kind, node, rnn)
    batched = not (isinstance(given, Tensor) and given.rank == 2)
    call = Call(rnn, machine.place(node), given, state, batched, machine.within, rnn.moved)
    where = machine.place(second.node) if second is not None and second.node is not None else None
    if args.open and second is None:
        call.state = UNKNOWN
    fed = machine.place(first.node) if first is not None and first.node is not None else None
    call.rounds, call.cut = carrying.rounds(machine), machine.cut > 0
    machine.note(RnnCalled(machine.place(node), call, where, fed))
    return recurrent.result(call)


def _cell(machine: Machine, cell: Rnn, args: Args, node: cst.CSTNode) -> Any:
    for arg in args.positional:
        machine.consume(arg.value, "cell", node)
    machine.named = True
    given = as_tensor(unwrap(args.get(0, "input")))
    call = Call(cell, machine.place(node), UNKNOWN if given is None else given)
    call.within, call.moved = machine.within, cell.moved
    call.rounds, call.cut = carrying.rounds(machine), machine.cut > 0
    call.state = stepped(machine, cell.kind, args, node, call)
    result, kept = recurrent.step(call), influenced(args)
    marks = kept.marks if isinstance(kept, Tensor) else frozenset()
    if isinstance(result, Tensor):
        return replace(result, marks=marks)
    if isinstance(result, Tuple):
        return replace(result, items=tuple(replace(one, marks=marks) for one in result.items))
    return result


def stepped(
    machine: Machine, kind: str, args: Args, node: cst.CSTNode, call: Call | None = None
) -> Any:
    """Note the call of a cell, or of a class that goes by the name of a layer; its state."""
    second = args.arg(1, "hx")
    state = None if second is None else unwrap(second.value)
    where = machine.place(second.node) if second is not None and second.node is not None else None
    first = args.arg(0, "input")
    fed = machine.place(first.node) if first is not None and first.node is not None else None
    machine.note(CellCalled(machine.place(node), call, kind, state, where, machine.within, fed))
    return state


def adopt(holder: Any, value: Any) -> Any:
    """A list or ModuleList with one more item at its end."""
    if isinstance(holder, Layer) and holder.kind == "ModuleList":
        return Layer(holder.kind, holder.args, holder.place, items=(*holder.items, value))
    if isinstance(holder, Tuple) and len(holder.items) < LONGEST:
        return Tuple((*holder.items, value))
    if isinstance(holder, Tuple):
        merged = value
        for item in holder.items:
            merged = join(merged, item)
        return Each(merged, filled=True)
    return Each(join(holder.item, value), holder.filled) if isinstance(holder, Each) else UNKNOWN
