"""Notebooks: cells, magics, and fixes that touch nothing but the changed lines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapeguard.lint.diagnostic import Edit, Position, Span
from shapeguard.lint.magics import mask, skipped_cell
from shapeguard.lint.notebook import NotebookSource
from shapeguard.lint.source import EditError
from tests.shell.conftest import Check
from tests.shell.notebooks import document, notebook

TORCH = "import torch  # nn.LSTM"


def test_cells_are_numbered_among_all(check: Check, project: Path) -> None:
    text = notebook("md:# Title", TORCH, "md:words", "x = 1\n  \nbad()\n")
    (project / "a.ipynb").write_text(text, encoding="utf-8")
    (found,) = json.loads(check("--output-format", "json").stdout)
    assert (found["cell"], found["location"]) == (4, {"row": 3, "column": 1})
    assert found["fix"]["edits"][0]["cell"] == 4
    assert found["noqa_row"] == 3
    assert "a.ipynb:cell 4:3:1" in check("--output-format", "concise").stdout
    assert "3 | bad()\n" in check().stdout


def test_unparsable_cell_is_skipped_with_a_note(check: Check, project: Path) -> None:
    (project / "a.ipynb").write_text(notebook(TORCH, "def (:\n", "bad()"), encoding="utf-8")
    result = check("--output-format", "concise")
    assert result.stderr.startswith("warning: a.ipynb: cell 2 skipped: not Python")
    assert "a.ipynb:cell 3:1:1: SG101" in result.stdout
    assert "1 notebook cell skipped" in result.stdout


@pytest.mark.parametrize("nbformat", [3, 4])
@pytest.mark.parametrize("indent", [None, 1, 4])
@pytest.mark.parametrize("ascii", [False, True])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_fix_changes_only_the_line(
    check: Check, project: Path, nbformat: int, indent: int | None, ascii: bool, ending: str
) -> None:
    cells = ("md:bad() é", TORCH, 'x = "é\\n\\t\\"𝔘"; bad()  # é\nbad()', "y = 1\n")
    text = notebook(*cells, nbformat=nbformat, indent=indent, ascii=ascii)
    text = text.rstrip("\n").replace("\n", ending)
    path = project / "a.ipynb"
    path.write_bytes(text.encode())
    result = check("--fix")
    assert result.exit_code == 0, result.output
    wanted = text.replace("; bad()", "; good()").replace('"bad()"', '"good()"')
    assert path.read_bytes().decode() == wanted


def test_single_string_source(check: Check, project: Path) -> None:
    made = document(TORCH, "x = 1")
    made["cells"][1]["source"] = "x = '\u2028'\nbad()\ny = 2\n"
    text = json.dumps(made)
    (project / "a.ipynb").write_text(text)
    assert check("--fix").exit_code == 0
    assert (project / "a.ipynb").read_text() == text.replace("\\nbad()", "\\ngood()")


def test_diff_by_cell(check: Check, project: Path) -> None:
    text = notebook(TORCH, "x = 1\nbad()")
    (project / "a.ipynb").write_text(text, encoding="utf-8")
    result = check("--diff")
    assert result.stdout == (
        "--- a.ipynb:cell 2\n+++ a.ipynb:cell 2\n@@ -1,2 +1,2 @@\n x = 1\n"
        "-bad()\n\\ No newline at end of file\n+good()\n\\ No newline at end of file\n"
    )
    assert (project / "a.ipynb").read_text(encoding="utf-8") == text


SEVERAL = "one\ntwo\nthree"


@pytest.mark.parametrize(
    ("span", "content", "result"),
    [
        (Span.of(1, 1, 1, 1), "zero\n", ["zero\n", "one\n", "two\n", "three"]),
        (Span.of(2, 1, 2, 1), "a\nb\n", ["one\n", "a\n", "b\n", "two\n", "three"]),
        (Span.of(2, 1, 3, 1), "", ["one\n", "three"]),
        (Span.of(1, 1, 2, 1), "", ["two\n", "three"]),
        (Span.of(3, 1, 3, 6), "", ["one\n", "two\n"]),
        (Span.of(1, 4, 3, 1), " ", ["one three"]),
        (Span.of(1, 2, 3, 3), "-", ["o-ree"]),
        (Span.of(2, 4, 2, 4), "\nmore", ["one\n", "two\n", "more\n", "three"]),
        (Span.of(3, 6, 3, 6), "\nfour", ["one\n", "two\n", "three\n", "four"]),
        (Span.of(3, 6, 3, 6), "\n", ["one\n", "two\n", "three\n"]),
        (Span.of(2, 1, 2, 4), 'print("\\n")', ["one\n", 'print("\\n")\n', "three"]),
        (Span.of(1, 1, 3, 6), "", [""]),
    ],
)
@pytest.mark.parametrize("indent", [None, 1])
def test_lines_stay_lines(span: Span, content: str, result: list[str], indent: int | None) -> None:
    raw = notebook("x", SEVERAL, "y", indent=indent).encode()
    changed = NotebookSource(raw, "a.ipynb").rewrite([Edit(span, content, 2)])
    wanted = document("x", SEVERAL, "y")
    wanted["cells"][1]["source"] = result
    if result == [""]:
        assert "".join(json.loads(changed)["cells"][1]["source"]) == ""
    else:
        assert changed.decode() == json.dumps(wanted, indent=indent, ensure_ascii=False) + "\n"


POSITIONS = st.tuples(st.integers(1, 3), st.integers(1, 6))


@given(
    cell=st.text(st.sampled_from(list('ab"\\\n\té𝔘\u2028\x0c')), max_size=20),
    one=POSITIONS,
    other=POSITIONS,
    content=st.text(st.sampled_from(list('xy"\\\né𝔘')), max_size=6),
    whole=st.booleans(),
    ascii=st.booleans(),
)
def test_any_edit_gives_the_text_that_it_should(
    cell: str,
    one: tuple[int, int],
    other: tuple[int, int],
    content: str,
    whole: bool,
    ascii: bool,
) -> None:
    made = document("a", "b", "c")
    made["cells"][1]["source"] = cell if whole else [f"{line}\n" for line in cell.split("\n")]
    text = cell if whole else cell + "\n"
    span = Span(Position(*min(one, other)), Position(*max(one, other)))
    rows = text.split("\n")
    source = NotebookSource(json.dumps(made, ensure_ascii=ascii).encode(), "a.ipynb")
    if any(
        p.row > len(rows) or p.column > len(rows[p.row - 1]) + 1 for p in (span.start, span.end)
    ):
        past_the_end = Position(len(rows) + 1, 1)
        if not {span.start, span.end} & {past_the_end}:
            with pytest.raises(EditError):
                source.rewrite([Edit(span, content, 2)])
        return
    start, end = (
        sum(len(row) + 1 for row in rows[: place.row - 1]) + place.column - 1
        for place in (span.start, span.end)
    )
    try:
        changed = json.loads(source.rewrite([Edit(span, content, 2)]))
    except EditError:
        assert (cell, whole) == ("", True)
        return
    assert "".join(changed["cells"][1]["source"]) == text[:start] + content + text[end:]
    made["cells"][1]["source"] = changed["cells"][1]["source"]
    assert changed == made


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        ("%matplotlib inline", "pass"),
        ("    %matplotlib inline", "    pass"),
        ("!pip install torch", "pass"),
        ("?torch.nn.LSTM", "pass"),
        ("torch.nn.LSTM?", "pass"),
        ("x.y??  # what", "pass"),
        ("files = !ls *.py", "files = get_ipython()"),
        ("t = %timeit -o f()", "t = get_ipython()"),
        ("a, b = !ls", "a, b = get_ipython()"),
        ("%time out, h = lstm(x)", "pass; out, h = lstm(x)"),
        ("%%time", ""),
        ("%%capture out", ""),
    ],
)
def test_magics_are_masked(line: str, masked: str) -> None:
    assert mask(f"x = 1\n{line}\ny = 2") == f"x = 1\n{masked}\ny = 2"


@pytest.mark.parametrize(
    "code",
    [
        "x = (a\n  % b)",
        "x = a \\\n  % b",
        "'''\n!not a command\n%nor a magic\n?\n'''",
        '"""it\'s\n!x\n"""',
        "# really?\nx = 1",
        "x = 'why?'",
        "if a != b: pass",
        "x = '''a''' '''\n!b\n'''",
        "x = {'a': 1,\n!r}",
    ],
)
def test_python_is_left_alone(code: str) -> None:
    assert mask(code) == code


def test_magic_over_several_rows() -> None:
    assert mask("!pip install \\\n  torch\nx = 1") == "pass\n\nx = 1"


@pytest.mark.parametrize("magic", ["bash", "html", "writefile x.py", "javascript", "script sh"])
def test_cells_of_other_languages_are_not_read(check: Check, project: Path, magic: str) -> None:
    text = notebook(TORCH, f"%%{magic}\nbad()\n)", "x = 1")
    (project / "a.ipynb").write_text(text, encoding="utf-8")
    result = check()
    assert result.exit_code == 0
    assert result.stderr == ""
    assert skipped_cell(f"%%{magic}\n") == magic.split()[0]


def test_rows_and_columns_with_magics(check: Check, project: Path) -> None:
    text = notebook(TORCH, "%%time\n!ls\n%time x = bad()\nfiles = !ls\n")
    (project / "a.ipynb").write_text(text, encoding="utf-8")
    assert "a.ipynb:cell 2:3:11: SG101" in check("--output-format", "concise").stdout
    assert check("--fix").exit_code == 0
    fixed = (project / "a.ipynb").read_text(encoding="utf-8")
    assert fixed == text.replace("x = bad()", "x = good()")
