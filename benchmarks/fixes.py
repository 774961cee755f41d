"""Every fix that is offered in a folder, made in a copy: does it hold, and what else changes?

    python -m benchmarks.fixes FOLDER

Copies the Python files and notebooks of the folder, applies all fixes, safe and unsafe, and looks
at what became of them: fixes that could not stand, files that no longer compile, findings that
are new, and changed lines that no fix names. The exit code is 1 where there is any of these.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import json
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

OPTIONS = ("--isolated", "--no-cache", "--no-respect-gitignore", "--output-format=json")

Findings = list[dict[str, Any]]
Line = tuple[int | None, str]
"""A line of code, with the cell it stands in."""


def check(where: Path, *more: str) -> tuple[Findings, str]:
    """What a check of a folder finds, and what it says beside."""
    command = [sys.executable, "-m", "shapeguard", "check", ".", *OPTIONS, *more]
    done = subprocess.run(command, cwd=where, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise SystemExit(done.stderr)
    return json.loads(done.stdout), done.stderr


def copied(folder: Path, where: Path) -> None:
    """Copy what can be checked."""

    def others(path: str, names: list[str]) -> list[str]:
        return [
            name
            for name in names
            if (Path(path) / name).is_file() and not name.endswith((".py", ".ipynb", ".toml"))
        ]

    shutil.copytree(folder, where, ignore=others, dirs_exist_ok=True, ignore_dangling_symlinks=True)


def lines(path: Path) -> list[Line]:
    """The lines of code in a file, and their cells."""
    text = path.read_text(encoding="utf-8", errors="replace")
    if path.suffix != ".ipynb":
        return [(None, line) for line in text.split("\n")]
    found: list[Line] = []
    for number, cell in enumerate(json.loads(text)["cells"], 1):
        found += [(number, line) for line in "".join(cell["source"]).split("\n")]
    return found


def compiles(path: Path) -> bool:
    """Whether a script is Python, as far as Python's parser tells."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(path.read_bytes())
        except (SyntaxError, ValueError):
            return False
    return True


def strange(before: list[Line], after: list[Line], named: set[tuple[int | None, int]]) -> int:
    """How many lines are gone or other than before though no fix names them."""
    first = {cell: number for number, (cell, _) in reversed(list(enumerate(before)))}
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    gone = [i for how, a, b, _, _ in matcher.get_opcodes() if how != "equal" for i in range(a, b)]
    rows = [(before[i][0], i - first[before[i][0]] + 1) for i in gone]
    return sum(row not in named for row in rows)


def main(arguments: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fixes", description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args(arguments).folder.resolve()
    troubles = 0
    with tempfile.TemporaryDirectory() as temporary:
        where = Path(temporary)
        copied(folder, where)
        found, _ = check(where)
        offered = [one for one in found if one["fix"] is not None]
        files = sorted({Path(one["filename"]) for one in offered})
        before = {path: lines(path) for path in files}
        whole = {path for path in files if path.suffix == ".py" and compiles(path)}
        named: dict[Path, set[tuple[int | None, int]]] = {path: set() for path in files}
        for one in offered:
            for edit in one["fix"]["edits"]:
                rows = range(edit["location"]["row"], edit["end_location"]["row"] + 1)
                cell = edit.get("cell", one.get("cell"))
                named[Path(one["filename"])].update((cell, row) for row in rows)
        _, said = check(where, "--fix", "--unsafe-fixes")
        refused = [line for line in said.splitlines() if "not fixed" in line or "refused" in line]
        after, _ = check(where)
        was, now = (Counter((o["filename"], o["code"]) for o in each) for each in (found, after))
        for line in refused:
            print(f"refused: {line}")
        for (name, code), count in sorted((now - was).items()):
            print(f"new: {Path(name).relative_to(where)} {code} ({count})")
        for path in sorted(whole):
            if not compiles(path):
                print(f"broken: {path.relative_to(where)}")
                troubles += 1
        for path in files:
            odd = strange(before[path], lines(path), named[path])
            if odd:
                print(f"more than was said: {path.relative_to(where)}, {odd} lines")
                troubles += 1
        left = [one for one in after if one["fix"] is not None]
        for one in left:
            row = one["location"]["row"]
            print(f"still there: {Path(one['filename']).relative_to(where)}:{row} {one['code']}")
        troubles += len(refused) + len(left) + len(now - was)
        codes = Counter(one["code"] for one in offered)
        kinds = ", ".join(f"{code} {count}" for code, count in sorted(codes.items()))
        print(f"{len(offered)} fixes in {len(files)} files ({kinds}); {troubles} troubles.")
    return 1 if troubles else 0


if __name__ == "__main__":
    sys.exit(main())
