"""Places: source nodes that know their text, and their span only when somebody asks."""

from __future__ import annotations

from functools import lru_cache

import libcst as cst

_RENDER = cst.Module([])


@lru_cache(maxsize=4096)
def code(node: cst.CSTNode) -> str:
    """The source text of a node."""
    return _RENDER.code_for_node(node)


class NodePlace:
    """A libcst node of one unit of the program (a file, or one cell of a notebook)."""

    __slots__ = ("node", "unit")

    def __init__(self, node: cst.CSTNode, unit: int) -> None:
        self.node = node
        self.unit = unit

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NodePlace) and other.node is self.node

    def __hash__(self) -> int:
        return id(self.node)

    def __repr__(self) -> str:
        return f"<{self.text[:40]!r}>"

    @property
    def text(self) -> str:
        """The source text of the node."""
        return code(self.node)
