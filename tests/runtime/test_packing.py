"""The packing functions inside of guard(): what torch says or does beside what we say."""

from __future__ import annotations

import contextlib
import gc
import inspect
import re
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from torch import Tensor, nn
from torch.nn.utils import rnn
from torch.nn.utils.rnn import PackedSequence

import shapeguard
from shapeguard import ShapeError
from shapeguard.runtime import packing

# Bound by name, as programs have them; Any, as they are given what their types refuse.
pack_padded_sequence: Any = rnn.pack_padded_sequence
pad_packed_sequence: Any = rnn.pad_packed_sequence
pad_sequence: Any = rnn.pad_sequence
pack_sequence: Any = rnn.pack_sequence

ROOT = Path(__file__).parents[2]
FUNCTIONS = (pack_padded_sequence, pad_packed_sequence, pad_sequence, pack_sequence)
X = torch.arange(7 * 3 * 5, dtype=torch.float32).reshape(7, 3, 5)


def seq(*shape: int) -> Tensor:
    return torch.ones(shape)


def packed() -> Any:
    return pack_padded_sequence(X, [7, 3, 1])


class Wrong(NamedTuple):
    """A call, what torch says of it (None: it runs), and what we have to say and not to say."""

    call: Callable[[], Any]
    torch: str | None
    slot: str
    code: str | None
    slug: str
    must: tuple[str, ...] = ()
    must_not: tuple[str, ...] = ()


ZERO = r"greater than 0, but found an element in 'lengths' that is <= 0"
SORTED = "must be sorted in decreasing order"
COUNT = r"Expected `len\(lengths\)` to be equal to batch_size"
CPU = "'lengths' argument should be a 1D CPU int64 tensor"
NO_ATTRIBUTE = "has no attribute 'batch_sizes'"

