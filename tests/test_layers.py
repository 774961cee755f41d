"""The layers: who may import whom, and what is never imported.

The first half reads the source, so it sees imports inside functions and names the line. The
second runs fresh interpreters, so it sees what an import brings along.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# What each part may import of ours. A part is a package or module of shapeguard, the rule files
# ("RULE FILES"), or a module named in full where it stands lower than its package.
ALLOWED: dict[str, set[str]] = {
    "contract": set(),
    "reference.proof": set(),
    "axes": {"contract"},
    "rule": {"axes", "contract", "reference.proof"},
    "RULE FILES": {"axes", "contract", "reference.proof", "rule"},
    "rules": {"rule"},
    "page": {"rule"},
    "lint": {"axes", "contract", "page", "rule", "rules"},
    "runtime": {"axes", "contract", "rule", "rules"},
    "reference": {"axes", "contract", "reference.proof", "rule", "rules"},
}
# What stands above all of these may import them, and one another only downwards.
BELOW = set(ALLOWED) - {"RULE FILES"}
ALLOWED["report"] = BELOW
ALLOWED["integrations"] = BELOW | {"report"}
ALLOWED["cli"] = BELOW | {"report", "integrations"}
ALLOWED["__main__"] = {"cli"}

NO_TORCH = {"contract", "reference.proof", "axes", "rule", "RULE FILES", "rules", "page", "lint"}
HEAVY = ("torch", "numpy")


def sources() -> Iterator[tuple[str, Path]]:
    """Dotted name below shapeguard and path of every source file."""
    package = ROOT / "shapeguard"
    for path in sorted(package.rglob("*.py")):
        if path.parent == package and path.name == "__init__.py":
            continue  # the package's own names are loaded at first use, from anywhere
        yield ".".join(path.relative_to(package).with_suffix("").parts), path
    for path in sorted((ROOT / "rules").glob("*.py")):
        yield f"RULE FILES.{path.stem}", path


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Line and full dotted name of everything a file imports, inside functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: a relative import"
            assert node.module is not None
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def part(name: str) -> str:
    """The part that a dotted name below shapeguard belongs to."""
    for known in sorted(ALLOWED, key=len, reverse=True):
        if name == known or name.startswith(f"{known}."):
            return known
    return name.partition(".")[0]


SOURCES = list(sources())


@pytest.mark.parametrize(("name", "path"), SOURCES, ids=[name for name, _ in SOURCES])
def test_imports_go_downwards(name: str, path: Path) -> None:
    own = part(name)
    assert own in ALLOWED, f"{own} has no place among the layers"
    for line, imported in imports(path):
        package, _, rest = imported.partition(".")
        assert package not in {"rules", "tests", "tools"}, f"{path}:{line}: imports {imported}"
        if package != "shapeguard" or rest in {"", "__version__"}:
            continue
        other = part(rest)
        assert other == own or other in ALLOWED[own], f"{path}:{line}: {own} imports {other}"


@pytest.mark.parametrize(("name", "path"), SOURCES, ids=[name for name, _ in SOURCES])
def test_no_torch_where_code_is_only_read(name: str, path: Path) -> None:
    if part(name) in NO_TORCH:
        for line, imported in imports(path):
            assert imported.partition(".")[0] not in HEAVY, f"{path}:{line}: imports {imported}"


def loaded_after(statement: str, *suspects: str) -> set[str]:
    """Which of ``suspects`` a fresh interpreter has loaded after ``statement``."""
    code = f"{statement}\nimport sys\nprint(*sorted(set({suspects!r}) & set(sys.modules)))"
    child = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    return set(child.stdout.splitlines()[-1].split())


@pytest.mark.parametrize(
    "statement",
    [
        "import shapeguard",
        "import shapeguard.contract",
        "import shapeguard.axes",
        "import shapeguard.rule",
        "from shapeguard.rules import registry; registry()",
        "import shapeguard.lint.engine",
        "import shapeguard.cli",
    ],
)
def test_nothing_of_the_linter_brings_torch_along(statement: str) -> None:
    assert not loaded_after(statement, "torch", "numpy", "jaxtyping", "beartype")


def test_naming_the_rules_imports_none() -> None:
    statement = "from shapeguard.rules import names; assert names()"
    assert not loaded_after(statement, "shapeguard.rule", "shapeguard.axes")
