"""The registry: rules are found by their files, and a file that breaks the convention is named."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import shapeguard.rules
from shapeguard.rules import RegistryError, _checkout_rules, names, registry

ROOT = Path(__file__).resolve().parents[1]
RULE = """
from types import SimpleNamespace

RULE = SimpleNamespace(code={code!r}, name={name!r})
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder that is the only place of rules, for as long as the test runs."""
    before = set(sys.modules)
    monkeypatch.setattr(shapeguard.rules, "__path__", [str(tmp_path)])
    names.cache_clear()
    registry.cache_clear()
    yield tmp_path
    for module in set(sys.modules) - before:
        del sys.modules[module]
        monkeypatch.delattr(shapeguard.rules, module.rpartition(".")[2], raising=False)
    names.cache_clear()
    registry.cache_clear()


def write(folder: Path, file: str, code: str, name: str) -> None:
    (folder / f"{file}.py").write_text(RULE.format(code=code, name=name))


def test_every_rule_file_is_registered() -> None:
    files = sorted(path.stem for path in (ROOT / "rules").glob("*.py"))
    found = registry()
    assert files
    assert [
        f"{code.lower()}_{rule.name.replace('-', '_')}" for code, rule in found.items()
    ] == files
    assert {code: rule.name for code, rule in found.items()} == dict(names())


def test_rules_are_sorted_by_code(folder: Path) -> None:
    write(folder, "sg902_second", "SG902", "second")
    write(folder, "sg901_first_of_all", "SG901", "first-of-all")
    assert dict(names()) == {"SG901": "first-of-all", "SG902": "second"}
    assert list(registry()) == ["SG901", "SG902"]


def test_names_import_no_rule(folder: Path) -> None:
    (folder / "sg901_broken.py").write_text("raise RuntimeError")
    assert dict(names()) == {"SG901": "broken"}


@pytest.mark.parametrize(
    ("file", "code", "name", "message"),
    [
        ("sg901_first", "SG902", "first", "sg901_first.py holds SG902 first; its name says SG901"),
        ("sg901_first", "SG901", "other", "sg901_first.py holds SG901 other; its name says SG901"),
        ("helpers", "SG901", "first", "helpers.py: a rule file is named"),
        ("sg9_first", "SG901", "first", "sg9_first.py: a rule file is named"),
    ],
)
def test_file_and_rule_agree(folder: Path, file: str, code: str, name: str, message: str) -> None:
    write(folder, file, code, name)
    with pytest.raises(RegistryError, match=message):
        registry()


def test_two_files_with_one_code(folder: Path) -> None:
    write(folder, "sg901_first", "SG901", "first")
    write(folder, "sg901_second", "SG901", "second")
    with pytest.raises(RegistryError, match=r"SG901 is in two files: sg901_first.py and sg901_sec"):
        registry()


def test_file_without_rule(folder: Path) -> None:
    (folder / "sg901_first.py").write_text("rule = None\n")
    with pytest.raises(RegistryError, match=r"sg901_first.py has no RULE"):
        registry()


@pytest.mark.parametrize("project", [None, '[project]\nname = "other"\n', b"\xff\xfe"])
def test_rules_of_somebody_else_are_left_alone(project: str | bytes | None, tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    if project is not None:
        content = project.encode() if isinstance(project, str) else project
        (tmp_path / "pyproject.toml").write_bytes(content)
    assert _checkout_rules(tmp_path) == []
    assert _checkout_rules(ROOT) == [str(ROOT / "rules")]
