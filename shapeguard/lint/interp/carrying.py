"""From one round of a loop to the next: which states go along, and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import libcst as cst

from shapeguard.axes.carrying import DetachDropped, StateCarried, Trained
from shapeguard.axes.facts import CellCalled, Fact, RnnCalled
from shapeguard.axes.layer import Call
from shapeguard.axes.marks import Mark
from shapeguard.axes.reading import Consumed
from shapeguard.axes.rounds import Round, during, shared
from shapeguard.axes.states import tensors
from shapeguard.axes.value import Tensor, Tuple
from shapeguard.lint.interp.arguments import Args
from shapeguard.lint.interp.dispatch import evaluate
from shapeguard.lint.interp.machine import Lap, Machine, unwrap
from shapeguard.lint.interp.names import words
from shapeguard.lint.interp.objects import Frame, Instance, Maybe
from shapeguard.lint.interp.shuffling import loader, shuffled
from shapeguard.lint.place import NodePlace

LOSSES = words("loss cross_entropy nll_loss")
"""What reads a tensor to make a loss of it."""

Holder = tuple[str, Any]
"""A name, as the loop's body reads it, and what it holds."""


@contextmanager
def lap(machine: Machine, node: cst.For | cst.While, number: int) -> Iterator[None]:
    """While one round of a loop is run."""
    over = node.iter if isinstance(node, cst.For) else node.test
    here = Lap(machine.place(node), number, machine.place(over), len(machine.stack), 0)
    machine.laps.append(replace(here, guards=len(machine.guards)))
    try:
        yield
    finally:
        machine.laps.pop()


def rounds(machine: Machine) -> tuple[Round, ...]:
    """The rounds of the loops under way, outermost first."""
    found = []
    for one in machine.laps:
        at = machine.stack[one.depth].place if len(machine.stack) > one.depth else None
        guards = tuple(machine.guards[one.guards :])
        found.append(Round(one.loop, one.number, one.over, at, guards))
    return tuple(found)


def called(machine: Machine, node: cst.Call, args: Args, frame: Frame) -> None:
    """Note the calls that train: ``loss.backward()`` and ``optimizer.step()``."""
    func = node.func
    if not isinstance(func, cst.Attribute) or not machine.laps:
        return
    how = func.attr.value
    if how not in ("backward", "step"):
        return
    base = func.value
    if how == "step" and "opt" not in machine.place(base).text.lower():
        return
    if how == "backward" and args.positional and args.positional[0].node is not None:
        base = args.positional[0].node
    of: NodePlace | None = machine.place(base)
    if isinstance(base, cst.Name):
        owner = frame.lookup(base.value)[1]
        origin = None if owner is None else owner.origins.get(base.value)
        of = None if origin is None else NodePlace(origin.node, origin.unit)
    keep = args.get(-1, "retain_graph")
    machine.note(
        Trained(machine.place(node), how, rounds(machine), keep not in (..., False, None), of)
    )


def dropped(machine: Machine, node: cst.BaseExpression, frame: Frame) -> None:
    """Note ``h.detach()`` as a statement, whose result nobody keeps."""
    if not isinstance(node, cst.Call) or node.args or not isinstance(node.func, cst.Attribute):
        return
    base = node.func.value
    if node.func.attr.value != "detach" or not isinstance(base, (cst.Name, cst.Attribute)):
        return
    value = unwrap(evaluate(machine, base, frame))
    each = isinstance(base, cst.Name) and any(
        isinstance(one.loop.node, cst.For)
        and isinstance(one.loop.node.target, cst.Name)
        and one.loop.node.target.value == base.value
        for one in machine.laps
    )
    tensor = value if isinstance(value, Tensor) else Tensor()
    machine.note(
        DetachDropped(machine.place(node), machine.place(base), tensor, each, rounds(machine))
    )


def spread(machine: Machine, old: Tensor, new: Tensor, frame: Frame) -> None:
    """A tensor was changed in place: whatever holds it holds the new one."""
    scopes: list[dict[str, Any]] = []
    inner: Frame | None = frame
    while inner is not None:
        scopes.append(inner.vars)
        inner = inner.parent
    for active in machine.stack:
        if active.frame is not None:
            scopes.append(active.frame.vars)
        if active.instance is not None:
            scopes.append(active.instance.attrs)
    for names in scopes:
        for name, value in names.items():
            if value is old:
                names[name] = new
            elif isinstance(value, Tuple) and any(item is old for item in value.items):
                items = tuple(new if item is old else item for item in value.items)
                names[name] = replace(value, items=items)


def doubt(machine: Machine, frame: Frame) -> None:
    """At the end of a round: what may be None may have been set to it on purpose, so no graph is
    sure to go on."""
    scopes = [frame.vars]
    if machine.instance is not None:
        scopes.append(machine.instance.attrs)
    for names in scopes:
        for name, value in names.items():
            if isinstance(value, Maybe):
                names[name] = Maybe(_cut(value.value))


