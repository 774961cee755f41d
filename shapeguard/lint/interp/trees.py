"""Trees, read only: what stands below a node, and the names in it.

libcst's visitors rebuild every node that they pass, which costs more than following it does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from functools import cache, lru_cache
from typing import Any

import libcst as cst

_SPACE = ("whitespace", "leading_lines", "lines_after", "header", "footer", "trailing", "indent")
_MARKS = ("comma", "semicolon", "equal", "dot", "operator", "star", "asynchronous")
_MARKS_AT_ENDS = ("lpar", "rpar", "lbracket", "rbracket", "lbrace", "rbrace", "first_colon")


@cache
def _parts(kind: type[cst.CSTNode]) -> tuple[str, ...]:
    """The fields of a kind of node that may hold more than space and punctuation, in order."""
    names = [field.name for field in fields(kind)]
    return tuple(
        name
        for name in names
        if not name.startswith(_SPACE) and name not in (*_MARKS, *_MARKS_AT_ENDS)
    )


_NODES: dict[type[Any], bool] = {}


def _is_node(part: object) -> bool:
    """Whether something is a node; asking abstract classes again and again would cost more."""
    kind = type(part)
    if kind not in _NODES:
        _NODES[kind] = issubclass(kind, cst.CSTNode)
    return _NODES[kind]


def children(node: cst.CSTNode) -> list[cst.CSTNode]:
    """The nodes right below a node, in order, without space and punctuation."""
    found: list[cst.CSTNode] = []
    for name in _parts(type(node)):
        part: Any = getattr(node, name)
        if _is_node(part):
            found.append(part)
        elif type(part) in (list, tuple):
            found += [each for each in part if _is_node(each)]
    return found


def walk(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """A node and all below it, in order."""
    stack = [node]
    while stack:
        here = stack.pop()
        yield here
        stack += reversed(children(here))


def bindings(target: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The names, attributes and items that a target binds, one by one."""
    if isinstance(target, (cst.Tuple, cst.List)):
        for element in target.elements:
            yield from bindings(element.value)
    else:
        yield target


@lru_cache(maxsize=1024)
def names(node: cst.CSTNode) -> frozenset[str]:
    """Every name in a tree."""
    return frozenset(each.value for each in walk(node) if type(each) is cst.Name)


@lru_cache(maxsize=1024)
def reads(node: cst.CSTNode) -> frozenset[str]:
    """The names that a tree reads, as variables or attributes."""
    found: set[str] = set()
    bound: set[int] = set()
    for each in walk(node):
        if isinstance(each, cst.Name):
            if id(each) not in bound:
                found.add(each.value)
        elif isinstance(each, (cst.AssignTarget, cst.AnnAssign)):
            for target in bindings(each.target):
                bound.add(id(target.attr if isinstance(target, cst.Attribute) else target))
        elif isinstance(each, (cst.Param, cst.FunctionDef)):
            bound.add(id(each.name))
        elif isinstance(each, cst.Arg):
            bound.add(id(each.keyword))
    return frozenset(found)
