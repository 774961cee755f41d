"""The rules as the shell sees them: codes and names at no cost, their pages when asked for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal, Protocol

from shapeguard.lint.diagnostic import Applicability, Severity

UNUSED_IGNORE = "SG000"
UNUSED_NAME = "unused-ignore"

_UNUSED_PAGE = """\
# SG000 unused-ignore

A comment suppresses a rule that does not speak there.

Severity: **warning**. Fix: **safe**. Looks at: source (`shapeguard check --report-unused-ignores`).

## What it does

Looks for `# noqa: SG...` and `# shapeguard: ignore[...]` comments that suppress nothing: the
mistake was mended, the rule is off, or the code is misspelt. A bare `# noqa` is left alone, for
it may be meant for another tool.

## Why is this bad?

The comment would hide the next mistake of that kind on its line.

## Fix safety

Safe: only the comment changes.
"""


@dataclass(frozen=True, slots=True)
class RuleInfo:
    """One rule in plain words."""

    code: str
    name: str
    severity: Severity
    summary: str
    page: str
    fix: Applicability | Literal["none"]


class Catalogue(Protocol):
    """The rules there are."""

    def names(self) -> Mapping[str, str]:
        """Name by code, sorted by code."""
        ...

    def defaults(self) -> Collection[str]:
        """The codes that are on where nothing is selected."""
        ...

    def info(self, code: str) -> RuleInfo:
        """All that there is to say about a rule; KeyError for a code that is none."""
        ...

    def url(self, name: str) -> str | None:
        """The address of a rule's page, where the project has published them."""
        ...


class Installed:
    """The rules of this installation."""

    def names(self) -> Mapping[str, str]:
        from shapeguard.rules import names

        return {UNUSED_IGNORE: UNUSED_NAME, **names()}

    def defaults(self) -> Collection[str]:
        from shapeguard.rules import registry

        return [code for code, rule in registry().items() if rule.severity.value != "advice"]

    def info(self, code: str) -> RuleInfo:
        if code == UNUSED_IGNORE:
            summary = "A comment suppresses a rule that does not speak there."
            return RuleInfo(code, UNUSED_NAME, "warning", summary, _UNUSED_PAGE, "safe")
        from shapeguard.page import page
        from shapeguard.rules import registry

        rule = registry()[code]
        return RuleInfo(
            code=rule.code,
            name=rule.name,
            severity=rule.severity.value,
            summary=rule.summary,
            page=page(rule),
            fix=rule.fix.value if rule.fix is not None else "none",
        )

    def url(self, name: str) -> str | None:
        base = _documentation()
        return f"{base}/rules/{name}" if base else None


@cache
def _documentation() -> str | None:
    """The documentation's address that the distribution declares."""
    from importlib.metadata import PackageNotFoundError, metadata

    try:
        declared = metadata("torch-shapeguard").get_all("Project-URL") or []
    except PackageNotFoundError:
        return None
    for entry in declared:
        label, _, address = str(entry).partition(",")
        if label.strip().lower() == "documentation":
            return address.strip().rstrip("/")
    return None
