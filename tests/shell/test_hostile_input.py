"""Generated files that are hard to read, under the real rules and in a process of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LAYER = "from torch import nn\nlayer = nn.LSTM(3, 5, dropout=0.2)\n"

# What makes a parser that recurses run out of stack. One line names the file.
REFUSED = {
    "sums.py": "x = " + "1+" * 100_000 + "1\n",
    "sums_in_lines.py": "x = (\n" + "1 +\n" * 100_000 + "1)\n",
    "attributes.py": "x = a" + ".b" * 50_000 + "\n",
    "attributes_in_lines.py": "x = (a\n" + ".b\n" * 50_000 + ")\n",
    "calls.py": "x = a" + "()" * 20_000 + "\n",
    "calls_in_lines.py": "x = (a\n" + ".b(1)\n" * 3_000 + ")\n",
    "items.py": "x = (a\n" + "[0]\n" * 20_000 + ")\n",
    "signs.py": "x = (\n" + "-\n" * 20_000 + "1)\n",
    "nots.py": "x = (\n" + "not\n" * 20_000 + "1)\n",
    "lambdas.py": "x = (\n" + "lambda:\n" * 20_000 + "1)\n",
    "choices.py": "x = (\n" + "1 if a else\n" * 20_000 + "1)\n",
    "powers.py": "x = (\n" + "2 **\n" * 20_000 + "1)\n",
    "parentheses.py": "x = " + "(" * 3_000 + "1" + ")" * 3_000 + "\n",
    "lists.py": "x = " + "[\n" * 3_000 + "]\n" * 3_000,
    "dicts.py": "x = " + "{1: " * 3_000 + "1" + "}" * 3_000 + "\n",
    "elifs.py": "if a:\n    pass\n" + "elif a:\n    pass\n" * 5_000,
    "continued.py": "x = 1" + " + \\\n 1" * 50_000 + "\n",
    "indented.py": "".join(" " * i + "if a:\n" for i in range(500)) + " " * 500 + "pass\n",
    "unterminated.py": "x = '''abc\n",
    "tabs.py": "if a:\n\tx = 1\n        y = 2\n",
    "large.py": "x = '" + "a" * 10_000_000 + "'\n",
}

# What is only large, or as deep as Python allows. The layer in it is found.
READ = {
    "ands.py": "x = (\n" + "a and\n" * 20_000 + "a)\n",
    "comparisons.py": "x = (\n" + "a <\n" * 20_000 + "a)\n",
    "lists_199.py": "x = " + "[" * 199 + "]" * 199 + "\n",
    "dicts_150.py": "x = " + "{1: " * 150 + "1" + "}" * 150 + "\n",
    "text.py": "x = f'" + "{a}" * 10_000 + "'\n",
    "texts.py": "x = (" + "f'{a}'\n" * 10_000 + ")\n",
    "functions.py": "".join(" " * i + "def f():\n" for i in range(90)) + " " * 90 + "return 1\n",
    "decorators.py": "@a\n" * 5_000 + "def f(): pass\n",
    "statements.py": "x = 1; " * 50_000 + "\n",
    "unpacked.py": "a, *b = " + "*c, " * 20_000 + "\n",
    "blank.py": "\n" * 300_000,
    "comment.py": "# " + "(" * 1_000_000 + "\n",
    "comprehensions.py": "x = " + "[a for a in " * 150 + "b" + "]" * 150 + "\n",
}


def check(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "shapeguard", "check", "--no-cache", "--isolated"]
    return subprocess.run(
        [*command, "--output-format", "concise"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def test_refused_files_are_named_and_the_others_checked(tmp_path: Path) -> None:
    for name, text in (REFUSED | READ).items():
        (tmp_path / name).write_text(LAYER + text)
    done = check(tmp_path)
    assert done.returncode == 1, done.stderr
    errors = done.stderr.splitlines()
    assert sorted(line.split(": ")[1] for line in errors) == sorted(REFUSED), done.stderr
    assert all(line.startswith("error: ") and len(line) < 200 for line in errors), done.stderr
    assert "internal error" not in done.stderr
    assert "crashed" not in done.stderr
    found = [line.partition(":")[0] for line in done.stdout.splitlines() if "SG601" in line]
    assert found == sorted(READ), done.stdout[:5_000]
    assert f"{len(REFUSED)} could not be checked" in done.stdout


@pytest.mark.parametrize("name", ["sums.py", "parentheses.py", "elifs.py", "large.py"])
def test_refused_alone(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(LAYER + REFUSED[name])
    done = check(tmp_path)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"error: {name}: ")
    assert done.stdout.startswith("Nothing could be checked.\n")


UNPRIVILEGED = f"""
import os, sys
from shapeguard.cli import main
sys.path.insert(0, {str(ROOT)!r})
import shapeguard.lint.analyze, shapeguard.report.summary, shapeguard.report.concise
from shapeguard.rules import registry
registry()
if os.geteuid() == 0:
    os.setgroups([])
    os.setegid(65534)
    os.seteuid(65534)
main(["check", "--no-cache", "--isolated", "--output-format=concise", *sys.argv[1:]])
"""


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="this system has no such permissions")
def test_files_and_folders_that_may_not_be_read(tmp_path: Path) -> None:
    """The superuser may read anything, so it becomes somebody else first."""
    for above in (tmp_path, *tmp_path.parents[:2]):
        above.chmod(0o755)
    for name in ("closed.py", "open.py", "folder/inside.py", "unlisted/inside.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(LAYER)
    (tmp_path / "closed.py").chmod(0)
    (tmp_path / "folder").chmod(0)
    (tmp_path / "unlisted").chmod(0o444)  # its names may be listed, its files not reached
    try:
        done = subprocess.run(
            [sys.executable, "-c", UNPRIVILEGED, "."],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
    finally:
        (tmp_path / "folder").chmod(0o755)
        (tmp_path / "unlisted").chmod(0o755)
    assert done.stderr.splitlines() == [
        "error: closed.py: Permission denied",
        "error: folder: Permission denied",
        "error: unlisted/inside.py: Permission denied",
    ]
    assert done.stdout.startswith("open.py:2:")
    assert done.returncode == 1


def test_folders_that_link_to_themselves(tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "a.py").write_text(LAYER)
    (tmp_path / "inside" / "up").symlink_to(tmp_path)
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "loop.py").symlink_to("loop.py")
    done = check(tmp_path)
    assert done.stdout.count("SG601") == 1
    assert done.stderr.splitlines() == ["error: loop.py: Too many levels of symbolic links"]
    assert done.returncode == 1


def test_a_working_folder_that_is_gone(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    words = f"{sys.executable} -m shapeguard check --no-cache ."
    done = subprocess.run(
        ["sh", "-c", f"rmdir {gone} && {words}"],
        cwd=gone,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr
