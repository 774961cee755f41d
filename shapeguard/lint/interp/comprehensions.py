"""Comprehensions: item by item where the iterable is known, else by one sample."""

from __future__ import annotations

from typing import Any

import libcst as cst

from shapeguard.axes.size import UNKNOWN
from shapeguard.axes.value import Tensor, Tuple
from shapeguard.lint.interp import binding, iteration
from shapeguard.lint.interp.containers import Copies, Each, Mapping
from shapeguard.lint.interp.dispatch import evaluate
from shapeguard.lint.interp.machine import Machine, unwrap
from shapeguard.lint.interp.objects import Frame
from shapeguard.lint.interp.values import as_size, known

UNROLL = 8
"""Known sequences are followed item by item up to this length."""


def comprehension(machine: Machine, node: Any, frame: Frame) -> Any:
    """A list, set or generator: item by item where the iterable is known, else one sample."""
    inner = Frame(frame)
    rounds = _rounds(machine, node.for_in, inner)
    if rounds is None:
        item = evaluate(machine, node.elt, inner)
        target = node.for_in.target
        if isinstance(target, cst.Name) and target.value == "_":
            return Copies(item, count=_times(machine, node.for_in, frame))
        if node.for_in.inner_for_in is None and not node.for_in.ifs:
            over = unwrap(evaluate(machine, node.for_in.iter, frame))
            single = isinstance(over, Tensor) and over.rank == 1
            plain = (
                item.rank == 0 if isinstance(item, Tensor) else not isinstance(item, (Tuple, Each))
            )
            if single and over.padding is not None and plain:
                return over  # what a padded sequence is read as, item by item
        return Each(item)
    items = []
    for item in rounds:
        _bind_loop(machine, node.for_in, item, inner)
        items.append(evaluate(machine, node.elt, inner))
    return Tuple(tuple(items))


def _times(machine: Machine, clause: cst.CompFor, frame: Frame) -> Any:
    """How often ``for _ in range(n)`` goes round."""
    call = clause.iter
    if not isinstance(call, cst.Call) or not isinstance(call.func, cst.Name) or clause.ifs:
        return UNKNOWN
    if call.func.value != "range" or len(call.args) != 1 or clause.inner_for_in is not None:
        return UNKNOWN
    return as_size(unwrap(evaluate(machine, call.args[0].value, frame)))


def dict_comprehension(machine: Machine, node: cst.DictComp, frame: Frame) -> Mapping:
    inner = Frame(frame)
    rounds = _rounds(machine, node.for_in, inner)
    items: list[tuple[Any, Any]] = []
    for item in rounds or ():
        _bind_loop(machine, node.for_in, item, inner)
        key = evaluate(machine, node.key, inner)
        if known(key):
            items.append((key, evaluate(machine, node.value, inner)))
    if rounds is None:
        evaluate(machine, node.value, inner)
    return Mapping(tuple(items), rounds is not None and len(items) == len(rounds))


def _rounds(machine: Machine, clause: cst.CompFor, frame: Frame) -> tuple[Any, ...] | None:
    """The items of a comprehension's only loop, if they are known; else a sample is bound."""
    over = unwrap(evaluate(machine, clause.iter, frame))
    items = iteration.items_of(machine, over)
    if (
        items is not None
        and len(items) <= UNROLL
        and not clause.ifs
        and clause.inner_for_in is None
    ):
        return items
    inner: cst.CompFor | None = clause
    while inner is not None:
        if inner is not clause:
            over = unwrap(evaluate(machine, inner.iter, frame))
        _bind_loop(machine, inner, iteration.sample(machine, over), frame)
        for test in inner.ifs:
            evaluate(machine, test.test, frame)
        inner = inner.inner_for_in
    return None


def _bind_loop(machine: Machine, clause: cst.CompFor, item: Any, frame: Frame) -> None:
    binding.assign(machine, clause.target, item, frame, None, clause)
