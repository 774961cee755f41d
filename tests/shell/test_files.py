"""Which files are checked, and under which settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shell.conftest import Check, write


def _checked(check: Check, *arguments: str) -> list[str]:
    """The files with a finding; every file of these tests has one."""
    lines = check("--output-format", "concise", "-q", *arguments).stdout.splitlines()
    return [line.split(":")[0] for line in lines]


def _files(project: Path, *names: str) -> None:
    for name in names:
        write(project / name, "bad()\n")


def test_order_and_suffixes(check: Check, project: Path) -> None:
    _files(project, "b.py", "a/z.py", "a/b/c.py", "c.pyi", "d.txt", "e.pyx", "f.PY")
    assert _checked(check) == ["a/b/c.py", "a/z.py", "b.py"]


def test_a_file_by_name_has_any_suffix(check: Check, project: Path) -> None:
    _files(project, "script", "b.py")
    assert _checked(check, "script", "b.py") == ["script", "b.py"]


def test_each_file_once(check: Check, project: Path) -> None:
    _files(project, "a/b.py", "c.py")
    assert _checked(check, "a/b.py", ".", "a", str(project / "c.py")) == ["a/b.py", "c.py"]


def test_paths_as_shown(check: Check, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _files(project, "a/b.py", "c/d.py")
    monkeypatch.chdir(project / "a")
    assert _checked(check) == ["b.py"]
    assert _checked(check, "../c", "./b.py") == ["../c/d.py", "b.py"]
    assert _checked(check, str(project / "c"), str(project / "a")) == [
        str(project / "c/d.py"),
        "b.py",
    ]


def test_default_excludes(check: Check, project: Path) -> None:
    left_out = (".venv", "venv", ".git", "node_modules", "build", "dist", "__pycache__", ".tox")
    _files(project, "a.py", *(f"{name}/x.py" for name in left_out))
    assert _checked(check) == ["a.py"]
    assert _checked(check, "build") == ["build/x.py"]
    assert _checked(check, "build/x.py") == ["build/x.py"]
    assert _checked(check, "build/x.py", "build", "--force-exclude") == []


@pytest.mark.parametrize(
    ("patterns", "left"),
    [
        ('["gen"]', ["a.py", "other/gen_x.py", "sub/a.py"]),
        ('["gen*"]', ["a.py", "sub/a.py"]),
        ('["a.py"]', ["gen/x.py", "other/gen_x.py"]),
        ('["sub/a.py"]', ["a.py", "gen/x.py", "other/gen_x.py"]),
        ('["./sub/"]', ["a.py", "gen/x.py", "other/gen_x.py"]),
        ('["*/*.py"]', ["a.py"]),
        ('["**/gen_*.py"]', ["a.py", "gen/x.py", "sub/a.py"]),
        ("[]", ["a.py", "gen/x.py", "other/gen_x.py", "sub/a.py"]),
    ],
)
def test_exclude(check: Check, project: Path, patterns: str, left: list[str]) -> None:
    _files(project, "a.py", "gen/x.py", "other/gen_x.py", "sub/a.py")
    config = project / "pyproject.toml"
    config.write_text(f"[tool.shapeguard]\nextend-exclude = {patterns}\n")
    assert _checked(check) == left
    config.write_text(f"[tool.shapeguard]\nexclude = {patterns}\n")
    assert _checked(check) == left


def test_exclude_takes_the_place_of_the_defaults(check: Check, project: Path) -> None:
    _files(project, "build/a.py", "b.py")
    (project / "pyproject.toml").write_text('[tool.shapeguard]\nexclude = ["b.py"]\n')
    assert _checked(check) == ["build/a.py"]
    assert _checked(check, "--exclude", "build") == ["b.py"]
    assert _checked(check, "--extend-exclude", "build") == []


def test_gitignore(check: Check, project: Path) -> None:
    _files(project, "a.py", "out/b.py", "sub/c.py", "sub/keep/d.py", "sub/e_test.py", "x/out/f.py")
    (project / ".gitignore").write_text("/out/\n*_test.py\n!sub/keep\n")
    (project / "sub/.gitignore").write_text("c.py\n")
    assert _checked(check) == ["a.py", "sub/keep/d.py", "x/out/f.py"]
    assert _checked(check, "sub/c.py") == ["sub/c.py"]
    assert "out/b.py" in _checked(check, "--no-respect-gitignore")


def test_gitignore_above(check: Check, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _files(project, "sub/a.py", "sub/skip/b.py", "out/c.py", "sub/local.py")
    (project / ".git/info").mkdir(parents=True)
    (project / ".git/info/exclude").write_text("local.py\n")
    (project / ".gitignore").write_text("skip/\nout\n")
    assert _checked(check, "sub") == ["sub/a.py"]
    assert _checked(check, "out") == ["out/c.py"]
    monkeypatch.chdir(project / "sub")
    assert _checked(check) == ["a.py"]


def test_nearest_configuration(check: Check, project: Path) -> None:
    _files(project, "a.py", "sub/b.py", "sub/deep/c.py", "other/d.py")
    (project / "pyproject.toml").write_text('[tool.shapeguard]\nignore = ["SG101"]\n')
    (project / "sub/pyproject.toml").write_text('[tool.shapeguard]\nselect = ["SG1"]\n')
    (project / "other/pyproject.toml").write_text('[project]\nname = "shapeguard"\n')
    assert _checked(check) == ["sub/b.py", "sub/deep/c.py"]
    assert _checked(check, "sub/deep/c.py", "a.py") == ["sub/deep/c.py"]
    assert _checked(check, "--isolated", "a.py") == ["a.py"]
    assert _checked(check, "--config", "sub/pyproject.toml", "a.py") == ["a.py"]


def test_command_line_over_configuration(check: Check, project: Path) -> None:
    write(project / "a.py", "bad()\nworse()\nhint()\n")
    (project / "pyproject.toml").write_text(
        '[tool.shapeguard]\nselect = ["SG101"]\nextend-select = ["SG901"]\n'
    )

    def found(*arguments: str) -> list[str]:
        lines = check("--output-format", "concise", "-q", *arguments).stdout.splitlines()
        return [line.split()[1] for line in lines]

    assert found() == ["SG101", "SG901"]
    assert found("--ignore", "SG101") == ["SG901"]
    assert found("--select", "SG102") == ["SG102"]
    assert found("--extend-select", "SG102") == ["SG101", "SG102", "SG901"]


def test_per_file_ignores(check: Check, project: Path) -> None:
    _files(project, "a.py", "tests/b.py", "tests/deep/c.py", "d_test.py")
    (project / "pyproject.toml").write_text(
        "[tool.shapeguard.per-file-ignores]\n"
        '"tests/*" = ["SG1"]\n"*_test.py" = ["no-bad"]\n"!a.py" = ["SG102"]\n'
    )
    assert _checked(check) == ["a.py"]


def test_toml_of_another_name(check: Check, project: Path) -> None:
    _files(project, "a.py")
    (project / "ours.toml").write_text('ignore = ["SG101"]\n')
    assert _checked(check, "--config", "ours.toml") == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[tool.shapeguard\n", "not valid TOML"),
        ("[tool.shapeguard]\nselekt = []\n", "has no setting 'selekt'"),
        ('[tool.shapeguard]\nselect = "SG1"\n', "select: expected a list of strings"),
        ("[tool.shapeguard]\nforce-exclude = 1\n", "force-exclude: expected true or false"),
        ('[tool]\nshapeguard = "x"\n', "is not a table"),
        ('[tool.shapeguard]\nselect = ["SG777"]\n', "unknown rule `SG777` in `select` of"),
        (
            '[tool.shapeguard.per-file-ignores]\n"a" = ["SG777"]\n',
            "unknown rule `SG777` in `ignore` of per-file-ignores",
        ),
        ("# shapeguard \xff\n[tool.shapeguard]\n", "not valid TOML"),
    ],
)
def test_invalid_configuration(check: Check, project: Path, text: str, words: str) -> None:
    _files(project, "a.py")
    (project / "pyproject.toml").write_bytes(text.encode("latin-1"))
    result = check()
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert words in line
    assert "pyproject.toml" in line
    assert check("--isolated").exit_code == 1


def test_missing_configuration(check: Check) -> None:
    result = check("--config", "nowhere.toml")
    assert result.exit_code == 2
    assert result.stderr == "error: nowhere.toml: No such file or directory\n"
