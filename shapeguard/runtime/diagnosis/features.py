"""Why the last axis of an input is not input_size."""

from __future__ import annotations

from shapeguard.contract import Layout, Slot
from shapeguard.runtime.call import Call, Form
from shapeguard.runtime.diagnosis import bindings
from shapeguard.runtime.problem import Cause

_VIEW = "use x.view(...) or x.reshape(...): the shape fits, and steps get mixed with features."


def causes(call: Call, data: Form) -> tuple[Cause, ...]:
    """What fits the numbers, the most likely first; never empty."""
    got, want = data.shape[-1], call.layer.input_size
    found = [*_elsewhere(call, data)]
    if not found and want == 1 and call.layout is Layout.UNBATCHED:
        found.append(_no_feature_axis(call, data))
    if not found:
        found += _related(call, got, want)
    return tuple(found) or (_unlike(call, got),)


def _elsewhere(call: Call, data: Form) -> list[Cause]:
    """input_size is the size of another axis: the axes stand in another order."""
    layout, want = call.layout, call.layer.input_size
    if layout in (None, Layout.PACKED) or (call.layer.kind.is_cell and len(data.shape) == 1):
        return []
    assert layout is not None
    axes = call.layer.axes(layout, Slot.INPUT)
    where = [axis for axis, size in enumerate(data.shape[:-1]) if size == want]
    if not where:
        return []
    axis = where[-1]  # (N, Hin, L) is what convolutions return
    named = ", ".join(axes)
    if len(axes) == 2:
        cure = f"x = x.transpose(0, 1)  # {named}"
    elif layout is Layout.TIME_FIRST:
        cure = (
            f"x = x.permute(2, 0, 1)  # from (N, Hin, L), as convolutions have it, to ({named})"
            if axis == 1
            else f"x = x.movedim(0, -1)  # from (Hin, L, N) to ({named})"
        )
    else:
        before = "N, Hin, L" if axis == 1 else "Hin, N, L"
        move = "transpose(1, 2)" if axis == 1 else "movedim(0, -1)"
        cure = f"x = x.{move}  # from ({before}) to ({named})"
    return [
        Cause(
            "not-transposed",
            f"input_size = {want} is the size of axis {axis} of the input "
            f"{bindings.shown(data.shape)}: did you transpose?",
            cure,
            _VIEW,
        )
    ]


def _no_feature_axis(call: Call, data: Form) -> Cause:
    if call.layer.kind.is_cell:
        return Cause(
            "feature-axis-missing",
            f"input_size is 1 and the input {bindings.shown(data.shape)} is one number a sample: "
            "the axis of features is missing.",
            "x = x.unsqueeze(-1)  # N, Hin",
        )
    named = bindings.row(call.layer.kind, call.layer.layouts[0])
    unbatched = bindings.row(call.layer.kind, Layout.UNBATCHED)
    return Cause(
        "feature-axis-missing",
        f"input_size is 1 and the input {bindings.shown(data.shape)} is one number a step: the "
        f"axis of features is missing, and what is left is read as one sequence ({unbatched}).",
        f"x = x.unsqueeze(-1)  # {named}",
    )


def _related(call: Call, got: int, want: int) -> list[Cause]:
    """got and want are in a proportion that a setting explains."""
    layer = call.layer
    name = bindings.name(layer)
    if got == 2 * want:
        return [
            Cause(
                "bidirectional-before",
                f"{got} is 2 * input_size: a bidirectional layer before this one returns "
                "D*Hout features, those of both directions.",
                f"{name} = {bindings.constructor(layer, input_size=got)}",
                "cut out[..., :H] off what it returned: that drops the backward direction.",
            )
        ]
    sizes = layer.sizes().numbers
    if not layer.kind.is_cell and got == sizes["D*Hout"]:
        return [
            Cause(
                "own-output-fed-back",
                f"{got} is D*Hout, what this layer returns for a step: its output is fed into it, "
                "or this is one layer for all of a stack.",
                f"{name}2 = {bindings.constructor(layer, input_size=got)}  # a second layer; or "
                "num_layers=",
            )
        ]
    if layer.kind.is_cell and got == layer.hidden_size:
        return [
            Cause(
                "own-output-fed-back",
                f"{got} is hidden_size, what a Cell returns: the state of this Cell, or of the "
                "one below, is fed as input.",
                f"{name}2 = {bindings.constructor(layer, input_size=got)}  # a second Cell",
            )
        ]
    if 2 * got == want:
        return [
            Cause(
                "one-direction-before",
                f"input_size = {want} is twice {got}: it counts two directions, and the layer "
                "before this one has one.",
                f"{name} = {bindings.constructor(layer, input_size=got)}  # or "
                "bidirectional=True on the layer before",
            )
        ]
    return []


def _unlike(call: Call, got: int) -> Cause:
    layer = call.layer
    return Cause(
        "features-unlike-input-size",
        f"What feeds this layer makes {got} features a step (the width of an embedding, the "
        f"channels of a convolution, what a cat added up), and input_size is {layer.input_size}.",
        f"{bindings.name(layer)} = {bindings.constructor(layer, input_size=got)}",
    )
