"""The formats of a report by name, each imported when it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shapeguard.lint.catalogue import Catalogue
    from shapeguard.lint.outcome import Outcome
    from shapeguard.report.style import Style


def render(name: str, outcome: Outcome, catalogue: Catalogue, unsafe: bool, style: Style) -> str:
    """The findings in the format called ``name``; `text` where it is none of the others."""
    if name == "json":
        from shapeguard.report import json

        return json.render(outcome.findings, catalogue.url) + "\n"
    if name == "sarif":
        from shapeguard.report import sarif

        rules = [catalogue.info(code) for code in catalogue.names()]
        return sarif.render(outcome, rules, [catalogue.url(rule.name) for rule in rules]) + "\n"
    if name == "github":
        from shapeguard.report import github

        return github.render(outcome.findings)
    if name == "concise":
        from shapeguard.report import concise

        return concise.render(outcome.findings, unsafe, style)
    from shapeguard.report import text

    return text.render(outcome.findings, outcome.sources, unsafe, style)
