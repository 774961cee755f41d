"""Files are followed along their imports: what others define counts, and how they are used."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from shapeguard import cli
from shapeguard.lint import engine, source
from shapeguard.lint.config import Configs
from shapeguard.lint.diagnostic import Analysis, Diagnostic
from shapeguard.lint.files import Found, find
from shapeguard.lint.project import Project

MODEL = """
import torch.nn as nn

class Net(nn.Module):
    def __init__(self, n, num_layers=1):
        super().__init__()
        self.rnn = nn.GRU(n, 8, num_layers, dropout=0.5)
"""
LAST_STEP = """
import torch.nn as nn
{imports}

class Net({base}):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(4, 8, batch_first=True, bidirectional={value})

    def forward(self, x):
        out, _ = self.rnn(x)
        return out[:, -1]
"""
Files = Mapping[str, str]
Run = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`shapeguard check` on some files with the rules there are."""
    monkeypatch.chdir(tmp_path)

    def check(files: Files, *arguments: str, stdin: str | None = None) -> list[dict[str, Any]]:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        wanted = ["check", "--isolated", "--output-format", "json", *(arguments or (".",))]
        result = CliRunner().invoke(cli.cli, wanted, input=stdin)
        assert result.exit_code in (0, 1), result.output
        found: list[dict[str, Any]] = json.loads(result.stdout)
        return found

    return check


def codes(found: list[dict[str, Any]]) -> list[str]:
    return [each["code"] for each in found]


def test_callers_in_other_files_decide(run: Run) -> None:
    assert codes(run({"model.py": MODEL}, "--no-cache", ".")) == ["SG601"]
    train = "from model import Net\n\nnet = Net(4, num_layers=2)\n"
    assert run({"train.py": train}, "--no-cache", ".") == []


def test_a_finding_names_the_call_that_builds_the_instance(run: Run) -> None:
    train = "from model import Net\n\ndef main():\n    return Net(4, num_layers=1)\n"
    (found,) = run({"model.py": MODEL, "train.py": train}, "--no-cache", ".")
    assert "for the instance built as Net(4, num_layers=1) at train.py:4:12" in found["message"]
    assert "num_layers is 1 (num_layers) at train.py:4:30" in found["message"]


@pytest.mark.parametrize(
    ("imports", "value", "files"),
    [
        ("from config import TWO", "TWO", {"config.py": "TWO = True\n"}),
        ("from config import *", "TWO", {"config.py": "TWO = True\n"}),
        ("import config", "config.TWO", {"config.py": "TWO = True\n"}),
        ("import config as c", "c.TWO", {"config.py": "import os\nTWO = True\n"}),
        ("import a.config", "a.config.TWO", {"a/config.py": "TWO = True\n"}),
        ("from a import config", "config.TWO", {"a/config.py": "TWO = True\n"}),
        (
            "from a import TWO",
            "TWO",
            {"a/__init__.py": "from .config import TWO\n", "a/config.py": "TWO = True\n"},
        ),
        (
            "from config import Config\nc = Config()",
            "c.two",
            {
                "config.py": "from dataclasses import dataclass\n\n@dataclass\nclass Config:\n"
                "    two: bool = True\n"
            },
        ),
        (
            "from config import directions",
            "directions()",
            {"config.py": "from other import TWO\n\ndef directions():\n    return TWO\n"}
            | {"other.py": "TWO = True\n"},
        ),
    ],
)
def test_what_another_file_defines(run: Run, imports: str, value: str, files: Files) -> None:
    model = LAST_STEP.format(imports=imports, value=value, base="nn.Module")
    found = run({"model.py": model, **files}, "--no-cache", "model.py")
    assert "SG301" in codes(found)
    (alone,) = [each for each in found if each["code"] == "SG301"]
    assert alone["location"] == {"column": 16, "row": model[: model.index("out[:")].count("\n") + 1}


def test_evidence_names_the_file_that_sets_a_value(run: Run) -> None:
    model = LAST_STEP.format(imports="from .config import TWO", value="TWO", base="nn.Module")
    files = {"a/model.py": model, "a/config.py": "\n\nTWO = True\n"}
    found = run(files, "--no-cache", ".")
    assert "bidirectional is True (TWO) at a/config.py:3:7" in found[0]["message"].replace(
        "\\", "/"
    )
    sarif = CliRunner().invoke(cli.cli, ["check", "--isolated", "--output-format", "sarif", "."])
    related = json.loads(sarif.stdout)["runs"][0]["results"][0]["relatedLocations"]
    uris = {each["physicalLocation"]["artifactLocation"]["uri"] for each in related}
    assert uris == {"a/config.py", "a/model.py"}


def test_a_base_class_in_another_file(run: Run) -> None:
    base = "import torch.nn as nn\n\nclass Base(nn.Module):\n    directions = True\n"
    model = LAST_STEP.format(imports="from base import Base", value="self.directions", base="Base")
    assert codes(run({"model.py": model, "base.py": base}, "--no-cache", "model.py")) == ["SG301"]


