"""[tool.shapeguard] of pyproject.toml."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeVar

from shapeguard.lint.globs import Globs
from shapeguard.lint.selection import Selection

DEFAULT_EXCLUDE = frozenset(
    {
        ".bzr",
        ".direnv",
        ".eggs",
        ".git",
        ".git-rewrite",
        ".hg",
        ".ipynb_checkpoints",
        ".mypy_cache",
        ".nox",
        ".pants.d",
        ".pytest_cache",
        ".pytype",
        ".ruff_cache",
        ".shapeguard_cache",
        ".svn",
        ".tox",
        ".venv",
        "__pycache__",
        "__pypackages__",
        "_build",
        "buck-out",
        "build",
        "dist",
        "node_modules",
        "site-packages",
        "venv",
    }
)

T = TypeVar("T")


class ConfigError(Exception):
    """A configuration that cannot be used; the message is one line and names the file."""


@dataclass(frozen=True)
class Settings:
    """What one configuration says; patterns are relative to `root`."""

    root: str
    origin: str | None = None
    selection: Selection = field(default_factory=Selection)
    exclude: tuple[str, ...] | None = None
    extend_exclude: tuple[str, ...] = ()
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    respect_gitignore: bool = True
    force_exclude: bool = False

    @property
    def excluded_names(self) -> frozenset[str]:
        """Names of files and folders that are excluded wherever they are."""
        return DEFAULT_EXCLUDE if self.exclude is None else frozenset()

    @cached_property
    def excluded(self) -> Globs | None:
        """The patterns that were written out, if any were."""
        patterns = (*(self.exclude or ()), *self.extend_exclude)
        return Globs(self.root, patterns) if patterns else None

    @cached_property
    def _file_ignores(self) -> tuple[tuple[Globs, bool, tuple[str, ...]], ...]:
        return tuple(
            (Globs(self.root, (pattern.removeprefix("!"),)), pattern.startswith("!"), selectors)
            for pattern, selectors in self.per_file_ignores
        )

    def ignored_in(self, path: str) -> tuple[str, ...]:
        """The selectors that per-file-ignores turn off in a file."""
        return tuple(
            selector
            for globs, negated, selectors in self._file_ignores
            if globs.match(path) != negated
            for selector in selectors
        )

    @property
    def all_selections(self) -> tuple[Selection, ...]:
        """Every list of selectors in the configuration, to be checked against the rules."""
        files = tuple(
            Selection(ignore=selectors, origin=f"per-file-ignores in {self.origin}")
            for _, selectors in self.per_file_ignores
        )
        return (self.selection, *files)


class Configs:
    """Settings by folder: those of the nearest pyproject.toml with [tool.shapeguard].

    `given` (of --config) stands for every folder; `isolated` reads no file at all.
    """

    def __init__(
        self,
        given: str | None = None,
        isolated: bool = False,
        adjust: Callable[[Settings], Settings] = lambda settings: settings,
    ) -> None:
        self._adjust = adjust
        self._default = adjust(Settings(os.getcwd()))
        self._fixed: Settings | None = self._default if isolated else None
        self._known: dict[str, Settings] = {}
        if given is not None:
            found = read_settings(given, required=True)
            self._fixed = adjust(replace(found or Settings(""), root=os.getcwd()))

    def above(self, folder: str) -> Settings:
        """The settings that hold in a folder, by itself and the folders above it."""
        if self._fixed is not None:
            return self._fixed
        folder = os.path.abspath(folder)
        known = self._known.get(folder)
        if known is None:
            parent = os.path.dirname(folder)
            known = self.at(folder) or (self._default if parent == folder else self.above(parent))
            self._known[folder] = known
        return known

    def at(self, folder: str) -> Settings | None:
        """The settings of the pyproject.toml in a folder, if there are any."""
        if self._fixed is not None:
            return None
        found = read_settings(os.path.join(folder, "pyproject.toml"))
        return None if found is None else self._adjust(found)


def read_settings(path: str, required: bool = False) -> Settings | None:
    """The settings in a file; None where it has none and need not."""
    try:
        with open(path, "rb") as file:
            raw = file.read()
    except OSError as error:
        if required:
            raise ConfigError(f"{path}: {error.strerror}") from None
        return None
    if not required and b"shapeguard" not in raw:
        return None
    try:
        document = _toml(raw.decode("utf-8"))
    except ValueError as error:
        reason = " ".join(str(error).split())
        raise ConfigError(f"{path}: not valid TOML: {reason}") from None
    table = document.get("tool", {}).get("shapeguard")
    if table is None and required and not path.endswith("pyproject.toml"):
        table = document
    if table is None:
        return None
    try:
        return _settings(table, path)
    except ValueError as error:
        raise ConfigError(f"{path}: [tool.shapeguard] {error}") from None


def _toml(text: str) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    return tomllib.loads(text)


def _settings(table: object, path: str) -> Settings:
    if not isinstance(table, Mapping):
        raise ValueError("is not a table")
    reader = _Reader(dict(table))
    selection = Selection(
        select=reader.take("select", _strings),
        extend_select=reader.take("extend-select", _strings) or (),
        ignore=reader.take("ignore", _strings) or (),
        origin=path,
    )
    settings = Settings(
        root=os.path.dirname(os.path.abspath(path)),
        origin=path,
        selection=selection,
        exclude=reader.take("exclude", _strings),
        extend_exclude=reader.take("extend-exclude", _strings) or (),
        per_file_ignores=reader.take("per-file-ignores", _tables) or (),
        respect_gitignore=reader.take("respect-gitignore", _flag) is not False,
        force_exclude=reader.take("force-exclude", _flag) is True,
    )
    reader.finish()
    return settings


class _Reader:
    def __init__(self, table: dict[str, object]) -> None:
        self._table = table
        self._asked: list[str] = []

    def take(self, key: str, convert: Callable[[object], T]) -> T | None:
        self._asked.append(key)
        if key not in self._table:
            return None
        try:
            return convert(self._table.pop(key))
        except TypeError as error:
            raise ValueError(f"{key}: {error}") from None

    def finish(self) -> None:
        if self._table:
            known = ", ".join(self._asked)
            raise ValueError(f"has no setting {', '.join(map(repr, self._table))}; known: {known}")


def _strings(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise TypeError("expected a list of strings")
    return tuple(value)


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError("expected true or false")
    return value


def _tables(value: object) -> tuple[tuple[str, tuple[str, ...]], ...]:
    if not isinstance(value, Mapping):
        raise TypeError("expected a table of lists of strings")
    return tuple((str(key), _strings(item)) for key, item in value.items())
