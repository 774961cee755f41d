"""The command: exit codes, selection, formats, standard input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.shell.conftest import Check, write
from tests.shell.fake import HEADER


def test_clean(check: Check, project: Path) -> None:
    write(project / "a.py", "good()\n")
    (project / "b.py").write_text("print()\n")
    result = check()
    assert result.exit_code == 0
    assert "All checks passed!" in result.stdout
    assert "Checked 2 files, 1 of them with recurrent layers." in result.stdout


def test_findings(check: Check, project: Path) -> None:
    write(project / "a.py", "x = bad()\n")
    result = check()
    assert result.exit_code == 1
    assert result.stdout == (
        "SG101 [*] bad is called\n"
        " --> a.py:2:5\n"
        "  |\n"
        "1 | import torch  # nn.LSTM\n"
        "2 | x = bad()\n"
        "  |     ^^^^^\n"
        "  |\n"
        "note: torch is imported at a.py:1:1\n"
        "why: It is not good.\n"
        "help: Call good.\n"
        "fix: Call good\n"
        "  -x = bad()\n"
        "  +x = good()\n"
        "\n"
        "Found 1 error.\n"
        "[*] 1 fixable with --fix.\n"
        "Checked 1 file, 1 of them with recurrent layers.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "codes"),
    [
        ((), ["SG101", "SG102"]),
        (("--select", "SG1"), ["SG101", "SG102"]),
        (("--select", "SG101"), ["SG101"]),
        (("--select", "no-worse"), ["SG102"]),
        (("--select", "SG101,no-worse"), ["SG101", "SG102"]),
        (("--select", "ALL"), ["SG101", "SG102", "SG901"]),
        (("--select", "SG9"), ["SG901"]),
        (("--extend-select", "SG901"), ["SG101", "SG102", "SG901"]),
        (("--ignore", "SG1"), []),
        (("--ignore", "no-bad"), ["SG102"]),
        (("--select", "SG1", "--ignore", "SG101"), ["SG102"]),
        (("--select", "SG101", "--ignore", "SG1"), ["SG101"]),
        (("--select", "ALL", "--ignore", "SG1"), ["SG901"]),
    ],
)
def test_selection(
    check: Check, project: Path, arguments: tuple[str, ...], codes: list[str]
) -> None:
    write(project / "a.py", "bad()\nworse()\nhint()\n")
    result = check("--output-format", "json", *arguments)
    assert [each["code"] for each in json.loads(result.stdout)] == codes
    assert result.exit_code == bool(codes)


@pytest.mark.parametrize("option", ["--select", "--ignore"])
@pytest.mark.parametrize("selector", ["SG777", "nonsense", "SGX", "E501", "sg101"])
def test_unknown_rule(check: Check, option: str, selector: str) -> None:
    result = check(option, selector)
    assert result.exit_code == 2
    assert f"unknown rule `{selector}`" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_json(check: Check, project: Path) -> None:
    write(project / "a.py", "x = bad()\n")
    result = check("--output-format", "json")
    assert json.loads(result.stdout) == [
        {
            "code": "SG101",
            "name": "no-bad",
            "severity": "error",
            "message": "bad is called (torch is imported at a.py:1:1)",
            "url": "https://example.org/rules/no-bad",
            "filename": str(project / "a.py"),
            "cell": None,
            "location": {"row": 2, "column": 5},
            "end_location": {"row": 2, "column": 10},
            "fix": {
                "applicability": "safe",
                "message": "Call good",
                "edits": [
                    {
                        "cell": None,
                        "content": "good()",
                        "location": {"row": 2, "column": 5},
                        "end_location": {"row": 2, "column": 10},
                    }
                ],
            },
            "noqa_row": 2,
        }
    ]
    assert json.loads(check("b.py", "--output-format", "json").stdout) == []


def test_concise(check: Check, project: Path) -> None:
    write(project / "sub/a.py", "x = bad()\nworse()\n")
    result = check("--output-format", "concise")
    assert result.stdout.splitlines()[:2] == [
        "sub/a.py:2:5: SG101 [*] bad is called (torch is imported at sub/a.py:1:1)",
        "sub/a.py:3:1: SG102 worse is called (torch is imported at sub/a.py:1:1)",
    ]
    assert "[*] 1 fixable with --fix (1 more with --unsafe-fixes)." in result.stdout
    both = check("--output-format", "concise", "--unsafe-fixes").stdout
    assert "sub/a.py:3:1: SG102 [*] worse is called" in both
    assert "[*] 2 fixable with --fix." in both


def test_github(check: Check, project: Path) -> None:
    write(project / "a,b.py", "x = bad()\n")
    assert check("--output-format", "github").stdout == (
        "::error title=shapeguard (SG101),file=a%2Cb.py,line=2,endLine=2,col=5,endColumn=10::"
        "a,b.py:2:5: SG101 bad is called (torch is imported at a,b.py:1:1)%0A  help: Call good.\n"
    )


def test_exit_zero_and_quiet(check: Check, project: Path) -> None:
    write(project / "a.py", "bad()\n")
    assert check("--exit-zero").exit_code == 0
    quiet = check("-q", "--output-format", "concise")
    assert quiet.exit_code == 1
    assert quiet.stdout == ("a.py:2:1: SG101 [*] bad is called (torch is imported at a.py:1:1)\n")


def test_no_files(check: Check) -> None:
    result = check()
    assert result.exit_code == 0
    assert "No Python files found" in result.stderr


def test_stdin(check: Check) -> None:
    result = check("-", "--output-format", "concise", stdin=(HEADER + "bad()\n").encode())
    assert result.exit_code == 1
    assert result.stdout.startswith("-:2:1: SG101")
    named = check(
        "-",
        "--stdin-filename",
        "sub/x.py",
        "--output-format",
        "concise",
        stdin=(HEADER + "bad()\n").encode(),
    )
    assert named.stdout.startswith("sub/x.py:2:1: SG101")


def test_stdin_fix_writes_the_program(check: Check) -> None:
    code = (HEADER + "bad()\r\nworse()\n").encode()
    result = check("-", "--fix", stdin=code)
    assert result.stdout_bytes == code.replace(b"bad", b"good")
    assert "1 fixed, 1 remaining" in result.stderr
    assert result.exit_code == 1
    untouched = check("-", "--fix", stdin=b"x = 1\r\n")
    assert untouched.stdout_bytes == b"x = 1\r\n"
    assert untouched.exit_code == 0
    unreadable = check("-", "--fix", stdin=b"x = '\xff'\n")
    assert unreadable.stdout_bytes == b"x = '\xff'\n"
    assert unreadable.exit_code == 2


def test_stdin_diff(check: Check) -> None:
    result = check("-", "--diff", stdin=(HEADER + "bad()\n").encode())
    assert result.stdout == "@@ -1,2 +1,2 @@\n import torch  # nn.LSTM\n-bad()\n+good()\n"
    assert result.exit_code == 1


def test_stdin_does_not_mix(check: Check) -> None:
    assert check("-", "a.py").exit_code == 2


def test_colours_only_when_asked(
    check: Check, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(project / "a.py", "bad()\n")
    assert "\x1b" not in check().stdout
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[1;31mSG101" in check().stdout


def test_stdin_that_is_excluded(check: Check) -> None:
    code = (HEADER + "bad()\n").encode()
    arguments = ("-", "--stdin-filename", "build/a.py", "--force-exclude")
    assert check(*arguments, stdin=code).exit_code == 0
    result = check(*arguments, "--fix", stdin=code)
    assert result.stdout_bytes == code