def test_a_place_in_another_file_is_reported_there_only(run: Run) -> None:
    model = LAST_STEP.format(imports="", value="True", base="nn.Module")
    train = "import torch.nn as nn\nfrom model import Net\n\nnet, other = Net(), nn.GRU(3, 4)\n"
    found = run({"model.py": model, "train.py": train + "net(1)\nother(2)\n"}, "--no-cache", ".")
    assert [Path(each["filename"]).name for each in found] == ["model.py"]


def test_what_is_set_from_outside_is_not_what_it_was(run: Run) -> None:
    model = LAST_STEP.format(
        imports="import config\nconfig.TWO = bool(input())", value="config.TWO", base="nn.Module"
    )
    assert run({"model.py": model, "config.py": "TWO = True\n"}, "--no-cache", ".") == []


FILES = {
    "models/net.py": MODEL.replace("num_layers=1", "num_layers=LAYERS").replace(
        "nn\n", "nn\nfrom models.sizes import LAYERS\n", 1
    ),
    "models/sizes.py": "LAYERS = 1\n",
    "models/__init__.py": "from .net import Net\n",
    "train.py": "from models import Net\n\nif __name__ == '__main__':\n    net = Net(4)\n",
}


def test_by_name_by_folder_and_from_standard_input_alike(run: Run) -> None:
    folder = run(FILES, "--no-cache", ".")
    assert codes(folder) == ["SG601"]
    assert "train.py" in folder[0]["message"]
    assert run({}, "--no-cache", "models") == folder
    assert run({}, "--no-cache", "models/net.py") == folder
    given = run({}, "--stdin-filename", "models/net.py", "-", stdin=FILES["models/net.py"])
    assert given == folder


@pytest.mark.parametrize("changed", ["models/sizes.py", "train.py"])
def test_the_cache_knows_what_was_read_along(
    run: Run, changed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = []
    analysis = engine.installed_analysis

    def counting(program: source.Program, select: frozenset[str]) -> Analysis:
        counted.append(program.filename)
        return analysis(program, select)

    monkeypatch.setattr(engine, "installed_analysis", counting)
    first = run(FILES)
    assert len(counted) == 1
    assert run({}) == first
    assert len(counted) == 1
    after = {"models/sizes.py": "LAYERS = 2\n", "train.py": FILES["train.py"].replace("4", "4, 2")}
    assert run({changed: after[changed]}) == []
    assert len(counted) == 2
    assert run({changed: FILES[changed]}) == first


def test_a_new_caller_is_noticed_beside_the_cache(run: Run) -> None:
    assert codes(run({"model.py": MODEL})) == ["SG601"]
    assert run({"train.py": "import model\nnet = model.Net(4, 3)\n"}) == []


def test_the_same_in_one_process_and_in_several(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    monkeypatch.setattr("shapeguard.lint.pool.WORTH_A_POOL", 1)
    files = {f"p{i}/{name}": text for i in range(6) for name, text in FILES.items()}
    files |= {f"p{i}/train.py": f"from models import Net\nnet = Net(4, {i})\n" for i in range(6)}
    run(files)
    configs = Configs(None, True, lambda settings: settings)

    def found(processes: int) -> list[Diagnostic]:
        options = engine.Options(cache=False, processes=processes, folders=(".",))
        return engine.Engine(options).check(find(["."], configs)).findings

    assert found(1) == found(3)
    assert {each.filename for each in found(1)} == {str(Path("p1/models/net.py"))}


def test_nothing_is_imported_or_run(run: Run, tmp_path: Path) -> None:
    bomb = "import pathlib\npathlib.Path('ran').write_text('')\nLAYERS = 1\nraise SystemExit\n"
    run({**FILES, "models/sizes.py": bomb}, "--no-cache", ".")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "text",
    ["def (", "\0", "from model import Net\nLAYERS = 1\n", "(" * 5000, "", "LAYERS = LAYERS"],
)
def test_what_cannot_be_read_along_does_no_harm(run: Run, text: str) -> None:
    model = "from sizes import LAYERS\n" + MODEL.replace("num_layers=1", "num_layers=LAYERS")
    found = run({"model.py": model, "sizes.py": text}, "--no-cache", "model.py")
    assert codes(found) in ([], ["SG601"])


def test_what_is_read_along_is_bounded(tmp_path: Path) -> None:
    for number in range(40):
        (tmp_path / f"use{number}.py").write_text("from model import Net\nNet(4)\n")
    (tmp_path / "model.py").write_text(MODEL + "from big import x\n")
    (tmp_path / "big.py").write_text("x = 1\n" * 100_000)
    settings = Configs(None, True, lambda settings: settings).above(str(tmp_path))
    found = Found(str(tmp_path / "model.py"), settings)
    along = Project([str(tmp_path)]).along(found, (tmp_path / "model.py").read_bytes())
    assert along is not None
    assert len(along.callers) == 4
    assert sum(each.size for each in along.files) < 1000
