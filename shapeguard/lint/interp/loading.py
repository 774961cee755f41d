"""Datasets and loaders: from one sample, through the collate function, to a batch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import libcst as cst

from shapeguard.axes.axis import Axis, Role
from shapeguard.axes.marks import Padding
from shapeguard.axes.size import UNKNOWN
from shapeguard.axes.value import Tensor, Tuple
from shapeguard.lint.interp import batches, iteration, placing
from shapeguard.lint.interp.arguments import Args
from shapeguard.lint.interp.containers import Each, Loader, Mapping, Partial, Records, Rows
from shapeguard.lint.interp.dispatch import apply
from shapeguard.lint.interp.machine import Machine, unwrap
from shapeguard.lint.interp.objects import Bound, Frame, Function, Instance, Opaque


def loader(machine: Machine, args: Args, node: cst.CSTNode) -> Loader:
    """``DataLoader(dataset, batch_size, ..., collate_fn=...)``."""
    dataset = args.get(0, "dataset")
    collate = args.get(6, "collate_fn")
    size = args.get(1, "batch_size")
    batch: Any = UNKNOWN
    by_itself = args.get(4, "batch_sampler") in (..., None)
    if not args.open and not isinstance(dataset, Loader):
        batch = _batch(machine, dataset, collate, node, size is None and by_itself)
    alone = size == 1 or (size is ... and args.get(4, "batch_sampler") is ...)
    if alone and collate not in (..., None):
        batch = _unpadded(batch)
    named = {name: arg.value for name, arg in args.keywords.items()}
    for position, name in enumerate(("dataset", "batch_size", "shuffle")):
        if position < len(args.positional):
            named[name] = args.positional[position].value
    return Loader(machine.place(node), batch, named)


def _batch(machine: Machine, dataset: Any, collate: Any, node: cst.CSTNode, plain: bool) -> Any:
    """What the loader yields; with ``plain`` its samples are not put together."""
    if collate in (..., None):
        item = sample(machine, dataset, node)
        return item if plain else batches.collated(machine, item, machine.place(node))
    if not isinstance(collate, (Function, Bound, Partial, Instance)):
        return UNKNOWN
    item = sample(machine, dataset, node)
    return apply(machine, collate, Args.of(Each(item)), node, Frame(None))


def sample(machine: Machine, dataset: Any, node: cst.CSTNode) -> Any:
    """One item of a dataset."""
    if isinstance(dataset, Instance):
        member = dataset.cls.member("__getitem__")
        if isinstance(member, Function):
            index = machine.fresh("index")
            return apply(machine, Bound(member, dataset), Args.of(index), node, Frame(None))
        member = dataset.cls.member("__iter__")
        if isinstance(member, Function):
            items = apply(machine, Bound(member, dataset), Args(), node, Frame(None))
            return iteration.sample(machine, items)
        return UNKNOWN
    if isinstance(dataset, Rows):
        return Tuple(tuple(_row(item) for item in dataset.items))
    if isinstance(dataset, (Each, Tuple, Tensor)):
        return iteration.sample(machine, dataset)
    return UNKNOWN


def _row(item: Any) -> Any:
    item = unwrap(item)
    if not isinstance(item, Tensor):
        return UNKNOWN
    return replace(item, axes=item.axes[1:] if item.axes else None, key="", front=())


def _unpadded(value: Any) -> Any:
    """A batch of one: what its collate function padded it with was nothing."""
    if isinstance(value, Tensor):
        made = value.padding is not None and value.padding.batched
        return value.padded(None) if made else value
    if isinstance(value, Tuple):
        return Tuple(tuple(_unpadded(item) for item in value.items))
    if isinstance(value, Mapping):
        items = tuple((key, _unpadded(item)) for key, item in value.items)
        return Mapping(items, value.complete)
    return value


def _tensor_dataset(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    return UNKNOWN if args.open else Rows(tuple(arg.value for arg in args.positional))


def _part(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    return args.get(0, "dataset") if args.positional or args.keywords else UNKNOWN


def _split(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    dataset, lengths = args.get(0, "dataset"), args.get(1, "lengths")
    count = len(lengths.items) if isinstance(lengths, Tuple) else 0
    return Tuple((dataset,) * count) if count else Each(dataset)


def _joined(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    return iteration.sample(machine, args.get(0, "datasets"))


def _table_split(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    """train_test_split: each argument as two selections of its rows."""
    halves = [half for arg in args.positional for half in (some(arg.value), some(arg.value))]
    return UNKNOWN if args.open or not halves else Tuple(tuple(halves))


def some(value: Any) -> Any:
    """Some rows of what was given, where it is worth following."""
    value = unwrap(value)
    if isinstance(value, Tensor) and value.padding is not None and value.axes:
        return replace(value, axes=(Axis(value.axes[0].role), *value.axes[1:]))
    if isinstance(value, Tensor):
        return value if value.padding is not None else UNKNOWN
    return Each(value.item) if isinstance(value, Each) else UNKNOWN


def resampled(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    """``fit_resample(x, y)``: rows of both, some more than once."""
    return Tuple(tuple(some(arg.value) for arg in args.positional))


def keras_pad(machine: Machine, args: Args, node: cst.CSTNode) -> Tensor:
    """``pad_sequences`` of Keras, which fills up on the left unless told otherwise."""
    side, value = args.get(3, "padding"), args.get(5, "value")
    right = {"post": True, "pre": False}.get("pre" if side is ... else str(side))
    value = 0 if value is ... else value if isinstance(value, (int, float)) else UNKNOWN
    padding = Padding("pad_sequences", machine.place(node), right, value)
    return Tensor((Axis(Role.BATCH), Axis(Role.TIME)), marks=frozenset({padding}))


def field(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    """torchtext's Field: sequences of it are padded in every batch."""
    if args.get(0, "sequential") is False:
        return UNKNOWN
    first = args.keywords.get("pad_first")
    given = args.keywords.get("include_lengths")
    lengths = given is not None and given.value is True
    right = first is None or first.value is False
    open_ = args.open or len(args.positional) > 1
    open_ = open_ or (given is not None and not isinstance(given.value, bool))
    machine.fields.append((machine.place(node), right and not open_, lengths))
    return Opaque(f"field@{len(machine.fields)}")


