"""The files around a file: what it imports, and who imports it, found without parsing.

Nothing here is imported or run. What is read is bounded, and goes into the key of the cache.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from shapeguard.lint.files import Found, read_bytes, shown
from shapeguard.lint.source import Along, Program, SourceError, joined, read_source

MAX_SIZE = 40_000
"""Larger files are not read along."""

MAX_TEXT = 100_000
"""Characters that are read along for one file, at most."""

MAX_FILES = 10
"""Files that are read along for one file, at most."""

MAX_CALLERS = 4
"""Files among them that use what the file defines, at most."""

MAX_NEAR = 150
"""Files that are looked through for those, at most."""

MAX_UP = 3
"""Folders above the file that are looked through, at most."""

MAX_IMPORTS = 2
"""How far imports of imports are followed."""

_FROM = re.compile(
    rb"\n[ \t]*from[ \t]+(\.*)[ \t]*([\w.]*)[ \t]+import[ \t]+"
    rb"(\([^)]*\)|[^\n#;\\]*(?:\\\r?\n[^\n#;\\]*)*)"
)
_IMPORT = re.compile(rb"\n[ \t]*import[ \t]+([^\n#;]+)")
_DEFINES = re.compile(rb"\n(?:class|def)[ \t]+(\w+)")
_WORDS = (b"LSTM", b"GRU", b"RNN", b"getattr")
_COMMENT = re.compile(rb"#[^\n]*")
_ELSEWHERE = sys.stdlib_module_names | {"torch", "numpy", "__future__"}


@dataclass(frozen=True, slots=True)
class _Statement:
    """An import: the module as written, with its dots, and the names that are taken from it."""

    dots: int
    module: str
    names: tuple[str, ...]


class Project:
    """Files on disk, each read once; ``folders`` are those that are checked."""

    def __init__(
        self, folders: Iterable[str] = (), read: Callable[[str], bytes] = read_bytes
    ) -> None:
        self._read = read
        self._tops = sorted((os.path.abspath(each) for each in folders), key=len)
        self._listed: dict[str, frozenset[str]] = {}
        self._raw: dict[str, bytes] = {}
        self._programs: dict[str, Program | None] = {}
        self._links: dict[str, dict[str, str]] = {}
        self._near: dict[str, list[str]] = {}

    def along(self, found: Found, raw: bytes) -> Along | None:
        """What is read along with a file; None where nothing around it concerns it."""
        own = os.path.abspath(found.path)
        self._raw[own] = raw
        top = self._top(found, own)
        callers = list(self._callers(own, top, found.settings.excluded_names))
        taken = [own, *callers]
        fresh = taken
        for _ in range(MAX_IMPORTS):
            reached = [t for path in fresh for t in self._imports(path, top).values()]
            fresh = [path for path in dict.fromkeys(reached) if path not in taken]
            taken += fresh
            if len(taken) > MAX_FILES:
                break
        size, names, files = 0, {own: found.path}, []
        for path in taken[1 : MAX_FILES + 1]:
            program = self._program(path)
            size += program.size if program is not None else 0
            if program is not None and size <= MAX_TEXT:
                names[path] = program.filename
                files.append(program)
        if not files:
            return None
        return Along(
            tuple(files),
            frozenset(names[path] for path in callers if path in names),
            tuple(
                ((name, written), names[target])
                for path, name in names.items()
                for written, target in self._imports(path, top).items()
                if target in names
            ),
        )

    def _top(self, found: Found, own: str) -> str:
        """The folder that bounds what is read: the checked one, or that of the settings."""
        for top in sorted([*self._tops, os.path.abspath(found.settings.root)], key=len):
            if own.startswith(os.path.join(top, "")):
                return top
        return os.path.dirname(own)

    def _callers(self, own: str, top: str, excluded: frozenset[str]) -> Iterator[str]:
        """The files near a file that import it and name something that it defines."""
        raw = self._raw[own]
        if own.endswith(".ipynb"):
            return
        names = _defined(raw)
        count = 0
        for path in self._neighbours(os.path.dirname(own), top, excluded):
            if path == own or count == MAX_CALLERS:
                continue
            text = self._bytes(path)
            if not any(name in text for name in names) or b"import" not in text:
                continue
            targets = set(self._imports(path, top).values())
            for package in [each for each in targets if each.endswith("__init__.py")]:
                targets |= set(self._imports(package, top).values())
            if own in targets:
                count += 1
                yield path

    def _neighbours(self, folder: str, top: str, excluded: frozenset[str]) -> list[str]:
        """The Python files in a folder, in those above it, and one level down from these."""
        if folder not in self._near:
            found: dict[str, None] = {}
            for _, above in zip(range(MAX_UP), _upwards(folder, top), strict=False):
                names = sorted(self._list(above) - excluded)
                inside = [n for n in names if "." not in n]
                for place in [above, *(os.path.join(above, n) for n in inside)]:
                    listed = sorted(self._list(place))
                    found.update(
                        (os.path.join(place, n), None) for n in listed if n.endswith(".py")
                    )
                    if len(found) > MAX_NEAR:
                        break
            self._near[folder] = list(found)[:MAX_NEAR]
        return self._near[folder]

    def _imports(self, path: str, top: str) -> dict[str, str]:
        """The files that a file imports, by the module as written, with its dots."""
        if path not in self._links:
            links: dict[str, str] = {}
            self._links[path] = links
            folder = os.path.dirname(path)
            for statement in _statements(self._code(path)):
                self._resolve(statement, folder, top, links)
        return self._links[path]

    def _resolve(self, wanted: _Statement, folder: str, top: str, links: dict[str, str]) -> None:
        parts = wanted.module.split(".") if wanted.module else []
        if wanted.dots:
            roots = [folder]
            for _ in range(wanted.dots - 1):
                roots = [os.path.dirname(roots[0])]
        elif parts[0] in _ELSEWHERE:
            return
        else:
            roots = list(_upwards(folder, top))
        written = "." * wanted.dots + wanted.module
        for root in roots:
            where = self._descend(root, parts)
            if where is None:
                continue
            base, file = where
            if file is not None:
                links[written] = file
            for name in wanted.names if base is not None else ():
                inner = self._descend(base or "", [name])
                if inner is not None and inner[1] is not None:
                    links[joined(written, name)] = inner[1]
            return

    def _descend(self, folder: str, parts: list[str]) -> tuple[str | None, str | None] | None:
        """The package folder and the file of a module below a folder; None if there is none."""
        for number, part in enumerate(parts):
            names = self._list(folder)
            inner = os.path.join(folder, part)
            package = part in names and "__init__.py" in self._list(inner)
            if number == len(parts) - 1 and f"{part}.py" in names and not package:
                return None, f"{inner}.py"
            if part not in names:
                return None
            folder = inner
        names = self._list(folder)
        if not names:
            return None
        return folder, os.path.join(folder, "__init__.py") if "__init__.py" in names else None

    def _list(self, folder: str) -> frozenset[str]:
        if folder not in self._listed:
            try:
                self._listed[folder] = frozenset(os.listdir(folder))
            except (OSError, ValueError):
                self._listed[folder] = frozenset()
        return self._listed[folder]

    def _bytes(self, path: str) -> bytes:
        """The bytes of a file; nothing where it cannot be read or is too large."""
        if path not in self._raw:
            try:
                # a pipe is no file: it would be waited for
                raw = self._read(path) if os.path.isfile(path) else b""
            except (OSError, ValueError):
                raw = b""
            self._raw[path] = raw if len(raw) <= MAX_SIZE else b""
        return self._raw[path]

    def _code(self, path: str) -> bytes:
        if not path.endswith(".ipynb"):
            return self._bytes(path)
        try:
            units = read_source(self._bytes(path), path).program.units
        except SourceError:
            return b""
        return "\n".join(unit.text for unit in units).encode("utf-8", "replace")

    def _program(self, path: str) -> Program | None:
        if path not in self._programs:
            try:
                program = read_source(self._bytes(path), shown(path)).program
                self._programs[path] = replace(program, filename=shown(path))
            except SourceError:
                self._programs[path] = None
        return self._programs[path]


def _defined(raw: bytes) -> list[bytes]:
    """The classes and functions of a file that name a recurrent layer, or others that do."""
    starts = list(_DEFINES.finditer(b"\n" + raw))
    ends = [*(found.start() for found in starts[1:]), len(raw)]
    bodies = {found[1]: raw[found.end() : end] for found, end in zip(starts, ends, strict=False)}
    hot = [name for name, body in bodies.items() if any(word in body for word in _WORDS)]
    for known in hot:  # grows while it is read
        hot += [name for name, body in bodies.items() if name not in hot and known in body]
    return hot


def _upwards(folder: str, top: str) -> Iterator[str]:
    """A folder and those above it, up to the top one."""
    while True:
        yield folder
        above = os.path.dirname(folder)
        if folder == top or above == folder:
            return
        folder = above


def _statements(raw: bytes) -> Iterator[_Statement]:
    """The imports in some code, nested ones included."""
    raw = b"\n" + raw
    for dots, module, names in _FROM.findall(raw):
        listed = _COMMENT.sub(b"", names).strip(b" \t\r\n()\\").decode("ascii", "ignore")
        taken = tuple(part.split()[0] for part in listed.split(",") if part.split())
        if module or dots:
            yield _Statement(len(dots), module.decode("ascii", "ignore"), taken)
    for modules in _IMPORT.findall(raw):
        for part in modules.decode("ascii", "ignore").split(","):
            words = part.split()
            if words and words[0].replace(".", "").isidentifier():
                yield _Statement(0, words[0], ())
