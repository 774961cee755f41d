"""Classes that the program builds with one value of a flag: what their other branches are run for.

A branch that only another flag leads to is code that somebody wrote for that flag. It is judged as
the branches of a class that nobody builds are, with nothing known of what calls in view pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set

import libcst as cst

from shapeguard.lint.interp.arguments import Arg, Args
from shapeguard.lint.interp.holding import holds_layer
from shapeguard.lint.interp.objects import Class, Function, Instance, Opaque
from shapeguard.lint.interp.trees import children


def flagged(objects: Iterable[Instance]) -> list[tuple[Class, Args]]:
    """The classes with layers that are told a flag or an option by the calls in view; what these
    pass as unknown values."""
    found: dict[int, Class] = {}
    passed: dict[int, set[str]] = {}
    for instance in objects:
        init, args = instance.cls.member("__init__"), instance.args
        if not isinstance(init, Function) or not isinstance(args, Args):
            continue
        names = [param.name.value for param in init.node.params.params[1:]]
        if len(args.positional) > len(names) or args.open:
            continue
        told = dict(zip(names, args.positional, strict=False)) | args.keywords
        passed.setdefault(id(instance.cls), set()).update(told)
        flags = any(isinstance(arg.value, (bool, str)) for arg in told.values())
        if flags and holds_layer(instance):
            found.setdefault(id(instance.cls), instance.cls)
    return [(cls, _unknown(cls, passed[key])) for key, cls in found.items()]


def _unknown(cls: Class, names: Set[str]) -> Args:
    scope = f"{cls.name}.__init__"
    keywords = {name: Arg(Opaque(f"{name}@{scope}")) for name in sorted(names)}
    return Args([], keywords, loose=True)


def own(cls: Class) -> Iterator[Function]:
    """The functions that stand in a class."""
    return (member for member in cls.members.values() if isinstance(member, Function))


def left_out(function: Function, reached: Set[int]) -> bool:
    """Whether a function was run, and a branch of it that goes on was not."""
    if not isinstance(function.node, cst.FunctionDef):
        return False
    return _left_out(function.node.body, reached)


def _left_out(body: cst.CSTNode, reached: Set[int]) -> bool:
    for node in children(body):
        if id(node) not in reached:
            continue
        if isinstance(node, cst.If):
            if any(_shut(part, reached) or _left_out(part, reached) for part in _branches(node)):
                return True
        elif isinstance(node, (cst.For, cst.While, cst.With)) and _left_out(node.body, reached):
            return True
    return False


def _branches(node: cst.If) -> Iterator[cst.BaseSuite]:
    here: cst.If | cst.Else | None = node
    while here is not None:
        yield here.body
        here = here.orelse if isinstance(here, cst.If) else None


def _shut(body: cst.BaseSuite, reached: Set[int]) -> bool:
    """Whether a branch was not run that does more than to give up."""
    lines = body.body
    if not lines or id(lines[0]) in reached:
        return False
    last = lines[-1]
    ends = last.body[-1] if isinstance(last, cst.SimpleStatementLine) else last
    return not isinstance(ends, (cst.Raise, cst.Pass))
