"""Loops: item by item where the iterable is known, else twice over one sample."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import libcst as cst

from shapeguard.axes.value import Tensor
from shapeguard.lint.interp import (
    binding,
    carrying,
    comparisons,
    filling,
    iteration,
    rebinding,
    stepping,
)
from shapeguard.lint.interp.comprehensions import UNROLL
from shapeguard.lint.interp.containers import Listed
from shapeguard.lint.interp.dispatch import evaluate, run
from shapeguard.lint.interp.machine import Machine, unwrap
from shapeguard.lint.interp.objects import Frame
from shapeguard.lint.interp.states import merge, restore, snapshot


class Broken(tuple):  # type: ignore[type-arg]
    """The state in which ``break`` left a loop."""

    __slots__ = ()


def left_loop(machine: Machine, node: cst.CSTNode, frame: Frame) -> bool:
    if machine.escapes:
        state = snapshot(machine, frame)
        machine.escapes[-1].append(Broken(state) if isinstance(node, cst.Break) else state)
    return False


def loop(machine: Machine, node: cst.For, frame: Frame) -> bool:
    padded = filling.looped(machine, node, frame)
    if padded is not None:
        held, value = padded
        rebinding.rebind(machine, held, value, frame)
        return True
    over = unwrap(evaluate(machine, node.iter, frame))
    machine.counted(over.tensor if isinstance(over, Listed) else over, 0, node.iter)
    items = iteration.items_of(machine, over)
    if items is not None and len(items) <= UNROLL:
        return _each(machine, node, frame, items)
    sample = iteration.sample(machine, over)
    _rounds(
        machine,
        node,
        frame,
        lambda: binding.assign(machine, node.target, sample, frame, None, node),
    )
    if node.orelse is None:
        return True
    before = snapshot(machine, frame)  # a break may have left the loop
    if run(machine, node.orelse.body, frame):
        merge(machine, frame, before)
    else:
        restore(machine, frame, before)
    return True


def _each(machine: Machine, node: cst.For, frame: Frame, items: Iterable[Any]) -> bool:
    """Run a loop body once for each item, up to the first round that cannot but break."""
    broken: list[Broken] = []
    reached = True
    start = len(machine.facts)
    held: list[carrying.Holder] = []
    for number, item in enumerate(items):
        binding.assign(machine, node.target, item, frame, None, node)
        machine.escapes.append([])
        with carrying.lap(machine, node, number):
            reached = run(machine, node.body, frame)
        held += carrying.holders(machine, frame) if number == 0 else []
        carrying.doubt(machine, frame)
        left = machine.escapes.pop()
        broken += [state for state in left if isinstance(state, Broken)]
        reached = _resume(machine, frame, reached, (s for s in left if not isinstance(s, Broken)))
        if not reached:
            break
    machine.facts += list(carrying.judged(machine, node, frame, start, held))
    machine.facts += list(stepping.steps(machine, node, start))
    if reached and node.orelse is not None:
        reached = run(machine, node.orelse.body, frame)
    return _resume(machine, frame, reached, broken)


def _resume(machine: Machine, frame: Frame, reached: bool, states: Iterable[Any]) -> bool:
    """Go on from any of the states, and from the present one if it is reached."""
    for state in states:
        if reached:
            merge(machine, frame, state)
        else:
            restore(machine, frame, state)
            reached = True
    return reached


def while_loop(machine: Machine, node: cst.While, frame: Frame) -> bool:
    test = comparisons.truth(machine, evaluate(machine, node.test, frame))
    if test is False:
        return node.orelse is None or run(machine, node.orelse.body, frame)
    padded = filling.looped(machine, node, frame)
    if padded is not None:
        held, value = padded
        rebinding.rebind(machine, held, value, frame)
        return True
    _rounds(machine, node, frame, lambda: None)
    return True


def _rounds(
    machine: Machine, node: cst.For | cst.While, frame: Frame, bind: Callable[[], None]
) -> None:
    """Run a loop body twice: as at first, and as after any number of rounds."""
    before, start = snapshot(machine, frame), len(machine.facts)

    def one_round(number: int) -> bool:
        bind()
        with carrying.lap(machine, node, number):
            return run(machine, node.body, frame)

    for number in range(2):
        machine.escapes.append([])
        ended_early = not one_round(number)
        if number == 0 and carrying.worthwhile(machine, node, start, frame):
            after = snapshot(machine, frame)
            ways = [state for state in machine.escapes[-1] if not isinstance(state, Broken)]
            if _resume(machine, frame, not ended_early, ways if ended_early else ()):
                carrying.next_round(machine, node, frame, start, lambda: one_round(1))
            restore(machine, frame, after)
        if ended_early and not machine.escapes[-1]:
            restore(machine, frame, before)
        _rejoin(machine, frame, fresh=ended_early)
        machine.escapes.pop()
        stepped = {name: value for name, value in frame.vars.items() if _of_cell(value)}
        changed = merge(machine, frame, before)
        frame.vars.update(stepped)
        if not changed:
            break
    machine.facts += list(stepping.steps(machine, node, start))


def _of_cell(value: Any) -> bool:
    """Whether a value is the state that a cell has left: a loop over the steps runs at least once,
    so the state from before it is none of those behind it."""
    source = value.source if isinstance(value, Tensor) else None
    return source is not None and source.exact and source.slot in ("h_1", "c_1")


def _rejoin(machine: Machine, frame: Frame, fresh: bool = False) -> None:
    """States in which ``break`` or ``continue`` left the body count as ends of the round."""
    escaped = machine.escapes[-1]
    for number, state in enumerate(escaped):
        if fresh and number == 0:
            restore(machine, frame, state)
        else:
            merge(machine, frame, state)
    escaped.clear()
