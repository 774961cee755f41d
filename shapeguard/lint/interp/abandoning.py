"""What becomes of a name after it was bound: whether it is bound anew before anything reads it."""

from __future__ import annotations

import re
from collections.abc import Sequence

import libcst as cst

from shapeguard.lint.interp.trees import bindings, children, names, reads, walk

_KEEPS = re.compile(r"tuple|list|map|(repackage|detach|re?packag)\w*|data|to|cuda|cpu|clone", re.I)
"""What gives a state back as it was: cut from its graph, moved, listed again."""


def abandoned(root: cst.CSTNode, statement: cst.CSTNode, name: str) -> cst.Assign | None:
    """The unpacking that binds a name anew after ``statement`` has bound it, before anything has
    read it but what binds it to the same once more."""
    for node in walk(root):
        if type(node) not in (cst.IndentedBlock, cst.Module):
            continue
        body: Sequence[cst.CSTNode] = node.body  # type: ignore[attr-defined]
        for number, line in enumerate(body):
            if isinstance(line, cst.SimpleStatementLine) and statement in line.body:
                return _next(body[number + 1 :], name)
    return None


def _next(body: Sequence[cst.CSTNode], name: str) -> cst.Assign | None:
    for line in body:
        if not _mentions(line, name):
            continue
        if isinstance(line, cst.SimpleStatementLine):
            small = next(part for part in line.body if _mentions(part, name))
            if not isinstance(small, cst.Assign):
                return None
            if name in reads(small.value):
                if _binds(small, name) and _kept(small.value):
                    continue
                return None
            unpacked = any(isinstance(t.target, (cst.Tuple, cst.List)) for t in small.targets)
            called = isinstance(small.value, cst.Call)
            return small if unpacked and called and _binds(small, name) else None
        if isinstance(line, (cst.For, cst.While, cst.With)):
            head = line.items if isinstance(line, cst.With) else (_over(line),)
            if any(_mentions(part, name) for part in head) or not hasattr(line.body, "body"):
                return None
            return _next(line.body.body, name)
        return None
    return None


def _over(line: cst.For | cst.While) -> cst.CSTNode:
    return line.iter if isinstance(line, cst.For) else line.test


def _mentions(node: cst.CSTNode, name: str) -> bool:
    return name in names(node)


def _binds(statement: cst.Assign, name: str) -> bool:
    return any(
        isinstance(part, cst.Name) and part.value == name
        for target in statement.targets
        for part in bindings(target.target)
    )


def _kept(node: cst.CSTNode) -> bool:
    """Whether an expression makes of a state the same state."""
    if isinstance(node, cst.Call):
        func = node.func
        named = func.attr if isinstance(func, cst.Attribute) else func
        if not isinstance(named, cst.Name) or _KEEPS.fullmatch(named.value) is None:
            return False
    return all(_kept(child) for child in children(node))
