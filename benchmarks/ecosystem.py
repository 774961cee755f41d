"""What the linter finds in published packages, against the snapshot of what it found before.

    python -m benchmarks.ecosystem [--update] [--folder FOLDER]

Prints the findings that came and went and the files that could not be read. The exit code is 0
where all is as before, 1 where it is not or the linter failed on a file, 2 where that could not
be found out. The snapshot holds facts only; docs/real-world.md has a verdict on each.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from benchmarks.packages import ROOT, SDISTS, WHEELS, Unavailable, folder

SNAPSHOT = ROOT / "benchmarks" / "ecosystem.jsonl"

CHECK = ("check", ".", "--isolated", "--no-cache", "--no-respect-gitignore", "--output-format=json")


class Row(NamedTuple):
    """A finding, as the snapshot keeps it."""

    package: str
    version: str
    file: str
    line: int
    code: str
    severity: str

    def __str__(self) -> str:
        return f"{self.package} {self.version}: {self.file}:{self.line} {self.code} {self.severity}"


def snapshot(path: Path = SNAPSHOT) -> Counter[Row]:
    """The findings that were committed."""
    if not path.exists():
        return Counter()
    return Counter(Row(**json.loads(line)) for line in path.read_text().splitlines())


def write(rows: Counter[Row], path: Path = SNAPSHOT) -> None:
    """Commit to these findings, one a line."""
    path.write_text("".join(json.dumps(row._asdict()) + "\n" for row in sorted(rows.elements())))


def findings(where: Path) -> tuple[Counter[Row], list[str]]:
    """What the linter finds in the packages of a folder, and its complaints."""
    packages = {each.replace("==", "-"): each.split("==") for each in (*WHEELS, *SDISTS)}
    missing = [name for name in packages if not (where / name).is_dir()]
    if missing:
        raise Unavailable(f"{where} lacks {', '.join(missing)}")
    command = [sys.executable, "-m", "shapeguard", *CHECK]
    done = subprocess.run(command, cwd=where, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise Unavailable(done.stderr.strip() or f"the check ended with {done.returncode}")
    rows: Counter[Row] = Counter()
    for one in json.loads(done.stdout):
        top, *rest = Path(one["filename"]).relative_to(where).parts
        if top in packages:
            name, version = packages[top]
            line, file = one["location"]["row"], "/".join(rest)
            rows[Row(name, version, file, line, one["code"], one["severity"])] += 1
    return rows, done.stderr.splitlines()


def main(arguments: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ecosystem", description=__doc__)
    parser.add_argument("--update", action="store_true", help="write the snapshot anew")
    parser.add_argument("--folder", help="packages unpacked before, as NAME-VERSION")
    options = parser.parse_args(arguments)
    try:
        rows, complaints = findings(folder(options.folder).resolve())
    except (Unavailable, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    before = snapshot()
    for line in complaints:
        print(line)
    for row in sorted((rows - before).elements()):
        print(f"+ {row}")
    for row in sorted((before - rows).elements()):
        print(f"- {row}")
    print(f"{rows.total()} findings, {before.total()} in the snapshot.")
    broken = any("please report this as a bug" in line for line in complaints)
    if options.update and not broken:
        write(rows)
        return 0
    return 1 if broken or rows != before else 0


if __name__ == "__main__":
    sys.exit(main())
