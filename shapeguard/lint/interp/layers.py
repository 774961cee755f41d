"""torch.nn modules: what building one yields, and what applying it to a value does."""

from __future__ import annotations

import itertools
from typing import Any

import libcst as cst

from shapeguard.axes import combining, recurrent
from shapeguard.axes.facts import (
    Argument,
    HeadFed,
    RnnBuilt,
    RnnCalled,
    SequentialBuilt,
    TupleMisused,
)
from shapeguard.axes.size import UNKNOWN, Expr, symbols
from shapeguard.axes.value import Call, Packed, Rnn, Setting, Tensor, Tuple
from shapeguard.contract import Kind, Required, parameters
from shapeguard.lint.interp import origins, tensors
from shapeguard.lint.interp.calls import Arg, Args
from shapeguard.lint.interp.machine import Machine, unwrap
from shapeguard.lint.interp.objects import (
    Each,
    Frame,
    Layer,
    Mapping,
    Maybe,
    Opaque,
    Ref,
    as_size,
    as_tensor,
    join,
    setting,
)

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
}

SAME_VALUES = frozenset(
    ["Identity", "Dropout", "Dropout1d", "Dropout2d", "AlphaDropout", "FeatureAlphaDropout"]
)

SAME_AXES = frozenset(
    [
        "ReLU",
        "ReLU6",
        "LeakyReLU",
        "PReLU",
        "ELU",
        "SELU",
        "CELU",
        "GELU",
        "SiLU",
        "Mish",
        "Tanh",
        "Sigmoid",
        "Hardtanh",
        "Hardswish",
        "Softplus",
        "Softsign",
        "Tanhshrink",
        "LogSigmoid",
        "LayerNorm",
        "RMSNorm",
        "BatchNorm1d",
        "GroupNorm",
        "InstanceNorm1d",
        "Threshold",
    ]
)

SCORING = {"CrossEntropyLoss": "cross_entropy", "NLLLoss": "nll_loss"}

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
    passed = [(order[i], i, arg) for i, arg in enumerate(args.positional[: len(order)])]
    passed += [(name, None, arg) for name, arg in args.keywords.items()]  # type: ignore[misc]
    for number, (name, position, arg) in enumerate(passed):
        how, where, text = "written", place, None
        if arg.node is not None and arg.frame is not None:
            how, where = origins.trace(arg.node, arg.frame, arg.unit)
            text = machine.place(arg.node)
        settings[name] = setting(_flag(name, arg.value), how, where, text)
        written = machine.place(arg.whole) if arg.whole is not None else place
        built.append(Argument(name, position, settings[name], written, number == len(passed) - 1))
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
    return rnn


FLAGS = frozenset(("bias", "batch_first", "bidirectional"))


def _flag(name: str, value: Any) -> Any:
    """0 and 1 where a flag is meant are what torch takes them for."""
    if name in FLAGS and value in (0, 1) and isinstance(value, int):
        return value if isinstance(value, bool) or name == "bias" else bool(value)
    return value


def container(machine: Machine, kind: str, args: Args, node: cst.CSTNode) -> Any:
    """nn.Sequential, nn.ModuleList and nn.ModuleDict with the layers that they hold."""
    items: list[Any] = [arg.value for arg in args.positional]
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


def apply(machine: Machine, layer: Rnn | Layer, args: Args, node: cst.CSTNode, frame: Frame) -> Any:
    """``layer(x, ...)``."""
    if isinstance(layer, Rnn):
        return _cell(machine, args, node) if layer.cell else call_rnn(machine, layer, args, node)
    first = args.arg(0, "input", "x")
    value = unwrap(first.value) if first is not None else UNKNOWN
    base = first.node if first is not None and first.node is not None else node
    if layer.kind == "Sequential":
        return _sequential(machine, layer, value, args, node, frame)
    if layer.kind in SCORING:
        return tensors.score(machine, as_tensor(value), SCORING[layer.kind], node, base, None, True)
    if misused(machine, value, f"passed to {layer.kind}", node, base):
        return UNKNOWN
    if layer.kind.endswith("Loss"):
        for arg in args.positional:
            machine.consume(arg.value, "loss", node)
        return Tensor(())
    if isinstance(value, Packed):
        machine.consume(value, layer.kind, node)
        return UNKNOWN
    tensor = as_tensor(value)
    if tensor is None:
        return UNKNOWN
    return _apply_to(machine, layer, tensor, node, base)


