"""A command line with made-up rules, run in this process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from shapeguard import cli
from shapeguard.lint import engine
from tests.shell import fake

Check = Callable[..., Result]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def check(project: Path, monkeypatch: pytest.MonkeyPatch) -> Check:
    """`shapeguard check` with the fake rules; arguments as on a command line."""
    monkeypatch.setattr(cli, "Installed", fake.FakeCatalogue)
    monkeypatch.setattr(engine, "installed_analysis", fake.analyze)

    def run(*arguments: str, stdin: bytes | None = None, cache: bool = False) -> Result:
        wanted = ["check", *arguments]
        if not cache and "--no-cache" not in wanted:
            wanted.append("--no-cache")
        result = CliRunner().invoke(cli.cli, wanted, input=stdin)
        assert result.exception is None or isinstance(result.exception, SystemExit), result
        return result

    return run


def write(path: Path, text: str) -> Path:
    """A file that the sieve lets through, with LF line endings."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes((fake.HEADER + text).encode())
    return path
