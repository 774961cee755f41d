"""The linter on programs written without looking at it: pairs one mistake apart, and traps.

In a bad program `# !SG301` marks the line to report, `# !SG303|SG302` allows either code, and
`# ~SG301` marks a further line where the same finding may stand. A good program and a trap must
be silent.
"""

import functools
import pathlib
import re

import pytest

PROGRAMS = pathlib.Path(__file__).parent / "programs"
MARKER = re.compile(r"# ([!~])(SG\d{3}(?:\|SG\d{3})*)")

BAD = sorted(PROGRAMS.glob("sg*/*_bad.py"))
SILENT = sorted([*PROGRAMS.glob("sg*/*_good.py"), *PROGRAMS.glob("traps/*.py")])


def name(path: pathlib.Path) -> str:
    return path.relative_to(PROGRAMS).with_suffix("").as_posix()


def findings(path: pathlib.Path) -> list[tuple[int, str, str]]:
    # Imported here: a linter that does not import fails these tests, not the collection.
    from shapeguard.lint.analyze import analyze
    from shapeguard.lint.source import Program, Unit

    program = Program(str(path), (Unit(path.read_text(encoding="utf-8")),))
    analysis = analyze(program, by_default())
    assert analysis.error is None
    return sorted((one.span.start.row, one.code, one.message) for one in analysis.diagnostics)


@functools.cache
def by_default() -> frozenset[str]:
    """The rules that are on where nothing is selected."""
    from shapeguard.rules import registry

    return frozenset(code for code, rule in registry().items() if rule.severity.value != "advice")


def wanted(path: pathlib.Path) -> tuple[set[str], set[int]]:
    """The codes and the lines that the markers allow."""
    codes: set[str] = set()
    rows: set[int] = set()
    for row, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        for _, alternatives in MARKER.findall(line):
            codes |= set(alternatives.split("|"))
            rows.add(row)
    return codes, rows


def test_every_pair_is_whole() -> None:
    stems = {name(path).removesuffix("_bad") for path in BAD}
    assert len(stems) >= 110
    assert stems == {
        name(path).removesuffix("_good") for path in SILENT if path.parent.name != "traps"
    }
    for rule in sorted({path.parent.name for path in BAD}):
        assert len([path for path in BAD if path.parent.name == rule]) >= 8
    assert len([path for path in SILENT if path.parent.name == "traps"]) >= 40


@pytest.mark.parametrize("path", BAD, ids=name)
def test_markers(path: pathlib.Path) -> None:
    source = path.read_text(encoding="utf-8")
    markers = [kind for kind, _ in MARKER.findall(source)]
    assert markers.count("!") == 1
    good = path.with_name(path.name.replace("_bad.py", "_good.py")).read_text(encoding="utf-8")
    assert not MARKER.search(good)
    assert good != MARKER.sub("", source)


@pytest.mark.parametrize("path", BAD, ids=name)
def test_bad_program_is_reported(path: pathlib.Path) -> None:
    codes, rows = wanted(path)
    found = findings(path)
    assert found, f"nothing found; wanted {sorted(codes)} at {sorted(rows)}"
    assert {code for _, code, _ in found} <= codes, found
    assert {row for row, _, _ in found} <= rows, found
    assert len({(row, code) for row, code, _ in found}) == 1, found


@pytest.mark.parametrize("path", SILENT, ids=name)
def test_right_program_is_silent(path: pathlib.Path) -> None:
    assert findings(path) == []
