"""The rules that there are: every ``sgNNN_name.py`` of this package that holds a ``RULE``.

In a wheel the rule files lie in this folder. In a checkout they lie in ``rules/`` at the top of
the repository, and ``__path__`` is extended with it. Importing this module reads no rule:
:func:`names` looks at file names only, :func:`registry` imports the rules at the first call.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shapeguard.rule import Rule

__all__ = ["RegistryError", "names", "registry"]

_FILE = re.compile(r"(?P<code>sg[0-9]{3})_(?P<name>[a-z0-9]+(?:_[a-z0-9]+)*)")
_ROOT = Path(__file__).resolve().parents[2]
_OURS = re.compile(r'^name = "torch-shapeguard"$', re.MULTILINE)


class RegistryError(Exception):
    """A rule file that breaks the convention; the message names the file."""


def _checkout_rules(root: Path) -> list[str]:
    """The folder of the rules in a checkout at ``root``; nothing where the package is installed.

    The project file is read, not only looked for: some wheels leave a ``pyproject.toml`` in
    site-packages, and another distribution owns a top-level ``rules``.
    """
    try:
        project = (root / "pyproject.toml").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return []
    return [str(root / "rules")] if _OURS.search(project) else []


__path__ += _checkout_rules(_ROOT)


def _files() -> dict[str, str]:
    """Module name by code, in the order of the codes."""
    modules: dict[str, str] = {}
    for module in sorted(info.name for info in pkgutil.iter_modules(__path__)):
        match = _FILE.fullmatch(module)
        if match is None:
            raise RegistryError(f"rules/{module}.py: a rule file is named sgNNN_the_rules_name.py")
        code = match["code"].upper()
        if code in modules:
            raise RegistryError(f"{code} is in two files: {modules[code]}.py and {module}.py")
        modules[code] = module
    return modules


@cache
def names() -> Mapping[str, str]:
    """Name by code, sorted by code, from the file names alone: no rule is imported."""
    return MappingProxyType(
        {code: module.partition("_")[2].replace("_", "-") for code, module in _files().items()}
    )


def _load(module: str, code: str) -> Rule:
    """The rule in ``module``, which must be the one its file name promises."""
    loaded = importlib.import_module(f"{__name__}.{module}")
    rule: Rule | None = getattr(loaded, "RULE", None)
    if rule is None:
        raise RegistryError(f"rules/{module}.py has no RULE")
    expected = (code, names()[code])
    if (rule.code, rule.name) != expected:
        raise RegistryError(
            f"rules/{module}.py holds {rule.code} {rule.name}; its name says {' '.join(expected)}"
        )
    return rule


@cache
def registry() -> Mapping[str, Rule]:
    """Every rule by its code, sorted by code."""
    return MappingProxyType({code: _load(module, code) for code, module in _files().items()})
