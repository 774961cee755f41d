"""Findings on published packages: each in the snapshot has been read, and has a verdict."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from benchmarks import ecosystem, packages

PAGE = Path(__file__).resolve().parents[1] / "docs" / "real-world.md"
ROW = re.compile(r"\| (\S+) (\S+) \| `([^`]+)` \| (\d+) \| (SG\d+) \| (.+?) \| (.+) \|")


def test_every_finding_has_a_verdict() -> None:
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if " | SG" in line]
    found = [ROW.fullmatch(row) for row in rows]
    assert None not in found, rows[found.index(None)]
    judged = Counter(match.group(1, 2, 3, 4, 5) for match in found if match)
    facts = ((r.package, r.version, r.file, str(r.line), r.code) for r in _snapshot())
    assert judged == Counter(facts)
    assert {match[6] for match in found if match} <= {"right", "wrong", "arguable"}


def test_the_snapshot_names_known_packages() -> None:
    known = {tuple(each.split("==")) for each in (*packages.WHEELS, *packages.SDISTS)}
    rows = _snapshot()
    assert {(row.package, row.version) for row in rows} <= known
    assert rows == sorted(rows)


def test_what_came_and_went(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(packages, "ROOT", tmp_path / "nowhere")
    for module in (packages, ecosystem):
        monkeypatch.setattr(module, "WHEELS", ("a-package==1.0",))
        monkeypatch.setattr(module, "SDISTS", ())
    snapshot = tmp_path / "snapshot.jsonl"
    monkeypatch.setattr(ecosystem, "SNAPSHOT", snapshot)
    monkeypatch.setattr(ecosystem.snapshot, "__defaults__", (snapshot,))
    monkeypatch.setattr(ecosystem.write, "__defaults__", (snapshot,))
    folder = tmp_path / "packages"
    inside = folder / "a-package-1.0" / "package"
    inside.mkdir(parents=True)
    (inside / "a.py").write_text("from torch import nn\n\nlayer = nn.LSTM(3, 5, dropout=0.2)\n")
    (inside / "b.py").write_text("x = 1\0\n")
    arguments = ["--folder", str(folder)]
    assert ecosystem.main(arguments) == 1
    assert capsys.readouterr().out.splitlines() == [
        "error: a-package-1.0/package/b.py: not Python: it contains NUL bytes",
        "+ a-package 1.0: package/a.py:3 SG601 warning",
        "1 findings, 0 in the snapshot.",
    ]
    assert ecosystem.main([*arguments, "--update"]) == 0
    assert ecosystem.main(arguments) == 0
    (inside / "a.py").write_text("")
    capsys.readouterr()
    assert ecosystem.main(arguments) == 1
    assert "- a-package 1.0: package/a.py:3 SG601 warning" in capsys.readouterr().out
    assert ecosystem.main(["--folder", str(tmp_path / "missing")]) == 2
    assert ecosystem.main(["--folder", str(tmp_path)]) == 2


def _snapshot() -> list[ecosystem.Row]:
    return list(ecosystem.snapshot().elements())
