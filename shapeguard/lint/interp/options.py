"""Configuration that comes from outside the language: argparse, namespaces, attribute dicts."""

from __future__ import annotations

from typing import Any

import libcst as cst

from shapeguard.axes.size import UNKNOWN
from shapeguard.axes.value import Tuple
from shapeguard.lint.interp.arguments import Args
from shapeguard.lint.interp.containers import Each, Mapping
from shapeguard.lint.interp.machine import Machine, unwrap
from shapeguard.lint.interp.names import NAMESPACES
from shapeguard.lint.interp.objects import Class, Frame, Instance, Method, Opaque, Origin

_NODE = cst.ClassDef(cst.Name("namespace"), cst.IndentedBlock(()))


def namespace(name: str, frame: Frame | None = None) -> Instance:
    """An object with attributes and no methods."""
    return Instance(Class(name, _NODE, frame or Frame(None)))


def from_outside(machine: Machine, dotted: str, args: Args, node: cst.CSTNode) -> Any:
    """Parsers and namespaces by what they are called; None for everything else."""
    name = dotted.rpartition(".")[2]
    if name in ("ArgumentParser", "ArgParser", "HfArgumentParser"):
        parser = namespace("parser")
        known = Parser(parser)
        for method in METHODS:
            parser.attrs[method] = Method(known, method)
        return parser
    if name in NAMESPACES:
        made = namespace(name)
        first = args.get(0)
        if isinstance(first, Mapping):
            made.attrs.update({key: v for key, v in first.items if isinstance(key, str)})
        for key, arg in args.keywords.items():
            made.attrs[key] = arg.value
            if arg.node is not None and arg.frame is not None:
                made.origins[key] = Origin(arg.node, arg.frame, arg.unit)
        return made
    return None


METHODS = (
    "add_argument",
    "parse_args",
    "parse_known_args",
    "add_argument_group",
    "set_defaults",
    "add_mutually_exclusive_group",
)


class Parser:
    """An argparse parser: the defaults it was given are what ``parse_args`` is taken to return."""

    def __init__(self, holder: Instance) -> None:
        self.holder = holder
        self.defaults: dict[str, Any] = {}
        self.origins: dict[str, Origin] = {}

    def call(self, machine: Machine, name: str, args: Args) -> Any:
        """One method of the parser."""
        if name == "add_argument":
            self._add(args)
            return None
        if name == "set_defaults":
            self.defaults.update({key: arg.value for key, arg in args.keywords.items()})
            return None
        if name in ("parse_args", "parse_known_args"):
            made = namespace("args")
            made.attrs.update(self.defaults)
            made.origins.update(self.origins)
            for dest in self._overridden(args):
                made.attrs[dest] = machine.fresh(dest)
                made.origins.pop(dest, None)
            return made if name == "parse_args" else Tuple((made, Each(UNKNOWN)))
        return self.holder

    def _overridden(self, args: Args) -> list[str]:
        """The options that a written list of arguments sets; all where a namespace is passed."""
        if "namespace" in args.keywords:
            return list(self.defaults)
        given = args.get(0, "args")
        if not isinstance(given, Tuple):
            return []
        words = [str(item).partition("=")[0] for item in given.items if isinstance(item, str)]
        known = [word.lstrip("-").replace("-", "_") for word in words if word.startswith("-")]
        return [dest for dest in self.defaults if any(dest.startswith(word) for word in known)]

    def _add(self, args: Args) -> None:
        flags = [unwrap(arg.value) for arg in args.positional]
        names = [flag for flag in flags if isinstance(flag, str)]
        target = args.get(-1, "dest")
        if not isinstance(target, str):
            long = [flag for flag in names if flag.startswith("--")]
            if not names:
                return
            target = (long or names)[0].lstrip("-").replace("-", "_")
        action = args.get(-1, "action")
        given = args.arg(-1, "default")
        value: Any = Opaque(f"args.{target}@argparse")
        if given is not None:
            value = _typed(args, given.value)
        elif action in ("store_true", "store_false"):
            value = action == "store_false"
        self.defaults[target] = value
        if given is not None and given.node is not None and given.frame is not None:
            self.origins[target] = Origin(given.node, given.frame, given.unit, "default")
        elif args.positional and args.positional[0].node is not None and given is None:
            first = args.positional[0]
            if first.node is not None and first.frame is not None:
                self.origins[target] = Origin(first.node, first.frame, first.unit, "default")


def _typed(args: Args, value: Any) -> Any:
    """A default that argparse converts: only strings are."""
    kind = args.get(-1, "type")
    if isinstance(value, str) and kind is not ...:
        convert = {"builtins.int": int, "builtins.float": float, "builtins.str": str}.get(
            getattr(kind, "dotted", "")
        )
        try:
            return UNKNOWN if convert is None else convert(value)
        except ValueError:
            return UNKNOWN
    return value
