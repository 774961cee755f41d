"""How many axes the input has, and whether its features are input_size."""

from __future__ import annotations

from math import prod

from shapeguard.contract import Axes, Kind, Layout, Slot
from shapeguard.runtime.call import Call, Form, Packed
from shapeguard.runtime.diagnosis import bindings
from shapeguard.runtime.diagnosis.features import causes as features
from shapeguard.runtime.problem import Cause, Problem

LAYOUT = "SG103"
FEATURES = "SG206"


def wrong_axes(call: Call) -> Problem | None:
    """An input with a number of axes that no layout has."""
    data, layer = call.data, call.layer
    if data is None:
        return None
    if isinstance(call.input, Packed):
        return _packed_axes(call, data) if len(data.shape) != 2 else None
    if call.layout is not None:
        return None
    batched, unbatched = layer.layouts[:2]
    axes, without = layer.axes(batched, Slot.INPUT), layer.axes(unbatched, Slot.INPUT)
    got = data.shape
    if layer.kind.is_cell and len(got) == 3:
        return _steps_into_cell(call, axes, got)
    return Problem(
        slot="input",
        summary=f"the input has {_axes(len(got))}, not {len(axes)}"
        f" (or {len(without)}, without a batch)",
        axes=axes,
        expected=_free(call, axes),
        got=got,
        bindings=bindings.of(call, ("Hin",)),
        causes=_rank_causes(call, data),
    )


def _axes(count: int) -> str:
    return "one axis" if count == 1 else "no axes" if not count else f"{count} axes"


def _free(call: Call, axes: Axes) -> tuple[int | None, ...]:
    return tuple(call.layer.input_size if axis == "Hin" else None for axis in axes)


def _packed_axes(call: Call, data: Form) -> Problem:
    axes = call.layer.axes(Layout.PACKED, Slot.INPUT)
    size = call.layer.input_size
    found: tuple[Cause, ...]
    if len(data.shape) < 2 and not data.floating:
        found = (
            Cause(
                "tokens-not-embedded",
                "Token ids were packed: without an embedding a step has no features.",
                f"x = pack_padded_sequence(embedding(tokens), lengths)  # embedding: {size} wide",
            ),
        )
    elif len(data.shape) < 2:
        found = (
            Cause(
                "feature-axis-missing",
                "What was packed has one number a step and no axis of features.",
                "x = pack_padded_sequence(series.unsqueeze(-1), lengths)",
            ),
        )
    else:
        fits = prod(data.shape[1:]) == size
        found = (
            Cause(
                "features-on-several-axes",
                f"What was packed has {len(data.shape) + 1} axes, and a step is one vector.",
                "x = pack_padded_sequence(x.flatten(2), lengths)"
                + (f"  # {size} features" if fits else ""),
            ),
        )
    return Problem(
        slot="input",
        summary=f"the packed data has {_axes(len(data.shape))}, not 2",
        axes=axes,
        expected=_free(call, axes),
        got=data.shape,
        bindings=bindings.of(call, ("Hin",)),
        causes=found,
    )


def _steps_into_cell(call: Call, axes: Axes, got: tuple[int, ...]) -> Problem:
    two = call.layer.kind is Kind.LSTM_CELL
    state = "h, c = {0}(x[t], (h, c))" if two else "h = {0}(x[t], h)"
    step = state.format(bindings.name(call.layer))
    whole = bindings.row(Kind(call.layer.kind.removesuffix("Cell")), Layout.TIME_FIRST)
    causes = [
        Cause(
            "steps-into-cell",
            f"A Cell computes one step: it takes ({', '.join(axes)}), and the loop over steps is "
            "yours. "
            f"nn.{call.layer.kind.value.removesuffix('Cell')} is the layer that loops.",
            f"for t in range(x.size(0)):  # x is ({whole})\n    {step}",
        )
    ]
    ones = [axis for axis, size in enumerate(got[:2]) if size == 1]
    if ones and got[-1] == call.layer.input_size:
        causes.append(
            Cause(
                "extra-axis-of-one",
                f"Axis {ones[0]} has size 1, as one step has.",
                f"x = x.squeeze({ones[0]})  # N, Hin",
                "use x.squeeze() without an axis: it drops the batch when that is 1.",
            )
        )
        causes.reverse()
    return Problem(
        slot="input",
        summary="a Cell takes one step at a time, and was given 3 axes",
        code="SG209",
        axes=axes,
        expected=_free(call, axes),
        got=got,
        bindings=bindings.of(call, ("Hin",)),
        causes=tuple(causes),
    )


