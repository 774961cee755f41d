"""What statements name, define and may change: how names connect the parts of a file."""

from __future__ import annotations

import ast
import re
from bisect import bisect_left

from shapeguard.contract import Kind

LAYERS = frozenset(kind.value for kind in Kind)
PACKED = "PackedSequence"
LAYER = re.compile(rf"\b(?:{'|'.join(sorted(LAYERS))}|{PACKED})\b")
GLOBAL = re.compile(r"^\s+global\s+(.+)", re.MULTILINE)
WORD = re.compile(r"[^\W\d]\w*")
NAME = re.compile(r"(?<![\w.])[^\W\d]\w*")
_TEXT = re.compile(
    r'''"""(?:[^\\]|\\.)*?"""'''
    r"""|(?<![fF\w'"])(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')""",
    re.DOTALL,
)


def names_in(text: str) -> frozenset[str]:
    """The words that may be names of the module's scope: no attributes, nothing in strings."""
    return frozenset(NAME.findall(_TEXT.sub("", text)))


def rows_with_layer(text: str) -> list[int]:
    """The rows that mention a layer in any way, from 0."""
    rows: list[int] = []
    row = start = 0
    for found in LAYER.finditer(text):
        row += text.count("\n", start, found.start())
        start = found.start()
        rows.append(row)
    return rows


def names_layer(nodes: list[ast.stmt], rows: list[int]) -> bool:
    """Whether statements name a recurrent layer to make one: strings, annotations and isinstance
    do not, but for a PackedSequence, which a layer of the program's own may be given. Only what
    stands on the rows is looked at, where there are any."""
    stack: list[ast.AST] = list(nodes)
    while stack:
        node = stack.pop()
        if rows and isinstance(node, ast.stmt) and not getattr(node, "decorator_list", ()):
            at = bisect_left(rows, node.lineno)
            if at == len(rows) or rows[at] > (node.end_lineno or rows[at]):
                continue
        if isinstance(node, ast.Attribute) and node.attr in LAYERS:
            return True
        if isinstance(node, ast.Name) and node.id in LAYERS:
            return True
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in ("isinstance", "issubclass"):
                asked = node.args[-1] if node.args else node
                if getattr(asked, "attr", getattr(asked, "id", "")) == PACKED:
                    return True
                continue
            if node.func.id == "getattr" and node.args and ast.unparse(node.args[0]).endswith("nn"):
                return True
        if isinstance(node, ast.arg):
            continue
        if isinstance(node, ast.AnnAssign):
            stack += [node.value] if node.value is not None else []
            continue
        stack += ast.iter_child_nodes(node)
    return False


def declared_global(text: str) -> frozenset[str]:
    """The names that functions in the text declare global."""
    if "global " not in text:
        return frozenset()
    return frozenset(name for line in GLOBAL.findall(text) for name in WORD.findall(line))


def layers_imported(nodes: list[ast.stmt]) -> frozenset[str]:
    """The names under which import statements bring recurrent layers."""
    aliases = [a for node in nodes if isinstance(node, ast.ImportFrom) for a in node.names]
    return frozenset(a.asname or a.name for a in aliases if a.name in LAYERS)


def bound(nodes: list[ast.stmt]) -> frozenset[str]:
    """The names that import statements bind."""
    return frozenset(a.asname or a.name for node in nodes for a in getattr(node, "names", ()))


def defines(nodes: list[ast.stmt]) -> frozenset[str]:
    """The names that statements bind in the module's scope, nested blocks included."""
    names: set[str] = set()
    stack: list[ast.AST] = list(nodes)
    while stack:
        node = stack.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.expr) and not isinstance(
            node, (ast.Tuple, ast.List, ast.Starred, ast.NamedExpr)
        ):
            if isinstance(node, (ast.Attribute, ast.Subscript)) and isinstance(node.ctx, ast.Store):
                base = node.value
                while isinstance(base, (ast.Attribute, ast.Subscript)):
                    base = base.value
                if isinstance(base, ast.Name):
                    names.add(base.id)
        else:
            stack += ast.iter_child_nodes(node)
    return frozenset(names)


def touches(nodes: list[ast.stmt]) -> frozenset[str]:
    """The names of what statements outside functions may change: the object of a method call
    (``parser.add_argument``), an argument (``fix(config)``), what gets another name."""
    names: set[str] = set()
    stack: list[ast.AST] = list(nodes)
    while stack:
        node = stack.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        parts: list[ast.expr] = []
        if isinstance(node, (ast.Expr, ast.Assign, ast.AnnAssign)) and node.value is not None:
            parts.append(node.value)
        for call in [part for part in parts if isinstance(part, ast.Call)]:
            parts += call.args
            parts += [call.func.value] if isinstance(call.func, ast.Attribute) else []
        names |= {part.id for part in parts if isinstance(part, ast.Name)}
        if not isinstance(node, ast.expr):
            stack += ast.iter_child_nodes(node)
    return frozenset(names)
