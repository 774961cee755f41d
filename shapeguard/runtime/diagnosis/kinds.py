"""What the input is: a tensor, packed, or neither."""

from __future__ import annotations

from shapeguard.contract import Layout, Slot
from shapeguard.runtime.call import Call, Form, Other, Packed
from shapeguard.runtime.diagnosis import bindings
from shapeguard.runtime.diagnosis.words import known, words
from shapeguard.runtime.problem import Cause, Problem

LAYOUT = "SG103"
FEATURES = "SG206"


def wrong_kind(call: Call) -> Problem | None:
    """An input that is no tensor, or packed where the class takes no packed one."""
    given, layer = call.input, call.layer
    name = bindings.name(layer)
    if isinstance(given, Packed) and layer.kind.is_cell:
        return Problem(
            slot="input",
            summary="a Cell takes one step at a time, and was given a PackedSequence",
            code="SG405",
            axes=layer.axes(Layout.BATCH_FIRST, Slot.INPUT),
            expected=" or ".join(
                f"({bindings.row(layer.kind, layout)})" for layout in layer.layouts
            ),
            got="a PackedSequence",
            causes=(
                Cause(
                    "packed-into-cell",
                    "Only the layers (nn.RNN, nn.LSTM, nn.GRU) read packed input.",
                    f"{layer.kind.value.removesuffix('Cell').lower()} = "
                    f"nn.{layer.kind.value.removesuffix('Cell')}({layer.input_size}, "
                    f"{layer.hidden_size})  # or pad_packed_sequence(x) and a loop over its steps",
                    f"use {name}(x.data): its rows are steps of all samples, one after another.",
                ),
            ),
        )
    if not isinstance(given, Other) or not known(given):
        return None
    axes = layer.axes(layer.layouts[0], Slot.INPUT)
    return Problem(
        slot="input",
        summary="the input is no tensor",
        axes=axes,
        expected=f"a tensor ({', '.join(axes)})",
        got=words(given),
        causes=(_no_tensor(call, given),),
    )


def _no_tensor(call: Call, given: Other) -> Cause:
    name = bindings.name(call.layer)
    items = given.items
    if given.type == "None":
        return Cause(
            "input-missing",
            "The variable was never set, or a function that ends without return made it.",
            "print(type(x))  # where it is made, and return x from the function that makes it",
        )
    if given.type.startswith(("numpy", "pandas", "PIL")):
        return Cause(
            "numpy-input",
            "Arrays are not converted by themselves, and numpy's floats are float64.",
            "x = torch.as_tensor(np.asarray(x), dtype=torch.float32)",
        )
    if items is None:
        return Cause("not-a-tensor", f"A {given.type} has no axes.", "x = torch.as_tensor(x)")
    if len(items) == 4 and isinstance(items[0], Form) and _is_batch_sizes(items[1]):
        return Cause(
            "packed-taken-apart",
            "A PackedSequence is a tuple of four, and here it came as a plain tuple: tuple(...), "
            "a DataLoader's collation or a tree map took its type.",
            "x = torch.nn.utils.rnn.PackedSequence(*x)",
        )
    if len(items) == 2 and given.type != "list" and _is_returned(items[0], items[1]):
        return Cause(
            "returned-tuple",
            "A recurrent layer returns (output, state), so nn.Sequential hands the pair on.",
            f"x, _ = x  # in nn.Sequential: call the layers one by one\n{name}(x)",
        )
    if given.type == "tuple" and len(items) > 1:
        return Cause(
            "arguments-in-tuple",
            "The arguments stand in one tuple: `layer((x, h))` has one argument.",
            f"{name}(*args)  # that is, {name}(x, state)",
        )
    return Cause(
        "list-input",
        "A list of tensors is no batch before it is padded or stacked.",
        "x = torch.nn.utils.rnn.pad_sequence(x, batch_first="
        f"{call.layer.batch_first})  # samples of unlike lengths; else torch.stack"
        if not call.layer.kind.is_cell
        else "x = torch.stack(list(x))  # N, Hin",
    )


def _is_batch_sizes(item: object) -> bool:
    return isinstance(item, Form) and item.dtype == "int64" and len(item.shape) == 1


def _is_returned(output: object, state: object) -> bool:
    """Whether two values can be output and state of a layer: the state's axes tell."""
    if isinstance(state, Other):
        return state.items is not None and len(state.items) == 2
    if not isinstance(output, (Form, Packed)) or not isinstance(state, Form):
        return False
    if isinstance(output, Packed):
        return True
    one, other = output.shape, state.shape
    if len(one) != len(other) or len(one) not in (2, 3):
        return False
    return one[-1] in (other[-1], 2 * other[-1]) and (len(one) == 2 or other[1] in one[:2])
