"""Calls that run and are hardly meant, as far as one call shows; and the one that cuDNN refuses."""

from __future__ import annotations

from shapeguard import contract
from shapeguard.contract import Layout, Slot
from shapeguard.runtime.call import Call, Form, Given, Other, Packed
from shapeguard.runtime.problem import Cause, Problem, Suspicion

BATCH_AS_SEQUENCE = "SG106"
ONE_STEP = "SG111"
NOT_CONTIGUOUS = "SG508"

#: What torch calls the states, in the messages that it raises on a GPU.
_TORCH_NAMES = {"h_0": "hx", "c_0": "cx"}


def suspect(call: Call) -> tuple[Suspicion, ...]:
    """What this call alone makes suspicious, though it runs."""
    found = (_batch_as_sequence(call), _runs_on_cpu_only(call))
    return tuple(suspicion for suspicion in found if suspicion is not None)


def unbatched_with_state(call: Call) -> bool:
    """Whether the caller shows that a 2-D input is meant as one sequence, by a 2-D state."""
    return call.layout is Layout.UNBATCHED and call.state is not None


def one_step_from_zeros(call: Call) -> bool:
    """Whether a layer was given one step and no state. Of packed input that is not said."""
    if call.layer.kind.is_cell or call.state is not None or isinstance(call.input, Packed):
        return False
    sizes = call.sizes
    return sizes is not None and sizes.L == 1


def nothing_recurs(call: Call, calls: int) -> Suspicion:
    """Said of a layer whose calls so far, `calls` of them, all had one step and no state."""
    assert isinstance(call.input, Form)
    cure = [
        "output, state = rnn(x, state)  # carry the state from call to call",
        "output, state = rnn(sequence)  # or give all steps in one call",
    ]
    shape = call.input.shape
    if len(shape) == 3:
        batch = call.layer.axes(call.layer.layouts[0], Slot.INPUT).index("N")
        if shape[batch] > 1:
            cure.append(
                f"rnn(x.transpose(0, 1))  # if axis {batch}, of size {shape[batch]}, is the time "
                f"axis (or batch_first={not call.layer.batch_first})"
            )
    return Suspicion(
        ONE_STEP,
        "one-step-sequence",
        f"each of its {calls} calls so far had one step and no state, so nothing recurs; x is "
        f"{shape}.",
        Cause(
            "no-state-carried",
            "Without a state every call starts from zeros: nothing of one call reaches the next, "
            "and weight_hh has no effect.",
            "\n".join(cure),
        ),
    )


def refused_by_cudnn(call: Call) -> Problem | None:
    """The error that torch raises for non-contiguous states where it computes with cuDNN."""
    scattered = _scattered(call)
    if not (scattered and call.cudnn) or call.autocast:  # autocast may copy the states
        return None
    name = scattered[0]
    return Problem(
        name,
        f'it is not contiguous, and on a GPU torch raises "rnn: {_TORCH_NAMES[name]} is not '
        'contiguous" for that.',
        code=NOT_CONTIGUOUS,
        expected="contiguous memory",
        got="a view of other memory",
        causes=(_view(call, scattered),),
    )


def _batch_as_sequence(call: Call) -> Suspicion | None:
    """A 2-D input of several rows and no state. One row is the same in either reading."""
    if call.layout is not Layout.UNBATCHED or call.layer.kind.is_cell or call.state is not None:
        return None
    if call.mapped:  # the batch is the axis that vmap took
        return None
    assert isinstance(call.input, Form)
    rows, features = call.input.shape
    if rows < 2:
        return None
    insertions = [
        f"x.unsqueeze(0)  # {(1, rows, features)}",
        f"x.unsqueeze(1)  # {(rows, 1, features)}",
    ]
    if call.layer.batch_first:
        one, many = insertions
        series = f"x.unsqueeze(2)  # {(rows, features, 1)}"
    else:
        many, one = insertions
        series = f"x.t().unsqueeze(2)  # {(features, rows, 1)}"
    cure = [f"{one}: if x is one sequence; the warning goes"]
    cure.append(f"{many}: if x is {rows} samples of one step")
    if features > 1:
        cure.append(f"{series}: if x is {rows} series of {features} values; with input_size=1")
    cure.append("# if 2-D input is meant:")
    cure.append(
        f'warnings.filterwarnings("ignore", "{BATCH_AS_SEQUENCE}", shapeguard.ShapeWarning)'
    )
    return Suspicion(
        BATCH_AS_SEQUENCE,
        "batch-read-as-sequence",
        f"x is 2-D, {call.input.shape}, and was read as one sequence of {rows} steps with "
        f"{features} features, not as a batch of {rows}.",
        Cause(
            "two-axes",
            "Since torch 1.11 a 2-D input is one sequence without a batch axis. If the rows are "
            "samples, what comes out for one depends on the others.",
            "\n".join(cure),
        ),
    )


def _runs_on_cpu_only(call: Call) -> Suspicion | None:
    data, scattered = call.data, _scattered(call)
    if not scattered or data is None or data.device != "cpu":
        return None
    names = " and ".join(scattered)
    return Suspicion(
        NOT_CONTIGUOUS,
        "state-not-contiguous",
        f"{names} {'is' if len(scattered) == 1 else 'are'} not contiguous: this runs on the CPU, "
        f'and on a GPU torch raises "rnn: {_TORCH_NAMES[scattered[0]]} is not contiguous".',
        _view(call, scattered),
    )


def _view(call: Call, scattered: tuple[str, ...]) -> Cause:
    states = tuple(f"{name}.contiguous()" if name in scattered else name for name in _states(call))
    hx = states[0] if len(states) == 1 else f"({', '.join(states)})"
    return Cause(
        "not-contiguous",
        "transpose, permute, expand and slices give views, whose values do not lie in memory in "
        "the order of their axes. The layers' kernels for GPUs take no such state.",
        f"rnn(x, {hx})",
        "put .view() or .reshape() in the place of a transpose: values of one sample would land "
        "in another.",
    )


def _scattered(call: Call) -> tuple[str, ...]:
    """Names of the states that reach a layer's kernel without being contiguous.

    Cells compute with them anywhere. For input packed out of order torch copies the states into
    that order first.
    """
    if call.layer.kind.is_cell or (isinstance(call.input, Packed) and call.input.permuted):
        return ()
    return tuple(name for name, form in _states(call).items() if not form.contiguous)


def _states(call: Call) -> dict[str, Form]:
    """The states by name, as far as they are tensors."""
    items: tuple[Given | None, ...] = (call.state,)
    if isinstance(call.state, Other):
        items = call.state.items or ()
    names = (slot.value.partition(",")[0] for slot in contract.states(call.layer.kind))
    return {name: item for name, item in zip(names, items, strict=False) if isinstance(item, Form)}
