"""Analyses kept between runs. A missing, stale or broken entry only costs time, never a result."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from shapeguard.lint.diagnostic import (
    Analysis,
    Diagnostic,
    Edit,
    Fix,
    Note,
    Position,
    SkippedCell,
    Span,
)
from shapeguard.lint.source import Program

FOLDER = ".shapeguard_cache"


class Cache:
    """Analyses on disk, one file for each program; it holds the key of what it was made from."""

    def __init__(self, root: str) -> None:
        self._folder = os.path.join(root, FOLDER)
        self._ready = False
        self._base = _fingerprint()
        # By identity, which holds as long as the program is kept here.
        self._digests: dict[int, tuple[Program, str]] = {}

    def get(self, program: Program, select: frozenset[str]) -> Analysis | None:
        """The analysis of exactly this program under exactly these rules, if it is kept."""
        try:
            with open(self._path(program), encoding="utf-8") as file:
                entry = json.load(file)
            if entry["key"] != self._key(program, select):
                return None
            return _analysis(entry["analysis"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None

    def put(self, program: Program, select: frozenset[str], analysis: Analysis) -> None:
        """Keep an analysis. A folder that cannot be written keeps nothing."""
        entry = {"key": self._key(program, select), "analysis": asdict(analysis)}
        try:
            self._prepare()
            path = self._path(program)
            handle, temporary = tempfile.mkstemp(dir=self._folder)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(entry, file)
            os.replace(temporary, path)
        except (OSError, ValueError):
            return

    def _prepare(self) -> None:
        if self._ready:
            return
        os.makedirs(self._folder, exist_ok=True)
        ignore = os.path.join(self._folder, ".gitignore")
        if not os.path.exists(ignore):
            with open(ignore, "w", encoding="utf-8") as file:
                file.write("# Written by shapeguard\n*\n")
        self._ready = True

    def _path(self, program: Program) -> str:
        name = hashlib.sha256(os.path.abspath(program.filename).encode("utf-8", "surrogateescape"))
        return os.path.join(self._folder, name.hexdigest()[:32] + ".json")

    def _key(self, program: Program, select: frozenset[str]) -> str:
        units = [(unit.cell, unit.text) for unit in program.units]
        parts = (self._base, sorted(select), program.filename, units, self._around(program))
        return hashlib.sha256(repr(parts).encode("utf-8", "backslashreplace")).hexdigest()

    def _around(self, program: Program) -> object:
        """What was read along: every file's contents, and how they are connected."""
        along = program.along
        if along is None:
            return None
        files = []
        for each in along.files:
            if id(each) not in self._digests:
                text = repr(each.units).encode("utf-8", "backslashreplace")
                self._digests[id(each)] = each, hashlib.sha256(text).hexdigest()
            files.append((each.filename, self._digests[id(each)][1]))
        return files, sorted(along.callers), along.links


def _fingerprint() -> str:
    """What the analysis itself is made of: our modules, the rules, the parser, Python."""
    import importlib.util

    from shapeguard import rules

    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    stamps = [sys.version, *sorted(_stamps(package, nested=True))]
    for folder in rules.__path__:
        stamps += sorted(_stamps(folder, nested=False))
    parser = importlib.util.find_spec("libcst")
    if parser is not None and parser.origin is not None:
        stamps += sorted(_stamps(os.path.dirname(parser.origin), nested=False))
    return hashlib.sha256("\n".join(stamps).encode()).hexdigest()


def _stamps(folder: str, nested: bool) -> Iterator[str]:
    """Name, size and time of each module in a folder."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith((".py", ".so", ".pyd")):
                status = entry.stat()
                yield f"{entry.path} {status.st_size} {status.st_mtime_ns}"
            elif nested and entry.is_dir() and entry.name != "__pycache__":
                yield from _stamps(entry.path, nested)


def _analysis(data: dict[str, Any]) -> Analysis:
    return Analysis(
        diagnostics=tuple(_diagnostic(each) for each in data["diagnostics"]),
        skipped=tuple(SkippedCell(**each) for each in data["skipped"]),
        error=data["error"],
    )


def _diagnostic(data: dict[str, Any]) -> Diagnostic:
    fix = data["fix"]
    return Diagnostic(
        **{
            **data,
            "span": _span(data["span"]),
            "notes": tuple(
                Note(
                    each["message"],
                    each["span"] and _span(each["span"]),
                    each["cell"],
                    each["filename"],
                )
                for each in data["notes"]
            ),
            "fix": fix
            and Fix(
                fix["applicability"],
                fix["message"],
                tuple(
                    Edit(_span(each["span"]), each["content"], each["cell"])
                    for each in fix["edits"]
                ),
            ),
        }
    )


def _span(data: dict[str, Any]) -> Span:
    return Span(Position(**data["start"]), Position(**data["end"]))
