"""Where a value was set: names followed back to the literal or default they were bound from."""

from __future__ import annotations

import libcst as cst

from shapeguard.lint.interp.modules import Home
from shapeguard.lint.interp.objects import Class, Frame, Instance, Opaque, Origin
from shapeguard.lint.interp.trees import children
from shapeguard.lint.place import NodePlace

LIMIT = 12
"""Names are followed back this far."""

_COMPUTED = (cst.IfExp, cst.BinaryOperation, cst.Comparison, cst.UnaryOperation)


def trace(node: cst.CSTNode, frame: Frame, unit: int) -> tuple[str, NodePlace]:
    """How a value is known ("written" or "default"), and the expression that set it."""
    how = "written"
    for _ in range(LIMIT):
        origin = _origin(node, frame, unit)
        if origin is None:
            break
        node, frame, unit = origin.node, origin.frame, origin.unit
        if origin.how == "default":
            how = "default"
    if how == "written" and _leans_on_default(node, frame):
        how = "default"
    if how == "written" and _assumed(node, frame):
        how = "assumed"
    return how, NodePlace(node, unit)


def _assumed(node: cst.CSTNode, frame: Frame) -> bool:
    """Whether a name ends at a parameter that nobody in view passes and that has no default."""
    if isinstance(node, cst.Name):
        _, scope = frame.lookup(node.value)
        return scope is not None and scope.parent is not None and node.value not in scope.origins
    if isinstance(node, cst.Attribute):
        return isinstance(_object(node.value, frame), Opaque)
    return False


def item(
    node: cst.CSTNode, frame: Frame, unit: int, key: str
) -> tuple[cst.BaseExpression, int] | None:
    """Where an item of a dict was written, if the dict was."""
    for _ in range(LIMIT):
        if isinstance(node, cst.Dict):
            for element in node.elements:
                if isinstance(element, cst.DictElement) and _text(element.key) == key:
                    return element.value, unit
            return None
        if isinstance(node, cst.Call) and isinstance(node.func, cst.Name):
            found = [a.value for a in node.args if a.keyword and a.keyword.value == key]
            return (found[0], unit) if found and node.func.value == "dict" else None
        origin = _origin(node, frame)
        if origin is None:
            return None
        node, frame, unit = origin.node, origin.frame, origin.unit
    return None


def _text(node: cst.CSTNode) -> str:
    return str(node.evaluated_value) if isinstance(node, cst.SimpleString) else ""


def _origin(node: cst.CSTNode, frame: Frame, unit: int = 0) -> Origin | None:
    if isinstance(node, cst.Name):
        _, scope = frame.lookup(node.value)
        return scope.origins.get(node.value) if scope is not None else None
    if isinstance(node, cst.Subscript) and len(node.slice) == 1:
        part = node.slice[0].slice
        key = _text(part.value) if isinstance(part, cst.Index) else ""
        held = item(node.value, frame, unit, key) if key else None
        return None if held is None else Origin(held[0], frame, held[1])
    if not isinstance(node, cst.Attribute):
        return None
    base = _object(node.value, frame)
    if isinstance(base, Home):
        return base.origin(node.attr.value)
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
        if isinstance(base, Home):
            return base.known(node.attr.value)
        return base.attrs.get(node.attr.value) if isinstance(base, Instance) else None
    return None


def _leans_on_default(node: cst.CSTNode, frame: Frame) -> bool:
    """Whether a computed expression reads a name that is only known by its default."""
    if not isinstance(node, _COMPUTED):
        return False
    for child in children(node):
        origin = _origin(child, frame)
        if origin is not None and origin.how == "default":
            return True
        if _leans_on_default(child, frame):
            return True
    return False
