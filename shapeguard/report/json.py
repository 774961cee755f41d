"""JSON as ruff prints it: an array with one object for each finding."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from typing import Any

from shapeguard.lint.diagnostic import Diagnostic, Edit, Fix, Position
from shapeguard.report.prose import sentence


def render(findings: Iterable[Diagnostic], url: Callable[[str], str | None]) -> str:
    """The findings as JSON; `url` gives the page of a rule by its name."""
    return json.dumps([_finding(each, url(each.name)) for each in findings], indent=2)


def _finding(diagnostic: Diagnostic, url: str | None) -> dict[str, Any]:
    return {
        "cell": diagnostic.cell,
        "code": diagnostic.code,
        "end_location": _position(diagnostic.span.end),
        "filename": os.path.abspath(diagnostic.filename),
        "fix": diagnostic.fix and _fix(diagnostic.fix),
        "location": _position(diagnostic.span.start),
        "message": sentence(diagnostic),
        "name": diagnostic.name,
        "noqa_row": diagnostic.noqa_row,
        "severity": diagnostic.severity,
        "url": url,
    }


def _fix(fix: Fix) -> dict[str, Any]:
    return {
        "applicability": fix.applicability,
        "edits": [_edit(edit) for edit in fix.edits],
        "message": fix.message,
    }


def _edit(edit: Edit) -> dict[str, Any]:
    return {
        "cell": edit.cell,
        "content": edit.content,
        "end_location": _position(edit.span.end),
        "location": _position(edit.span.start),
    }


def _position(position: Position) -> dict[str, int]:
    return {"column": position.column, "row": position.row}
