"""What a program needs of other files, and what these do with it: their statements, parsed.

Only what the names of the program's own statements lead to is taken; imports connect the names.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import libcst as cst

from shapeguard.lint.outline import (
    Chunk,
    Piece,
    Unreadable,
    chunks,
    defining,
    parse,
    piece,
    relevant,
)
from shapeguard.lint.source import Along, Program, Unit, joined

MAX_TEXT = 8_000
"""Characters of the callers, and of what is imported, that are parsed for one program, at most."""

MAX_CHUNK = 6_000
"""Longer statements of other files are left alone."""

MAX_OUTLINED = 40_000
"""Characters of other files that are outlined for one program, at most."""

MAX_ROUNDS = 3
"""How far names are followed from file to file."""


@dataclass
class File:
    """Another file: its statements, and those that are taken, with whether they are roots."""

    chunks: list[Chunk]
    taken: dict[int, bool] = field(default_factory=dict)


@dataclass(frozen=True)
class _Import:
    """A name that an import brings: from which file, and which name there; None is the module."""

    local: str
    file: str
    name: str | None


def follow(program: Program, own: Sequence[tuple[Chunk, bool]]) -> list[Piece]:
    """The statements of other files that a program's own ones need or that use what these define.

    The own ones come with whether they name a layer, or use what does.
    """
    if program.along is None:
        return []
    follower = _Follower(program.filename, program.along)
    defined = {name for chunk, root in own if root for name in chunk.defines}
    follower.callers(frozenset(defined))
    follower.needs([chunk for chunk, _ in own])
    return list(follower.pieces())


class _Follower:
    def __init__(self, filename: str, along: Along) -> None:
        self._filename = filename
        self._along = along
        self._links = dict(along.links)
        self._programs = {each.filename: each for each in along.files}
        self._files: dict[str, File] = {}
        self._left = 0
        self._outlined = 0

    def callers(self, defined: frozenset[str]) -> None:
        """Take what uses names that the program defines, in the files that import it."""
        self._left = MAX_TEXT
        called = re.compile(rf"\b(?:{'|'.join(sorted(defined)) or '(?!)'})\s*\(")
        for name, program in self._programs.items():
            uses = any(called.search(unit.text) for unit in program.units)
            if not uses or name not in self._along.callers:
                continue
            file = self._file(name)
            brought = frozenset(
                each.local.partition(".")[0] if each.name != "*" else local
                for each in self._imports(name, file.chunks)
                if self._leads_home(each, defined)
                for local in (defined if each.name == "*" else (each.local,))
            )
            if brought:
                self._take(file, relevant(file.chunks, brought, MAX_TEXT // 2))

    def needs(self, own: Sequence[Chunk]) -> None:
        """Take what the program's statements and its callers' need of the files they import."""
        self._left = MAX_TEXT
        fresh = [(self._filename, list(own))]
        fresh += [(name, self._chosen(file)) for name, file in self._files.items() if file.taken]
        for _ in range(MAX_ROUNDS):
            wanted: dict[str, set[str]] = {}
            for name, statements in fresh:
                for target, names in self._wanted(name, statements):
                    wanted.setdefault(target, set()).update(names)
            fresh = []
            for target, found in wanted.items():
                added = self._define(target, frozenset(found))
                fresh += [(target, added)] if added else []
            if not fresh:
                return

    def pieces(self) -> Iterator[Piece]:
        """What was taken, parsed."""
        for name, file in self._files.items():
            for number, root in sorted(file.taken.items()):
                chunk = file.chunks[number]
                try:
                    yield piece(_parse(chunk.text), chunk, root, name)
                except Unreadable:
                    continue

    def _define(self, name: str, names: frozenset[str]) -> list[Chunk]:
        """Take what defines names in a file, or brings them there; the statements that are new."""
        if name == self._filename or name not in self._programs:
            return []
        # Nothing is outlined for names that it does not even mention.
        units = self._programs[name].units
        if not any(each in unit.text for unit in units for each in names):
            return []
        file = self._file(name)
        return self._take(file, defining(file.chunks, names), names)

    def _take(
        self, file: File, chosen: list[tuple[Chunk, bool]], names: frozenset[str] = frozenset()
    ) -> list[Chunk]:
        position = {id(chunk): number for number, chunk in enumerate(file.chunks)}
        new = []
        for chunk, root in chosen:
            number = position[id(chunk)]
            size = len(chunk.text)
            if number in file.taken or size > min(self._left, MAX_CHUNK):
                continue
            file.taken[number] = root
            self._left -= size
            new.append(chunk)
        if names:  # What is imported only to be imported from here.
            new.append(Chunk("", None, 0, frozenset(), names, False, False))
        return new

    def _wanted(self, name: str, statements: list[Chunk]) -> Iterator[tuple[str, set[str]]]:
        """Which names of which files some statements of a file use."""
        file = self._files.get(name)
        around = [chunk for chunk in file.chunks if chunk.imports] if file else []
        words = {word for chunk in statements for word in chunk.words}
        text = "\n".join(chunk.text for chunk in statements if not chunk.imports)
        for each in dict.fromkeys(self._imports(name, [*around, *statements])):
            if each.name == "*":
                yield each.file, words
            elif each.local.partition(".")[0] not in words:
                continue
            elif each.name is not None:
                yield each.file, {each.name}
            else:
                found = re.findall(rf"\b{re.escape(each.local)}\s*\.\s*(\w+)", text)
                yield each.file, set(found)

    def _imports(self, name: str, statements: Sequence[Chunk]) -> Iterator[_Import]:
        """What the imports among some statements bring from files in view."""
        for chunk in statements:
            if not (chunk.imports or "import" in chunk.words):
                continue
            for top in chunk.nodes:
                nodes = [top] if chunk.imports else ast.walk(top)
                for node in nodes:
                    if isinstance(node, ast.Import):
                        yield from self._modules(name, node)
                    elif isinstance(node, ast.ImportFrom):
                        yield from self._members(name, node)

    def _modules(self, name: str, node: ast.Import) -> Iterator[_Import]:
        for alias in node.names:
            target = self._links.get((name, alias.name))
            if target is not None:
                yield _Import(alias.asname or alias.name, target, None)

    def _members(self, name: str, node: ast.ImportFrom) -> Iterator[_Import]:
        path = "." * node.level + (node.module or "")
        whole = self._links.get((name, path))
        for alias in node.names:
            part = self._links.get((name, joined(path, alias.name)))
            local = alias.asname or alias.name
            if part is not None:
                yield _Import(local, part, None)
            elif whole is not None:
                yield _Import(local, whole, alias.name)

    def _leads_home(self, each: _Import, defined: frozenset[str], depth: int = 2) -> bool:
        """Whether an import brings something that the program defines, directly or on the way."""
        if each.file == self._filename:
            return each.name in (None, "*") or each.name in defined
        if not depth or each.file not in self._programs or not each.file.endswith("__init__.py"):
            return False
        return any(
            self._leads_home(inner, defined, depth - 1)
            for inner in self._imports(each.file, self._file(each.file).chunks)
            if each.name in (None, "*", inner.local) or inner.name == "*"
        )

    def _file(self, name: str) -> File:
        if name not in self._files:
            program = self._programs[name]
            self._outlined += program.size
            room = self._outlined <= MAX_OUTLINED
            self._files[name] = File(_outline(program.units) if room else [])
        return self._files[name]

    def _chosen(self, file: File) -> list[Chunk]:
        return [file.chunks[number] for number in sorted(file.taken)]


@lru_cache(maxsize=256)
def _outline(units: tuple[Unit, ...]) -> list[Chunk]:
    """The statements of a file; none where it cannot be read."""
    found: list[Chunk] = []
    for unit in units:
        try:
            found += chunks(unit)
        except Unreadable:
            if unit.cell is None:
                return []
    return found


@lru_cache(maxsize=512)
def _parse(text: str) -> cst.Module:
    return parse(text)
