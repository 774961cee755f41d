"""The bare module beside ours: the same program run with torch's layers, and with each way in."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any

import torch
from torch import nn
from torch.utils import _pytree

import shapeguard
from shapeguard.contract import Kind

#: Makes a module from a namespace that has RNN, LSTM, GRU and the Cells: torch.nn or shapeguard.
Build = Callable[[Any], nn.Module]
Use = Callable[[Any], Any]


class Way(Enum):
    """How a user comes to have checks."""

    LAYER = "annotated layer"
    HOOKS = "guard(model)"
    EVERYWHERE = "guard()"


LAYERS = [kind for kind in Kind if not kind.is_cell]
CELLS = [kind for kind in Kind if kind.is_cell]


@contextlib.contextmanager
def guarded(way: Way, build: Build) -> Iterator[nn.Module]:
    """The module with checks, made with the same random numbers as `bare`."""
    torch.manual_seed(0)
    model = build(shapeguard if way is Way.LAYER else nn)
    if way is Way.LAYER:
        yield model
    else:
        with shapeguard.guard(model) if way is Way.HOOKS else shapeguard.guard():
            yield model


def bare(build: Build) -> nn.Module:
    """The module as torch has it."""
    torch.manual_seed(0)
    return build(nn)


def outcome(use: Use, model: Any) -> Any:
    """What a program comes to: its result, or the type and the message of what it raises."""
    torch.manual_seed(1)
    try:
        return use(model)
    except Exception as error:
        return type(error), str(error)


def assert_same(way: Way, build: Build, use: Use, works: bool | None = True) -> None:
    """The program comes to the same with checks as without, bit for bit.

    `works`: whether torch runs it; None where that is up to the version of torch.
    """
    expected = outcome(use, bare(build))
    failed = isinstance(expected, tuple) and expected and isinstance(expected[0], type)
    assert works is None or failed != works, expected
    with guarded(way, build) as model:
        found = outcome(use, model)
    assert_alike(found, expected)


def assert_alike(found: Any, expected: Any) -> None:
    """The same tree of values; tensors by dtype, layout and every bit."""
    found_leaves, found_tree = _pytree.tree_flatten(found)
    leaves, tree = _pytree.tree_flatten(expected)
    assert found_tree == tree, (found, expected)
    for one, other in zip(found_leaves, leaves, strict=True):
        if isinstance(other, torch.Tensor):
            assert type(one) is type(other)
            assert (one.dtype, one.device, one.shape) == (other.dtype, other.device, other.shape)
            assert one.stride() == other.stride()
            if not one.is_meta:
                torch.testing.assert_close(one, other, rtol=0, atol=0, equal_nan=True)
        else:
            assert one == other
