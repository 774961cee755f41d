"""Methods of dicts, which learn and forget keys."""

from __future__ import annotations

from typing import Any

import libcst as cst

from shapeguard.axes.size import UNKNOWN
from shapeguard.axes.value import Tuple
from shapeguard.lint.interp import rebinding
from shapeguard.lint.interp.arguments import Args
from shapeguard.lint.interp.containers import Each, Mapping
from shapeguard.lint.interp.holding import is_layer
from shapeguard.lint.interp.machine import Machine
from shapeguard.lint.interp.objects import Frame, Opaque
from shapeguard.lint.interp.values import known


def method(
    machine: Machine,
    receiver: Mapping,
    name: str,
    args: Args,
    base: cst.BaseExpression,
    frame: Frame,
) -> Any:
    """``receiver.name(...)``; ``base`` is the expression that holds the dict."""
    if name in ("get", "pop", "setdefault"):
        return _look_up(machine, receiver, name, args, base, frame)
    if name == "update":
        rebinding.rebind(machine, base, updated(receiver, args), frame)
        return None
    if name == "clear":
        rebinding.rebind(machine, base, Mapping(()), frame)
        return None
    if name == "copy":
        return Mapping(receiver.items, receiver.complete)
    if not receiver.complete:
        return Each(UNKNOWN)
    if name == "items":
        return Tuple(tuple(Tuple(item) for item in receiver.items))
    if name == "keys":
        return Tuple(tuple(key for key, _ in receiver.items))
    return Tuple(tuple(value for _, value in receiver.items)) if name == "values" else UNKNOWN


def _look_up(
    machine: Machine,
    receiver: Mapping,
    name: str,
    args: Args,
    base: cst.BaseExpression,
    frame: Frame,
) -> Any:
    key, default = args.get(0), args.get(1)
    default = None if default is ... else default
    if not known(key):
        if isinstance(key, Opaque):
            machine.split(key, *(k for k, _ in receiver.items))
            if any(is_layer(value) for _, value in receiver.items):
                machine.decisive.add(key.identity)
        if name != "get":
            rebinding.rebind(machine, base, rebinding.with_item(receiver, key, UNKNOWN), frame)
        return UNKNOWN
    there = any(key == one for one, _ in receiver.items)
    if name == "pop":
        kept = tuple(item for item in receiver.items if item[0] != key)
        rebinding.rebind(machine, base, Mapping(kept, receiver.complete), frame)
    elif name == "setdefault" and not there:
        value = default if receiver.complete else UNKNOWN
        rebinding.rebind(machine, base, rebinding.with_item(receiver, key, value), frame)
    if there:
        return receiver.get(key)
    return default if receiver.complete else UNKNOWN


def updated(receiver: Mapping, args: Args) -> Mapping:
    """The dict after ``update``: what comes from an unknown one may replace anything."""
    items = dict(receiver.items)
    complete = receiver.complete and not args.open
    for arg in args.positional:
        if isinstance(arg.value, Mapping):
            items.update(dict(arg.value.items))
        if not isinstance(arg.value, Mapping) or not arg.value.complete:
            complete = False
            items = dict.fromkeys(items, UNKNOWN)
    items.update({key: arg.value for key, arg in args.keywords.items()})
    return Mapping(tuple(items.items()), complete)
