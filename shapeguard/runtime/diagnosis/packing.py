"""What is wrong with a call of pack_padded_sequence or pad_packed_sequence: plain data in."""

from __future__ import annotations

from collections.abc import Iterator

from shapeguard.runtime.call import Form, Given, Other, Packed
from shapeguard.runtime.diagnosis import lengths
from shapeguard.runtime.diagnosis.lengths import Padded
from shapeguard.runtime.diagnosis.tensors import described, nothing
from shapeguard.runtime.problem import Binding, Cause, Problem

__all__ = ["Padded", "pack_padded", "pad_packed"]


def pack_padded(call: Padded) -> Problem | None:
    """What torch refuses, or packs into something else than the batch."""
    problem = _input(call)
    if problem is not None or not isinstance(call.input, Form):
        return problem
    shape = call.input.shape
    bindings = _bindings(call, shape)
    steps, batch = bindings[0].size, bindings[1].size
    found = call.lengths
    problem = lengths.of_wrong_kind(call, batch)
    if problem is not None or found.shape is None:
        return problem
    if found.shape[0] != batch:
        return lengths.miscounted(call, steps, batch, bindings)
    if found.values is None:
        return None
    return lengths.wrong_values(call, found.values, bindings) or lengths.out_of_order(
        call, found.values
    )


def total_length(steps: int, total_length: int) -> Problem | None:
    """`steps`: the longest length of the packed batch."""
    if total_length >= steps:
        return None
    return Problem(
        "total_length",
        "it is less than the longest sequence of the batch, whose last steps would be lost.",
        expected=f"at least {steps}, the longest length in the batch",
        got=str(total_length),
        causes=(
            Cause(
                "longer-than-total-length",
                "total_length is the number of steps that the padded batch had before it was "
                "packed; a fixed maximum only where every sequence is cut to it.",
                "total_length = x.size(1 if batch_first else 0)  # of x before it is packed",
            ),
        ),
    )


def pad_packed(sequence: Given) -> Problem:
    """What pad_packed_sequence was given that is no PackedSequence."""
    return Problem(
        "sequence",
        "it takes a PackedSequence.",
        expected="a PackedSequence",
        got=described(sequence),
        causes=tuple(_unpacked(sequence)),
    )


def _input(call: Padded) -> Problem | None:
    given = call.input
    if isinstance(given, Packed):
        cause = Cause(
            "packed-twice",
            "It is packed already: by pack_sequence, by an earlier call, or because it is the "
            "output of an RNN that was given a packed batch.",
            "output, h_n = rnn(packed)  # packed once, before the first layer",
            "pass packed.data: its rows are the steps of all samples mixed.",
        )
        return _wrong_input("a padded tensor", given, cause, "SG405")
    if isinstance(given, Other):
        if given.items and all(isinstance(item, Form) for item in given.items):
            cause = Cause(
                "list-of-sequences",
                "A list of sequences has no padding yet; pack_sequence packs it as it is.",
                "pack_sequence(sequences, enforce_sorted=False)",
            )
        elif given.type == "None":
            cause = Cause(
                "no-input",
                "The function that should have returned the batch has no return statement.",
                "return x  # at the end of that function",
            )
        else:
            cause = Cause(
                "input-no-tensor",
                "Arrays and lists of numbers have to be made tensors first.",
                "x = torch.as_tensor(x)",
            )
        return _wrong_input("a padded tensor", given, cause)
    axes = ("B", "T") if call.batch_first else ("T", "B")
    if len(given.shape) < 2:
        if call.lengths.shape is not None and len(call.lengths.shape) > len(given.shape):
            cause = Cause(
                "arguments-swapped",
                "The second argument has more axes than the first: the lengths stand first.",
                call.again(),
            )
        else:
            cause = Cause(
                "no-batch-axis",
                "One sequence without a batch axis was given.",
                "rnn(x)  # one sequence needs no packing",
            )
        return _wrong_input(f"a tensor of shape ({', '.join(axes)}, *)", given, cause)
    return nothing(given.shape, "input") if 0 in given.shape else None


def _wrong_input(expected: str, given: Given, cause: Cause, code: str | None = None) -> Problem:
    summary = "it takes a padded batch."
    return Problem("input", summary, code, expected=expected, got=described(given), causes=(cause,))


def _bindings(call: Padded, shape: tuple[int, ...]) -> tuple[Binding, Binding]:
    time, batch = (1, 0) if call.batch_first else (0, 1)
    origin = f"of input, with batch_first={call.batch_first}"
    return (
        Binding("T", shape[time], f"axis {time} {origin}"),
        Binding("B", shape[batch], f"axis {batch} {origin}"),
    )


def _unpacked(sequence: Given) -> Iterator[Cause]:
    """Why pad_packed_sequence is given something that is not packed."""
    if isinstance(sequence, Form):
        if len(sequence.shape) == 2:
            yield Cause(
                "data-of-packed",
                "It has two axes, as the data of a PackedSequence: the order of its rows is lost.",
                "packed._replace(data=function(packed.data))  # stays a PackedSequence",
            )
        yield Cause(
            "already-padded",
            "An RNN that is given a padded tensor returns a padded tensor.",
            "packed = pack_padded_sequence(x, lengths, enforce_sorted=False)\n"
            "output, h_n = rnn(packed)\noutput, lengths = pad_packed_sequence(output)",
        )
    elif isinstance(sequence, Other) and sequence.items and isinstance(sequence.items[0], Packed):
        yield Cause(
            "rnn-result",
            "It is the pair that an RNN returns, of which the first is the output.",
            "output, h_n = rnn(packed)\noutput, lengths = pad_packed_sequence(output)",
        )
    else:
        yield Cause(
            "never-packed",
            "Only what a packing function, or an RNN given such, has returned can be padded again.",
            "packed = pack_padded_sequence(x, lengths, enforce_sorted=False)",
        )
