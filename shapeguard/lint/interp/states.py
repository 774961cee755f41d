"""The state at one moment: what to come back to, and how two states join."""

from __future__ import annotations

from typing import Any

from shapeguard.axes.size import UNKNOWN
from shapeguard.lint.interp.machine import Machine
from shapeguard.lint.interp.objects import Frame

State = tuple[dict[str, Any], "dict[str, Any] | None"]
"""The names of the scope and the attributes of ``self`` at one moment."""


def snapshot(machine: Machine, frame: Frame) -> State:
    """The state at this moment, to come back to."""
    instance = machine.instance
    return dict(frame.vars), None if instance is None else dict(instance.attrs)


def restore(machine: Machine, frame: Frame, state: State) -> None:
    """Go back to a state."""
    frame.vars = dict(state[0])
    if machine.instance is not None and state[1] is not None:
        machine.instance.attrs = dict(state[1])


def merge(machine: Machine, frame: Frame, state: State, asked: tuple[str, ...] = ()) -> bool:
    """The present state or the other one: equal parts stay, differing parts become unknown.

    Says whether anything that the other state knew is different now.
    """
    changed = _merge_into(machine, frame.vars, state[0], asked)
    if machine.instance is not None and state[1] is not None:
        changed = _merge_into(machine, machine.instance.attrs, state[1], asked) or changed
    return changed


def _merge_into(
    machine: Machine, here: dict[str, Any], there: dict[str, Any], asked: tuple[str, ...]
) -> bool:
    changed = False
    for name, value in there.items():
        present = here.get(name, _MISSING)
        if present is value:
            continue
        changed = True
        if present is _MISSING:
            here[name] = value
            continue
        joined = machine.joined(present, value, asked)
        here[name] = machine.fresh(name) if joined is UNKNOWN else joined
    return changed


_MISSING = object()