WRONG: dict[str, Wrong] = {
    "zero": Wrong(
        lambda: pack_padded_sequence(X, [7, 3, 0]),
        ZERO,
        *("lengths", "SG409", "empty-sample"),
        ("0 at index 2 of [7, 3, 0]", "keep = lengths > 0", "x[:, keep]", "Do not: clamp"),
        ("enforce_sorted",),
    ),
    "zero in a batch-first batch": Wrong(
        lambda: pack_padded_sequence(X, torch.tensor([3, 2, 2, 1, 1, 1, 0]), batch_first=True),
        ZERO,
        *("lengths", "SG409", "empty-sample"),
        ("x[keep]",),
        ("x[:, keep]", "as_tensor"),
    ),
    "negative": Wrong(
        lambda: pack_padded_sequence(X, [7, 3, -1]),
        ZERO,
        *("lengths", "SG409", "empty-sample"),
        ("-1 at index 2",),
    ),
    "zero, unsorted": Wrong(
        lambda: pack_padded_sequence(X, [7, 0, 1]),
        SORTED,  # of two mistakes, torch names the one whose cure does not help
        *("lengths", "SG409", "empty-sample"),
    ),
    "longer than T": Wrong(
        lambda: pack_padded_sequence(X, [9, 3, 1]),
        None,
        *("lengths", "SG409", "input-cut"),
        ("9 at index 0", "clamp(max=x.size(0))", "more steps than it has values for", "as_tensor"),
    ),
    "twice T": Wrong(
        lambda: pack_padded_sequence(X, torch.tensor([14, 6, 2]), enforce_sorted=False),
        None,
        *("lengths", "SG409", "input-shortened"),
        ("stride", "Do not: clamp"),
        ("as_tensor",),
    ),
    "fractions in a list": Wrong(
        lambda: pack_padded_sequence(X, [7.0, 3.5, 1.0]),
        None,
        *("lengths", "SG409", "divided-lengths"),
        ("3.5 at index 1", "//"),
    ),
    "fractions in a tensor": Wrong(
        lambda: pack_padded_sequence(X, torch.tensor([7.0, 3.5, 1.0])),
        None,
        *("lengths", "SG409", "divided-lengths"),
    ),
    "fractions in an array": Wrong(
        lambda: pack_padded_sequence(X, np.array([7.0, 3.5, 1.0])),
        None,
        *("lengths", "SG409", "divided-lengths"),
    ),
    "parts of the longest": Wrong(
        lambda: pack_padded_sequence(X, torch.tensor([1.0, 0.5, 0.2])),
        ZERO,
        *("lengths", "SG409", "relative-lengths"),
        ("(lengths * x.size(0)).round().long()",),
    ),
    "not a number": Wrong(
        lambda: pack_padded_sequence(X, [7.0, float("nan"), 1.0]),
        "without overflow",
        *("lengths", "SG409", "divided-lengths"),
    ),
    "too few": Wrong(
        lambda: pack_padded_sequence(X, [7, 3]),
        COUNT,
        *("lengths", "SG409", "lengths-of-another-batch"),
        ("B = 3", "last one of an epoch", "Do not: cut or fill"),
        ("would drop", "batch_first=True"),
    ),
    "too few, unsorted": Wrong(
        lambda: pack_padded_sequence(X, [3, 7], enforce_sorted=False),
        None,
        *("lengths", "SG409", "lengths-of-another-batch"),
        ("it would drop 1 of 3 samples",),
    ),
    "too many, unsorted": Wrong(
        lambda: pack_padded_sequence(X, [3, 7, 2, 2], enforce_sorted=False),
        "out of DATA bounds|index out of range",
        *("lengths", "SG409", "lengths-of-another-batch"),
    ),
    "none at all": Wrong(
        lambda: pack_padded_sequence(X, []),
        COUNT,
        *("lengths", "SG409", "lengths-of-another-batch"),
    ),
    "of all replicas": Wrong(
        lambda: pack_padded_sequence(X, [7, 3, 1, 1, 1, 1]),
        COUNT,
        *("lengths", "SG409", "lengths-of-another-batch"),
        ("DataParallel", "2 times 3"),
    ),
    "batch first, not said": Wrong(
        lambda: pack_padded_sequence(X.transpose(0, 1), [7, 3, 1]),
        COUNT,
        *("lengths", "SG108", "batch-first-disagrees"),
        ("pack_padded_sequence(x, lengths, batch_first=True)", "Do not: reshape"),
    ),
    "time first, said batch first": Wrong(
        lambda: pack_padded_sequence(X, [3, 7, 1], batch_first=True, enforce_sorted=False),
        None,
        *("lengths", "SG108", "batch-first-disagrees"),
        ("pack_padded_sequence(x, lengths, enforce_sorted=False)", "drop 4 of 7 samples"),
    ),
    "unsorted": Wrong(
        lambda: pack_padded_sequence(X.transpose(0, 1), torch.tensor([3, 7, 1]), True),
        SORTED,
        *("lengths", "SG406", "unsorted"),
        (
            "7 after 3 at index 1",
            "pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)",
            "Do not: sort the lengths alone",
            "without putting output, h_n and targets into one order",
        ),
    ),
    "on a device": Wrong(
        lambda: pack_padded_sequence(X, torch.tensor([7, 3, 1], device="meta")),
        CPU,
        *("lengths", "SG407", "lengths-on-device"),
        ("lengths.cpu()", "a tensor on meta", "Do not: move the input to the CPU"),
    ),
    "on a device, unsorted": Wrong(
        lambda: pack_padded_sequence(
            X.to("meta"), torch.tensor([7, 3, 1], device="meta"), enforce_sorted=False
        ),
        CPU,
        *("lengths", "SG407", "lengths-on-device"),
        ("pack_padded_sequence(x, lengths.cpu(), enforce_sorted=False)",),
    ),
    "a column": Wrong(
        lambda: pack_padded_sequence(X, torch.tensor([[7], [3], [1]])),
        CPU,
        *("lengths", "SG409", "extra-axis"),
        ("lengths.flatten()",),
        ("as_tensor",),
    ),
    "a list of lists": Wrong(
        lambda: pack_padded_sequence(X, [[7], [3], [1]]),
        CPU,
        *("lengths", "SG409", "extra-axis"),
        ("as_tensor(lengths)",),
    ),
    "a mask": Wrong(
        lambda: pack_padded_sequence(X, X[..., 0] >= 0, enforce_sorted=False),
        "Index is supposed to be a vector",
        *("lengths", "SG409", "mask-as-lengths"),
        ("mask.sum(0).cpu()",),
    ),
    "a row of a mask": Wrong(
        lambda: pack_padded_sequence(X, torch.tensor([True, True, False])),
        ZERO,
        *("lengths", "SG409", "mask-as-lengths"),
        ("False at index 2",),
    ),
    "as many as steps, but longer than the other axis": Wrong(
        lambda: pack_padded_sequence(X, [7, 7, 6, 5, 4, 3, 2]),
        COUNT,
        *("lengths", "SG409", "lengths-of-another-batch"),
        (),
        ("batch_first=True",),
    ),
    "one number": Wrong(
        lambda: pack_padded_sequence(X, 7),
        CPU,
        *("lengths", "SG409", "one-length"),
        ("rnn(x[:length])",),
    ),
    "no lengths": Wrong(
        lambda: pack_padded_sequence(X, None),
        "cannot be interpreted as an integer",
        *("lengths", "SG409", "lengths-no-numbers"),
    ),
    "text": Wrong(
        lambda: pack_padded_sequence(X, ["7", "3", "1"]),
        "too many dimensions 'str'",
        *("lengths", "SG409", "lengths-no-numbers"),
        ("'7'",),
    ),
    "a generator of lengths": Wrong(
        lambda: pack_padded_sequence(X, (n for n in (7, 3, 1))),
        "cannot be interpreted as an integer",
        *("lengths", "SG409", "lengths-no-numbers"),
        ("[len(s) for s in sequences]",),
    ),
    "packed twice": Wrong(
        lambda: pack_padded_sequence(packed(), [7, 3, 1]),
        "must be Tensor, not PackedSequence",
        *("input", "SG405", "packed-twice"),
        ("rnn(packed)", "Do not: pass packed.data"),
    ),
    "an array": Wrong(
        lambda: pack_padded_sequence(X.numpy(), [7, 3, 1]),
        "must be Tensor, not numpy.ndarray",
        *("input", None, "input-no-tensor"),
        ("torch.as_tensor(x)", "numpy.ndarray"),
    ),
    "an array, unsorted": Wrong(
        lambda: pack_padded_sequence(X.numpy(), [7, 3, 1], enforce_sorted=False),
        "no attribute 'index_select'",
        *("input", None, "input-no-tensor"),
    ),
    "a list of sequences": Wrong(
        lambda: pack_padded_sequence([seq(7, 5), seq(3, 5)], [7, 3]),
        "must be Tensor, not list",
        *("input", None, "list-of-sequences"),
        ("pack_sequence(sequences, enforce_sorted=False)",),
    ),
    "nothing": Wrong(
        lambda: pack_padded_sequence(None, [7, 3, 1]),
        "must be Tensor, not NoneType",
        *("input", None, "no-input"),
        (),
        ("as_tensor",),
    ),
    "one sequence": Wrong(
        lambda: pack_padded_sequence(seq(7), [7]),
        "Dimension out of range",
        *("input", None, "no-batch-axis"),
        ("(T, B, *)",),
    ),
    "swapped": Wrong(
        lambda: pack_padded_sequence(torch.tensor([7, 3, 1]), X),
        ".",
        *("input", None, "arguments-swapped"),
        ("pack_padded_sequence(x, lengths)",),
    ),
    "an empty batch": Wrong(
        lambda: pack_padded_sequence(seq(7, 0, 5), [], enforce_sorted=False),
        "Cannot pack empty tensors",
        *("input", None, "empty-batch"),
    ),
    "a padded tensor to unpack": Wrong(
        lambda: pad_packed_sequence(X),
        NO_ATTRIBUTE,
        *("sequence", None, "already-padded"),
        ("pack_padded_sequence(x, lengths",),
        ("_replace",),
    ),
    "the data of a packed batch": Wrong(
        lambda: pad_packed_sequence(packed().data),
        NO_ATTRIBUTE,
        *("sequence", None, "data-of-packed"),
        ("packed._replace(data=",),
    ),
    "the result of a layer": Wrong(
        lambda: pad_packed_sequence(nn.LSTM(5, 2)(packed())),
        NO_ATTRIBUTE,
        *("sequence", None, "rnn-result"),
        ("output, h_n = rnn(packed)", "a tuple of a PackedSequence, tuple"),
    ),
    "a tuple": Wrong(
        lambda: pad_packed_sequence((X, X)),
        NO_ATTRIBUTE,
        *("sequence", None, "never-packed"),
    ),
    "total_length": Wrong(
        lambda: pad_packed_sequence(packed(), total_length=5),
        "Expected total_length to be at least",
        *("total_length", None, "longer-than-total-length"),
        ("at least 7", "x.size("),
    ),
    "no sequences": Wrong(
        lambda: pad_sequence([]),
        "received an empty list of sequences",
        *("sequences", None, "no-sequences"),
    ),
    "features differ": Wrong(
        lambda: pad_sequence([seq(3, 5), seq(2, 4)]),
        r"The size of tensor a \(5\) must match",
        *("sequences", None, "ragged-items"),
        ("item 1", "Do not: reshape"),
        ("transpose",),
    ),
    "steps on axis 1": Wrong(
        lambda: pad_sequence([seq(5, 3), seq(5, 2)]),
        r"The size of tensor a \(3\) must match",
        *("sequences", None, "steps-not-first"),
        ("s.transpose(0, 1)",),
    ),
    "more axes": Wrong(
        lambda: pad_sequence([seq(3, 5), seq(1, 3, 5)]),
        "doesn't match the broadcast shape",
        *("sequences", None, "ragged-items"),
    ),
    "steps that torch copies to features": Wrong(
        lambda: pad_sequence([seq(3, 5), torch.arange(5.0)]),
        None,
        *("sequences", None, "ragged-items"),
    ),
    "numbers": Wrong(
        lambda: pad_sequence([torch.tensor(1.0)] * 2),
        "invalid slice|Dimension specified as 0",
        *("sequences", None, "item-without-steps"),
        ("torch.stack",),
    ),
    "a sequence for a list of them": Wrong(
        lambda: pad_sequence(seq(3)),
        "invalid slice|Dimension specified as 0",
        *("sequences", None, "item-without-steps"),
        ("pad_sequence([x])",),
    ),
    "lists of numbers": Wrong(
        lambda: pad_sequence([[1, 2], [3]]),
        "expected Tensor as element 0",
        *("sequences", None, "items-no-tensors"),
        ("torch.as_tensor(s)",),
    ),
    "lists of tensors": Wrong(
        lambda: pad_sequence([[seq(3)], [seq(2)]]),
        "expected Tensor as element 0",
        *("sequences", None, "nested-lists"),
        (),
        ("as_tensor",),
    ),
    "a missing sample": Wrong(
        lambda: pad_sequence([seq(3), None]),
        "expected Tensor as element 1",
        *("sequences", None, "missing-sample"),
        ("if s is not None",),
        ("as_tensor",),
    ),
    "a packed batch to pad": Wrong(
        lambda: pad_sequence(packed()),
        "expected Tensor as element 2",
        *("sequences", "SG405", "packed-twice"),
        ("pad_packed_sequence(packed)",),
        ("missing",),
    ),
    "a packed batch of numbers": Wrong(
        lambda: pad_sequence(pack_padded_sequence(seq(3, 2), [1, 3], enforce_sorted=False)),
        None,
        *("sequences", "SG405", "packed-twice"),
    ),
    "unsorted sequences": Wrong(
        lambda: pack_sequence([seq(1, 5), seq(3, 5)]),
        SORTED,
        *("sequences", "SG406", "unsorted"),
        ("pack_sequence(sequences, enforce_sorted=False)", "3 after 1"),
        ("pack_padded_sequence",),
    ),
    "an empty sequence": Wrong(
        lambda: pack_sequence([seq(3, 5), seq(0, 5)]),
        ZERO,
        *("sequences", "SG409", "empty-sequence"),
        ("item 1", "if len(s)"),
    ),
    "only empty sequences": Wrong(
        lambda: pack_sequence([seq(0, 5)]),
        "Cannot pack empty tensors",
        *("sequences", "SG409", "empty-sequence"),
    ),
    "sequences without features": Wrong(
        lambda: pack_sequence([seq(3, 0)]),
        "Cannot pack empty tensors",
        *("sequences", None, "empty-batch"),
    ),
    "features differ, to pack": Wrong(
        lambda: pack_sequence([seq(3, 5), seq(2, 4)]),
        r"The size of tensor a \(5\) must match",
        *("sequences", None, "ragged-items"),
    ),
    "an iterator to pack": Wrong(
        lambda: pack_sequence(seq(n, 5) for n in (3, 2)),
        "received an empty list of sequences",
        *("sequences", None, "read-twice"),
        ("list(sequences)",),
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_torch_s_words_and_ours(name: str) -> None:
    wrong = WRONG[name]
    if wrong.torch is None:
        wrong.call()
    else:
        with pytest.raises(Exception, match=wrong.torch):
            wrong.call()
    with shapeguard.guard(), pytest.raises(ShapeError) as caught:
        wrong.call()
    error, text = caught.value, str(caught.value)
    assert (error.slot, error.code) == (wrong.slot, wrong.code)
    assert error.causes[0].slug == wrong.slug
    assert error.layer in {function.__name__ for function in FUNCTIONS}
    for words in wrong.must:
        assert words in text
    for words in wrong.must_not:
        assert words not in text
    assert all(len(line) <= 140 for line in text.splitlines())
    assert error.place is not None
    assert error.place.file == __file__
    assert str(caught.traceback[-1].path) == __file__


def test_at_least_twenty_of_torch_s_messages_stand_beside_ours() -> None:
    assert sum(wrong.torch is not None for wrong in WRONG.values()) >= 20


# The calls that torch runs and we refuse: each loses or mixes what was passed.


def test_too_few_lengths_lose_samples() -> None:
    result = pack_padded_sequence(X, [3, 7], enforce_sorted=False)
    assert int(result.batch_sizes[0]) == 2 < X.shape[1]


def test_lengths_above_the_steps_pack_fewer_rows_than_they_say() -> None:
    for enforce_sorted in (True, False):
        result = pack_padded_sequence(X, [9, 3, 1], enforce_sorted=enforce_sorted)
        assert int(result.batch_sizes.sum()) > len(result.data)
        with pytest.raises(RuntimeError):
            nn.GRU(5, 2)(result)


def test_fractions_of_a_length_are_cut_off() -> None:
    _, lengths = pad_packed_sequence(pack_padded_sequence(X, [7.0, 3.5, 1.0]))
    assert lengths.tolist() == [7, 3, 1]


def test_an_item_with_fewer_axes_is_read_along_the_features() -> None:
    steps = torch.arange(5.0)
    result = pad_sequence([seq(5, 5), steps])
    assert all(torch.equal(result[step, 1], steps) for step in range(5))


# Calls that torch runs rightly.

RIGHT: dict[str, Callable[[], Any]] = {
    "a list": lambda: pack_padded_sequence(X, [7, 3, 1]),
    "a tuple": lambda: pack_padded_sequence(X, (7, 3, 1)),
    "a range": lambda: pack_padded_sequence(X, range(3, 0, -1)),
    "an array": lambda: pack_padded_sequence(X, np.array([7, 3, 1])),
    "numbers of numpy": lambda: pack_padded_sequence(X, [np.int64(n) for n in (7, 3, 1)]),
    "0-d tensors": lambda: pack_padded_sequence(X, [torch.tensor(n) for n in (7, 3, 1)]),
    "1-element tensors": lambda: pack_padded_sequence(X, [torch.tensor([n]) for n in (7, 3, 1)]),
    "whole floats": lambda: pack_padded_sequence(X, [7.0, 3.0, 1.0]),
    "a float tensor": lambda: pack_padded_sequence(X, torch.tensor([7.0, 3.0, 1.0])),
    "half": lambda: pack_padded_sequence(X, torch.tensor([7.0, 3.0, 1.0], dtype=torch.half)),
    "uint8": lambda: pack_padded_sequence(X, torch.tensor([7, 3, 1], dtype=torch.uint8)),
    "true": lambda: pack_padded_sequence(X, torch.tensor([True] * 3)),
    "shorter than T": lambda: pack_padded_sequence(X, [5, 3, 1]),
    "equal": lambda: pack_padded_sequence(X, [7, 7, 7]),
    "square": lambda: pack_padded_sequence(X[:3], [3, 2, 1], batch_first=True),
    "no features": lambda: pack_padded_sequence(X[..., 0], [7, 3, 1]),
    "many features": lambda: pack_padded_sequence(X[..., None, None], [7, 3, 1]),
    "integers": lambda: pack_padded_sequence(X.long(), [7, 3, 1]),
    "meta": lambda: pack_padded_sequence(X.to("meta"), [7, 3, 1]),
    "unsorted": lambda: pack_padded_sequence(X, [1, 7, 3], enforce_sorted=False),
    "by keyword": lambda: pack_padded_sequence(
        input=X, lengths=[3] * 7, enforce_sorted=True, batch_first=True
    ),
    "unpacked": lambda: pad_packed_sequence(packed(), True, -1.0, 9),
    "total_length equal": lambda: pad_packed_sequence(packed(), total_length=7),
    "a tensor of sequences": lambda: pad_sequence(X),
    "a generator": lambda: pad_sequence(seq(n, 5) for n in (2, 3)),
    "values of a dict": lambda: pad_sequence({"a": seq(2), "b": seq(3)}.values()),
    "mixed dtypes": lambda: pad_sequence([seq(3, 5), seq(2, 5).double()]),
    "broadcast": lambda: pad_sequence([seq(3, 5), seq(2, 1)]),
    "an empty sequence": lambda: pad_sequence([seq(3, 5), seq(0, 5)]),
    "all empty": lambda: pad_sequence([seq(0, 5), seq(0, 5)]),
    "sequences": lambda: pack_sequence([seq(3, 5), seq(2, 5)]),
    "sequences, unsorted": lambda: pack_sequence([seq(2), seq(3)], enforce_sorted=False),
    "sequences of a tensor": lambda: pack_sequence(X),
    "unpack_sequence": lambda: rnn.unpack_sequence(packed()),
}


def tensors(result: Any) -> Iterator[Tensor | None]:
    if isinstance(result, (tuple, list)):
        for part in result:
            yield from tensors(part)
    else:
        yield result


def same(one: Any, other: Any) -> bool:
    pairs = list(zip(tensors(one), tensors(other), strict=True))
    return type(one) is type(other) and all(
        a is b is None
        or (isinstance(a, Tensor) and isinstance(b, Tensor) and a.is_meta and a.shape == b.shape)
        or (isinstance(a, Tensor) and isinstance(b, Tensor) and torch.equal(a, b))
        for a, b in pairs
    )


@pytest.mark.parametrize("name", RIGHT)
def test_what_torch_runs_rightly_runs_alike(name: str) -> None:
    bare = RIGHT[name]()
    with shapeguard.guard():
        guarded = RIGHT[name]()
    assert same(bare, guarded)


def run(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except Exception as error:
        return error


@st.composite
def packings(draw: st.DrawFn) -> tuple[Tensor, Any, bool, bool]:
    steps, batch = draw(st.integers(0, 4)), draw(st.integers(0, 4))
    features = draw(st.lists(st.integers(0, 2), max_size=2))
    count = draw(st.sampled_from([batch, batch, batch, steps, batch + 1, max(batch - 1, 0)]))
    numbers = st.one_of(st.integers(-1, steps + 2), st.integers(1, max(steps, 1)))
    if draw(st.booleans()):
        numbers = st.integers(1, max(steps, 1))
    floats = draw(st.sampled_from([False, False, True]))
    values: list[Any] = draw(st.lists(numbers, min_size=count, max_size=count))
    if draw(st.booleans()):
        values.sort(reverse=True)
    if floats:
        values = [value + draw(st.sampled_from([0.0, 0.0, 0.5])) for value in values]
    forms: list[Callable[[Any], Any]] = [list, tuple, torch.tensor, np.array]
    form = draw(st.sampled_from(forms))
    batch_first, enforce_sorted = draw(st.booleans()), draw(st.booleans())
    shape = (batch, steps) if batch_first else (steps, batch)
    x = torch.arange(float(torch.Size([*shape, *features]).numel())).reshape(*shape, *features)
    return x, form(values), batch_first, enforce_sorted


@given(packings())
@settings(max_examples=1500, deadline=None)
def test_every_packing_is_right_or_torch_refuses_it_or_it_loses_something(
    given: tuple[Tensor, Any, bool, bool],
) -> None:
    x, lengths, batch_first, enforce_sorted = given
    bare = run(lambda: pack_padded_sequence(x, lengths, batch_first, enforce_sorted))
    with shapeguard.guard():
        ours = run(lambda: pack_padded_sequence(x, lengths, batch_first, enforce_sorted))
    if isinstance(bare, Exception):
        assert isinstance(ours, ShapeError)
        return
    batch = x.shape[0 if batch_first else 1]
    values = list(map(float, lengths))
    lost = (
        int(bare.batch_sizes[0]) < batch
        or int(bare.batch_sizes.sum()) != len(bare.data)
        or sorted(values) != sorted(map(float, _counted(bare)))
    )
    assert isinstance(ours, ShapeError) is lost
    if not lost:
        assert same(bare, ours)


def _counted(packed: PackedSequence) -> list[int]:
    """The lengths that a PackedSequence says it has."""
    sizes = packed.batch_sizes
    return [int((sizes > index).sum()) for index in range(int(sizes[0]))]


SHAPES = st.lists(st.integers(0, 3), max_size=3)


@st.composite
def lists_of_shapes(draw: st.DrawFn) -> list[list[int]]:
    if draw(st.booleans()):
        return draw(st.lists(SHAPES, max_size=3))
    features = draw(st.lists(st.integers(0, 2), max_size=2))
    return [[length, *features] for length in draw(st.lists(st.integers(0, 3), max_size=4))]


@given(lists_of_shapes(), st.booleans(), st.booleans())
@settings(max_examples=1500, deadline=None)
def test_every_list_of_sequences_is_right_or_torch_refuses_it_or_steps_are_misread(
    shapes: list[list[int]], flag: bool, pack: bool
) -> None:
    sequences = [torch.rand(shape) for shape in shapes]
    call = (
        (lambda: pack_sequence(sequences, flag)) if pack else lambda: pad_sequence(sequences, flag)
    )
    bare = run(call)
    with shapeguard.guard():
        ours = run(call)
    if isinstance(bare, Exception):
        assert isinstance(ours, ShapeError)
    elif isinstance(ours, ShapeError):
        dims = {len(shape) for shape in shapes}
        assert len(dims) > 1, "only steps read as features are refused where torch runs"
        assert max(shape[0] for shape in shapes if len(shape) < len(shapes[0])) > 1
    else:
        assert same(bare, ours)


# In and out.


def test_signature_name_docstring_and_source_are_the_originals() -> None:
    def seen() -> list[Any]:
        return [
            (
                inspect.signature(f),
                f.__name__,
                f.__qualname__,
                f.__doc__,
                f.__module__,
                f.__defaults__,
                f.__annotations__,
                inspect.getsource(f),
                f.__code__.co_filename,
            )
            for f in FUNCTIONS
        ]

    before = seen()
    with shapeguard.guard():
        assert seen() == before


@contextlib.contextmanager
def restored() -> Iterator[None]:
    codes = [function.__code__ for function in FUNCTIONS]
    yield
    assert all(f.__code__ is code for f, code in zip(FUNCTIONS, codes, strict=True))


def unsorted() -> Any:
    return pack_padded_sequence(X, [1, 7, 3])


def test_the_code_is_back_after_an_exception() -> None:
    with restored(), pytest.raises(KeyError), shapeguard.guard():
        raise KeyError


def test_only_the_last_of_nested_guards_gives_the_code_back() -> None:
    with restored():
        outer, inner = shapeguard.guard(), shapeguard.guard()
        outer.remove()
        outer.remove()
        with pytest.raises(ShapeError):
            unsorted()
        inner.remove()
    with pytest.raises(RuntimeError, match=SORTED) as caught:
        unsorted()
    assert not isinstance(caught.value, ShapeError)


def test_guards_of_many_threads_leave_the_code_as_it_was() -> None:
    failures: list[object] = []

    def work() -> None:
        for _ in range(40):
            with shapeguard.guard():
                try:
                    unsorted()
                except ShapeError:
                    pass
                except Exception as error:
                    failures.append(error)
                else:
                    failures.append("ran")

    with restored():
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not failures


def test_code_that_another_put_on_top_stays_and_the_checks_end() -> None:
    def other(sequences: Any, batch_first: Any, padding_value: Any, padding_side: Any) -> Any:
        return "other"

    original = pad_sequence.__code__
    guard = shapeguard.guard()
    stub = pad_sequence.__code__
    try:
        pad_sequence.__code__ = other.__code__
        guard.remove()
        assert pad_sequence.__code__ is other.__code__
        pad_sequence.__code__ = stub  # as if that other one were gone in its turn
        with pytest.raises(RuntimeError, match="received an empty list") as caught:
            pad_sequence([])
        assert not isinstance(caught.value, ShapeError)
    finally:
        guard.remove()
        pad_sequence.__code__ = original


def test_what_cannot_be_checked_is_said_and_as_an_error_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    replacement = object()
    monkeypatch.setattr(rnn, "pad_sequence", lambda sequences: replacement and sequences)
    monkeypatch.setattr(rnn, "pad_packed_sequence", max)
    with restored():
        with pytest.raises(RuntimeWarning, match=r"pad_packed_sequence, pad_sequence$"):
            shapeguard.guard()  # warnings are errors here
        assert not shapeguard.status().everywhere
        assert not packing._held
        with pytest.warns(RuntimeWarning, match="not checked"):
            guard = shapeguard.guard()
        with pytest.raises(ShapeError):
            unsorted()
        guard.remove()


def test_switched_off_torch_speaks_for_itself() -> None:
    with shapeguard.guard():
        shapeguard.disable()
        try:
            result = run(unsorted)
        finally:
            shapeguard.enable()
    assert isinstance(result, RuntimeError)
    assert not isinstance(result, ShapeError)


def test_what_torch_raises_and_we_do_not_explain_passes_through() -> None:
    with shapeguard.guard():
        with pytest.raises(TypeError, match="must be bool, not int"):
            pack_padded_sequence(X, [3] * 7, 1)
        with pytest.raises(TypeError, match="missing 1 required positional argument: 'lengths'"):
            pack_padded_sequence(X)
        with pytest.raises(RuntimeError, match="Expected iterable"):
            pad_sequence(3)


def test_an_error_inside_of_pack_sequence_leaves_the_checks_on() -> None:
    with shapeguard.guard():
        with pytest.raises(TypeError):
            pack_sequence(None)
        with pytest.raises(ShapeError):
            unsorted()


def test_nothing_is_kept_alive() -> None:
    with shapeguard.guard():
        x, lengths = torch.rand(7, 3, 5), torch.tensor([1, 7, 3])
        with contextlib.suppress(ShapeError):
            pack_padded_sequence(x, lengths)
        pack_padded_sequence(x, lengths, enforce_sorted=False)
        seen = weakref.ref(x), weakref.ref(lengths)
        del x, lengths
        gc.collect()
        assert [ref() for ref in seen] == [None, None]


# Recorders of graphs.


def packs(x: Tensor, lengths: Tensor) -> Tensor:
    packed = pack_padded_sequence(x * 2, lengths, enforce_sorted=False)
    output, _ = pad_packed_sequence(packed)
    result: Tensor = output + 1
    return result


def pads(x: Tensor, lengths: Tensor) -> Tensor:
    result: Tensor = pad_sequence([x * 2, x[:3]]) + 1
    return result


def packs_sequences(x: Tensor, lengths: Tensor) -> Tensor:
    result: Tensor = pack_sequence([x * 2, x[:3]]).data + 1
    return result


PROGRAMS = [packs, pads, packs_sequences]


def compiled(program: Callable[..., Tensor], fullgraph: bool) -> Any:
    from torch._dynamo.utils import counters

    torch._dynamo.reset()
    counters.clear()
    function = torch.compile(program, backend="eager", fullgraph=fullgraph)
    results = [run(lambda: function(X, torch.tensor([3, 7, 1]))) for _ in range(2)]
    breaks, stats = sum(counters["graph_break"].values()), dict(counters["stats"])
    if isinstance(results[0], Exception):
        return [type(result) for result in results], breaks
    return [result.tolist() for result in results], breaks, stats


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("fullgraph", [False, True])
@pytest.mark.parametrize("program", PROGRAMS)
def test_compiles_as_without_us(program: Callable[..., Tensor], fullgraph: bool) -> None:
    bare = compiled(program, fullgraph)
    with shapeguard.guard():
        assert compiled(program, fullgraph) == bare
    assert compiled(program, fullgraph) == bare


@pytest.mark.filterwarnings("ignore")
def test_compiled_code_is_compiled_once_inside_and_once_outside_however_often_guarded() -> None:
    from torch._dynamo.testing import CompileCounter

    torch._dynamo.reset()
    counter = CompileCounter()
    function = torch.compile(pads, backend=counter)
    outside = function(X, X)
    for _ in range(5):
        with shapeguard.guard():
            assert torch.equal(function(X, X), outside)
        assert torch.equal(function(X, X), outside)
    assert counter.frame_count == 2


@pytest.mark.filterwarnings("ignore")
def test_a_wrong_call_between_compiled_graphs_is_found() -> None:
    def program(x: Tensor, lengths: Tensor) -> Any:
        return pack_padded_sequence(x * 2, lengths).data

    torch._dynamo.reset()
    function = torch.compile(program, backend="eager")
    with shapeguard.guard(), pytest.raises(ShapeError) as caught:
        function(X, torch.tensor([3, 7, 1]))
    assert caught.value.code == "SG406"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("program", PROGRAMS)
def test_scripts_and_traces_as_without_us(program: Callable[..., Tensor]) -> None:
    jit: Any = torch.jit
    lengths = torch.tensor([3, 7, 1])

    def recorded() -> list[Any]:
        script, trace = jit.script(program), jit.trace(program, (X, lengths))
        operators = [
            re.findall(r"(?:aten|prim)::\w+", str(graph)) for graph in (script.graph, trace.graph)
        ]
        return [*operators, script(X, lengths).tolist(), trace(X, lengths).tolist()]

    bare = recorded()
    with shapeguard.guard():
        assert recorded() == bare
    assert recorded() == bare


FIRST_TIME = """
import torch, warnings, shapeguard
from tests.runtime.test_packing import X, PROGRAMS
warnings.simplefilter("ignore")
lengths = torch.tensor([3, 7, 1])
for program in PROGRAMS[:2]:
    with shapeguard.guard():
        script = torch.jit.script(program)
        inside = script(X, lengths)
    again = torch.jit.script(program)
    assert torch.equal(inside, program(X, lengths))
    assert torch.equal(again(X, lengths), inside)
print("as bare")
"""


def test_scripted_inside_for_the_first_time_it_is_what_it_is_outside() -> None:
    child = subprocess.run(
        [sys.executable, "-c", FIRST_TIME],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert child.stdout.splitlines() == ["as bare"], child.stderr


def test_symbolic_traces_and_fake_tensors_pass() -> None:
    from torch._subclasses.fake_tensor import FakeTensorMode

    class Packs(nn.Module):
        def forward(self, x: Tensor) -> Any:
            return pad_packed_sequence(pack_padded_sequence(x, [7, 3, 1]))[0]

    def outcome() -> Any:
        graph = run(lambda: torch.fx.symbolic_trace(Packs()).code)
        with FakeTensorMode() as mode:
            fake = mode.from_tensor(X)
            result = run(lambda: pack_padded_sequence(fake, torch.tensor([3, 7, 1])))
            padded = run(lambda: pad_sequence([fake, fake[:3]]).shape)
        return str(graph), type(result), padded

    bare = outcome()
    with shapeguard.guard():
        assert outcome() == bare


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("mode", ["real", "fake", "symbolic"])
@pytest.mark.parametrize("program", PROGRAMS)
def test_no_check_leaves_a_trace_in_a_recorded_graph(
    program: Callable[..., Tensor], mode: str
) -> None:
    from torch.fx.experimental.proxy_tensor import make_fx

    def recorded() -> str:
        make: Any = make_fx
        graph = run(lambda: make(program, tracing_mode=mode)(X, torch.tensor([3, 7, 1])))
        return str(graph if isinstance(graph, Exception) else graph.code)

    bare = recorded()
    with shapeguard.guard():
        assert recorded() == bare


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("program", PROGRAMS)
def test_exports_as_without_us(program: Callable[..., Tensor]) -> None:
    class Program(nn.Module):
        def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
            return program(x, lengths)

    def exported() -> str:
        values = (X, torch.tensor([3, 7, 1]))
        result = run(lambda: torch.export.export(Program(), values, strict=False))
        return str(type(result) if isinstance(result, Exception) else result.graph_module.code)

    bare = exported()
    with shapeguard.guard():
        assert exported() == bare


@pytest.mark.filterwarnings("ignore")
def test_what_vmap_hides_is_not_read() -> None:
    def mapped() -> tuple[Any, Any]:
        over_x = torch.vmap(lambda x: pack_padded_sequence(x, [7, 3, 1]).data)
        over_lengths = torch.vmap(lambda lengths: pack_padded_sequence(X, lengths).data)
        lengths = torch.tensor([[7, 3, 1], [7, 3, 1]])
        return over_x(torch.stack([X, -X])), over_lengths(lengths)

    bare = mapped()
    with shapeguard.guard():
        assert same(bare, mapped())


@pytest.mark.gpu
def test_lengths_on_a_gpu_are_refused_without_waiting_for_it() -> None:
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    x = X.cuda()
    lengths = torch.tensor([7, 3, 1]).cuda()
    with shapeguard.guard():
        torch.cuda.set_sync_debug_mode("error")
        try:
            error = run(lambda: pack_padded_sequence(x, lengths))
            fine = run(lambda: pack_padded_sequence(x, [7, 3, 1]))
        finally:
            torch.cuda.set_sync_debug_mode("default")
    assert isinstance(error, ShapeError)
    assert error.code == "SG407"
    assert isinstance(fine, PackedSequence)
