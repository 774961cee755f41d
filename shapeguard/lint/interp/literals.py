"""Literals and displays: numbers, strings, tuples, lists, dicts."""

from __future__ import annotations

from typing import Any

import libcst as cst

from shapeguard.axes.size import UNKNOWN
from shapeguard.axes.value import Tuple
from shapeguard.lint.interp.containers import Each, Mapping
from shapeguard.lint.interp.dispatch import evaluate
from shapeguard.lint.interp.machine import Machine, unwrap
from shapeguard.lint.interp.objects import Frame
from shapeguard.lint.interp.values import known


def integer(machine: Machine, node: cst.Integer, frame: Frame) -> Any:
    try:
        return int(node.value, 0)
    except ValueError:  # more digits than Python converts
        return UNKNOWN


def floating(machine: Machine, node: cst.Float, frame: Frame) -> float:
    return float(node.value)


def string(machine: Machine, node: cst.SimpleString, frame: Frame) -> Any:
    text = node.value
    quote = text[0]
    if quote in "\"'" and "\\" not in text and text[:3] != quote * 3:
        return text[1:-1]
    value = node.evaluated_value
    return value if isinstance(value, str) else UNKNOWN


def joined(machine: Machine, node: cst.ConcatenatedString, frame: Frame) -> Any:
    parts = evaluate(machine, node.left, frame), evaluate(machine, node.right, frame)
    return parts[0] + parts[1] if all(isinstance(part, str) for part in parts) else UNKNOWN


def formatted(machine: Machine, node: cst.FormattedString, frame: Frame) -> Any:
    text = ""
    for part in node.parts:
        if isinstance(part, cst.FormattedStringText):
            text += part.value
            continue
        assert isinstance(part, cst.FormattedStringExpression)
        value = evaluate(machine, part.expression, frame)
        if not isinstance(value, (str, int)) or part.format_spec or part.conversion:
            return UNKNOWN
        text += str(value)
    return text


def elements(machine: Machine, node: Any, frame: Frame) -> Any:
    items: list[Any] = []
    for element in node.elements:
        value = evaluate(machine, element.value, frame)
        if isinstance(element, cst.StarredElement):
            value = unwrap(value)
            if not isinstance(value, Tuple):
                return Each(value.item if isinstance(value, Each) else UNKNOWN)
            items += value.items
        else:
            items.append(value)
    return Tuple(tuple(items))


def mapping(machine: Machine, node: cst.Dict, frame: Frame) -> Mapping:
    items: list[tuple[Any, Any]] = []
    complete = True
    for element in node.elements:
        value = evaluate(machine, element.value, frame)
        if isinstance(element, cst.StarredDictElement):
            value = unwrap(value)
            if isinstance(value, Mapping):
                items = [item for item in items if item[0] not in dict(value.items)]
                items += value.items
                complete = complete and value.complete
            else:
                items, complete = [(key, UNKNOWN) for key, _ in items], False
            continue
        assert isinstance(element, cst.DictElement)
        key = evaluate(machine, element.key, frame)
        if known(key):
            items = [item for item in items if item[0] != key] + [(key, value)]
        else:
            complete = False
    return Mapping(tuple(items), complete)
