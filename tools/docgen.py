"""Write what is made from the code; with --check, only say what is out of date.

Made whole: docs/rules/SG*.md, and the types of forward. Made in part, in every document: what
stands between `<!-- generated: NAME -->` and `<!-- end -->`, and the output in console blocks,
which is what their commands print; in the layers, the docstrings of forward.
"""

from __future__ import annotations

import argparse
import difflib
import re
import sys
from collections.abc import Callable, Iterator, Mapping

from shapeguard.contract import markdown
from shapeguard.page import ends, fix_word, page
from shapeguard.rules import registry
from tools import typegen
from tools.documents import ROOT, documents, with_real_output

_MARKED = re.compile(
    r"(?P<begin><!-- generated: (?P<name>[\w-]+) -->\n).*?(?P<end><!-- end -->)", re.DOTALL
)


def rules_table(folder: str) -> str:
    """The rules by code; ``folder`` is where the pages are, seen from the document."""
    rows = [
        "| code | name | the mistake | severity | fix | found by |",
        "|---|---|---|---|---|---|",
    ]
    rows += [
        f"| [{rule.code}]({folder}{rule.code}.md) | {rule.name} | {_cell(rule.summary)} "
        f"| {rule.severity.value} | {fix_word(rule)} | {ends(rule)} |"
        for rule in registry().values()
    ]
    return "\n".join(rows) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", r"\|")


_PARTS: Mapping[str, Callable[[], str]] = {
    "contract": markdown,
    "rules": lambda: rules_table("docs/rules/"),
    "rules-beside": lambda: rules_table(""),
}


def _with_parts(text: str) -> str:
    """The document with its marked parts as the code has them today."""
    return _MARKED.sub(lambda found: found["begin"] + _PARTS[found["name"]]() + found["end"], text)


def generated() -> Iterator[tuple[str, str | None]]:
    """Path from the root and right text of every file that is made; None: must not be there."""
    yield typegen.TYPES, typegen.types()
    layers = (ROOT / typegen.LAYERS).read_text(encoding="utf-8")
    yield typegen.LAYERS, typegen.with_docstrings(layers)
    whole = {f"docs/rules/{rule.code}.md": page(rule) for rule in registry().values()}
    yield from whole.items()
    for path in documents():
        name = path.relative_to(ROOT).as_posix()
        if name in whole:
            continue
        if name.startswith("docs/rules/SG"):
            yield name, None
        else:
            yield name, with_real_output(_with_parts(path.read_text(encoding="utf-8")))


def out_of_date() -> Iterator[tuple[str, str | None, str]]:
    """Path, right text and difference of every file that is not what it should be."""
    for name, right in generated():
        path = ROOT / name
        now = path.read_text(encoding="utf-8") if path.exists() else None
        if now == right:
            continue
        before, after = (now or "").splitlines(), (right or "").splitlines()
        difference = difflib.unified_diff(before, after, name, "generated", lineterm="", n=1)
        yield name, right, "\n".join(difference)


def main() -> int:
    """Write or check; the exit code is 1 where a check found something out of date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, show what differs")
    check = parser.parse_args().check
    stale = list(out_of_date())
    for name, right, difference in stale:
        path = ROOT / name
        if check:
            print(difference)
        elif right is None:
            path.unlink()
            print(f"removed {name}")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(right, encoding="utf-8", newline="\n")
            print(f"wrote {name}")
    if check and stale:
        print(f"{len(stale)} files are out of date: run `make docs`", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
