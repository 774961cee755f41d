"""Parsing as little as will do: a program as pieces, only those that can concern a recurrent layer.

libcst reads a file nine times slower than the compiler does. So the compiler's parse gives the
outline, names connect top-level statements, and libcst reads only the statements that mention a
layer, use what those define, or are needed by them.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import libcst as cst

from shapeguard.lint import mentions
from shapeguard.lint.source import Unit, too_deep


class Unreadable(Exception):
    """Source that is not Python; the message is one line."""


@dataclass(frozen=True)
class Piece:
    """A top-level statement: its tree, the cell it stands in, the rows above it and its own;
    ``file`` is the name of the file where it is not the program that is checked.

    ``root`` says that it uses a layer, or what another piece made of one: functions and classes
    in it are worth following even where nobody in view calls them. ``methods`` are the words of
    each method, by ``Class.method``.
    """

    tree: cst.Module
    cell: int | None
    offset: int
    rows: int
    root: bool
    methods: Mapping[str, frozenset[str]]
    file: str | None = None


@dataclass
class Chunk:
    """The text of a top-level statement, what it defines and the words in it."""

    text: str
    cell: int | None
    offset: int
    defines: frozenset[str]
    words: frozenset[str]
    imports: bool
    uses: bool
    touches: frozenset[str] = frozenset()
    nodes: tuple[ast.stmt, ...] = ()

    def methods(self) -> dict[str, frozenset[str]]:
        """The words of each method of its classes, by ``Class.method``; calling the object
        itself is calling ``forward``."""
        lines = self.text.split("\n")
        found = {}
        for node in self.nodes:
            if not isinstance(node, ast.ClassDef):
                continue
            for inner in node.body:
                if isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    first, last = inner.lineno - self.offset, inner.end_lineno or inner.lineno
                    text = "\n".join(lines[first - 1 : last - self.offset])
                    words = set(mentions.WORD.findall(text))
                    words |= {"forward"} if "self(" in text else set()
                    found[f"{node.name}.{inner.name}"] = frozenset(words)
        return found


def pieces(chunks: list[Chunk]) -> list[Piece]:
    """The chunks that can matter, parsed, in program order."""
    return [piece(parse(chunk.text), chunk, root) for chunk, root in relevant(chunks)]


def piece(tree: cst.Module, chunk: Chunk, root: bool, file: str | None = None) -> Piece:
    """A parsed chunk."""
    rows = chunk.text.count("\n")
    methods = chunk.methods() if root else {}
    return Piece(tree, chunk.cell, chunk.offset, rows, root, methods, file)


def parse(text: str) -> cst.Module:
    """libcst's tree of some text, or Unreadable."""
    try:
        return cst.parse_module(text)
    except cst.ParserSyntaxError as error:
        raise Unreadable(f"not valid Python at line {error.raw_line}") from None
    except RecursionError:
        raise Unreadable("nested too deeply to be read") from None


def chunks(unit: Unit) -> list[Chunk]:
    """The top-level statements of a unit, or Unreadable."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(unit.text)
    except (RecursionError, MemoryError):
        raise Unreadable("nested too deeply to be read") from None
    except (SyntaxError, ValueError) as error:
        return _whole(unit, error)
    lines = unit.text.split("\n")
    found: list[tuple[int, int, list[ast.stmt]]] = []
    for node in tree.body:
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
        last = node.end_lineno or first
        if found and first <= found[-1][1]:
            start, end, nodes = found[-1]
            nodes.append(node)
            found[-1] = (start, max(last, end), nodes)
        else:
            found.append((first, last, [node]))
    imported = mentions.layers_imported(tree.body)
    return [_chunk(lines, *rows, unit.cell, imported) for rows in found]


def _whole(unit: Unit, error: BaseException) -> list[Chunk]:
    """What this Python cannot parse, libcst may: newer syntax is no error of the file's."""
    if too_deep(unit.text):
        raise Unreadable("brackets nested too deeply to be read")
    try:
        cst.parse_module(unit.text)
    except (cst.ParserSyntaxError, RecursionError):
        line = getattr(error, "lineno", None)
        reason = getattr(error, "msg", None) or "not valid Python"
        where = f" at line {line}" if line else ""
        raise Unreadable(f"not valid Python{where}: {reason}") from None
    names = frozenset(re.findall(r"^(?:class|def|async def)\s+(\w+)", unit.text, re.MULTILINE))
    return [Chunk(unit.text, unit.cell, 0, names, frozenset(("LSTM",)), False, True)]


