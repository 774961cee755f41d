"""SARIF 2.1.0, for code scanning services and editors."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from shapeguard import __version__
from shapeguard.lint.catalogue import RuleInfo
from shapeguard.lint.diagnostic import Diagnostic, Edit, Fix, Note, Span
from shapeguard.lint.outcome import Outcome
from shapeguard.report.prose import sentence

_LEVEL = {"error": "error", "warning": "warning", "advice": "note"}


def render(outcome: Outcome, rules: Sequence[RuleInfo], urls: Sequence[str | None]) -> str:
    """The run as SARIF; `rules` are all that may speak, each with the address of its page."""
    index = {rule.code: number for number, rule in enumerate(rules)}
    driver = {
        "name": "shapeguard",
        "version": __version__,
        "rules": [_rule(rule, url) for rule, url in zip(rules, urls, strict=True)],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"%SRCROOT%": {"uri": _folder_uri(os.getcwd())}},
        "invocations": [_invocation(outcome)],
        "results": [_result(each, index) for each in outcome.findings],
    }
    document = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }
    return json.dumps(document, indent=2)


def _rule(rule: RuleInfo, url: str | None) -> dict[str, Any]:
    described: dict[str, Any] = {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": rule.summary},
        "help": {"text": rule.page, "markdown": rule.page},
        "defaultConfiguration": {
            "level": _LEVEL[rule.severity],
            "enabled": rule.severity != "advice",
        },
        "properties": {"fix": rule.fix},
    }
    if url is not None:
        described["helpUri"] = url
    return described


def _invocation(outcome: Outcome) -> dict[str, Any]:
    notes = [("error", each.path, each.reason) for each in outcome.problems]
    notes += [
        ("warning", path, f"cell {each.cell} skipped: {each.reason}")
        for path, each in outcome.skipped
    ]
    found: dict[str, Any] = {"executionSuccessful": outcome.exit_code() != 2}
    if notes:
        found["toolExecutionNotifications"] = [
            {
                "level": level,
                "message": {"text": text},
                "locations": [{"physicalLocation": {"artifactLocation": _artifact(path)}}],
            }
            for level, path, text in notes
        ]
    return found


def _result(diagnostic: Diagnostic, index: dict[str, int]) -> dict[str, Any]:
    parts = (sentence(diagnostic), diagnostic.why, diagnostic.advice)
    name, span, cell = diagnostic.filename, diagnostic.span, diagnostic.cell
    found: dict[str, Any] = {
        "ruleId": diagnostic.code,
        "level": _LEVEL[diagnostic.severity],
        "message": {"text": "\n".join(part for part in parts if part)},
        "locations": [_location(name, span, cell)],
    }
    if diagnostic.code in index:
        found["ruleIndex"] = index[diagnostic.code]
    if diagnostic.notes:
        found["relatedLocations"] = [
            _note(name, note, number) for number, note in enumerate(diagnostic.notes, 1)
        ]
    # Rows of a cell are no rows of the file: such a replacement would break the notebook.
    if diagnostic.fix is not None and cell is None:
        found["fixes"] = [_fix(name, diagnostic.fix)]
    return found


def _location(name: str, span: Span | None, cell: int | None) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": _artifact(name)}
    found: dict[str, Any] = {"physicalLocation": physical}
    if span is not None and cell is None:
        physical["region"] = _region(span)
    if cell is not None:
        row = "" if span is None else f", row {span.start.row}, column {span.start.column}"
        found["logicalLocations"] = [{"name": f"cell {cell}{row}", "kind": "module"}]
    return found


def _note(name: str, note: Note, number: int) -> dict[str, Any]:
    return {
        "id": number,
        "message": {"text": note.message},
        **_location(note.filename or name, note.span, note.cell),
    }


def _fix(name: str, fix: Fix) -> dict[str, Any]:
    change = {
        "artifactLocation": _artifact(name),
        "replacements": [_replacement(edit) for edit in fix.edits],
    }
    return {"description": {"text": fix.message}, "artifactChanges": [change]}


def _replacement(edit: Edit) -> dict[str, Any]:
    found: dict[str, Any] = {"deletedRegion": _region(edit.span)}
    if edit.content:
        found["insertedContent"] = {"text": edit.content}
    return found


def _region(span: Span) -> dict[str, int]:
    return {
        "startLine": span.start.row,
        "startColumn": span.start.column,
        "endLine": span.end.row,
        "endColumn": span.end.column,
    }


def _artifact(path: str) -> dict[str, str]:
    if os.path.isabs(path):
        return {"uri": PurePath(path).as_uri()}
    return {"uri": _quoted(path.replace(os.sep, "/")), "uriBaseId": "%SRCROOT%"}


def _folder_uri(path: str) -> str:
    return PurePath(path).as_uri().rstrip("/") + "/"


def _quoted(path: str) -> str:
    return quote(path.encode("utf-8", "surrogateescape"))
