"""What is wrong with the lengths of a padded batch that is to be packed.

Axes are named as torch's documents of packing do: T steps, B samples.
"""

from __future__ import annotations

from dataclasses import dataclass

from shapeguard.runtime.call import Given
from shapeguard.runtime.problem import Binding, Cause, Problem

SHOWN = 8


@dataclass(frozen=True, slots=True)
class Lengths:
    """`lengths` as passed. None for a shape or values: not known, so nothing is said of them.

    Values are known only where the host holds them. `readable` is False for what torch cannot turn
    into a tensor at all (None, text).
    """

    type: str
    shape: tuple[int, ...] | None = None
    device: str = "cpu"
    values: tuple[int | float, ...] | None = None
    readable: bool = True


@dataclass(frozen=True, slots=True)
class Padded:
    """A call of pack_padded_sequence."""

    input: Given
    lengths: Lengths
    batch_first: bool = False
    enforce_sorted: bool = True

    @property
    def steps(self) -> str:
        """The number of steps of the input, as code."""
        return f"x.size({1 if self.batch_first else 0})"

    @property
    def as_tensor(self) -> str:
        """A line of code to stand before code that computes with the lengths as a tensor."""
        return "" if self.lengths.type == "tensor" else "lengths = torch.as_tensor(lengths)\n"

    def again(self, lengths: str = "lengths", **changed: bool) -> str:
        """The call as it should be written."""
        settings = {"batch_first": self.batch_first, "enforce_sorted": self.enforce_sorted}
        settings |= changed
        words = ["x", lengths]
        words += ["batch_first=True"] if settings["batch_first"] else []
        words += [] if settings["enforce_sorted"] else ["enforce_sorted=False"]
        return f"pack_padded_sequence({', '.join(words)})"


def of_wrong_kind(call: Padded, batch: int) -> Problem | None:
    """Anything but B numbers on the CPU."""
    lengths = call.lengths
    expected = (
        f"{batch} whole number{'s' if batch != 1 else ''}: a list, or a 1-D tensor on the CPU"
    )
    if not lengths.readable:
        cause = Cause(
            "lengths-no-numbers",
            "The lengths are the numbers of real steps of each sample, in the order of the batch.",
            "lengths = [len(s) for s in sequences]  # a list, made before padding",
        )
        summary, code, got = "torch can make no tensor of numbers of it.", "SG409", lengths.type
    elif lengths.device.partition(":")[0] != "cpu":
        cause = Cause(
            "lengths-on-device",
            "torch reads the lengths on the host. They were moved with the rest of the batch, or "
            "made on a default device, or scattered to a GPU by DataParallel.",
            call.again("lengths.cpu()"),
            "move the input to the CPU as well: only the lengths have to be there.",
        )
        summary, code = "they have to be on the CPU, wherever the input is.", "SG407"
        got = f"a tensor on {lengths.device}"
    elif lengths.shape is None or len(lengths.shape) == 1:
        return None
    else:
        cause = _flat(call, lengths.shape)
        summary, code = "one number for each sample is needed, in one axis.", "SG409"
        got = f"{lengths.type} of shape {lengths.shape}" if lengths.shape else "one number"
    return Problem("lengths", summary, code, expected=expected, got=got, causes=(cause,))


def _flat(call: Padded, shape: tuple[int, ...]) -> Cause:
    if not shape:
        return Cause(
            "one-length",
            "One number was given for the whole batch.",
            f"rnn(x[{':, ' if call.batch_first else ''}:length])  # all equally long: no packing",
        )
    if len(shape) == 2 and 1 in shape:
        return Cause(
            "extra-axis",
            "The lengths have an axis of 1 too many.",
            f"{call.as_tensor}{call.again('lengths.flatten()')}",
        )
    return _mask(call)


def _mask(call: Padded) -> Cause:
    axis = 1 if call.batch_first else 0
    return Cause(
        "mask-as-lengths",
        "A mask or the padded token numbers were given where their counts are needed.",
        f"lengths = mask.sum({axis}).cpu()  # of a mask laid out as x, True on real steps",
    )


def miscounted(call: Padded, steps: int, batch: int, bindings: tuple[Binding, ...]) -> Problem:
    assert call.lengths.shape is not None
    count = call.lengths.shape[0]
    summary = "there has to be one for each sample."
    if count < batch and not call.enforce_sorted:
        summary += f" torch does not say so here: it would drop {batch - count} of {batch} samples."
    if count == steps and all(value <= batch for value in call.lengths.values or ()):
        code = "SG108"
        causes: tuple[Cause, ...] = (
            Cause(
                "batch-first-disagrees",
                f"There are {count} lengths, and {count} is the size of the axis that "
                f"batch_first={call.batch_first} takes for time: batch and time are the other way "
                "round in this input.",
                call.again(batch_first=not call.batch_first),
                "reshape x to fit: that mixes the samples. A transpose does not.",
            ),
        )
    else:
        code = "SG409"
        causes = (
            Cause(
                "lengths-of-another-batch",
                "The lengths were taken from another batch than the input (the last one of an "
                "epoch is smaller), or the input was filtered or repeated and they were not.",
                "lengths = lengths[keep]  # whatever is done to the samples of x",
                "cut or fill the lengths to fit the count: each then belongs to another sample.",
            ),
        )
        if count and count % batch == 0:
            causes += (
                Cause(
                    "lengths-not-scattered",
                    f"{count} is {count // batch} times {batch}: DataParallel splits tensors among "
                    "its replicas and hands a list whole to each of them.",
                    "model(x, torch.as_tensor(lengths))  # and lengths.cpu() where it packs",
                ),
            )
    return Problem(
        "lengths",
        summary,
        code,
        axes=("B",),
        expected=(batch,),
        got=(count,),
        differs=("B",),
        bindings=bindings,
        causes=causes,
    )


