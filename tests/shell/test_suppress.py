"""Suppression comments."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.shell.conftest import Check, write
from tests.shell.fake import HEADER
from tests.shell.notebooks import notebook


@pytest.mark.parametrize(
    "comment",
    [
        "# noqa",
        "#noqa",
        "# NOQA",
        "# noqa: SG101",
        "# noqa:SG101",
        "# noqa: E501, SG101",
        "# noqa: SG101 E501",
        "# noqa: SG101 because it is meant",
        "# words # noqa: SG101",
        "# type: ignore  # noqa: SG101",
        "# shapeguard: ignore",
        "# shapeguard: ignore[SG101]",
        "# shapeguard:ignore[SG101]",
        "# shapeguard: ignore[no-bad]",
        "# shapeguard: ignore[SG999, no-bad] for a reason",
        "# shapeguard: ignore-file",
        "# shapeguard: ignore-file[SG101]",
    ],
)
def test_suppressed(check: Check, project: Path, comment: str) -> None:
    write(project / "a.py", f"bad()  {comment}\n")
    assert check().exit_code == 0


@pytest.mark.parametrize(
    "comment",
    [
        "# noqa: SG102",
        "# noqa: E501",
        "# noqa: nonsense",
        "# noqa:",
        "# noqaSG101",
        "# shapeguard: ignore[SG102]",
        "# shapeguard: ignore[]",
        "# shapeguard: ignored",
        "# shapeguard: ignore-file[SG102]",
        "; x = '# noqa'",
        "; x = '# shapeguard: ignore-file'",
    ],
)
def test_not_suppressed(check: Check, project: Path, comment: str) -> None:
    write(project / "a.py", f"bad()  {comment}\n")
    assert check().exit_code == 1


def test_only_its_own_row(check: Check, project: Path) -> None:
    write(project / "a.py", "bad()  # noqa\nbad()\n# noqa\nbad()\n")
    found = json.loads(check("--output-format", "json").stdout)
    assert [each["location"]["row"] for each in found] == [3, 5]


@pytest.mark.parametrize(
    ("code", "noqa_row"),
    [
        ("f(\n  bad(),\n)\n", 3),
        ("x = bad() + '''\n\n'''\n", 4),
        ("x = '''\n''' + bad() + '''\n'''\n", 4),
        ("x = 1 + \\\n  bad() + \\\n  2\n", 4),
        ("x = (1,  # one\n  bad(), 2)\n", 3),
    ],
)
def test_statements_of_several_rows(check: Check, project: Path, code: str, noqa_row: int) -> None:
    path = write(project / "a.py", code)
    (found,) = json.loads(check("--output-format", "json").stdout)
    assert found["noqa_row"] == noqa_row
    lines = path.read_text().split("\n")
    lines[noqa_row - 1] += "  # noqa: SG101"
    path.write_text("\n".join(lines))
    assert check().exit_code == 0


def test_in_a_notebook(check: Check, project: Path) -> None:
    text = notebook("import torch  # nn.LSTM", "bad()  # noqa", "bad()")
    (project / "a.ipynb").write_text(text, encoding="utf-8")
    (found,) = json.loads(check("--output-format", "json").stdout)
    assert found["cell"] == 3


UNUSED = [
    ("x = 1  # noqa: SG101\n", "`# noqa: SG101` suppresses nothing", "x = 1\n"),
    ("x = 1  # noqa: E501, SG101\n", None, "x = 1  # noqa: E501\n"),
    ("bad()  # noqa: SG101, SG102\n", None, "bad()  # noqa: SG101\n"),
    ("x = 1  # shapeguard: ignore\n", None, "x = 1\n"),
    ("x = 1  # shapeguard: ignore[no-bad]\n", None, "x = 1\n"),
    ("bad()  # shapeguard: ignore[SG102,no-bad]\n", None, "bad()  # shapeguard: ignore[no-bad]\n"),
    ("x = 1  # noqa: SG101 # words\n", None, "x = 1  # words\n"),
    ("x = 1  # words # noqa: SG101\n", None, "x = 1  # words\n"),
    ("x = 1  # noqa: SG101 as agreed\n", None, "x = 1\n"),
    ("# shapeguard: ignore-file\nx = 1\n", None, "\nx = 1\n"),
    ("x = 1  # noqa: SG998\n", "suppresses nothing (no rule SG998)", "x = 1\n"),
    ("x = 1  # noqa: SG901\n", "suppresses nothing (SG901 is off)", "x = 1\n"),
]


@pytest.mark.parametrize("header", [HEADER, ""])
@pytest.mark.parametrize(("code", "words", "fixed"), UNUSED)
def test_unused(
    check: Check, project: Path, code: str, words: str | None, fixed: str, header: str
) -> None:
    if "bad()" in code:
        header = HEADER  # without layers nothing is found, so nothing is suppressed
    path = project / "a.py"
    path.write_text(header + code)
    assert check().exit_code == 0
    result = check("--report-unused-ignores", "--output-format", "json")
    (found,) = json.loads(result.stdout)
    assert (found["code"], found["name"]) == ("SG000", "unused-ignore")
    assert words is None or words in found["message"]
    assert check("--report-unused-ignores", "--fix").exit_code == 0
    assert path.read_text() == header + fixed


@pytest.mark.parametrize(
    "code",
    ["x = 1  # noqa\n", "x = 1  # noqa: E501\n", "bad()  # noqa\n", "bad()  # noqa: SG101\n"],
)
def test_not_reported_as_unused(check: Check, project: Path, code: str) -> None:
    write(project / "a.py", code)
    assert check("--report-unused-ignores").exit_code == 0


@pytest.mark.parametrize("select", ["ALL", "SG", "SG000", "unused-ignore"])
def test_unused_by_selection(check: Check, project: Path, select: str) -> None:
    write(project / "a.py", "x = 1  # noqa: SG101\n")
    result = check("--select", select, "--output-format", "concise")
    assert "a.py:2:8: SG000" in result.stdout
