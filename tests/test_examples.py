"""The examples: the mistakes in them are found, and nothing else is.

`# !SG301` marks a line to report and `# ~SG301` a further line where the same finding may stand.
"""

import json
import pathlib
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import NamedTuple

import pytest

ROOT = pathlib.Path(__file__).parent.parent
EXAMPLES = sorted([*ROOT.glob("examples/*.py"), *ROOT.glob("examples/*.ipynb")])
MARKER = re.compile(r"# ([!~])(SG\d{3})")
SHAPEGUARD = "import sys; from shapeguard.cli import main; sys.exit(main())"


class Place(NamedTuple):
    file: str
    cell: int | None
    row: int
    code: str


def sources(path: pathlib.Path) -> Iterator[tuple[int | None, str]]:
    """The code of a file, by cell of a notebook (from 1, among all cells)."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        yield None, text
        return
    for number, cell in enumerate(json.loads(text)["cells"], 1):
        if cell["cell_type"] == "code":
            yield number, "".join(cell["source"])


def marked(kind: str) -> list[Place]:
    return [
        Place(path.name, cell, row, code)
        for path in EXAMPLES
        for cell, source in sources(path)
        for row, line in enumerate(source.splitlines(), 1)
        for mark, code in MARKER.findall(line)
        if mark == kind
    ]


@pytest.fixture(scope="module")
def found() -> list[Place]:
    command = [sys.executable, "-c", SHAPEGUARD, "check", "--no-cache", "--output-format", "json"]
    done = subprocess.run(
        [*command, *map(str, EXAMPLES)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    return [
        Place(pathlib.Path(one["filename"]).name, one["cell"], one["location"]["row"], one["code"])
        for one in json.loads(done.stdout)
    ]


def test_the_examples_are_marked() -> None:
    assert len(EXAMPLES) == 8
    assert len(marked("!")) >= 9


@pytest.mark.parametrize("place", marked("!"), ids=str)
def test_mistake_is_found(place: Place, found: list[Place]) -> None:
    also = {one for one in marked("~") if one.file == place.file and one.code == place.code}
    assert {place, *also} & set(found)


def test_nothing_else_is_found(found: list[Place]) -> None:
    assert set(found) <= {*marked("!"), *marked("~")}


RUN = """
import json, pathlib, sys
path = pathlib.Path(sys.argv[1])
text = path.read_text(encoding="utf-8")
if path.suffix == ".ipynb":
    cells = json.loads(text)["cells"]
    text = "\\n".join("".join(one["source"]) for one in cells if one["cell_type"] == "code")
exec(compile(text, str(path), "exec"), {"__name__": "__main__"})
"""


@pytest.mark.slow
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: str(path.name))
def test_example_runs(path: pathlib.Path) -> None:
    pytest.importorskip("torch")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", RUN, str(path)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