def _rank_causes(call: Call, data: Form) -> tuple[Cause, ...]:
    layer, got = call.layer, data.shape
    axes = layer.axes(layer.layouts[0], Slot.INPUT)
    size, named = layer.input_size, ", ".join(axes)
    if not data.floating and len(got) < len(axes):
        return (
            Cause(
                "tokens-not-embedded",
                "Token ids have no features before an embedding makes a vector of each.",
                f"embedding = nn.Embedding(num_tokens, {size})  # once, in __init__\n"
                "x = embedding(x)",
            ),
        )
    if not got:
        return (
            Cause(
                "scalar-input",
                "A single number came here: an item was taken from a tensor, or the loop runs "
                "over elements in place of steps.",
                "print(x.shape)  # where it is made",
            ),
        )
    if len(got) == 1:
        found = []
        if got[0] == size:
            found.append(
                Cause(
                    "one-step-vector",
                    "One step of one sample has only the axis Hin.",
                    "x = x.unsqueeze(0)  # L, Hin: one sequence of one step",
                )
            )
        if size == 1:
            found.append(
                Cause(
                    "feature-axis-missing",
                    f"A series of {got[0]} numbers has no axis of features, and input_size is 1.",
                    "x = x.unsqueeze(-1)  # L, Hin",
                )
            )
        return tuple(found) or (
            Cause(
                "axes-missing",
                f"Of ({named}) one axis is left: an index x[i] or a bare x.squeeze() took others.",
                f"print(x.shape)  # where it is made; it was ({named}) before",
            ),
        )
    return _too_many(call, got, axes)


def _too_many(call: Call, got: tuple[int, ...], axes: Axes) -> tuple[Cause, ...]:
    size, many = call.layer.input_size, len(axes)
    found = []
    if prod(got[many - 1 :]) == size and got[-1] != size:
        found.append(
            Cause(
                "features-on-several-axes",
                f"The axes from {many - 1} on multiply to input_size = {size}: one step is a "
                "vector, not an image or a matrix.",
                f"x = x.flatten({many - 1})  # {', '.join(axes)}",
            )
        )
    ones = [axis for axis, length in enumerate(got[:-1]) if length == 1]
    if len(got) == many + 1 and ones and got[-1] == size:
        axis = ones[0] if ones[0] or len(ones) == 1 else ones[-1]
        found.append(
            Cause(
                "extra-axis-of-one",
                f"Axis {axis} has size 1: a channel, or an unsqueeze too many.",
                f"x = x.squeeze({axis})  # {', '.join(axes)}",
                "use x.squeeze() without an axis: it drops the batch when that is 1.",
            )
        )
    if got[-1] == size and not found:
        first = call.layer.batch_first or call.layer.kind.is_cell
        start = 0 if first else len(got) - 1 - (many - 1)
        end = start + len(got) - many
        found.append(
            Cause(
                "several-batch-axes",
                f"The last axis is input_size = {size}, with {len(got) - 1} axes before it: the "
                "batch has parts (sentences of documents, agents, windows).",
                f"x = x.flatten({start}, {end})  # {', '.join(axes)}; undo it on the output with "
                "unflatten",
            )
        )
    return tuple(found) or (
        Cause(
            "too-many-axes",
            f"One step of one sample is a vector of input_size = {size} numbers; here it has "
            f"{len(got) - many + 1} axes, of {prod(got[many - 1 :])} numbers.",
            f"x = x.flatten({many - 1})  # {', '.join(axes)}, and {prod(got[many - 1 :])} as "
            "input_size",
        ),
    )


def wrong_features(call: Call) -> Problem | None:
    """An input whose last axis is not input_size."""
    data, layout = call.data, call.layout
    if data is None or layout is None or data.shape[-1] == call.layer.input_size:
        return None
    axes = call.layer.axes(layout, Slot.INPUT)
    found = features(call, data)
    moved = found[0].slug == "not-transposed"
    return Problem(
        slot="input",
        summary=f"a step has {data.shape[-1]} features and input_size is {call.layer.input_size}",
        code=LAYOUT if moved else FEATURES,
        axes=axes,
        expected=_free(call, axes),
        got=data.shape,
        differs=("Hin",),
        bindings=bindings.of(call, axes),
        causes=found,
    )


def no_steps(call: Call) -> Problem | None:
    """A sequence of zero steps: a layer has nothing to return for it."""
    data, layout = call.data, call.layout
    if data is None or layout in (None, Layout.PACKED) or call.layer.kind.is_cell:
        return None
    assert layout is not None
    axes = call.layer.axes(layout, Slot.INPUT)
    if data.shape[axes.index("L")]:
        return None
    steps = axes.index("L")
    name = bindings.name(call.layer)
    causes = [
        Cause(
            "no-steps",
            "Every sequence is empty: an empty line or slice, or padding cut too far.",
            f"if x.size({steps}):\n    out, state = {name}(x)",
        )
    ]
    if layout is Layout.TIME_FIRST:
        causes.append(
            Cause(
                "empty-batch-as-steps",
                "An empty batch, where axis 0 is the batch: batch_first is False, so axis 0 is "
                "read as steps.",
                bindings.constructor(call.layer, batch_first=True),
            )
        )
    return Problem(
        slot="input",
        summary="the input has no steps",
        axes=axes,
        expected=tuple(
            None if axis != "Hin" else size for axis, size in zip(axes, data.shape, strict=True)
        ),
        got=data.shape,
        differs=("L",),
        bindings=bindings.of(call, axes),
        causes=tuple(causes),
    )