def misused(machine: Machine, value: Any, how: str, node: cst.CSTNode, base: cst.CSTNode) -> bool:
    """Whether a recurrent layer's (output, state) stands where a tensor is needed; noted if so."""
    if isinstance(value, Tuple) and value.source is not None:
        machine.note(TupleMisused(machine.place(node), value, how, machine.place(base)))
        return True
    return False


def _apply_to(
    machine: Machine, layer: Layer, tensor: Tensor, node: cst.CSTNode, base: cst.CSTNode
) -> Any:
    kind = layer.kind
    if kind in SAME_VALUES:
        return tensor
    if kind in SAME_AXES:
        return tensor.computed()
    if kind in ("Linear", "LazyLinear", "Bilinear"):
        return linear(machine, layer, tensor, node)
    if kind == "Embedding":
        return combining.embedding(tensor, as_size(layer.args.get("embedding_dim", UNKNOWN)))
    if kind in ("Softmax", "LogSoftmax"):
        by = "softmax" if kind == "Softmax" else "log_softmax"
        return tensors.score(machine, tensor, by, node, base, layer.args.get("dim"), False)
    if kind == "Flatten":
        start, end = layer.args.get("start_dim", 1), layer.args.get("end_dim", -1)
        return tensors.flatten(machine, tensor, start, end, node, base)
    machine.consume(tensor, kind, node)
    return Tensor()


def linear(machine: Machine, layer: Layer, tensor: Tensor, node: cst.CSTNode) -> Tensor:
    """nn.Linear applied to a tensor."""
    wanted = as_size(layer.args.get("in_features", UNKNOWN))
    where = layer.arg_places.get("in_features")
    if tensor.axes is not None or tensor.last is not None:
        machine.note(HeadFed(machine.place(node), tensor, wanted, layer.place, where))
    machine.consume(tensor, "Linear", node)
    return combining.linear(tensor, as_size(layer.args.get("out_features", UNKNOWN)))


def _sequential(
    machine: Machine, layer: Layer, value: Any, args: Args, node: cst.CSTNode, frame: Frame
) -> Any:
    from shapeguard.lint.interp import calls

    for number, item in enumerate(layer.items):
        if number and isinstance(item, (Layer, Rnn)) and isinstance(value, Tuple):
            rnn = layer.items[number - 1]
            if isinstance(rnn, Rnn):
                machine.note(SequentialBuilt(layer.place, rnn, item.place, rnn.place, called=True))
            return UNKNOWN
        first = args.positional[0] if args.positional else Arg(value)
        passed = Args([Arg(value, first.node, first.frame)])
        value = calls.apply(machine, item, passed, node, frame)
    return value


def call_rnn(machine: Machine, rnn: Rnn, args: Args, node: cst.CSTNode) -> Any:
    """A recurrent layer applied to a sequence, with or without a state."""
    first = args.arg(0, "input")
    value = unwrap(first.value) if first is not None else UNKNOWN
    base = first.node if first is not None and first.node is not None else node
    if misused(machine, value, f"passed to {rnn.kind}", node, base):
        value = UNKNOWN
    given: Any = value if isinstance(value, Packed) else as_tensor(value)
    if given is None:
        given = UNKNOWN
    second = args.arg(1, "hx")
    state = None if second is None else unwrap(second.value)
    if isinstance(given, Tensor):
        machine.consume(given, rnn.kind, node)
    batched = not (isinstance(given, Tensor) and given.rank == 2)
    call = Call(rnn, machine.place(node), given, state, batched)
    where = machine.place(second.node) if second is not None and second.node is not None else None
    if args.open and second is None:
        call.state = UNKNOWN
    machine.note(RnnCalled(machine.place(node), call, where))
    return recurrent.result(call)


def _cell(machine: Machine, args: Args, node: cst.CSTNode) -> Any:
    for arg in args.positional:
        machine.consume(arg.value, "cell", node)
    return UNKNOWN


def adopt(machine: Machine, value: Any, extra: tuple[Any, ...]) -> Any:
    """A ModuleList with more layers."""
    if isinstance(value, Layer) and value.kind == "ModuleList":
        return Layer(value.kind, value.args, value.place, items=value.items + extra)
    if isinstance(value, Tuple):
        return Tuple(value.items + extra)
    if isinstance(value, Each):
        merged = value.item
        for item in extra:
            merged = join(merged, item)
        return Each(merged)
    return UNKNOWN


__all__ = ["Maybe", "Ref", "adopt", "apply", "build", "call_rnn", "recurrent_layer"]
