"""Losses: a prediction compared with a target, by a function or by an object made elsewhere."""

from __future__ import annotations

from typing import Any

import libcst as cst

from shapeguard.axes.axis import Place
from shapeguard.axes.judging import LossTaken
from shapeguard.axes.marks import Mark
from shapeguard.axes.reading import DroppedOut
from shapeguard.axes.size import UNKNOWN
from shapeguard.axes.value import Tensor
from shapeguard.lint.interp import origins
from shapeguard.lint.interp.arguments import Arg, Args
from shapeguard.lint.interp.machine import Machine, unwrap
from shapeguard.lint.interp.names import words
from shapeguard.lint.interp.objects import Layer
from shapeguard.lint.interp.use import Use
from shapeguard.lint.interp.values import as_tensor
from shapeguard.lint.place import NodePlace

MODULES = {
    "CrossEntropyLoss": "cross_entropy",
    "NLLLoss": "nll_loss",
    "NLLLoss2d": "nll_loss",
    "BCELoss": "binary_cross_entropy",
    "BCEWithLogitsLoss": "binary_cross_entropy_with_logits",
    "MSELoss": "mse_loss",
    "L1Loss": "l1_loss",
    "SmoothL1Loss": "smooth_l1_loss",
    "HuberLoss": "huber_loss",
    "KLDivLoss": "kl_div",
    "CTCLoss": "ctc_loss",
    "MultiLabelSoftMarginLoss": "multilabel_soft_margin_loss",
    "SoftMarginLoss": "soft_margin_loss",
}
"""Loss modules by the function that does the same."""

FUNCTIONS = words(
    """
    binary_cross_entropy binary_cross_entropy_with_logits mse_loss l1_loss smooth_l1_loss
    huber_loss kl_div ctc_loss multilabel_soft_margin_loss soft_margin_loss
    """
)
"""Loss functions besides those that read class scores."""


def recurrent(tensor: Tensor | None) -> bool:
    """Whether a tensor was computed from what a recurrent layer returned."""
    return tensor is not None and (tensor.source is not None or Mark.RECURRENT in tensor.marks)


def function(use: Use) -> Any:
    """``F.mse_loss(prediction, target)``."""
    taken(use)
    use.machine.consume(use.tensor, "loss", use.node)
    for arg in [*use.args.positional, *use.args.keywords.values()]:
        use.machine.consume(arg.value, "loss", use.node)
    return UNKNOWN


def taken(use: Use) -> None:
    """Note a loss that was called as a function."""
    written = None
    if isinstance(use.node, cst.Call):
        written = use.machine.place(use.node.func)
    options = _passed(use.args, 1)
    second = use.args.arg(0, "target", "targets")
    _note(use.machine, use.name, use.tensor, use.base, second, use.node, written, None, options)


def applied(machine: Machine, layer: Layer, args: Args, node: cst.CSTNode) -> None:
    """Note a loss object that was called."""
    name = MODULES.get(layer.kind)
    first = args.arg(0, "input", "log_probs")
    if name is None or first is None or first.node is None:
        return
    made = layer.place
    written: Place | None = None
    if isinstance(made, NodePlace) and isinstance(made.node, cst.Call):
        written = NodePlace(made.node.func, made.unit)
    tensor = as_tensor(unwrap(first.value))
    second = args.arg(1, "target", "targets")
    options = frozenset(layer.args) | _passed(args, 2)
    _note(machine, name, tensor, first.node, second, node, written, made, options)


def _passed(args: Args, count: int) -> frozenset[str]:
    """The names of further arguments; ``*`` stands for those without a name."""
    found = frozenset(args.keywords) - {"input", "target"}
    return found | {"*"} if args.open or len(args.positional) > count else found


def _note(
    machine: Machine,
    name: str,
    tensor: Tensor | None,
    base: cst.CSTNode,
    second: Arg | None,
    node: cst.CSTNode,
    written: Place | None,
    made: Place | None,
    options: frozenset[str],
) -> None:
    if tensor is None or not recurrent(tensor):
        return
    target = None if second is None else as_tensor(unwrap(second.value))
    where = machine.place(second.node) if second is not None and second.node is not None else None
    machine.note(
        LossTaken(
            machine.place(node),
            name,
            tensor,
            machine.place(base),
            target,
            where,
            written,
            made,
            options,
        )
    )


def dropped_out(machine: Machine, tensor: Tensor, args: Args, node: cst.CSTNode) -> None:
    """Note ``F.dropout(x, p, training)`` of what a recurrent layer made."""
    if not recurrent(tensor) or args.open:
        return
    given = args.arg(1, "training")
    passed = always = None
    if given is not None and given.node is not None:
        passed = machine.place(given.node)
        if given.value is True and isinstance(given.node, cst.Name) and given.frame is not None:
            how, where = origins.trace(given.node, given.frame, given.unit)
            always = where if how == "default" else None
    active = machine.stack[-1]
    module = None
    if active.instance is not None and active.instance.cls.is_module and active.function:
        params = active.function.node.params.params
        module = params[0].name.value if params else None
    guards = tuple(machine.guards)
    rate = args.get(0, "p")
    place = machine.place(node)
    machine.note(DroppedOut(place, tensor, passed, always, module, guards, rate))
