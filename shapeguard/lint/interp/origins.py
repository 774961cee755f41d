"""Where a value was set: names followed back to the literal or default they were bound from."""

from __future__ import annotations

import libcst as cst

from shapeguard.lint.interp.objects import Class, Frame, Instance, Origin
from shapeguard.lint.place import NodePlace

LIMIT = 12
"""Names are followed back this far."""

_COMPUTED = (cst.IfExp, cst.BinaryOperation, cst.Comparison, cst.UnaryOperation)


def trace(node: cst.CSTNode, frame: Frame, unit: int) -> tuple[str, NodePlace]:
    """How a value is known ("written" or "default"), and the expression that set it."""
    how = "written"
    for _ in range(LIMIT):
        origin = _origin(node, frame)
        if origin is None:
            break
        node, frame, unit = origin.node, origin.frame, origin.unit
        if origin.how == "default":
            how = "default"
    if how == "written" and _leans_on_default(node, frame):
        how = "default"
    return how, NodePlace(node, unit)


def _origin(node: cst.CSTNode, frame: Frame) -> Origin | None:
    if isinstance(node, cst.Name):
        _, scope = frame.lookup(node.value)
        return scope.origins.get(node.value) if scope is not None else None
    if not isinstance(node, cst.Attribute):
        return None
    base = _object(node.value, frame)
    if isinstance(base, Instance):
        if node.attr.value in base.origins:
            return base.origins[node.attr.value]
        base = base.cls
    if isinstance(base, Class):
        for cls in base.ancestry():
            if isinstance(cls, Class) and node.attr.value in cls.origins:
                return cls.origins[node.attr.value]
    return None


def _object(node: cst.CSTNode, frame: Frame) -> object:
    """The object that a name or a chain of attributes holds, where it is one of the program."""
    if isinstance(node, cst.Name):
        return frame.lookup(node.value)[0]
    if isinstance(node, cst.Attribute):
        base = _object(node.value, frame)
        return base.attrs.get(node.attr.value) if isinstance(base, Instance) else None
    return None


def _leans_on_default(node: cst.CSTNode, frame: Frame) -> bool:
    """Whether a computed expression reads a name that is only known by its default."""
    if not isinstance(node, _COMPUTED):
        return False
    for child in node.children:
        origin = _origin(child, frame)
        if origin is not None and origin.how == "default":
            return True
        if _leans_on_default(child, frame):
            return True
    return False
