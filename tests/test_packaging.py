"""What is installed: the wheel's content, a small environment without torch, quick start-up."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
RULE_FILES = sorted(path.name for path in (ROOT / "rules").glob("*.py"))
PYTHONS = ("3.10", "3.11", "3.12", "3.13")

# The mistake that takes least: SG601.
PROGRAM = "from torch import nn\n\nlayer = nn.LSTM(3, 5, dropout=0.2)\n"


def run(command: Sequence[str | Path], cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )


def python(version: str) -> str | None:
    """The interpreter of that version, if this machine has one that starts."""
    if version == f"{sys.version_info.major}.{sys.version_info.minor}":
        return sys.executable
    found = shutil.which(f"python{version}")
    starts = found and subprocess.run([found, "-c", ""], capture_output=True).returncode == 0
    return found if starts else None


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The sdist of this tree, and the wheel built from that sdist."""
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "build", "--no-isolation"]
    done = run([*build, "--outdir", folder, ROOT], folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(folder.glob("*.tar.gz")), next(folder.glob("*.whl"))


@pytest.mark.slow
def test_wheel_holds_the_rules_inside_the_package(built: tuple[Path, Path]) -> None:
    with zipfile.ZipFile(built[1]) as wheel:
        names = wheel.namelist()
    rules = [name.removeprefix("shapeguard/rules/") for name in names if "/rules/sg" in name]
    assert RULE_FILES
    assert sorted(rules) == RULE_FILES
    assert names.count("shapeguard/rules/__init__.py") == 1
    assert "shapeguard/py.typed" in names
    with zipfile.ZipFile(built[1]) as wheel:
        entries = next(name for name in names if name.endswith("/entry_points.txt"))
        points = wheel.read(entries).decode()
    assert "[pytest11]\nshapeguard = shapeguard.integrations.pytest_plugin" in points
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"shapeguard"}


@pytest.mark.slow
def test_sdist_holds_what_the_checks_need(built: tuple[Path, Path]) -> None:
    with tarfile.open(built[0]) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    assert {f"rules/{name}" for name in RULE_FILES} <= names
    assert {"Makefile", "LICENSE", "README.md", ".ci/run", "tests/test_packaging.py"} <= names
    assert not {name for name in names if name.startswith((".venv", ".git/"))}


@pytest.mark.slow
@pytest.mark.parametrize("version", PYTHONS)
def test_wheel_checks_code_without_torch(
    version: str, built: tuple[Path, Path], tmp_path: Path
) -> None:
    interpreter = python(version)
    if interpreter is None:
        pytest.skip(f"no python{version} on this machine")
    done = run([interpreter, "-m", "venv", tmp_path / "env"], tmp_path)
    assert done.returncode == 0, done.stderr
    commands = tmp_path / "env" / "bin"
    done = run([commands / "python", "-m", "pip", "install", "--quiet", built[1]], tmp_path)
    assert done.returncode == 0, done.stderr
    assert run([commands / "python", "-c", "import torch"], tmp_path).returncode == 1
    needs = run([commands / "python", "-c", "from shapeguard import guard"], tmp_path)
    assert "shapeguard.guard needs torch: pip install" in needs.stderr

    (tmp_path / "program.py").write_text(PROGRAM)
    done = run([commands / "shapeguard", "check", "program.py", "--output-format=json"], tmp_path)
    assert done.returncode == 1, done.stderr
    assert [(one["code"], one["location"]["row"]) for one in json.loads(done.stdout)] == [
        ("SG601", 3)
    ]
    # Every rule was installed and loads.
    load = "from shapeguard.rules import registry; print(*registry())"
    codes = run([commands / "python", "-c", load], tmp_path).stdout.split()
    assert codes == sorted(name.partition("_")[0].upper() for name in RULE_FILES)


@pytest.mark.parametrize(
    "content",
    ["import os\n", "from torch import nn\n\nlayer = nn.Linear(3, 5)\n", ""],
    ids=["no torch", "no rnn", "empty"],
)
def test_code_without_rnn_is_not_parsed(content: str, tmp_path: Path) -> None:
    """Such a folder costs a read: nothing that is slow to import is imported."""
    (tmp_path / "module.py").write_text(content)
    code = (
        "import sys\n"
        "from shapeguard.cli import main\n"
        "sys.argv = ['shapeguard', 'check', '.']\n"
        "try:\n"
        "    main()\n"
        "except SystemExit as stop:\n"
        "    assert not stop.code, stop.code\n"
        "print(*{name.partition('.')[0] for name in sys.modules})\n"
    )
    done = run([sys.executable, "-c", code], tmp_path)
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.splitlines()[-1].split())
    assert not loaded & {"libcst", "torch", "numpy", "rich", "jaxtyping", "beartype"}


@pytest.mark.slow
@pytest.mark.parametrize("hook", ["shapeguard", "shapeguard-fix"])
def test_hooks_run_under_pre_commit(hook: str, tmp_path: Path) -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a repository: pre-commit has nothing to clone")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    (scratch / "program.py").write_text(PROGRAM)
    (scratch / "other.py").write_text("import os\n")
    for command in (["git", "init", "-q"], ["git", "add", "."]):
        assert run(command, scratch).returncode == 0
    environment = {**os.environ, "PRE_COMMIT_HOME": str(tmp_path / "home")}
    command = [sys.executable, "-m", "pre_commit", "try-repo", str(ROOT), hook, "--all-files"]
    done = subprocess.run(command, cwd=scratch, capture_output=True, text=True, env=environment)
    fixes = hook.endswith("-fix")
    assert done.returncode == 1, done.stdout + done.stderr
    assert ("files were modified by this hook" if fixes else "SG601") in done.stdout
    fixed = PROGRAM.replace(", dropout=0.2", "")
    assert (scratch / "program.py").read_text() == (fixed if fixes else PROGRAM)
