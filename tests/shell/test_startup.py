"""What a run imports: start-up time is a feature, so heavy imports come late or not at all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HEAVY = (
    "libcst",
    "torch",
    "numpy",
    "rich",
    "pathspec",
    "multiprocessing",
    "concurrent.futures",
    "tomllib",
    "shapeguard.rule",
    "shapeguard.lint.analyze",
)


def _loaded(folder: Path, *arguments: str) -> tuple[set[str], str]:
    code = (
        "import sys\n"
        "from shapeguard.cli import main\n"
        "try:\n"
        f"    main({list(arguments)!r})\n"
        "except SystemExit as end:\n"
        "    assert not end.code, end.code\n"
        f"print(*[name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    root = Path(__file__).resolve().parents[2]
    child = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=folder,
        env={"PYTHONPATH": str(root), "PATH": ""},
        check=True,
    )
    *lines, last = child.stdout.split("\n")[:-1]
    return set(last.split()), "\n".join(lines)


def test_files_without_layers_import_nothing_heavy(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import torch\nx = torch.zeros(3)\n")
    (tmp_path / "b.ipynb").write_text('{"cells": []}')
    loaded, output = _loaded(tmp_path, "check")
    assert loaded == set()
    assert "Checked 2 files, 0 of them with recurrent layers." in output


def test_a_gitignore_brings_pathspec_only(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("")
    (tmp_path / ".gitignore").write_text("*.log\n")
    assert _loaded(tmp_path, "check")[0] == {"pathspec"}


def test_version(tmp_path: Path) -> None:
    loaded, output = _loaded(tmp_path, "--version")
    assert loaded == set()
    assert output.startswith("shapeguard, version ")
