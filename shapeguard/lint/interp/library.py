"""Names from outside the program: torch's functions, a few builtins, argparse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import libcst as cst

from shapeguard.axes import combining
from shapeguard.axes.indexing import Slice
from shapeguard.axes.size import UNKNOWN, add, symbol
from shapeguard.axes.value import Axis, Packed, Rnn, Role, Tensor, Tuple
from shapeguard.lint.interp import attributes, layers, operators, options, packing, tensors
from shapeguard.lint.interp.calls import Args
from shapeguard.lint.interp.machine import COUNTER, Machine, unwrap
from shapeguard.lint.interp.objects import (
    Class,
    Each,
    Frame,
    Instance,
    Layer,
    Mapping,
    Opaque,
    Ref,
    as_tensor,
    join,
    known,
)
from shapeguard.lint.interp.tensors import made, sizes_of

FUNCTIONAL = ("torch.nn.functional.", "torch.Tensor.", "torch.special.", "torch.")

TRANSPARENT = frozenset(
    [
        "torch.autograd.Variable",
        "torch.autograd.variable.Variable",
        "torch.jit.script",
        "torch.compile",
        "torch.nn.DataParallel",
        "torch.nn.parallel.DistributedDataParallel",
        "torch.nn.Parameter",
        "torch.nn.parameter.Parameter",
        "copy.deepcopy",
        "copy.copy",
        "torch.nn.utils.weight_norm",
        "torch.nn.utils.spectral_norm",
        "torch.nn.utils.parametrizations.weight_norm",
        "torch.as_tensor",
        "torch.nn.DistributedDataParallel",
        "torch.jit.trace",
    ]
)
"""Calls that give back their first argument, as far as shapes are concerned."""


def call_ref(machine: Machine, ref: Ref, args: Args, node: cst.CSTNode, frame: Frame | None) -> Any:
    """A call of a name from outside."""
    dotted = ref.dotted
    handler = FUNCTIONS.get(dotted)
    if handler is not None:
        return handler(machine, args, node)
    if dotted in TRANSPARENT:
        return args.positional[0].value if args.positional else UNKNOWN
    if dotted.startswith("torch."):
        return _torch(machine, dotted, args, node, frame)
    found = options.from_outside(machine, dotted, args, node)
    if found is not None:
        return found
    for arg in [*args.positional, *args.keywords.values()]:
        machine.consume(arg.value, "call", node)
    return UNKNOWN


def _torch(
    machine: Machine, dotted: str, args: Args, node: cst.CSTNode, frame: Frame | None
) -> Any:
    owner, _, name = dotted.rpartition(".")
    if owner.startswith("torch.nn") and ".functional" not in owner and ".utils" not in owner:
        kind = owner.rpartition(".")[2]
        if name in ("__init__", "forward", "__call__", "from_pretrained") and kind[:1].isupper():
            return _of_base(machine, kind, name, args, node, frame)
        if name[:1].isupper():
            return layers.build(machine, name, args, node, frame)
    for prefix in FUNCTIONAL:
        if dotted == prefix + name and name in tensors.OPERATIONS:
            return _operation(machine, name, args, node)
    packed = packing.FUNCTIONS.get(name) if owner == "torch.nn.utils.rnn" else None
    if packed is not None:
        return packed(machine, args, node)
    if dotted in ("torch.nn.functional.linear", "torch.nn.functional.embedding"):
        machine.consume(args.get(0, "input"), name, node)
        return UNKNOWN
    for arg in [*args.positional, *args.keywords.values()]:
        machine.consume(arg.value, name, node)
    return UNKNOWN


def _operation(machine: Machine, name: str, args: Args, node: cst.CSTNode) -> Any:
    """``torch.name(x, ...)``: the same as ``x.name(...)``."""
    key = "input" if args.positional == [] else ""
    if key:
        first = args.keywords.get("input")
        if first is None:
            return UNKNOWN
        rest = Args([], {k: v for k, v in args.keywords.items() if k != "input"}, args.open)
    else:
        first, rest = args.positional[0], args.rest()
    base = first.node if first.node is not None else node
    value = unwrap(first.value)
    if isinstance(value, str):  # einsum
        for arg in rest.positional:
            machine.consume(arg.value, name, node)
        return Tensor()
    if layers.misused(machine, value, f"passed to {name}", node, base):
        return UNKNOWN
    return tensors.operate(machine, name, value, rest, node, base)


def _of_base(
    machine: Machine, kind: str, name: str, args: Args, node: cst.CSTNode, frame: Frame | None
) -> Any:
    """``nn.LSTM.__init__(self, ...)`` and the like, from a subclass."""
    if name == "from_pretrained":
        return Layer("Embedding", {}, machine.place(node))
    instance = unwrap(args.positional[0].value) if args.positional else None
    if not isinstance(instance, Instance):
        return UNKNOWN
    if name == "__init__":
        if kind in layers.RECURRENT:
            instance.rnn = layers.recurrent_layer(machine, kind, args.rest(), node)
        return None
    if instance.rnn is not None:
        return layers.apply(machine, instance.rnn, args.rest(), node, frame or Frame(None))
    return UNKNOWN


def enumeration(cls: Class) -> bool:
    """Whether a class is an Enum, whose calls look members up."""
    return cls.foreign.startswith("enum.")


def _create(zeros: bool) -> Callable[[Machine, Args, cst.CSTNode], Any]:
    def handler(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
        values = [unwrap(arg.value) for arg in args.positional]
        if not values and "size" in args.keywords:
            values = [unwrap(args.keywords["size"].value)]
        return made(machine, sizes_of(values), node, zeros)

    return handler


def _sized_or_tensor(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    if len(args.positional) == 1 and not isinstance(args.get(0), int):
        return _tensor(machine, args, node)
    return _create(False)(machine, args, node)


def _like(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    other = as_tensor(args.get(0, "input"))
    if other is None or other.axes is None:
        return Tensor()
    return Tensor(tuple(Axis(Role.UNKNOWN, axis.size) for axis in other.axes))


def _full(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    return made(machine, sizes_of([args.get(0, "size")]), node)


def _randint(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    given = args.keywords.get("size")
    shape = (
        unwrap(given.value)
        if given
        else next(
            (v for v in (unwrap(a.value) for a in args.positional) if isinstance(v, Tuple)), None
        )
    )
    return made(machine, sizes_of([shape]), node) if isinstance(shape, Tuple) else Tensor()


def _range_tensor(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    ends = [operators.number(unwrap(arg.value)) for arg in args.positional]
    return Tensor((Axis(Role.UNKNOWN, ends[0] if len(ends) == 1 else UNKNOWN),))


def _tensor(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    given = args.get(0, "data")
    if isinstance(given, Tensor):
        return given
    return Tensor(_nested(args.get(0, "data")))


def _nested(value: Any) -> tuple[Axis, ...] | None:
    if known(value) and not isinstance(value, str):
        return ()
    if isinstance(value, Tuple) and value.items:
        inner = _nested(unwrap(value.items[0]))
        return None if inner is None else (Axis(Role.UNKNOWN, len(value.items)), *inner)
    return None


def _joined(machine: Machine, args: Args, node: cst.CSTNode, name: str) -> Any:
    given = unwrap(args.get(0, "tensors"))
    dim = args.get(1, "dim", "axis")
    dim = 0 if dim is ... else dim
    if isinstance(given, Each):
        machine.consume(given.item, name, node)
        return Tensor()
    if not isinstance(given, Tuple):
        machine.consume(given, name, node)
        return Tensor()
    for item in given.items:
        layers.misused(machine, unwrap(item), f"passed to {name}", node, node)
        machine.consume(item, name, node)
    parts = [as_tensor(unwrap(item)) for item in given.items]
    kept = [part for part in parts if part is not None]
    if not kept or len(kept) != len(parts) or type(dim) is not int:
        return Tensor()
    return combining.cat(kept, dim) if name == "cat" else combining.stack(kept, dim)


def _cat(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    return _joined(machine, args, node, "cat")


def _stack(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    return _joined(machine, args, node, "stack")


def _len(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    value = args.get(0)
    if isinstance(value, str):
        return len(value)
    items = operators.items_of(machine, value)
    if items is not None:
        return len(items)
    if isinstance(value, Opaque):
        return as_tensor(value).axis(0).size  # type: ignore[union-attr]
    return value.axis(0).size if isinstance(value, Tensor) else UNKNOWN


def _range(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    ends = [unwrap(arg.value) for arg in args.positional]
    if ends and all(type(end) is int for end in ends) and (len(ends) < 3 or ends[2]):
        values = range(*ends)
        if len(values) <= 4:
            return Tuple(tuple(values))
    machine.serial += 1
    # A symbol is at least 1, a counter at least 0.
    return Each(add(symbol(f"index@{COUNTER}{machine.serial}"), -1))


def _enumerate(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    items = operators.items_of(machine, args.get(0))
    if items is not None:
        return Tuple(tuple(Tuple(pair) for pair in enumerate(items)))
    return Each(Tuple((UNKNOWN, operators.sample(machine, args.get(0)))))


def _zip(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    lists = [operators.items_of(machine, unwrap(arg.value)) for arg in args.positional]
    if lists and all(items is not None for items in lists):
        return Tuple(tuple(Tuple(row) for row in zip(*lists, strict=False)))
    row = tuple(operators.sample(machine, unwrap(arg.value)) for arg in args.positional)
    return Each(Tuple(row))


def _sequence(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    if not args.positional:
        return Tuple(())
    value = args.get(0)
    items = operators.items_of(machine, value)
    return Tuple(items) if items is not None else Each(operators.sample(machine, value))


def _reversed(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    items = operators.items_of(machine, args.get(0))
    return Tuple(items[::-1]) if items is not None else Each(operators.sample(machine, args.get(0)))


def _dict(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    items: dict[Any, Any] = {}
    complete = not args.open
    if args.positional:
        first = args.get(0)
        complete = complete and isinstance(first, Mapping) and first.complete
        items = dict(first.items) if isinstance(first, Mapping) else {}
    items.update({key: arg.value for key, arg in args.keywords.items()})
    return Mapping(tuple(items.items()), complete)


def _getattr(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    base, name = args.get(0), args.get(1)
    if isinstance(name, str):
        return machine.settle(attributes.attribute(machine, base, name, node))
    if isinstance(name, Opaque) and base == Ref("torch.nn"):
        machine.split(name, "LSTM", "GRU", "RNN")
        machine.decisive.add(name.identity)
    return UNKNOWN


def _setattr(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    base, name = args.get(0), args.get(1)
    if isinstance(base, Instance) and isinstance(name, str):
        base.attrs[name] = args.get(2)
    return None


def _isinstance(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    value, kinds = args.get(0), args.get(1)
    options_ = kinds.items if isinstance(kinds, Tuple) else (kinds,)
    answers = [_is_a(value, kind) for kind in options_]
    if True in answers:
        return True
    return False if all(answer is False for answer in answers) else UNKNOWN


def _is_a(value: Any, kind: Any) -> Any:
    if not isinstance(kind, Ref):
        return UNKNOWN
    name = kind.dotted.rpartition(".")[2]
    if isinstance(value, Rnn):
        return name in (value.kind, "Module", "RNNBase" if not value.cell else "RNNCellBase")
    if isinstance(value, (Tuple, Tensor, Packed)):
        if name in ("tuple", "list", "Sequence") and isinstance(value, Tuple):
            return bool(value.source is None or name != "list")
        return {
            "Tensor": isinstance(value, Tensor),
            "PackedSequence": isinstance(value, Packed),
            "tuple": False,
            "list": False,
        }.get(name, UNKNOWN)
    if isinstance(value, Layer):
        return name in (value.kind, "Module")
    plain = {"int": int, "str": str, "bool": bool, "float": float}.get(name)
    return isinstance(value, plain) if plain is not None and known(value) else UNKNOWN


def _convert(kind: type) -> Callable[[Machine, Args, cst.CSTNode], Any]:
    def handler(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
        value = args.get(0)
        if known(value) and value is not None:
            try:
                return kind(value)
            except (TypeError, ValueError):
                return UNKNOWN
        if kind is bool:
            return operators.truth(machine, value)
        return value if kind is int and not isinstance(value, Tensor) else UNKNOWN

    return handler


def _slice(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    ends = [operators.number(unwrap(arg.value)) for arg in args.positional]
    return Slice(None, ends[0]) if len(ends) == 1 else Slice(*ends) if ends else UNKNOWN


def _print(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    for arg in args.positional:
        machine.consume(arg.value, "print", node)
    return None


def _equal(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    return UNKNOWN


def _next(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    return operators.sample(machine, args.get(0))


def _merge(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    values = [unwrap(arg.value) for arg in args.positional]
    return values[0] if len(values) == 1 else UNKNOWN


FUNCTIONS: dict[str, Callable[[Machine, Args, cst.CSTNode], Any]] = {
    "torch.zeros": _create(True),
    **{f"torch.{name}": _create(False) for name in ["ones", "randn", "rand", "empty"]},
    **{f"torch.{name}": _sized_or_tensor for name in ("Tensor", "FloatTensor")},
    "torch.from_numpy": _tensor,
    **{f"torch.{name}_like": _like for name in ["zeros", "ones", "randn", "rand", "empty", "full"]},
    "torch.full": _full,
    "torch.randint": _randint,
    "torch.arange": _range_tensor,
    "torch.tensor": _tensor,
    "torch.LongTensor": _tensor,
    **{f"torch.{name}": _cat for name in ("cat", "concat", "concatenate")},
    "torch.stack": _stack,
    **{f"torch.{name}": _equal for name in ("equal", "allclose", "testing.assert_close")},
    "torch.Size": _sequence,
    "builtins.len": _len,
    "builtins.range": _range,
    "builtins.enumerate": _enumerate,
    "builtins.zip": _zip,
    "builtins.list": _sequence,
    "builtins.tuple": _sequence,
    "builtins.reversed": _reversed,
    "builtins.iter": _sequence,
    "builtins.dict": _dict,
    "builtins.getattr": _getattr,
    "builtins.setattr": _setattr,
    "builtins.isinstance": _isinstance,
    "builtins.int": _convert(int),
    "builtins.float": _convert(float),
    "builtins.str": _convert(str),
    "builtins.bool": _convert(bool),
    "builtins.slice": _slice,
    "builtins.print": _print,
    "builtins.next": _next,
    "tqdm.tqdm": _merge,
    "tqdm.auto.tqdm": _merge,
    "tqdm.notebook.tqdm": _merge,
    "collections.OrderedDict": _dict,
}

__all__ = ["call_ref", "enumeration", "join"]
