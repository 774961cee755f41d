"""Which files are checked: named ones, and those found in folders, in a stable order.

A plain `os.scandir` walk: thousands of files without a recurrent layer must cost little more
than the system calls.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapeguard.lint.config import Configs, Settings

if TYPE_CHECKING:
    from shapeguard.lint.gitignore import Ignores

SUFFIXES = (".py", ".ipynb")


@dataclass(frozen=True, slots=True)
class Found:
    """A file to check, by the path that messages show, with the settings that hold for it."""

    path: str
    settings: Settings


@dataclass(frozen=True, slots=True)
class Problem:
    """A file or folder that could not be checked, and why in one line."""

    path: str
    reason: str


def reason(error: OSError) -> str:
    """An operating system's error in words, without the path."""
    return error.strerror or type(error).__name__


def shown(path: str) -> str:
    """A path as messages show it: relative to the working folder where it lies inside."""
    path = os.path.normpath(path)
    if os.path.isabs(path):
        here = os.getcwd()
        if path == here:
            return "."
        prefix = here if here.endswith(os.sep) else here + os.sep
        return path[len(prefix) :] if path.startswith(prefix) else path
    return path


def find(paths: Iterable[str], configs: Configs) -> Iterator[Found | Problem]:
    """The files behind the paths, each once; what cannot be reached, as problems."""
    paths = list(paths)
    links: list[Found] = []
    plain: list[str] = []
    seen: set[str] | None = set() if len(paths) > 1 else None
    for path in paths:
        for entry in _under(shown(path), configs):
            if seen is not None:
                key = os.path.abspath(entry.path)
                if key in seen:
                    continue
                seen.add(key)
            if isinstance(entry, Found) and os.path.islink(entry.path):
                links.append(entry)
                continue
            plain.append(entry.path)
            yield entry
    # A link is another name: it counts where its file is not among the others.
    real = {os.path.realpath(path) for path in plain} if links else set()
    for link in links:
        target = os.path.realpath(link.path)
        if target not in real:
            real.add(target)
            yield link


def _under(path: str, configs: Configs) -> Iterator[Found | Problem]:
    try:
        mode = os.stat(path).st_mode
    except OSError as error:
        yield Problem(path, reason(error))
        return
    except ValueError as error:
        yield Problem(path, str(error))
        return
    folder = stat.S_ISDIR(mode)
    settings = configs.above(path if folder else os.path.dirname(path) or ".")
    if settings.force_exclude and excluded(path, settings):
        return
    if not folder:
        yield Found(path, settings)
        return
    ignores = _ignores_above(path) if settings.respect_gitignore else None
    yield from _walk(path, settings, ignores, configs)


def excluded(path: str, settings: Settings) -> bool:
    """Whether the configuration leaves a path out, by itself or by a folder above it."""
    relative = os.path.relpath(os.path.abspath(path), settings.root)
    if not settings.excluded_names.isdisjoint(relative.split(os.sep)):
        return True
    return settings.excluded is not None and settings.excluded.match_any(path)


def _walk(
    path: str, settings: Settings, ignores: Ignores | None, configs: Configs
) -> Iterator[Found | Problem]:
    """The files below a folder. Links to folders are not followed, so no loop can hold the walk."""
    prefix = "" if path == "." else path if path.endswith(os.sep) else path + os.sep
    try:
        with os.scandir(path) as entries:
            names = {entry.name: entry for entry in entries}
    except OSError as error:
        yield Problem(path, reason(error))
        return
    if "pyproject.toml" in names:
        settings = configs.at(path) or settings
    if ".gitignore" in names and settings.respect_gitignore:
        from shapeguard.lint.gitignore import read

        ignores = read(prefix + ".gitignore", os.path.abspath(path), ignores)
    base = os.path.abspath(path) + os.sep if ignores is not None else ""
    skipped, globs = settings.excluded_names, settings.excluded
    for name in sorted(names):
        entry = names[name]
        folder = _is_folder(entry)
        if not (folder or name.endswith(SUFFIXES)) or name in skipped:
            continue
        if globs is not None and globs.match(prefix + name):
            continue
        if ignores is not None and ignores.ignored(base + name, folder):
            continue
        if folder:
            yield from _walk(prefix + name, settings, ignores, configs)
        elif _is_file(entry):
            yield Found(prefix + name, settings)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _is_file(entry: os.DirEntry[str]) -> bool:
    """Whether an entry is to be read. Broken links are, so that they are named; pipes and links
    to folders are not."""
    if not entry.is_symlink():
        return entry.is_file(follow_symlinks=False)
    try:
        mode = os.stat(entry.path).st_mode
    except OSError:
        return True
    return stat.S_ISREG(mode)


def _ignores_above(path: str) -> Ignores | None:
    """The ignore files of the folders above, up to the root of the repository; none where the
    folder itself is ignored, for then it was asked for by name."""
    above: list[str] = []
    folder = top = os.path.abspath(path)
    while not os.path.lexists(os.path.join(folder, ".git")):
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent
        above.append(folder)
    files = [(folder, os.path.join(folder, ".git", "info", "exclude"))]
    files += [(parent, os.path.join(parent, ".gitignore")) for parent in reversed(above)]
    ignores: Ignores | None = None
    for base, file in files:
        if os.path.isfile(file):
            from shapeguard.lint.gitignore import read

            ignores = read(file, base, ignores)
    if ignores is not None and ignores.ignored(top, True):
        return None
    return ignores


def read_bytes(path: str) -> bytes:
    """The bytes of a file, by the shortest way there is."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        status = os.fstat(handle)
        if stat.S_ISDIR(status.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        found = os.read(handle, status.st_size + 1)
        if len(found) == status.st_size:
            return found
        parts = [found]  # a pipe, or a file that is being written
        while parts[-1]:
            parts.append(os.read(handle, 1 << 20))
    finally:
        os.close(handle)
    return b"".join(parts)