def _cut(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.marked(Mark.CUT)
    if isinstance(value, Tuple):
        return replace(value, items=tuple(_cut(item) for item in value.items))
    return value


def worthwhile(machine: Machine, node: cst.For | cst.While, start: int, frame: Frame) -> bool:
    """Whether a round has called a layer, in training or over a loader."""
    if machine.ahead:
        return False
    facts = [fact for fact, _ in machine.facts[start:]]
    if not any(isinstance(fact, (RnnCalled, CellCalled)) for fact in facts):
        return False
    return any(isinstance(fact, Trained) for fact in facts) or shuffled(machine, node, frame)


def next_round(
    machine: Machine,
    node: cst.For | cst.While,
    frame: Frame,
    start: int,
    follow: Callable[[], object],
) -> None:
    """Run the round after the first one, from just what that one left behind; only what it tells
    about carried states is kept."""
    objects = [v for v in frame.vars.values() if isinstance(v, Instance)]
    saved = [(one, dict(one.attrs)) for one in objects]
    scope, own = dict(frame.vars), machine.instance
    attrs = None if own is None else dict(own.attrs)
    length, made, reached = len(machine.facts), len(machine.instances), set(machine.reached)
    closed, splits = list(machine.closed), {name: list(v) for name, v in machine.splits.items()}
    decisive, entered, late = set(machine.decisive), set(machine.entered), set(machine.late)
    held = holders(machine, frame)
    doubt(machine, frame)
    machine.ahead = True
    machine.escapes.append([])
    try:
        follow()
        carried = list(judged(machine, node, frame, start, held))
    finally:
        machine.escapes.pop()
        machine.ahead = False
        del machine.facts[length:]
        del machine.instances[made:]
        machine.closed, machine.splits, machine.decisive = closed, splits, decisive
        machine.entered, machine.late, machine.reached = entered, late, reached
        frame.vars = scope
        if own is not None and attrs is not None:
            own.attrs = attrs
        for one, before in saved:
            one.attrs = before
    for fact, statement in carried:
        machine.facts.append((fact, statement))


def holders(machine: Machine, frame: Frame) -> list[Holder]:
    """What holds a state, by the text that reads it in the body of the loop."""
    found: list[Holder] = []
    for name, value in frame.vars.items():
        if isinstance(value, (Tensor, Tuple)):
            found.append((name, value))
        elif isinstance(value, Instance):
            for attr, inner in value.attrs.items():
                if isinstance(inner, (Tensor, Tuple)):
                    found.append((f"{name}.{attr}", inner))
    return found


def judged(
    machine: Machine, node: cst.For | cst.While, frame: Frame, start: int, held: list[Holder]
) -> Iterator[tuple[StateCarried, int]]:
    """The states that went from one round of a loop into a later one."""
    here = machine.place(node)
    noted = machine.facts[start:]
    for position, (fact, statement) in enumerate(noted):
        if not isinstance(fact, (RnnCalled, CellCalled)) or fact.call is None:
            continue
        call = fact.call
        states = list(tensors(call.state))
        for state in states:
            source = state.source
            both = None if source is None else shared(source.call.rounds, call.rounds)
            if source is None or both is None or both[1].loop != here:
                continue
            live = [
                one
                for one in states
                if one.source is not None
                and one.source.call is source.call
                and Mark.CUT not in one.marks
            ]
            names = tuple(
                (name, isinstance(value, Tuple))
                for name, value in held
                if any(
                    t.source is not None
                    and t.source.call is source.call
                    and t.source.slot in ("h_n", "c_n", "h_1", "c_1")
                    and t.source.exact
                    for t in tensors(value)
                )
                and not (
                    isinstance(value, Tuple)
                    and value.source is not None
                    and value.source.slot == "result"
                )
            )
            later = [one for one, _ in noted[position:]]
            yield (
                StateCarried(
                    both[1].at or fact.place,
                    call,
                    source.call,
                    both[1],
                    bool(live) and not source.call.cut and not call.cut,
                    fact.state_place,
                    names,
                    loader(machine, node, frame),
                    _lost(call, later, both[1]),
                    _trained(later, both[1], "backward"),
                    _trained(later, both[1], "step"),
                ),
                statement,
            )
            break


def _trained(facts: list[Fact], here: Round, how: str) -> Trained | None:
    for fact in facts:
        if isinstance(fact, Trained) and fact.how == how:
            there = during(here.loop, fact.rounds)
            if there is not None and there.number == here.number:
                return fact
    return None


def _lost(call: Any, facts: list[Fact], here: Round) -> Any:
    """Where a loss was taken of what a call made."""
    back = _trained(facts, here, "backward")
    for fact in facts:
        if not isinstance(fact, Consumed) or Mark.CUT in fact.tensor.marks:
            continue
        source = fact.tensor.source
        if source is None or not _same_round(source.call, call, here):
            continue
        if fact.by in LOSSES or (back is not None and back.of == fact.place):
            return fact.place
    return None


def _same_round(one: Call, call: Call, here: Round) -> bool:
    """Whether it is the same call or, of a cell that goes step by step, one of the same round."""
    if one is call or not call.rnn.cell or one.rnn is not call.rnn:
        return one is call
    there = during(here.loop, one.rounds)
    return there is not None and there.number == here.number
