"""Building torch.nn modules: arguments with their evidence, containers with their parts."""

from __future__ import annotations

import itertools
from typing import Any

import libcst as cst

from shapeguard.axes.building import NamesakeBuilt, RnnBuilt, SequentialBuilt
from shapeguard.axes.facts import Argument
from shapeguard.axes.layer import Rnn, Setting
from shapeguard.axes.size import UNKNOWN, Expr, symbols
from shapeguard.axes.value import Tuple
from shapeguard.contract import Kind, Required, parameters
from shapeguard.lint.interp import besides, origins, registering
from shapeguard.lint.interp.arguments import Arg, Args
from shapeguard.lint.interp.containers import Each, Mapping
from shapeguard.lint.interp.machine import Machine, unwrap
from shapeguard.lint.interp.objects import Class, Frame, Function, Layer, Opaque
from shapeguard.lint.interp.values import setting
from shapeguard.lint.place import NodePlace

RECURRENT = {kind.value: kind for kind in Kind}


SIGNATURES: dict[str, tuple[str, ...]] = {
    "Linear": ("in_features", "out_features", "bias"),
    "LazyLinear": ("out_features", "bias"),
    "Embedding": ("num_embeddings", "embedding_dim", "padding_idx"),
    "Softmax": ("dim",),
    "LogSoftmax": ("dim",),
    "Flatten": ("start_dim", "end_dim"),
    "Unflatten": ("dim", "unflattened_size"),
    "Dropout": ("p", "inplace"),
    "Conv1d": (
        "in_channels",
        "out_channels",
        "kernel_size",
        "stride",
        "padding",
        "dilation",
        "groups",
    ),
    "BatchNorm1d": ("num_features",),
    "InstanceNorm1d": ("num_features",),
    "AdaptiveAvgPool1d": ("output_size",),
    "AdaptiveMaxPool1d": ("output_size",),
    "TransformerEncoder": ("encoder_layer", "num_layers"),
    "TransformerDecoder": ("decoder_layer", "num_layers"),
}


WRAPPERS = frozenset(["DataParallel", "DistributedDataParallel", "SyncBatchNorm"])


CONTAINERS = frozenset(("Sequential", "ModuleList", "ModuleDict"))


def build(machine: Machine, kind: str, args: Args, node: cst.CSTNode, frame: Frame | None) -> Any:
    """``nn.Kind(...)``."""
    if kind in RECURRENT:
        return recurrent_layer(machine, kind, args, node)
    if kind in CONTAINERS:
        return container(machine, kind, args, node)
    if kind in WRAPPERS:
        return args.positional[0].value if args.positional else UNKNOWN
    names = SIGNATURES.get(kind, ())
    layer = Layer(kind, {}, machine.place(node))
    if args.open:
        layer.args["batch_first"] = UNKNOWN
    for i, arg in enumerate(args.positional[: len(names)]):
        _take(machine, layer, names[i], arg)
    for name, arg in args.keywords.items():
        _take(machine, layer, name, arg)
    return layer


def _take(machine: Machine, layer: Layer, name: str, arg: Arg) -> None:
    layer.args[name] = arg.value
    if arg.node is not None:
        layer.arg_places[name] = machine.place(arg.node)


