"""Fixes: passes, conflicts, refusals, and bytes that stay what they were."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from shapeguard.lint import fix
from tests.shell.conftest import Check, write
from tests.shell.fake import HEADER


def test_safe_only(check: Check, project: Path) -> None:
    path = write(project / "a.py", "bad()\nworse()\n")
    result = check("--fix")
    assert path.read_text() == HEADER + "good()\nworse()\n"
    assert result.exit_code == 1
    assert "Found 2 findings (1 fixed, 1 remaining)." in result.stdout
    assert "1 unsafe fix available with --unsafe-fixes." in result.stdout


def test_unsafe_too(check: Check, project: Path) -> None:
    path = write(project / "a.py", "bad()\nworse()\n")
    result = check("--fix", "--unsafe-fixes")
    assert path.read_text() == HEADER + "good()\ngood()\n"
    assert result.exit_code == 0
    assert "Found 2 findings (2 fixed, 0 remaining)." in result.stdout


def test_unsafe_fixes_alone_change_nothing(check: Check, project: Path) -> None:
    path = write(project / "a.py", "worse()\n")
    assert check("--unsafe-fixes").exit_code == 1
    assert path.read_text() == HEADER + "worse()\n"


def test_overlapping_fixes_take_turns(check: Check, project: Path) -> None:
    path = write(project / "a.py", "nested( bad() )\n")
    result = check("--fix")
    assert path.read_text() == HEADER + "good(good())\n"
    assert result.exit_code == 0


def test_fix_that_breaks_the_code_is_refused(check: Check, project: Path) -> None:
    path = write(project / "a.py", "breaking()\nbad()\n")
    result = check("--fix")
    assert path.read_text() == HEADER + "breaking()\ngood()\n"
    assert result.stderr == (
        "warning: a.py:2:1: the fix of SG202 was not made: its result does not parse\n"
    )
    assert "1 fixed, 1 remaining" in result.stdout


def test_fix_that_cures_nothing_is_refused(check: Check, project: Path) -> None:
    path = write(project / "a.py", "stubborn()\nbad()\nbad()\n")
    result = check("--fix")
    assert path.read_text() == HEADER + "stubborn()\ngood()\ngood()\n"
    assert "the fix of SG201 was not made: the finding is still reported after it" in result.stderr
    assert result.exit_code == 1


def test_fixing_twice_changes_nothing(check: Check, project: Path) -> None:
    path = write(project / "a.py", "bad()\nbad()\n")
    check("--fix")
    once = path.read_bytes()
    inode = path.stat().st_ino
    assert check("--fix").exit_code == 0
    assert path.read_bytes() == once
    assert path.stat().st_ino == inode


def test_suppressed_findings_are_not_fixed(check: Check, project: Path) -> None:
    path = write(project / "a.py", "bad()  # noqa: SG101\n")
    assert check("--fix").exit_code == 0
    assert "bad()" in path.read_text()


def test_diff_changes_nothing(check: Check, project: Path) -> None:
    path = write(project / "sub/a.py", "bad()\r\nworse()")
    write(project / "b.py", "good()\n")
    result = check("--diff", "--fix")
    assert result.exit_code == 1
    assert result.stdout_bytes == (
        b"--- sub/a.py\n+++ sub/a.py\n@@ -1,3 +1,3 @@\n import torch  # nn.LSTM\n"
        b"-bad()\r\n+good()\r\n worse()\n\\ No newline at end of file\n"
    )
    assert "Would fix 1 finding." in result.stderr
    assert path.read_bytes() == (HEADER + "bad()\r\nworse()").encode()
    both = check("--diff", "--unsafe-fixes")
    assert both.stdout_bytes.endswith(b"+good()\n\\ No newline at end of file\n")


def test_diff_with_nothing_to_fix(check: Check, project: Path) -> None:
    write(project / "a.py", "stubborn()\n")
    result = check("--diff")
    assert (result.exit_code, result.stdout) == (0, "")


FORMS = {
    "crlf": b"import torch  # nn.LSTM\r\nx = 1\r\nbad()\r\n",
    "mixed": b"import torch  # nn.LSTM\r\nx = 1\nbad()\r\ny = 2\rz = 3\n",
    "bom": b"\xef\xbb\xbfimport torch  # nn.LSTM\nbad()\n",
    "bom_crlf": b"\xef\xbb\xbfimport torch  # nn.LSTM\r\nbad()\r\n",
    "latin": b"# coding: latin-1\nimport torch  # nn.LSTM\nx = '\xe4'; bad()  # \xe4\n",
    "cp1252": b"# -*- coding: cp1252 -*-\nimport torch  # nn.LSTM\nx = '\x80'; bad()\n",
    "utf8": "import torch  # nn.LSTM\nx = '\u2028𝔘é'; bad()  # é\n".encode(),
    "no_newline": b"import torch  # nn.LSTM\nbad()",
    "form_feed": "import torch  # nn.LSTM\n\x0c\nx = '\x0b\x1c\x85'.strip(); bad()\n".encode(),
    "tabs": b"import torch  # nn.LSTM\nif x:\n\tbad()\t\n",
    "blank": b"\n\n\nimport torch  # nn.LSTM\nbad()   \n\n\n   ",
}


@pytest.mark.parametrize("form", FORMS)
def test_all_other_bytes_stay(check: Check, project: Path, form: str) -> None:
    path = project / "a.py"
    path.write_bytes(FORMS[form])
    assert check("--fix").exit_code == 0
    assert path.read_bytes() == FORMS[form].replace(b"bad()", b"good()")


def test_permissions_stay(check: Check, project: Path) -> None:
    path = write(project / "a.py", "bad()\n")
    path.chmod(0o750)
    check("--fix")
    assert stat.S_IMODE(path.stat().st_mode) == 0o750


def test_link_stays_a_link(check: Check, project: Path) -> None:
    target = write(project / "real/a.py", "bad()\n")
    link = project / "a.py"
    link.symlink_to("real/a.py")
    check("--fix", "a.py")
    assert link.is_symlink()
    assert "good()" in target.read_text()


def test_no_temporary_files_are_left(
    check: Check, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(project / "a.py", "bad()\n")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    result = check("--fix")
    assert result.stderr == "error: a.py: not fixed: No space left on device\n"
    assert result.exit_code == 1
    assert path.read_text() == HEADER + "bad()\n"
    assert [each.name for each in project.iterdir()] == ["a.py"]


def test_file_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(b"new")
    with pytest.raises(OSError, match="changed while"):
        fix.write_file(str(path), b"old", b"fixed")
    assert path.read_bytes() == b"new"
    assert len(list(tmp_path.iterdir())) == 1


def test_encoding_that_does_not_come_back(check: Check, project: Path) -> None:
    # A redundant escape sequence: decoding loses it, so writing back would change other bytes.
    raw = b"# coding: iso2022_jp\nimport torch  # nn.LSTM \x1b(B\nbad()\n"
    (project / "a.py").write_bytes(raw)
    result = check("--fix")
    assert "cannot be written back byte for byte" in result.stderr
    assert (project / "a.py").read_bytes() == raw
