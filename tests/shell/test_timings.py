"""`--timings` shows what each phase and each rule cost, and changes nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from shapeguard import cli
from shapeguard.lint.timings import CLOCK, table

CODE = """
import torch.nn as nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(4, 8, dropout=0.5)
"""


def test_a_table_on_standard_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model.py").write_text(CODE)
    wanted = ["check", "--isolated", "--no-cache"]
    plain = CliRunner().invoke(cli.cli, wanted)
    timed = CliRunner().invoke(cli.cli, [*wanted, "--timings"])
    assert (timed.stdout, timed.exit_code) == (plain.stdout, plain.exit_code)
    names = [line.split("  ")[0].strip() for line in timed.stderr.splitlines()]
    phases = ["read", "outline", "parse", "other files", "follow", "report"]
    assert names[: len(phases)] == phases
    assert "SG601 dropout-without-effect" in names or any(n.startswith("SG601 ") for n in names)
    assert names[-2:] == ["everything else", "total"]
    assert not CLOCK.on


def test_rules_by_cost_and_what_is_left() -> None:
    shown = table({"SG2": 1.0, "read": 2.0, "SG1": 3.0}, {"SG1": "one", "SG2": "two"}, 7.0)
    assert shown.splitlines() == [
        "read                2.000 s",
        "SG1 one             3.000 s",
        "SG2 two             1.000 s",
        "everything else     1.000 s",
        "total               7.000 s",
    ]
