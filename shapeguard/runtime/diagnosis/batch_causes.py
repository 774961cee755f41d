"""Why a state is of another number of samples than the input."""

from __future__ import annotations

from shapeguard.contract import Axes, Layout, Slot
from shapeguard.runtime.call import Call, Form, Other
from shapeguard.runtime.diagnosis import bindings
from shapeguard.runtime.problem import Cause

_MOST_DEVICES = 16


def of(call: Call, slot: Slot, axes: Axes, want: int, got: int) -> list[Cause]:
    """What fits the numbers, the most likely first; never empty."""
    name, new, batch = bindings.variable(slot), bindings.zeros(call, slot), bindings.batch(call)
    layer, place = call.layer, axes.index("N")
    steps = bindings.numbers(call).L
    found: list[Cause] = []
    if not layer.kind.is_cell and call.layout is not Layout.PACKED and got == steps:
        other = bindings.constructor(layer, batch_first=not layer.batch_first)
        now, then = ("N, L", "L, N") if layer.batch_first else ("L, N", "N, L")
        found.append(
            Cause(
                "batch-from-steps-axis",
                f"The state is of {got} samples, and {got} is the number of steps L of the input, "
                f"as batch_first={layer.batch_first} reads it: one of the two has the axes the "
                "other way round.",
                f"{new}, if x is ({now}, Hin)\n"
                f"{bindings.name(layer)} = {other}  # if x is ({then}, Hin)",
            )
        )
    elif call.layout is Layout.PACKED and got == steps:
        found.append(
            Cause(
                "batch-from-steps-axis",
                f"The state is of {got} samples, and {got} is the number of steps of the packed "
                f"input, which has {want} samples.",
                new,
            )
        )
    if got == 1:
        shape = ", ".join(batch if axis == "N" else "-1" for axis in axes)
        found.append(
            Cause(
                "one-sample-state",
                f"The state is of one sample, and the input has {want}: it is not repeated by "
                "itself.",
                f"{name} = {name}.expand({shape}).contiguous()",
            )
        )
        return found
    shards = got // want if want and got % want == 0 else 0
    cut = f"{name}[{':, ' * place}:{want}] (it gives samples the states of others)"
    if _kept(call):
        found.append(
            Cause(
                "kept-from-batch-before",
                f"The state is of {got} samples and the input has {want}. It carries a graph, as a "
                "state does that is kept from the batch before.",
                new,
                f"use drop_last=True (it throws samples away) or {cut}; nor retain_graph=True for "
                f"the backward that fails next: what is kept needs {name} = {name}.detach().",
            )
        )
    elif got > want:
        found.append(
            Cause(
                "last-smaller-batch",
                f"The state is of {got} samples and the input has {want}, as the last batch of a "
                "loader is smaller. A state of fixed size, or kept from the batch before, does "
                "not fit it.",
                new,
                f"use drop_last=True (it throws samples away) or {cut}.",
            )
        )
        if 2 <= shards <= _MOST_DEVICES:
            found.append(
                Cause(
                    "split-over-devices",
                    f"{got} is {shards} * {want}: nn.DataParallel on {shards} devices splits the "
                    "batch, and a state that was made for all of it is not split.",
                    f"{new}, inside of forward",
                )
            )
    else:
        found.append(
            Cause(
                "state-of-other-batch",
                f"The state is of {got} samples and the input has {want}: it was made or kept for "
                "another batch.",
                new,
            )
        )
        times = want // got if got and want % got == 0 else 0
        if times > 1:
            found.append(
                Cause(
                    "several-inputs-per-state",
                    f"{want} is {times} * {got}: beams, candidates or windows of one sample share "
                    "its state.",
                    f"{name} = {name}.repeat_interleave({times}, dim={place})",
                )
            )
    return found


def _kept(call: Call) -> bool:
    """Whether a state is the result of a computation, as what a call before returned is."""
    states = call.state.items if isinstance(call.state, Other) else (call.state,)
    return any(isinstance(state, Form) and state.computed for state in states or ())
