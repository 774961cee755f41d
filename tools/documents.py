"""The Markdown documents of the repository: their fenced blocks, and running these."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

_FENCE = re.compile(
    r"^(?P<fence>```+)(?P<language>\w*)[^\n]*\n(?P<body>.*?)^(?P=fence)[ ]*$",
    re.MULTILINE | re.DOTALL,
)
_PROMPT = "$ "


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, what it holds, and where its text lies in the document."""

    language: str
    body: str
    start: int
    line: int

    @property
    def commands(self) -> list[str]:
        """The command lines: those behind a prompt in a console block, else all but comments."""
        lines = self.body.splitlines()
        if self.language == "console":
            return [line[len(_PROMPT) :] for line in lines if line.startswith(_PROMPT)]
        return [line for line in lines if line.strip() and not line.startswith("#")]


def documents() -> list[Path]:
    """Every document of the repository that people read."""
    return [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(text: str) -> list[Block]:
    """The fenced blocks of a document, in order."""
    return [
        Block(
            match["language"],
            match["body"],
            match.start("body"),
            text.count("\n", 0, match.start()) + 1,
        )
        for match in _FENCE.finditer(text)
    ]


@contextmanager
def sandbox() -> Iterator[Path]:
    """A folder with a copy of the examples, where the commands of the documents are run."""
    with tempfile.TemporaryDirectory(prefix="shapeguard-docs-") as name:
        folder = Path(name).resolve()
        shutil.copytree(
            ROOT / "examples",
            folder / "examples",
            ignore=shutil.ignore_patterns("__pycache__", ".*"),
        )
        yield folder


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run one command line in ``folder``, with this environment's commands first in the path.

    Standard output and error come back together, as in a terminal 100 columns wide.
    """
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "COLUMNS": "100",
        "NO_COLOR": "1",
        "TERM": "dumb",
        "PYTHONUTF8": "1",
    }
    environment.pop("FORCE_COLOR", None)
    return subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        timeout=300,
    )


def failed(done: subprocess.CompletedProcess[str]) -> bool:
    """Whether a command did not do its work; 1 says that something was found, and is no failure."""
    return done.returncode not in (0, 1) or "Traceback (most recent call last)" in done.stdout


def with_real_output(text: str) -> str:
    """The document with the output of every console block as its commands print it today."""
    parts: list[str] = []
    end = 0
    for block in blocks(text):
        if block.language != "console":
            continue
        parts += [text[end : block.start], _session(block.commands)]
        end = block.start + len(block.body)
    return "".join([*parts, text[end:]])


def _session(commands: list[str]) -> str:
    """A console block: each command behind its prompt, followed by what it prints."""
    lines: list[str] = []
    with sandbox() as folder:
        for command in commands:
            done = run(command, folder)
            if failed(done):
                raise RuntimeError(f"{command}: exit code {done.returncode}\n{done.stdout}")
            lines.append(_PROMPT + command)
            lines += [line.rstrip() for line in done.stdout.splitlines()]
    return "\n".join(lines) + "\n"