def iterator(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    """torchtext's iterators: batches whose texts are padded on the right."""
    if not machine.fields or not all(plain for _, plain, _ in machine.fields):
        return UNKNOWN
    if len({lengths for *_, lengths in machine.fields}) > 1:
        return UNKNOWN  # which attributes come with their lengths is not followed
    place, _, lengths = machine.fields[0]
    padding = Padding("torchtext's iterator", place, True)
    item: Any = Tensor(marks=frozenset({padding}))
    if lengths:
        device, counts = args.keywords.get("device"), Tensor((Axis(Role.BATCH),))
        if device is not None:
            counts = counts.put(placing.on(machine, device, node, "put on this iterator's device"))
        item = Tuple((item, counts))
    return Loader(machine.place(node), Records(item), {})


def iterators(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    """``BucketIterator.splits((train, test), ...)``: one iterator for each."""
    made = iterator(machine, args, node)
    datasets = args.get(0, "datasets")
    if isinstance(datasets, Tuple):
        return Tuple((made,) * len(datasets.items))
    return Each(made)


def from_elsewhere(dotted: str) -> Callable[[Machine, Args, cst.CSTNode], Any] | None:
    """What functions of other packages do to data, by the end of their names."""
    owner, _, name = dotted.rpartition(".")
    if name == "pad_sequences" and "keras" in dotted:
        return keras_pad
    if dotted.startswith("torchtext."):
        if name == "Field":
            return field
        if name in ("BucketIterator", "Iterator"):
            return iterator
        if name == "splits" and owner.endswith("Iterator"):
            return iterators
    return resampled if name == "fit_resample" else None


FUNCTIONS: dict[str, Callable[[Machine, Args, cst.CSTNode], Any]] = {
    **{f"torch.utils.data.{name}": loader for name in ("DataLoader", "dataloader.DataLoader")},
    "torch.utils.data.TensorDataset": _tensor_dataset,
    "torch.utils.data.Subset": _part,
    "torch.utils.data.random_split": _split,
    "torch.utils.data.ConcatDataset": _joined,
    "sklearn.model_selection.train_test_split": _table_split,
}
"""What each does, by its dotted name."""