def wrong_values(
    call: Padded, values: tuple[int | float, ...], bindings: tuple[Binding, ...]
) -> Problem | None:
    """Values that are no length of a sample of this input."""
    steps = bindings[0].size
    for wrong, summary, causes in (
        (
            [value != value or value % 1 != 0 for value in values],
            "they are no whole numbers. torch would cut off their fractions and not say so.",
            _fractions(call, values),
        ),
        (
            [value <= 0 for value in values],
            "a packed sequence has at least one step.",
            _zeros(call, values),
        ),
        (
            [value > steps for value in values],
            f"the input has no more than {steps} steps. torch would not say so: it returns a "
            "PackedSequence with more steps than it has values for.",
            _too_long(call, values, steps),
        ),
    ):
        if any(wrong):
            index = wrong.index(True)
            return Problem(
                "lengths",
                summary,
                "SG409",
                expected=f"whole numbers from 1 to T = {steps}",
                got=f"{values[index]} at index {index} of {listed(values)}",
                bindings=bindings,
                causes=causes,
            )
    return None


def _fractions(call: Padded, values: tuple[int | float, ...]) -> tuple[Cause, ...]:
    if all(0 <= value <= 1 for value in values):
        return (
            Cause(
                "relative-lengths",
                "All are between 0 and 1: they are parts of the longest sequence.",
                f"{call.as_tensor}lengths = (lengths * {call.steps}).round().long()",
            ),
        )
    return (
        Cause(
            "divided-lengths",
            "They come from a division, often after a layer that shortens the sequences.",
            "lengths = lengths // stride  # by the formula of the layer that shortens",
            "call .long() on the fractions unless that is how the layer rounds.",
        ),
    )


def _zeros(call: Padded, values: tuple[int | float, ...]) -> tuple[Cause, ...]:
    if any(value is False for value in values):
        return (_mask(call),)
    axis = "x[keep]" if call.batch_first else "x[:, keep]"
    return (
        Cause(
            "empty-sample",
            "A sample is empty, or its lengths were counted on a mask that is the wrong way round.",
            f"{call.as_tensor}keep = lengths > 0\n"
            f"x, lengths = {axis}, lengths[keep]  # and the same of targets",
            "clamp the lengths to 1 and use the result as it is: the state of an empty sample has "
            "then read padding.",
        ),
    )


def _too_long(call: Padded, values: tuple[int | float, ...], steps: int) -> tuple[Cause, ...]:
    shortened = Cause(
        "input-shortened",
        "The input lost steps after its lengths were counted, in a convolution or pooling: the "
        "lengths have to be shortened by the same formula.",
        f"{call.as_tensor}lengths = (lengths + 2 * padding - kernel_size) // stride + 1",
        "clamp the lengths here: the shorter sequences would still be too long.",
    )
    cut = Cause(
        "input-cut",
        "The sequences were cut to a maximum after their lengths were counted.",
        f"{call.as_tensor}lengths = lengths.clamp(max={call.steps})",
    )
    return (shortened, cut) if min(max(values), 2**60) >= 2 * steps - 1 > 1 else (cut, shortened)


def out_of_order(call: Padded, values: tuple[int | float, ...]) -> Problem | None:
    if not call.enforce_sorted or unsorted_at(values) is None:
        return None
    return unordered("lengths", values, call.again(enforce_sorted=False))


def unsorted_at(values: tuple[int | float, ...]) -> int | None:
    """The first index whose value is greater than the one before it."""
    return next((i for i in range(1, len(values)) if values[i] > values[i - 1]), None)


def unordered(slot: str, values: tuple[int | float, ...], cure: str) -> Problem:
    index = unsorted_at(values)
    assert index is not None
    return Problem(
        slot,
        "enforce_sorted=True, the default, wants the longest sample first.",
        "SG406",
        expected="lengths that never increase",
        got=f"{values[index]} after {values[index - 1]} at index {index} of {listed(values)}",
        causes=(
            Cause(
                "unsorted",
                "The batch is not sorted by length. torch sorts it, and puts the results back into "
                "its order, where it is told to; only ONNX export needs a sorted batch.",
                cure,
                "sort the lengths alone, which cuts each sample at the length of another; nor sort "
                "samples and lengths without putting output, h_n and targets into one order again.",
            ),
        ),
    )


def listed(values: tuple[int | float, ...]) -> str:
    shown = ", ".join(map(str, values[:SHOWN]))
    return f"[{shown}, ... {len(values)} in all]" if len(values) > SHOWN else f"[{shown}]"
