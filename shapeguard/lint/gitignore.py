"""What .gitignore files exclude. Imported only where one is met."""

from __future__ import annotations

import os
from typing import NamedTuple

from pathspec import GitIgnoreSpec


class Ignores(NamedTuple):
    """The ignore files that hold in a folder: its own, and those of the folders above."""

    base: str
    spec: GitIgnoreSpec
    parent: Ignores | None

    def ignored(self, path: str, folder: bool) -> bool:
        """Whether an absolute path is ignored; the innermost file that speaks of it decides."""
        layer: Ignores | None = self
        while layer is not None:
            relative = path[len(layer.base) :].replace(os.sep, "/").lstrip("/")
            verdict = layer.spec.check_file(relative + "/" if folder else relative).include
            if verdict is not None:
                return verdict
            layer = layer.parent
        return False


def read(file: str, base: str, parent: Ignores | None) -> Ignores | None:
    """The patterns of one ignore file on top of those above; an unreadable file says nothing."""
    try:
        with open(file, encoding="utf-8", errors="surrogateescape") as lines:
            spec = GitIgnoreSpec.from_lines(line.rstrip("\n") for line in lines)
    except (OSError, ValueError):
        return parent
    return Ignores(base, spec, parent)
