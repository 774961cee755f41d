"""Why sizes of a state are not those of the contract, axis by axis or as a whole."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

from shapeguard import contract
from shapeguard.contract import Axes, Layout, Slot
from shapeguard.runtime.call import Call
from shapeguard.runtime.diagnosis import batch_causes, bindings
from shapeguard.runtime.problem import Cause

Shape = tuple[int, ...]


def of(call: Call, slot: Slot, axes: Axes, want: Shape, got: Shape) -> tuple[Cause, ...]:
    """What fits the numbers, the most likely first; never empty."""
    whole = _swapped(call, slot, axes, want, got) or _joined(call, slot, want, got)
    if whole:
        return (whole,)
    output = _output(call, slot, got)
    if output:
        return (output,)
    found: list[list[Cause]] = []
    for axis, one, other in zip(axes, want, got, strict=True):
        if one == other:
            continue
        if axis == "D*K":
            found.append(_layers(call, slot, one, other))
        elif axis == "N":
            found.append(batch_causes.of(call, slot, axes, one, other))
        else:
            found.append(_features(call, slot, axis, one, other))
    if len(found) == 1:
        return tuple(found[0])
    new = bindings.zeros(call, slot)  # the cure of one axis alone leaves the others wrong
    return tuple(replace(causes[0], cure=new, avoid="") for causes in found)


def _swapped(call: Call, slot: Slot, axes: Axes, want: Shape, got: Shape) -> Cause | None:
    orders = [p for p in permutations(range(len(got))) if tuple(got[axis] for axis in p) == want]
    if not orders:
        return None
    # fewest axes moved; of these the first two, as in a state that is laid out batch first
    order = min(orders, key=lambda p: (sum(at != axis for at, axis in enumerate(p)), -p[-1]))
    moved = [at for at, axis in enumerate(order) if at != axis]
    name = bindings.variable(slot)
    change = (
        f"transpose({moved[0]}, {moved[1]})"
        if len(moved) == 2
        else f"permute({', '.join(map(str, order))})"
    )
    first = "N" in axes and order[axes.index("N")] == 0 and not call.layer.kind.is_cell
    why = (
        f"A state is ({', '.join(axes)}) whatever batch_first says: batch_first moves the batch of "
        "input and output only."
        if first
        else f"The sizes are right and in another order than ({', '.join(axes)})."
    )
    return Cause(
        "axes-swapped",
        why,
        f"{name} = {name}.{change}.contiguous()  # {', '.join(axes)}",
        f"use {name}.view(...) or reshape(...): the shape fits, and samples get parts of each "
        "other's states.",
    )


def _joined(call: Call, slot: Slot, want: Shape, got: Shape) -> Cause | None:
    """The two directions on the feature axis, where they belong on the first, or the reverse."""
    if call.layer.kind.is_cell or want[1:-1] != got[1:-1]:
        return None
    name, size = bindings.variable(slot), want[-1]
    if call.layer.directions == 2 and got[0] * 2 == want[0] and got[-1] == 2 * size:
        if len(want) == 2:
            back = f"unflatten(-1, (2, {size})).flatten(0, 1)"
        else:
            back = f"unflatten(-1, (2, {size})).transpose(1, 2).flatten(0, 1)"
        return Cause(
            "directions-concatenated",
            f"The last axis is 2 * {size}: both directions' features joined, where each direction "
            "is a place of its own on the first axis.",
            f"{name} = {name}.{back}",
            f"use {name}.view({want[0]}, -1, {size}): it mixes samples with directions.",
        )
    if got[0] == 2 * want[0] and 2 * got[-1] == size:
        return Cause(
            "directions-not-concatenated",
            f"The state is that of a bidirectional layer with {got[-1]} features a direction, and "
            f"this one has {size}: forward and backward are to be joined, layer by layer.",
            f"{name} = torch.cat([{name}[0::2], {name}[1::2]], dim=-1)",
            f"use {name}.view({want[0]}, -1, {size}): it joins the states of different samples.",
        )
    return None


def _output(call: Call, slot: Slot, got: Shape) -> Cause | None:
    """The state is the output: one h for every step."""
    layout, sizes, layer = call.layout, call.sizes, call.layer
    if layer.kind.is_cell or layout is None or sizes is None or slot is not Slot.H:
        return None
    if got != contract.shape(layer.kind, layout, Slot.OUTPUT, sizes):
        return None
    name = bindings.name(layer)
    state = "(h, c)" if len(contract.states(layer.kind)) == 2 else "h"
    return Cause(
        "output-as-state",
        "It has the shape of the output, which is every step's h; the state after the last step "
        "is what the call returns second.",
        f"out, {state} = {name}(x)\nout, {state} = {name}(x, {state})",
    )


def _layers(call: Call, slot: Slot, want: int, got: int) -> list[Cause]:
    layer, name, new = call.layer, bindings.variable(slot), bindings.zeros(call, slot)
    setting = f"num_layers={layer.num_layers} and bidirectional={layer.directions == 2}"
    if layer.directions == 2 and got == layer.num_layers:
        return [
            Cause(
                "directions-missing",
                f"The state counts the layers and not the two directions: {got} * 2 = {want}.",
                new,
            )
        ]
    if layer.directions == 1 and got == 2 * want:
        return [
            Cause(
                "bidirectional-state",
                f"The state is that of a bidirectional layer, 2 * {want}, and this layer has one "
                "direction.",
                f"{name} = {name}[0::2] + {name}[1::2]  # forward and backward, layer by layer\n"
                f"# or torch.cat of the two, dim=-1, and hidden_size={2 * layer.hidden_size} here",
                f"use {name}[:{want}]: it takes both directions of the first layers.",
            )
        ]
    if got == 1:
        shape = f"{want}, " + ", ".join(["-1"] * (2 if call.layout is not Layout.UNBATCHED else 1))
        return [
            Cause(
                "one-layer-state",
                f"The state is of one layer and one direction; {setting} make {want}.",
                f"{name} = {name}.expand({shape}).contiguous()  # the same for each\n"
                f"# or zeros: {new}",
            )
        ]
    number = f"{want} states, and the given one has {got}"
    if got > want and got % layer.directions == 0 and want:
        top = f"{name} = {name}[-{want}:].contiguous()  # the last layers of the given state"
    else:
        top = new
    return [
        Cause(
            "other-layers",
            f"{setting} make {number}: it is of a layer with other settings.",
            top,
        )
    ]


def _features(call: Call, slot: Slot, axis: str, want: int, got: int) -> list[Cause]:
    layer, name, new = call.layer, bindings.variable(slot), bindings.zeros(call, slot)
    if layer.proj_size and slot is Slot.H and got == layer.hidden_size:
        return [
            Cause(
                "proj-size",
                f"With proj_size={layer.proj_size} h has {want} features; c alone has hidden_size "
                f"= {got}.",
                new,
            )
        ]
    if layer.proj_size and slot is Slot.C and got == layer.proj_size:
        return [
            Cause(
                "proj-size",
                f"proj_size={got} is the size of h only; c keeps hidden_size = {want}.",
                new,
            )
        ]
    if got == 2 * want:
        return [
            Cause(
                "encoder-concatenated",
                f"{got} is 2 * {want}: both directions of a bidirectional encoder, joined.",
                f"bridge = nn.Linear({got}, {want})  # once, in __init__\n"
                f"{name} = torch.tanh(bridge({name}))  # or hidden_size={2 * layer.hidden_size}",
                f"use {name}[..., :{want}]: it drops the backward direction.",
            )
        ]
    if got == layer.input_size:
        return [
            Cause(
                "input-size-for-hidden",
                f"{got} is input_size: a state has {axis} = {want} features, those of the layer "
                "and not of its input.",
                new,
            )
        ]
    return [
        Cause(
            "features-unlike-hidden-size",
            f"The state has {got} features and {axis} is {want}: it comes from a layer of another "
            "hidden_size.",
            f"bridge = nn.Linear({got}, {want})  # once, in __init__\n"
            f"{name} = bridge({name})  # or hidden_size={got} here",
        )
    ]