def _chunk(
    lines: list[str],
    first: int,
    last: int,
    nodes: list[ast.stmt],
    cell: int | None,
    imported: frozenset[str],
) -> Chunk:
    text = "\n".join(lines[first - 1 : last]) + "\n"
    imports = all(isinstance(node, (ast.Import, ast.ImportFrom)) for node in nodes)
    words = frozenset() if imports else mentions.names_in(text)
    defines = (
        imported & mentions.bound(nodes)
        if imports
        else mentions.defines(nodes) | mentions.declared_global(text)
    )
    uses = not imports and (mentions.LAYER.search(text) is not None or ".upper(" in text)
    if uses:
        # getattr(nn, kind) may stand far from the word.
        rows = [] if "getattr" in text else [first + row for row in mentions.rows_with_layer(text)]
        uses = mentions.names_layer(nodes, rows)
    touches = frozenset() if imports else mentions.touches(nodes)
    return Chunk(text, cell, first - 1, defines, words, imports, uses, touches, tuple(nodes))


def relevant(
    chunks: list[Chunk], brought: frozenset[str] | None = None, limit: int = 0
) -> list[tuple[Chunk, bool]]:
    """The imports, the statements that name a layer, what uses those, and what all need.

    Each comes with whether it is one of those that name or use. With ``brought``, only what uses
    these names, which imports bring; beyond ``limit`` characters only what does so directly.
    """
    if brought is None:
        users = {i for i, c in enumerate(chunks) if c.uses}
        names = {name for i in users for name in chunks[i].defines | chunks[i].touches}
        names |= {name for chunk in chunks if chunk.imports for name in chunk.defines}
    else:
        direct = [i for i, c in enumerate(chunks) if not (c.imports or brought.isdisjoint(c.words))]
        users, names = set(direct), {name for i in direct for name in chunks[i].defines}
    spread = {-1}
    while spread and (brought is None or sum(len(chunks[i].text) for i in users) < limit):
        spread = {
            i
            for i, chunk in enumerate(chunks)
            if i not in users and not chunk.imports and not names.isdisjoint(chunk.words)
        }
        users |= spread
        names |= {name for i in spread for name in chunks[i].defines}
    if not users:
        return []
    wanted = users | _needed(chunks, users)
    return [(c, i in users) for i, c in enumerate(chunks) if c.imports or i in wanted]


def defining(chunks: list[Chunk], names: frozenset[str]) -> list[tuple[Chunk, bool]]:
    """The imports and the statements that define some names, with what these need."""
    found = {
        i
        for i, chunk in enumerate(chunks)
        if not (chunk.imports or names.isdisjoint(chunk.defines)) and not _only_main(chunk)
    }
    wanted = found | _needed(chunks, found)
    return [(c, False) for i, c in enumerate(chunks) if c.imports or i in wanted]


def _only_main(chunk: Chunk) -> bool:
    """Whether a statement is run only where its file is the program."""
    return chunk.text.startswith("if __name__")


def _needed(chunks: list[Chunk], users: set[int]) -> set[int]:
    """What some statements need, and what that needs."""
    wanted = set(users)
    fresh = set(users)
    while fresh:
        words = {word for i in fresh for word in chunks[i].words}
        fresh = {
            i
            for i, chunk in enumerate(chunks)
            if i not in wanted
            and not chunk.imports
            and not words.isdisjoint(chunk.defines | chunk.touches)
        }
        wanted |= fresh
    return wanted
