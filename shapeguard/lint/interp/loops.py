"""Loops: item by item where the iterable is known, else twice over one sample."""

from __future__ import annotations

from collections.abc import Callable

import libcst as cst

from shapeguard.lint.interp import binding, comparisons, iteration
from shapeguard.lint.interp.comprehensions import UNROLL
from shapeguard.lint.interp.dispatch import evaluate, run
from shapeguard.lint.interp.machine import Machine, unwrap
from shapeguard.lint.interp.objects import Frame
from shapeguard.lint.interp.states import merge, restore, snapshot


def left_loop(machine: Machine, node: cst.CSTNode, frame: Frame) -> bool:
    if machine.escapes:
        machine.escapes[-1].append(snapshot(machine, frame))
    return False


def loop(machine: Machine, node: cst.For, frame: Frame) -> bool:
    over = unwrap(evaluate(machine, node.iter, frame))
    items = iteration.items_of(machine, over)
    if items is not None and len(items) <= UNROLL:
        machine.escapes.append([])
        for item in items:
            binding.assign(machine, node.target, item, frame, None, node)
            if not run(machine, node.body, frame) and not machine.escapes[-1]:
                machine.escapes.pop()
                return False
            _rejoin(machine, frame)
        machine.escapes.pop()
    else:
        sample = iteration.sample(machine, over)
        _rounds(
            machine,
            node.body,
            frame,
            lambda: binding.assign(machine, node.target, sample, frame, None, node),
        )
    return node.orelse is None or run(machine, node.orelse.body, frame)


def while_loop(machine: Machine, node: cst.While, frame: Frame) -> bool:
    test = comparisons.truth(machine, evaluate(machine, node.test, frame))
    if test is False:
        return node.orelse is None or run(machine, node.orelse.body, frame)
    _rounds(machine, node.body, frame, lambda: None)
    return True


def _rounds(machine: Machine, body: cst.BaseSuite, frame: Frame, bind: Callable[[], None]) -> None:
    """Run a loop body twice: as at first, and as after any number of rounds."""
    before = snapshot(machine, frame)
    for _ in range(2):
        bind()
        machine.escapes.append([])
        ended_early = not run(machine, body, frame)
        if ended_early and not machine.escapes[-1]:
            restore(machine, frame, before)
        _rejoin(machine, frame, fresh=ended_early)
        machine.escapes.pop()
        if not merge(machine, frame, before):
            break


def _rejoin(machine: Machine, frame: Frame, fresh: bool = False) -> None:
    """States in which ``break`` or ``continue`` left the body count as ends of the round."""
    escaped = machine.escapes[-1]
    for number, state in enumerate(escaped):
        if fresh and number == 0:
            restore(machine, frame, state)
        else:
            merge(machine, frame, state)
    escaped.clear()
