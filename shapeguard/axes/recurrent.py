"""The meaning of a call of nn.RNN, nn.LSTM and nn.GRU, read off the table in contract.py."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from shapeguard.axes.axis import Axis, Half, Role
from shapeguard.axes.combining import filled
from shapeguard.axes.evidence import Known
from shapeguard.axes.layer import Call, Rnn
from shapeguard.axes.marks import Mark
from shapeguard.axes.size import UNKNOWN, Size, Unknown, mul
from shapeguard.axes.value import Packed, Source, Tensor, Tuple


def halves(rnn: Rnn) -> tuple[Half, ...]:
    """The directions on the last axis of ``output``: forward, then backward."""
    directions = rnn.directions
    if directions == 1:
        return (Half.FORWARD,)
    return (Half.FORWARD, Half.BACKWARD) if directions == 2 else ()


def states_axis(rnn: Rnn) -> Axis:
    """The first axis of h_n: num_layers * num_directions, layer-major."""
    return Axis(Role.STATES, mul(rnn.size("num_layers"), rnn.directions))


def batch_and_time(call: Call) -> tuple[Size, Size]:
    """The sizes of batch and time in the input, as far as its axes and the layout tell."""
    given = call.input
    if isinstance(given, Unknown) or not call.batched:
        return UNKNOWN, UNKNOWN
    if isinstance(given, Packed):
        return given.tensor.axis(1).size, given.tensor.axis(0).size
    first = call.rnn.flag("batch_first")
    if isinstance(first, Unknown):
        return UNKNOWN, UNKNOWN
    return given.axis(0 if first else 1).size, given.axis(1 if first else 0).size


def read_axes(call: Call) -> tuple[str, str]:
    """Which axes of the input a call reads as batch and as time."""
    given, first = call.input, call.rnn.flag("batch_first")
    if isinstance(given, Packed):
        return given.tensor.axis(1).ident, given.tensor.axis(0).ident
    if isinstance(given, Unknown) or isinstance(first, Unknown):
        return "", ""
    if not call.batched:
        return "", given.axis(0).ident
    return given.axis(0 if first else 1).ident, given.axis(1 if first else 0).ident


def says(call: Call, role: Role) -> Known | None:
    """How the layout of a call's output is known: the layer's batch_first says it."""
    rnn, first = call.rnn, call.rnn.flag("batch_first")
    if isinstance(call.input, Packed) or isinstance(first, Unknown) or not call.batched:
        return None
    axes = "(batch, time, feature)" if first is True else "(time, batch, feature)"
    text = f"the {rnn.kind} puts out {axes}, for its batch_first is {first}"
    return Known(role, text, call.place, True, rnn.setting("batch_first"), rnn.kind, call)


def result(call: Call) -> Tuple:
    """(output, h_n) or (output, (h_n, c_n)) of a call, with roles, sizes and origin."""
    rnn, given = call.rnn, call.input
    batch, time = batch_and_time(call)
    feature = Axis(Role.FEATURE, mul(rnn.directions, rnn.out_size), halves(rnn))
    first = rnn.flag("batch_first")
    packed = isinstance(given, Packed)
    idents = read_axes(call)
    sequence = (
        Axis(Role.BATCH, batch, known=says(call, Role.BATCH), ident=idents[0]),
        Axis(Role.TIME, time, known=says(call, Role.TIME), ident=idents[1]),
    )
    if packed or first is False:
        axes: tuple[Axis, ...] = (sequence[1], sequence[0], feature)
    elif first is True:
        axes = (*sequence, feature)
    else:
        axes = (Axis(), Axis(), feature)
    if not call.batched:
        axes = (sequence[1], feature)
    marks = filled(given) if isinstance(given, Tensor) and call.batched else frozenset()
    marks |= {Mark.RECURRENT}
    output: Any = Tensor(axes, source=Source(call, "output"), marks=marks)
    if call.batched and not packed and isinstance(first, bool):
        output = output.fresh()
        if first:  # torch computes time-major and hands a transposed tensor back
            strides = (feature.size, mul(batch, feature.size), 1)
            output = replace(output, strides=strides)
    if packed:
        output = replace(given, tensor=output) if isinstance(given, Packed) else Packed(output)
    states = tuple(state(call, slot, batch) for slot in ("h_n", "c_n")[: 1 + (rnn.kind == "LSTM")])
    final: Any = Tuple(states, Source(call, "state")) if rnn.kind == "LSTM" else states[0]
    return Tuple((output, final), Source(call, "result"))


def state(call: Call, slot: str, batch: Size) -> Tensor:
    """h_n or c_n; batch_first does not move their batch axis."""
    rnn = call.rnn
    size = rnn.out_size if slot == "h_n" else rnn.size("hidden_size")
    known = Known(Role.BATCH, f"the second axis of {slot} is the batch", call.place, call=call)
    samples = Axis(Role.BATCH, batch, known=known, ident=read_axes(call)[0])
    axes: tuple[Axis, ...] = (states_axis(rnn), samples, Axis(Role.FEATURE, size))
    if not call.batched:
        axes = (axes[0], axes[2])
    return Tensor(axes, source=Source(call, slot), marks=frozenset({Mark.RECURRENT})).fresh()


def step(call: Call) -> Tensor | Tuple | Unknown:
    """h_1 of one step of a cell, or (h_1, c_1) of an LSTMCell; unknown where torch refuses."""
    given = call.input
    if not isinstance(given, Tensor):
        given = Tensor()
    if given.rank not in (None, 1, 2):
        return UNKNOWN
    width = Axis(Role.FEATURE, call.rnn.size("hidden_size"))
    front = given.axis(0)
    known = Known(Role.BATCH, f"a {call.rnn.kind} keeps the batch on axis 0", call.place, call=call)
    axes = (Axis(Role.BATCH, front.size, known=known, ident=front.ident), width)
    if given.rank == 1:
        axes = axes[1:]  # type: ignore[assignment]
    hidden = Tensor(axes, source=Source(call, "h_1"))
    if call.rnn.kind != "LSTMCell":
        return hidden
    cell = Tensor(axes, source=Source(call, "c_1"))
    return Tuple((hidden, cell), Source(call, "step"))
