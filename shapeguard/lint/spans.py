"""Spans of places, computed piece by piece and only for pieces that somebody asks about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from shapeguard.axes.axis import Place
from shapeguard.lint.diagnostic import Span
from shapeguard.lint.interp import trees
from shapeguard.lint.mentions import WORD
from shapeguard.lint.outline import Piece
from shapeguard.lint.place import NodePlace


class Spans:
    """Where the nodes of a program stand."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self.pieces = pieces
        self._known: dict[int, dict[cst.CSTNode, Span]] = {}

    @cached_property
    def names(self) -> frozenset[str]:
        """Every name that the program's pieces are written with."""
        return self._collected(trees.names)

    @cached_property
    def reads(self) -> frozenset[str]:
        """Every name that the program reads, as a variable or attribute."""
        return self._collected(trees.reads)

    def _collected(self, collect: Callable[[cst.Module], frozenset[str]]) -> frozenset[str]:
        """The names that are collected in the file, and every word of those around it."""
        found: set[str] = set()
        for piece in self.pieces:
            found.update(
                collect(piece.tree) if piece.file is None else WORD.findall(piece.tree.code)
            )
        return frozenset(found)

    def file(self, place: Place) -> str | None:
        """The file of a place, where it is not the one that is checked."""
        assert isinstance(place, NodePlace)
        return self.pieces[place.unit].file

    def cell(self, place: Place) -> int | None:
        """The notebook cell of a place."""
        assert isinstance(place, NodePlace)
        return self.pieces[place.unit].cell

    def span(self, place: Place) -> Span:
        """The span of a place within its file or cell."""
        assert isinstance(place, NodePlace)
        found = self.of(place.unit, place.node)
        assert found is not None, "every place is a node of its piece"
        return found

    def of(self, unit: int, node: cst.CSTNode) -> Span | None:
        """The span of a node of one piece."""
        if unit not in self._known:
            piece = self.pieces[unit]
            wrapper = MetadataWrapper(piece.tree, unsafe_skip_copy=True)
            self._known[unit] = {
                key: Span.of(
                    value.start.line + piece.offset,
                    value.start.column + 1,
                    value.end.line + piece.offset,
                    value.end.column + 1,
                )
                for key, value in wrapper.resolve(PositionProvider).items()
            }
        known = self._known[unit]
        span = known.get(node)
        if span is not None and getattr(node, "lpar", None) and node.lpar[0] in known:  # type: ignore[attr-defined]
            return Span(known[node.lpar[0]].start, known[node.rpar[-1]].end)  # type: ignore[attr-defined]
        return span

    def path(self, place: Place) -> list[cst.CSTNode]:
        """The nodes from the piece's root down to a place."""
        assert isinstance(place, NodePlace)
        found: list[cst.CSTNode] = []

        def walk(node: cst.CSTNode) -> bool:
            found.append(node)
            if node is place.node or any(walk(child) for child in trees.children(node)):
                return True
            found.pop()
            return False

        walk(self.pieces[place.unit].tree)
        return found
