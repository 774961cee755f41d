"""Why a state has more or fewer axes than the contract gives it."""

from __future__ import annotations

from math import prod

from shapeguard.contract import Layout, Slot
from shapeguard.runtime.call import Call, Form
from shapeguard.runtime.diagnosis import bindings
from shapeguard.runtime.problem import Cause


def of(call: Call, slot: Slot, want: tuple[int, ...], got: tuple[int, ...]) -> tuple[Cause, ...]:
    """What fits the numbers, the most likely first; never empty."""
    if call.layer.kind.is_cell:
        found = _cell(call, slot, want, got)
    elif len(got) < len(want):
        found = _too_few(call, slot, want, got)
    elif call.layout is Layout.UNBATCHED:
        found = _batched(call, slot, want, got)
    else:
        found = _too_many(call, slot, want, got)
    return tuple(found) or (_new(call, slot, len(got), len(want)),)


def _new(call: Call, slot: Slot, got: int, want: int) -> Cause:
    assert call.layout is not None
    axes = call.layer.axes(call.layout, slot)
    return Cause(
        "state-axes",
        f"With this input a state has {'one axis' if want == 1 else f'{want} axes'}, "
        f"{', '.join(axes)}; no part of the given shape says where each is.",
        bindings.zeros(call, slot),
        "use view or reshape to make it fit: it mixes layers, samples and features.",
    )


def _squeezed(call: Call, slot: Slot, want: tuple[int, ...], got: tuple[int, ...]) -> list[Cause]:
    """One axis of size 1 too many."""
    name = bindings.variable(slot)
    for axis, size in enumerate(got):
        if size == 1 and got[:axis] + got[axis + 1 :] == want:
            return [
                Cause(
                    "extra-axis-of-one",
                    f"Axis {axis} of the state has size 1 and is one too many.",
                    f"{name} = {name}.squeeze({axis})",
                    f"use {name}.squeeze() without an axis: it drops a batch of 1 as well.",
                )
            ]
    return []


def _too_few(call: Call, slot: Slot, want: tuple[int, ...], got: tuple[int, ...]) -> list[Cause]:
    name, count = bindings.variable(slot), want[0]
    found = []
    if got == want[1:]:
        cure = f"{name} = {name}.unsqueeze(0)"
        if count > 1:
            cure += f".expand({count}, -1, -1).contiguous()"
        found.append(
            Cause(
                "layer-axis-missing",
                "The state is (N, features), as of one layer or a Cell; a layer takes those of "
                f"all layers and directions on a first axis D*K = {count}.",
                f"{cure}  # {count} times the same" if count > 1 else cure,
            )
        )
    if len(want) == 3 and got == (want[0], want[2]):
        cure = f"{name} = {name}.unsqueeze(1)"
        if want[1] != 1:
            cure += f".expand(-1, {bindings.batch(call)}, -1).contiguous()"
        found.append(
            Cause(
                "unbatched-state",
                "The state is (D*K, features), as without a batch, and the input has a batch: of "
                f"{want[1]}.",
                cure,
            )
        )
    return found


def _too_many(call: Call, slot: Slot, want: tuple[int, ...], got: tuple[int, ...]) -> list[Cause]:
    name, layer = bindings.variable(slot), call.layer
    if len(got) == 4 and got[2:] == want[1:] and prod(got[:2]) == want[0] and 1 not in got[:2]:
        order = (
            f"{name} = {name}.flatten(0, 1)"
            if got[:2] == (layer.num_layers, layer.directions)
            else f"{name} = {name}.transpose(0, 1).flatten(0, 1)"
        )
        return [
            Cause(
                "layers-and-directions-apart",
                f"Its first two axes are the {layer.num_layers} layers and the {layer.directions} "
                "directions: torch takes both on one axis, the directions of a layer side by side.",
                f"{order}  # D*K, N, features",
            )
        ]
    return _squeezed(call, slot, want, got)


def _batched(call: Call, slot: Slot, want: tuple[int, ...], got: tuple[int, ...]) -> list[Cause]:
    """A batched state beside an input without a batch."""
    name, data = bindings.variable(slot), call.data
    if len(got) != 3 or (got[0], got[2]) != want:
        return _squeezed(call, slot, want, got)
    assert isinstance(data, Form)
    steps, features = data.shape
    axes = call.layer.axes(call.layer.layouts[0], Slot.INPUT)
    step, batch, named = axes.index("L"), axes.index("N"), ", ".join(axes)
    found = []
    if got[1] == steps:
        found.append(
            Cause(
                "step-axis-missing",
                f"The state is of {got[1]} samples, and the input ({steps}, {features}) has "
                f"{steps} rows: samples of one step, which 2 axes make one sequence of {steps} "
                "steps.",
                f"x = x.unsqueeze({step})  # {named}: one step",
            )
        )
    if got[1] == 1:
        found.append(
            Cause(
                "batched-state",
                "The state has a batch of 1 and the input has no batch axis.",
                f"x = x.unsqueeze({batch})  # {named}; or {name} = {name}.squeeze(1)",
            )
        )
    return found or [
        Cause(
            "batched-state",
            f"The state is of {got[1]} samples, and an input of 2 axes is one sequence without a "
            "batch: an index or a bare squeeze() took its batch axis.",
            bindings.zeros(call, slot) + ", for one sequence",
            "use x.squeeze() without an axis: it drops the batch when that is 1.",
        )
    ]


def _cell(call: Call, slot: Slot, want: tuple[int, ...], got: tuple[int, ...]) -> list[Cause]:
    name, size = bindings.variable(slot), call.layer.hidden_size
    if len(got) > len(want) and len(got) <= 3 and got[-len(want) :] == want and len(want) == 2:
        one = f"{name} = {name}.squeeze(0)" if got[0] == 1 else f"{name} = {name}[-1]"
        return [
            Cause(
                "layer-state-to-cell",
                f"The state is a layer's, (D*K, N, hidden_size) with D*K = {got[0]}; a Cell is one "
                "layer, and its state has no such axis.",
                f"{one}  # N, Hcell",
            )
        ]
    if len(want) == 2 and got == (size,):
        return [
            Cause(
                "unbatched-state",
                "The state is of one sample without a batch axis, and the input has a batch: of "
                f"{want[0]}.",
                f"{name} = {name}.expand({bindings.batch(call)}, -1)  # N, Hcell",
            )
        ]
    if len(want) == 1 and len(got) == 2 and got[1] == size:
        if got[0] == 1:
            return [
                Cause(
                    "batched-state",
                    "The state has a batch of 1 and the input has no batch axis.",
                    f"x = x.unsqueeze(0)  # N, Hin; or {name} = {name}.squeeze(0)",
                )
            ]
        return [
            Cause(
                "batched-state",
                f"The state is of {got[0]} samples, and an input of one axis is one sample: an "
                "index or a bare squeeze() took its batch axis.",
                bindings.zeros(call, slot) + ", for one sample",
            )
        ]
    return _squeezed(call, slot, want, got)
