"""Names from outside the program: torch's functions, a few builtins, argparse."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import libcst as cst

from shapeguard.axes import combining
from shapeguard.axes.axis import Role
from shapeguard.axes.marks import Mark, Regrouped
from shapeguard.axes.reading import Joined
from shapeguard.axes.size import UNKNOWN
from shapeguard.axes.value import Tensor, Tuple
from shapeguard.lint.interp import (
    arrays,
    builtin,
    construction,
    creation,
    filling,
    layers,
    loading,
    making,
    operations,
    options,
    packed,
    packing,
    placing,
    rebinding,
    records,
    registering,
    scattering,
)
from shapeguard.lint.interp.arguments import Args
from shapeguard.lint.interp.containers import Each
from shapeguard.lint.interp.dispatch import apply, influenced
from shapeguard.lint.interp.machine import Machine, unwrap
from shapeguard.lint.interp.names import KINDS
from shapeguard.lint.interp.objects import Frame, Instance, Layer, Ref, Unseen
from shapeguard.lint.interp.values import as_tensor

TQDM = ("tqdm", "auto.tqdm", "notebook.tqdm", "std.tqdm", "autonotebook.tqdm", "tqdm_notebook")

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
    handler = FUNCTIONS.get(dotted) or loading.from_elsewhere(dotted)
    if handler is not None:
        value = making.created(machine, dotted, args, node, handler(machine, args, node))
        return placing.created(machine, dotted, args, node, value) if args.keywords else value
    if dotted in TRANSPARENT:
        given = args.positional[0].value if args.positional else UNKNOWN
        given = making.owned(given) if dotted.endswith(".Parameter") else given
        if dotted == "torch.nn.DataParallel":
            scattering.wrapped(machine, args, node)
        return placing.created(machine, dotted, args, node, given) if args.keywords else given
    if dotted.startswith("torch."):
        return _torch(machine, dotted, args, node, frame)
    machine.named = machine.named or dotted.rpartition(".")[2] in KINDS
    found = options.from_outside(machine, dotted, args, node)
    if found is not None:
        return found
    for arg in [*args.positional, *args.keywords.values()]:
        machine.consume(arg.value, "call", node)
        registering.register(machine, arg.value)
    kind = dotted.rpartition(".")[2]
    return Unseen(kind) if kind in KINDS else influenced(args)


def _torch(
    machine: Machine, dotted: str, args: Args, node: cst.CSTNode, frame: Frame | None
) -> Any:
    owner, _, name = dotted.rpartition(".")
    if owner.startswith("torch.nn") and ".functional" not in owner and ".utils" not in owner:
        kind = owner.rpartition(".")[2]
        if name in ("__init__", "forward", "__call__", "from_pretrained") and kind[:1].isupper():
            return _of_base(machine, kind, name, args, node, frame)
        if name[:1].isupper():
            return construction.build(machine, name, args, node, frame)
    for prefix in FUNCTIONAL:
        if dotted == prefix + name and name in operations.OPERATIONS:
            return _operation(machine, name, args, node)
    if owner == "torch.nn.init" and name in making.FILLS:
        return _initialized(machine, name, args, node)
    packed = packing.FUNCTIONS.get(name) if owner == "torch.nn.utils.rnn" else None
    if packed is not None:
        return packed(machine, args, node)
    if name == "scaled_dot_product_attention":
        layers.attended(machine, args, name, ("attn_mask",), node)
    if dotted in ("torch.nn.functional.linear", "torch.nn.functional.embedding"):
        machine.consume(args.get(0, "input"), name, node)
        return UNKNOWN
    for arg in [*args.positional, *args.keywords.values()]:
        machine.consume(arg.value, name, node)
    return UNKNOWN


def _initialized(machine: Machine, name: str, args: Args, node: cst.CSTNode) -> Any:
    """``init.zeros_(h)``: other values in the same tensor."""
    first = args.arg(0, "tensor")
    value = unwrap(first.value) if first is not None else UNKNOWN
    if first is None or not isinstance(value, Tensor):
        return value
    filled = making.refilled(machine, name, args, node, value)
    if first.node is not None and first.frame is not None:
        rebinding.rebind(machine, first.node, filled, first.frame)
    return filled


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
    if value is UNKNOWN and first.node is not None and first.frame is not None:
        placed = placing.compared(machine, first.node, first.frame)
        value = UNKNOWN if placed is None else Tensor(marks=frozenset({Mark.MASK, placed}))
    if isinstance(value, str):  # einsum
        for arg in rest.positional:
            machine.consume(arg.value, name, node)
        return Tensor()
    if layers.misused(machine, value, f"passed to {name}", node, base):
        return UNKNOWN
    if packed.misused(machine, value, f"passed to {name}", "function", node, base):
        return UNKNOWN
    return operations.operate(machine, name, value, rest, node, base)


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
        if kind in construction.RECURRENT:
            instance.rnn = construction.recurrent_layer(machine, kind, args.rest(), node)
        return None
    if instance.rnn is not None:
        return apply(machine, instance.rnn, args.rest(), node, frame or Frame(None))
    return UNKNOWN


def _joined(machine: Machine, args: Args, node: cst.CSTNode, name: str) -> Any:
    given = unwrap(args.get(0, "tensors"))
    dim = args.get(1, "dim", "axis")
    dim = 0 if dim is ... else dim
    if isinstance(given, Each):
        machine.consume(given.item, name, node)
        padded = filling.gathered(given) if name == "stack" and dim == 0 else None
        if padded is not None:
            return padded
        item = as_tensor(unwrap(given.item)) or Tensor()
        if type(dim) is not int:
            return Tensor(marks=combining.traces(item), by=item.by)
        return replace(combining.collected(item, name, dim), by=item.by)
    if not isinstance(given, Tuple):
        machine.consume(given, name, node)
        return Tensor()
    for item in given.items:
        layers.misused(machine, unwrap(item), f"passed to {name}", node, node)
        packed.misused(machine, unwrap(item), f"passed to {name}", "function", node, node)
        machine.consume(item, name, node)
    padded = filling.joined(machine, given, dim, node) if name == "cat" else None
    if padded is not None:
        return padded
    parts = [as_tensor(unwrap(item)) for item in given.items]
    kept = [part for part in parts if part is not None]
    if not kept or len(kept) != len(parts) or type(dim) is not int:
        return Tensor()
    made = combining.cat(kept, dim) if name == "cat" else combining.stack(kept, dim)
    alike = all(part.by == kept[0].by for part in kept)
    made = replace(made, by=kept[0].by) if alike else made
    place = machine.place(node)
    if name == "cat" and kept[0].axis(dim).role is Role.BATCH:
        made = made.marked(Regrouped(name, place, place, kept[0]))
    if any(part.source is not None for part in kept):
        machine.note(Joined(place, tuple(kept), made, name, dim))
    return made


def _cat(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    return _joined(machine, args, node, "cat")


def _stack(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    return _joined(machine, args, node, "stack")


def _equal(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    return UNKNOWN


def _merge(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    values = [unwrap(arg.value) for arg in args.positional]
    return values[0] if len(values) == 1 else UNKNOWN


FUNCTIONS: dict[str, Callable[[Machine, Args, cst.CSTNode], Any]] = {
    **builtin.FUNCTIONS,
    **records.FUNCTIONS,
    **creation.FUNCTIONS,
    **{f"torch.{name}": _cat for name in ("cat", "concat", "concatenate")},
    "torch.stack": _stack,
    **{f"torch.{name}": _equal for name in ("equal", "allclose", "testing.assert_close")},
    **{f"tqdm.{name}": _merge for name in TQDM},
    **loading.FUNCTIONS,
    **arrays.FUNCTIONS,
}
"""What names from outside do, by their dotted names."""
