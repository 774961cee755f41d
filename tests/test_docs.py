"""The documents are true: made from the code, and every block in them runs."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tools.docgen import out_of_date
from tools.documents import ROOT, Block, blocks, documents, failed, run, sandbox

# The pages of the rules are generated; their cases are run by the tests of the rules.
WRITTEN = [path for path in documents() if not path.match("docs/rules/SG*.md")]
LINK = re.compile(r"\]\((?!https?:|#)(?P<target>[^)#]+)")
Found = list[tuple[str, Block]]


def found(*languages: str) -> Found:
    """Every block in one of the languages, with the name to show for it."""
    return [
        (f"{path.relative_to(ROOT).as_posix()}:{block.line}", block)
        for path in WRITTEN
        for block in blocks(path.read_text(encoding="utf-8"))
        if block.language in languages
    ]


def each(*languages: str) -> pytest.MarkDecorator:
    cases = [pytest.param(block, id=name) for name, block in found(*languages)]
    return pytest.mark.parametrize("block", cases)


def test_documents_are_up_to_date() -> None:
    assert [f"{name}\n{difference}" for name, _, difference in out_of_date()] == []


def test_every_block_is_of_a_kind_that_is_run() -> None:
    languages = {block.language for path in WRITTEN for block in blocks(path.read_text("utf-8"))}
    assert languages <= {"console", "bash", "python", "toml", "yaml"}


@each("bash")
def test_commands_work(block: Block) -> None:
    with sandbox() as folder:
        for command in block.commands:
            assert_works(command, folder)


def assert_works(command: str, folder: Path) -> None:
    """Run what is ours; of make and pip only see that they could do it."""
    words = shlex.split(command, comments=True)
    if words[0] == "make":
        done = subprocess.run(
            ["make", "-C", ROOT, "--dry-run", *words[1:]], capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
    elif words[0] == "pip":
        assert words[1] == "install"
    else:
        assert words[0] in ("python", "pytest") or "shapeguard" in words
        done = run(command, folder)
        assert not failed(done), f"exit code {done.returncode}\n{done.stdout}"


@each("console")
def test_output_comes_from_commands_that_work(block: Block) -> None:
    assert block.commands
    with sandbox() as folder:
        for command in block.commands:
            assert_works(command, folder)


@each("python")
def test_code_runs_and_is_clean(block: Block, tmp_path: Path) -> None:
    program = tmp_path / "block.py"
    program.write_text(block.body, encoding="utf-8")
    done = subprocess.run([sys.executable, program], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    checked = run("shapeguard check block.py", tmp_path)
    assert checked.returncode == 0, checked.stdout


@each("toml")
def test_configuration_is_understood(block: Block) -> None:
    with sandbox() as folder:
        (folder / "pyproject.toml").write_text(block.body, encoding="utf-8")
        assert_works("shapeguard check examples", folder)


@each("yaml")
def test_hooks_exist(block: Block) -> None:
    offered = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    for repository in yaml.safe_load(block.body)["repos"]:
        for hook in repository["hooks"]:
            assert hook["id"] in {one["id"] for one in offered}


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    for link in LINK.finditer(path.read_text(encoding="utf-8")):
        assert (path.parent / link["target"]).exists(), link["target"]
