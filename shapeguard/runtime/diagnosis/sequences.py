"""What is wrong with a list of sequences that is to be padded or packed."""

from __future__ import annotations

from dataclasses import dataclass

from shapeguard.runtime.call import Form, Given, Other, Packed
from shapeguard.runtime.diagnosis.lengths import listed, unordered, unsorted_at
from shapeguard.runtime.diagnosis.tensors import described, nothing
from shapeguard.runtime.problem import Cause, Problem


@dataclass(frozen=True, slots=True)
class Sequences:
    """What pad_sequence or pack_sequence was given. Items None: an iterator, left unread."""

    type: str
    items: tuple[Given, ...] | None


def pad(sequences: Sequences) -> Problem | None:
    """What pad_sequence cannot stack, and steps that it would copy onto a feature axis."""
    items = sequences.items
    if items is None:
        return None
    if not items:
        return Problem(
            "sequences",
            "there is nothing to pad: it has no items.",
            expected="at least one tensor",
            got=f"an empty {sequences.type}",
            causes=(
                Cause(
                    "no-sequences",
                    "The batch is empty: a filter or a slice has left no sample.",
                    "if sequences:\n    padded = pad_sequence(sequences)",
                ),
            ),
        )
    for index, item in enumerate(items):
        if not isinstance(item, Form):
            return _no_tensor(item, index)
        if not item.shape:
            return Problem(
                "sequences",
                f"item {index} is one number: it has no axis of steps.",
                expected="tensors of shape (L, *)",
                got=f"item {index} of shape ()",
                causes=(
                    Cause(
                        "item-without-steps",
                        "A tensor of shape (L,) was given instead of a list of sequences, or a "
                        "label of one number stands among the sequences.",
                        "pad_sequence([x])  # one sequence\ntorch.stack(labels)  # one number each",
                    ),
                ),
            )
    forms = [item for item in items if isinstance(item, Form)]
    first = forms[0].shape
    for index, form in enumerate(forms):
        if not _fits(form.shape, first):
            return _trailing(index, form.shape, first)
    return None


def pack(sequences: Sequences, enforce_sorted: bool) -> Problem | None:
    """As pad, and what can be said of the sequences' lengths."""
    if sequences.items is None:
        return Problem(
            "sequences",
            "it is an iterator, which is used up when the lengths have been read.",
            expected="a list of tensors",
            got=sequences.type,
            causes=(
                Cause(
                    "read-twice",
                    "pack_sequence reads its argument twice: for the lengths, then for the values.",
                    "pack_sequence(list(sequences), enforce_sorted=False)",
                ),
            ),
        )
    problem = pad(sequences)
    if problem is not None:
        return problem
    forms = [item for item in sequences.items if isinstance(item, Form)]
    values = tuple(form.shape[0] for form in forms)
    if 0 in values:
        return Problem(
            "sequences",
            f"item {values.index(0)} has no steps, and a packed sequence has at least one.",
            code="SG409",
            expected="every sequence of 1 step or more",
            got=f"lengths {listed(values)}",
            causes=(
                Cause(
                    "empty-sequence",
                    "A sample is empty, for example a text without known words.",
                    "sequences = [s for s in sequences if len(s)]  # and the same of the targets",
                ),
            ),
        )
    if 0 in forms[0].shape:
        return nothing(forms[0].shape, "sequences")
    if enforce_sorted and unsorted_at(values) is not None:
        return unordered("sequences", values, "pack_sequence(sequences, enforce_sorted=False)")
    return None


def _fits(shape: tuple[int, ...], first: tuple[int, ...]) -> bool:
    """Whether torch copies an item into the first one's trailing sizes, step onto step.

    torch broadcasts. Sizes of 1 do no harm to the steps; with fewer axes than the first, the steps
    of the item are taken for features.
    """
    target = (shape[0], *first[1:])
    if len(shape) > len(target):
        return False
    if len(shape) < len(target) and shape[0] > 1:
        return False
    padded = (1,) * (len(target) - len(shape)) + shape
    return all(size in (1, want) for size, want in zip(padded, target, strict=True))


def _trailing(index: int, shape: tuple[int, ...], first: tuple[int, ...]) -> Problem:
    expected: tuple[int | None, ...] = (None, *first[1:])
    axes = ("L", *(f"axis_{axis}" for axis in range(1, len(first))))
    differs: tuple[str, ...] = ()
    causes = []
    if len(shape) == len(first):
        pairs = zip(axes[1:], shape[1:], first[1:], strict=True)
        differs = tuple(axis for axis, got, want in pairs if got != want)
        if len(shape) == 2 and shape[0] == first[0] > 1:
            causes.append(
                Cause(
                    "steps-not-first",
                    f"Axis 0 is {shape[0]} in both and the other axis differs: the steps stand on "
                    "axis 1, and pad_sequence pads axis 0.",
                    "pad_sequence([s.transpose(0, 1) for s in sequences])",
                )
            )
    causes.append(
        Cause(
            "ragged-items",
            "Only the first axis, the steps, may differ between sequences; all other sizes and "
            "the number of axes have to be those of the first.",
            "print({s.shape[1:] for s in sequences})  # all of them should be alike",
            "reshape the items to fit: that moves values between steps and features.",
        )
    )
    return Problem(
        "sequences",
        f"item {index} differs from item 0 in more than its steps.",
        axes=axes,
        expected=expected,
        got=shape,
        differs=differs,
        causes=tuple(causes),
    )


def _no_tensor(item: Given, index: int) -> Problem:
    got, code = f"{described(item)} as item {index}", None
    if isinstance(item, Packed):
        got, code = described(item), "SG405"
        cause = Cause(
            "packed-twice",
            "A PackedSequence holds the samples of its batch already.",
            "padded, lengths = pad_packed_sequence(packed)",
        )
    elif item == Other("None"):
        cause = Cause(
            "missing-sample",
            "A sample is missing: a data set or a function has returned nothing for it.",
            "sequences = [s for s in sequences if s is not None]",
        )
    elif isinstance(item, Other) and any(isinstance(part, Form) for part in item.items or ()):
        cause = Cause(
            "nested-lists",
            "Each item is a list of tensors itself.",
            "sequences = [s for sample in sequences for s in sample]",
        )
    else:
        cause = Cause(
            "items-no-tensors",
            "Sequences are tensors; lists of numbers and arrays have to be converted one by one.",
            "sequences = [torch.as_tensor(s) for s in sequences]",
        )
    summary, expected = "it takes a list of tensors.", "tensors of shape (L, *)"
    return Problem("sequences", summary, code, expected=expected, got=got, causes=(cause,))
