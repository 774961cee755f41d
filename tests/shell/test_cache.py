"""The cache saves time and never changes a result."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from shapeguard.lint import engine
from shapeguard.lint.cache import FOLDER
from shapeguard.lint.diagnostic import Analysis
from shapeguard.lint.source import Program
from tests.shell import fake
from tests.shell.conftest import Check, write
from tests.shell.notebooks import notebook

EVERYTHING = "bad()\nworse()\nx = 'é'; bad()  # noqa\n"


class Counting:
    """The fake analysis, counting its calls."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, program: Program, select: frozenset[str]) -> Analysis:
        self.calls += 1
        return fake.analyze(program, select)


@pytest.fixture
def counting(check: Check, monkeypatch: pytest.MonkeyPatch) -> Counting:
    made = Counting()
    monkeypatch.setattr(engine, "installed_analysis", made)
    return made


def test_same_output_without_analysis(check: Check, project: Path, counting: Counting) -> None:
    write(project / "a.py", EVERYTHING)
    (project / "b.ipynb").write_text(
        notebook("import torch  # nn.LSTM", "def (", "bad()"), encoding="utf-8"
    )
    first = check("--unsafe-fixes", cache=True)
    assert counting.calls == 2
    second = check("--unsafe-fixes", cache=True)
    assert counting.calls == 2
    assert second.output == first.output
    assert check("--unsafe-fixes", "--no-cache").output == first.output
    assert counting.calls == 4


def test_only_files_with_layers_are_kept(check: Check, project: Path) -> None:
    write(project / "a.py", "x = 1\n")
    (project / "b.py").write_text("x = 1\n")
    check(cache=True)
    names = {each.name for each in (project / FOLDER).iterdir()}
    assert ".gitignore" in names
    assert len(names) == 2
    assert (project / FOLDER / ".gitignore").read_text().endswith("*\n")


def test_any_change_counts(check: Check, project: Path, counting: Counting) -> None:
    path = write(project / "a.py", EVERYTHING)
    check(cache=True)
    path.write_text(path.read_text() + "bad()\n")
    assert "a.py:5:1" in check("--output-format", "concise", cache=True).stdout
    assert counting.calls == 2
    assert "SG101" not in check("--select", "SG102", cache=True).stdout
    assert counting.calls == 3
    assert len(list((project / FOLDER).iterdir())) == 2


def test_another_place(check: Check, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(project / "sub/a.py", "bad()\n")
    (project / "pyproject.toml").write_text("[tool.shapeguard]\n")
    assert check("--output-format", "concise", cache=True).stdout.startswith("sub/a.py:2:1")
    monkeypatch.chdir(project / "sub")
    assert check("--output-format", "concise", cache=True).stdout.startswith("a.py:2:1")
    assert not (project / "sub" / FOLDER).exists()


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"null", b"[]", b'{"key": 1}', b"\xff", b"[" * 100_000]
)
def test_damage_is_ignored(check: Check, project: Path, counting: Counting, damage: bytes) -> None:
    write(project / "a.py", EVERYTHING)
    first = check(cache=True)
    (entry,) = (project / FOLDER).glob("*.json")
    entry.write_bytes(damage)
    assert check(cache=True).output == first.output
    assert counting.calls == 2
    assert check(cache=True).output == first.output
    assert counting.calls == 2


def test_damage_inside(check: Check, project: Path, counting: Counting) -> None:
    write(project / "a.py", EVERYTHING)
    first = check(cache=True)
    (entry,) = (project / FOLDER).glob("*.json")
    data = json.loads(entry.read_text())
    data["analysis"]["diagnostics"][0].pop("span")
    entry.write_text(json.dumps(data))
    assert check(cache=True).output == first.output
    assert counting.calls == 2


def test_folder_that_cannot_be_made(check: Check, project: Path) -> None:
    (project / FOLDER).write_text("a file is in the way")
    write(project / "a.py", EVERYTHING)
    result = check("--output-format", "concise", cache=True)
    assert result.stdout.startswith("a.py:2:1")


def test_fixing_with_a_cache(check: Check, project: Path) -> None:
    path = write(project / "a.py", "bad()\n")
    check(cache=True)
    assert check("--fix", cache=True).exit_code == 0
    assert path.read_text() == fake.HEADER + "good()\n"
    assert check(cache=True).exit_code == 0
