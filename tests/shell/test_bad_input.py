"""Input that cannot be checked: one clear line naming the file, and the others still checked."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from shapeguard.lint.source import too_deep
from tests.shell.conftest import Check, write
from tests.shell.fake import HEADER

TORCH = HEADER.encode()

CASES = {
    "not_python.py": (TORCH + b"def def\n", "not Python"),
    "nul.py": (TORCH + b"x = 1\0\n", "NUL bytes"),
    "nul_without_layers.py": (b"x = 1\0\n", "NUL bytes"),
    "encoding.py": (b"# -*- coding: klingon -*-\n" + TORCH, "unknown encoding: klingon"),
    "encoding_without_layers.py": (b"# coding: klingon\nx = 1\n", "unknown encoding: klingon"),
    "wrong_encoding.py": (b"# coding: ascii\n" + TORCH + b"x = '\xe4'\n", "not ascii text"),
    "latin.py": (TORCH + b"x = '\xe4'\n", "not utf-8 text at byte"),
    "latin_without_layers.py": (b"x = '\xe4'\n", "not UTF-8 text, and no other"),
    "not_text_in_line_1.py": (b"\xff\xfe\x00x", "NUL bytes"),
    "bom_and_latin.py": (b"\xef\xbb\xbf# coding: latin-1\n" + TORCH, "encoding problem"),
    "long_line.py": (TORCH + b"x = [" + b"1, " * 3_500_000 + b"]\n", "too large"),
    "parentheses.py": (TORCH + b"x = " + b"(" * 3000 + b")" * 3000 + b"\n", "nested too deeply"),
    "empty.ipynb": (b"", "its JSON is broken"),
    "cut.ipynb": (b'{"cells": [ "LSTM torch', "broken JSON at line 1, column 13"),
    "cut_without_layers.ipynb": (b'{"cells": [', "its JSON is broken"),
    "broken.ipynb": (b'{"cells": [ "LSTM torch" }', "broken JSON at line 1, column 26"),
    "list.ipynb": (b'{"LSTM": "torch"}', "it has no cells"),
    "no_source.ipynb": (
        b'{"cells": [{"cell_type": "code", "source": 3}, "torch LSTM"]}',
        "cell 1 has no readable source",
    ),
    "latin.ipynb": (b'{"cells": ["torch LSTM \xe4"]}', "not UTF-8 text"),
    "deep.ipynb": (
        b'{"torch LSTM": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        "nested too deeply",
    ),
    "r.ipynb": (
        b'{"metadata": {"language_info": {"name": "R"}}, "cells": [], "x": "torch LSTM"}',
        "its language is r",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_one_line_names_the_file(check: Check, project: Path, name: str) -> None:
    raw, words = CASES[name]
    (project / name).write_bytes(raw)
    alone = check()
    assert alone.exit_code == 2
    (line,) = alone.stderr.splitlines()
    assert line.startswith(f"error: {name}: ")
    assert words in line
    assert "passed" not in alone.stdout
    assert "1 could not be checked" in alone.stdout

    write(project / "other.py", "bad()\n")
    both = check("--output-format", "concise")
    assert both.exit_code == 1
    assert both.stderr == alone.stderr
    assert "other.py:2:1: SG101" in both.stdout
    assert "Checked 1 file, 1 of them with recurrent layers; 1 could not be checked." in both.stdout


def test_clean_files_beside_a_bad_one_are_not_all(check: Check, project: Path) -> None:
    (project / "a.py").write_text("x = 1\n")
    (project / "b.py").write_bytes(b"\0")
    result = check()
    assert result.exit_code == 1
    assert "Nothing found in what could be checked." in result.stdout


def test_empty_file_is_clean(check: Check, project: Path) -> None:
    (project / "a.py").write_bytes(b"")
    assert check().exit_code == 0


def test_missing_path(check: Check, project: Path) -> None:
    missing = check("nowhere", "no.py")
    assert missing.exit_code == 2
    assert missing.stderr.splitlines() == [
        "error: nowhere: No such file or directory",
        "error: no.py: No such file or directory",
    ]
    (project / "a.py").write_text("")
    assert check("nowhere", "a.py").exit_code == 1


def test_nul_in_a_path(check: Check) -> None:
    assert check("a\0b").exit_code == 2


def test_unreadable(check: Check, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Permissions do not bind the superuser, so the refusal is made up.
    write(project / "sub/a.py", "bad()\n")
    (project / "closed").mkdir()
    (project / "b.py").write_text("")
    real_open, real_scan = os.open, os.scandir

    def refuse_open(path: str, flags: int) -> int:
        if path == "b.py":
            raise PermissionError(13, "Permission denied")
        return real_open(path, flags)

    def refuse_scan(path: str) -> object:
        if path == "closed":
            raise PermissionError(13, "Permission denied")
        return real_scan(path)

    monkeypatch.setattr(os, "open", refuse_open)
    monkeypatch.setattr(os, "scandir", refuse_scan)
    result = check("--output-format", "concise")
    assert result.stderr.splitlines() == [
        "error: b.py: Permission denied",
        "error: closed: Permission denied",
    ]
    assert "sub/a.py:2:1" in result.stdout
    assert result.exit_code == 1


def test_vanished_file(check: Check, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(project / "a.py", "bad()\n")
    write(project / "b.py", "bad()\n")
    real_open = os.open

    def vanish(path: str, flags: int) -> int:
        (project / "a.py").unlink(missing_ok=True)
        return real_open(path, flags)

    monkeypatch.setattr(os, "open", vanish)
    result = check("--output-format", "concise")
    assert result.stderr == "error: a.py: No such file or directory\n"
    assert "b.py:2:1" in result.stdout


def test_links(check: Check, project: Path) -> None:
    write(project / "sub/a.py", "bad()\n")
    (project / "sub/up").symlink_to(project)
    (project / "self.py").symlink_to("self.py")
    (project / "linked.py").symlink_to("sub/a.py")
    (project / "folder.py").symlink_to("sub")
    (project / "dangling.py").symlink_to("nothing.py")
    os.mkfifo(project / "pipe.py")
    result = check("--output-format", "concise")
    # The link beside it is another name of the same file.
    assert result.stdout.splitlines()[0] == (
        "sub/a.py:2:1: SG101 [*] bad is called (torch is imported at sub/a.py:1:1)"
    )
    assert "linked.py" not in result.stdout
    assert result.stderr.splitlines() == [
        "error: dangling.py: No such file or directory",
        "error: self.py: Too many levels of symbolic links",
    ]
    assert "Checked 1 file" in result.stdout


def test_file_name_that_is_no_text(check: Check, project: Path) -> None:
    name = os.fsdecode(b"b\xff\n.py")
    write(project / name, "bad()\n")
    (project / os.fsdecode(b"c\xff.py")).write_bytes(b"\0")
    for form in ("text", "concise", "json", "github", "sarif"):
        result = check("--output-format", form)
        assert result.exit_code == 1, result.output


def test_analysis_that_fails(check: Check, project: Path) -> None:
    write(project / "a.py", "explode()\n")
    write(project / "b.py", "bad()\n")
    result = check("--output-format", "concise")
    assert result.stderr == (
        "error: a.py: internal error: RuntimeError: two lines;"
        " please report this as a bug of shapeguard\n"
    )
    assert result.exit_code == 1


@pytest.mark.parametrize(
    ("text", "deep"),
    [
        ("(" * 200 + ")" * 200, False),
        ("(" * 201 + ")" * 201, True),
        ("[{(" * 70, True),
        ("()" * 1000, False),
        ("'" + "(" * 500 + "'", False),
        ('"""' + "(\n" * 500 + '"""', False),
        ("# " + "(" * 500, False),
        ("'\\'' + " + "(" * 201, True),
        ("'''" + "(" * 201, True),
    ],
)
def test_too_deep(text: str, deep: bool) -> None:
    assert too_deep(text) is deep