def recurrent_layer(machine: Machine, kind: str, args: Args, node: cst.CSTNode) -> Rnn:
    """nn.RNN, nn.LSTM, nn.GRU or a Cell, every argument with its evidence."""
    place = machine.place(node)
    settings: dict[str, Setting] = {}
    built: list[Argument] = []
    order = [parameter.name for parameter in parameters(kind)]
    passed: list[tuple[str, int | None, Arg]] = [
        (order[i], i, arg) for i, arg in enumerate(args.positional[: len(order)])
    ]
    passed += [(name, None, arg) for name, arg in args.keywords.items()]
    for number, (name, position, arg) in enumerate(passed):
        one = _argument(machine, name, position, arg, place, number == len(passed) - 1)
        settings[name] = one.setting
        built.append(one)
    for parameter in parameters(kind):
        if parameter.name not in settings:
            default: Any = parameter.default
            if args.open or default is Required.REQUIRED:
                default = UNKNOWN
            settings[parameter.name] = Setting(default, "torch", place)
    for name in FLAGS:
        value = settings[name].value if name in settings else None
        if isinstance(value, Expr):
            machine.decisive.update(symbols(value))
    rnn = Rnn(kind, settings, place, cell=kind.endswith("Cell"))
    instance = machine.instance
    if instance is not None and instance.called:
        rnn.built_by = instance.place
    machine.note(RnnBuilt(place, rnn, tuple(built)))
    frames = [arg.frame for arg in (*args.positional, *args.keywords.values())]
    besides.beside(machine, rnn, node, next((f for f in frames if f is not None), None))
    return rnn


def _argument(
    machine: Machine, name: str, position: int | None, arg: Arg, place: NodePlace, last: bool
) -> Argument:
    """One argument of a construction at ``place``, with its evidence."""
    how, where, text = "written", place, None
    if arg.node is not None and arg.frame is not None:
        how, where = origins.trace(arg.node, arg.frame, arg.unit)
        text = machine.place(arg.node) if arg.whole is not None else None
    found = setting(_flag(name, arg.value), how, where, text)
    written = machine.place(arg.whole) if arg.whole is not None else place
    return Argument(name, position, found, written, last, arg.whole is None and bool(arg.node))


def namesake(machine: Machine, cls: Class, args: Args, node: cst.CSTNode) -> None:
    """A class of the program that is called as a recurrent layer is was constructed."""
    init = cls.member("__init__")
    if not isinstance(init, Function) or args.open:
        return
    own = init.node.params
    names = [param.name.value for param in (*own.posonly_params, *own.params)][1:]
    place, written = machine.place(node), args.positional[: len(names)]
    passed = tuple(
        _argument(machine, names[i], i, arg, place, i == len(args.positional) - 1)
        for i, arg in enumerate(written)
    )
    machine.note(NamesakeBuilt(place, cls.name, passed, tuple(names)))


FLAGS = frozenset(("bias", "batch_first", "bidirectional"))


def _flag(name: str, value: Any) -> Any:
    """0 and 1 where a flag is meant are what torch takes them for."""
    if name in FLAGS and value in (0, 1) and isinstance(value, int):
        return value if isinstance(value, bool) or name == "bias" else bool(value)
    return value


def container(machine: Machine, kind: str, args: Args, node: cst.CSTNode) -> Any:
    """nn.Sequential, nn.ModuleList and nn.ModuleDict with the layers that they hold."""
    items: list[Any] = [arg.value for arg in args.positional]
    registering.register(machine, *items, *(arg.value for arg in args.keywords.values()))
    names: tuple[str, ...] = ()
    first = unwrap(items[0]) if items else None
    if isinstance(first, Each):
        return Each(first.item) if kind == "ModuleList" else UNKNOWN
    if isinstance(first, Tuple) and len(items) == 1:
        items = list(first.items)
        pairs = [item for item in items if isinstance(item, Tuple) and len(item.items) == 2]
        if pairs and len(pairs) == len(items) and all(isinstance(p.items[0], str) for p in pairs):
            names = tuple(pair.items[0] for pair in pairs)
            items = [pair.items[1] for pair in pairs]
    elif isinstance(first, Mapping):
        names = tuple(str(key) for key, _ in first.items)
        items = [value for _, value in first.items]
    elif args.open or (first is not None and len(items) == 1 and isinstance(first, Opaque)):
        return UNKNOWN
    layer = Layer(kind, {}, machine.place(node), items=tuple(items), names=names)
    if kind == "Sequential":
        for item, follower in itertools.pairwise(items):
            if isinstance(item, Rnn) and not item.cell and isinstance(follower, (Layer, Rnn)):
                place = follower.place
                machine.note(SequentialBuilt(machine.place(node), item, place, item.place))
    return layer
