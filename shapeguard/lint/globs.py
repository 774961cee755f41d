"""Patterns of paths, as in ruff's `exclude`: `*` crosses slashes, a bare name matches anywhere."""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Sequence


class Globs:
    """Patterns that match a name by itself, or a path relative to a root."""

    def __init__(self, root: str, patterns: Sequence[str]) -> None:
        expanded = [os.path.expanduser(pattern).rstrip("/") for pattern in patterns]
        names = [pattern for pattern in expanded if "/" not in pattern]
        paths = [_anchored(root, pattern) for pattern in expanded]
        self._names = _compiled(names)
        self._paths = _compiled(paths)

    def match(self, path: str) -> bool:
        """Whether a path itself matches; its parents are not looked at."""
        if self._names.match(os.path.basename(path)):
            return True
        return self._paths.match(os.path.abspath(path)) is not None

    def match_any(self, path: str) -> bool:
        """Whether a path or a folder above it matches."""
        path = os.path.abspath(path)
        while True:
            if self.match(path):
                return True
            parent = os.path.dirname(path)
            if parent == path:
                return False
            path = parent


def _anchored(root: str, pattern: str) -> str:
    if os.path.isabs(pattern):
        return pattern
    escaped = re.sub(r"([*?\[])", r"[\1]", root)
    return os.path.join(escaped, pattern.removeprefix("./"))


def _compiled(patterns: Sequence[str]) -> re.Pattern[str]:
    alternatives = "|".join(fnmatch.translate(pattern) for pattern in patterns)
    return re.compile(alternatives or r"(?!)")
