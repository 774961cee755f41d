"""Sequences filled up by hand to one length: with lists, loops, zeros and ``pad``."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import libcst as cst

from shapeguard.axes.axis import Axis, Role
from shapeguard.axes.combining import MIXTURE
from shapeguard.axes.marks import Mark, Padding
from shapeguard.axes.size import UNKNOWN, Expr, same
from shapeguard.axes.slicing import Slice
from shapeguard.axes.value import Tensor, Tuple
from shapeguard.lint.interp.containers import Copies, Each
from shapeguard.lint.interp.dispatch import evaluate
from shapeguard.lint.interp.machine import LENGTH, Machine, unwrap
from shapeguard.lint.interp.objects import Frame, Opaque

BATCH, TIME = Axis(Role.BATCH), Axis(Role.TIME)


def shrinks(count: Any) -> bool:
    """Whether a count is the smaller the longer some sequence is: ``size - len(sequence)``."""
    if not isinstance(count, Expr):
        return False
    return any(
        factor < 0 and any(".size(" in name or f"@{LENGTH}" in name for name in names)
        for names, factor in count.terms
    )


def added(machine: Machine, left: Any, right: Any, node: cst.CSTNode) -> Tensor | None:
    """``sequence + [0] * (size - len(sequence))``, or the other way round."""
    for filler, right_hand in ((right, True), (left, False)):
        if isinstance(filler, Copies) and shrinks(filler.count):
            return sequence(machine, node, right_hand, filler.item)
        if isinstance(filler, (Tuple, Copies)) and _fills(_operand(node, right_hand)):
            item = filler.items[0] if isinstance(filler, Tuple) and filler.items else UNKNOWN
            return sequence(machine, node, right_hand, item)
    return None


def _operand(node: cst.CSTNode, right: bool) -> cst.CSTNode | None:
    """One side of an addition as written."""
    if isinstance(node, cst.AugAssign):
        return node.value if right else None
    if isinstance(node, cst.BinaryOperation):
        return node.right if right else node.left
    return None


def _fills(node: cst.CSTNode | None) -> bool:
    """Whether an expression reads ``[item] * (size - len(sequence))``: the values of a list that
    is known may hide that."""
    if not isinstance(node, cst.BinaryOperation) or not isinstance(node.operator, cst.Multiply):
        return False
    for items, count in ((node.left, node.right), (node.right, node.left)):
        if isinstance(items, cst.List) and isinstance(count, cst.BinaryOperation):
            less = isinstance(count.operator, cst.Subtract) and isinstance(count.right, cst.Call)
            called = count.right.func if isinstance(count.right, cst.Call) else None
            if less and isinstance(called, cst.Name) and called.value == "len":
                return True
    return False


def sequence(machine: Machine, node: cst.CSTNode, right: bool, value: Any) -> Tensor:
    """One sequence that is filled up where it is too short."""
    value = value if isinstance(value, (int, float)) else UNKNOWN
    padding = Padding("a list of padding", machine.place(node), right, value, batched=False)
    return Tensor((TIME,), marks=frozenset({padding}))


def gathered(value: Any) -> Tensor | None:
    """A list of padded sequences as one batch."""
    item = unwrap(value.item) if isinstance(value, Each) else None
    if isinstance(value, Tuple) and value.items:
        item = unwrap(value.items[0])
    if not isinstance(item, Tensor) or item.padding is None:
        return None
    return batch(item)


def batch(item: Tensor) -> Tensor:
    """Many tensors like this one on top of each other."""
    padding = item.padding
    axes = None if item.axes is None else (BATCH, *item.axes)
    found = Tensor(axes, marks=item.marks)
    return found if padding is None else found.padded(replace(padding, batched=True))


def looped(machine: Machine, node: cst.For | cst.While, frame: Frame) -> Any:
    """What a loop fills up that does nothing but append: the expression, and what it holds then.

    ``for _ in range(size - len(x)): x.append(0)`` and ``while len(x) < size: x.append(0)``.
    """
    line = node.body.body[0] if len(node.body.body) == 1 else None
    if not isinstance(line, cst.SimpleStatementLine) or len(line.body) != 1:
        return None
    call = line.body[0].value if isinstance(line.body[0], cst.Expr) else None
    if not isinstance(call, cst.Call) or not isinstance(call.func, cst.Attribute):
        return None
    name, held = call.func.attr.value, call.func.value
    if name not in ("append", "insert") or not _counts(machine, node, held, frame):
        return None
    value = evaluate(machine, call.args[-1].value, frame) if call.args else UNKNOWN
    return held, sequence(machine, node, name == "append", value)


def _counts(
    machine: Machine, node: cst.For | cst.While, held: cst.BaseExpression, frame: Frame
) -> bool:
    if isinstance(node, cst.For):
        over = node.iter
        if not (isinstance(over, cst.Call) and isinstance(over.func, cst.Name)):
            return False
        if over.func.value != "range" or not 1 <= len(over.args) <= 2:
            return False
        first = evaluate(machine, over.args[0].value, frame)
        if len(over.args) == 2:  # range(len(x), size)
            measured = over.args[0].value
            return isinstance(first, Expr) and _length_of(measured, held)
        return shrinks(first)
    test = node.test
    if not isinstance(test, cst.Comparison) or len(test.comparisons) != 1:
        return False
    if not isinstance(test.comparisons[0].operator, (cst.LessThan, cst.NotEqual)):
        return False
    return _length_of(test.left, held)


def _length_of(node: cst.BaseExpression, held: cst.BaseExpression) -> bool:
    return (
        isinstance(node, cst.Call)
        and isinstance(node.func, cst.Name)
        and node.func.value == "len"
        and len(node.args) == 1
        and node.args[0].value.deep_equals(held)
    )


def blank(tensor: Tensor) -> bool:
    """Whether a tensor was made of one number."""
    return not tensor.marks.isdisjoint((Mark.ZEROS, Mark.EQUAL))


def written(machine: Machine, base: Tensor, keys: list[Any], node: cst.CSTNode) -> Tensor:
    """``batch[i, :length] = sequence`` on a tensor of zeros: what is not written is padding."""
    ends = keys[-1]
    side = _side(ends) if base.axes is not None and len(keys) <= 2 else None
    before = base.padding
    if side is None or not (blank(base) or before is not None) or base.axes is None:
        return base.padded(None)
    one = len(keys) == 1
    if (not one and isinstance(keys[0], Slice)) or (one and not measured(ends)):
        return base.padded(None)
    if before is not None:
        return base if before.right is side else base.padded(None)
    value = 0 if Mark.ZEROS in base.marks else UNKNOWN
    padding = Padding("a tensor of padding", machine.place(node), side, value, not one)
    lead = (Axis(Role.TIME, base.axes[0].size),) if one else (BATCH, TIME)
    marks = (base.marks - {Mark.ZEROS, Mark.EQUAL}) | {padding}
    return Tensor((*lead, *base.axes[len(lead) :])[: len(base.axes)], marks=marks)


def scored(base: Tensor, keys: list[Any], value: Any) -> Tensor | None:
    """``scores[i] = f(batch[i])`` on a tensor of zeros, for each step of a padded batch.

    The result has the steps of that batch, its padding among them. None where it is nothing such.
    """
    steps = value.stepwise if isinstance(value, Tensor) else None
    if steps is None or base.axes is None or len(keys) > len(base.axes):
        return None
    if any(key is None or key is Ellipsis or isinstance(key, Tensor) for key in keys):
        return None
    if base.source is not None:
        return base if base.source.call is steps.source.call and base.padding else None
    if Mark.ZEROS not in base.marks:
        return None
    axes = list(base.axes)
    for role, at in ((Role.TIME, steps.at), (Role.BATCH, steps.row)):
        for i, key in enumerate(keys):
            if isinstance(at, Expr) and isinstance(key, Expr) and same(key, at):
                axes[i] = replace(axes[i], role=role)
    found = replace(base, axes=tuple(axes), marks=base.marks - {Mark.ZEROS, Mark.EQUAL})
    if found.find(Role.TIME) is None:
        return None
    source = replace(steps.source, slot=MIXTURE, exact=False)
    return replace(found, source=source).padded(replace(steps.padding, value=UNKNOWN))


def _side(part: Any) -> bool | None:
    """Which side a slice of computed length leaves out: True for the right one."""
    if not isinstance(part, Slice) or part.step not in (None, 1):
        return None
    if part.start in (None, 0) and part.stop is not None and not isinstance(part.stop, int):
        return True
    if part.stop is None and isinstance(part.start, Expr):
        return False if any(factor < 0 for _, factor in part.start.terms) else None
    return None


def measured(part: Any) -> bool:
    """Whether an end of a slice is some sequence's length."""
    ends = [end for end in (part.start, part.stop) if isinstance(end, Expr)]
    return any(
        ".size(" in name or f"@{LENGTH}" in name
        for end in ends
        for names, _ in end.terms
        for name in names
    )


def pad(machine: Machine, value: Any, amounts: Any, constant: Any, node: cst.CSTNode) -> Any:
    """F.pad: amounts from the last axis back, before and after, as one sequence of numbers."""
    pairs = list(amounts.items) if isinstance(amounts, Tuple) else []
    filled = [i for i, amount in enumerate(pairs) if unwrap(amount) != 0]
    if len(filled) != 1 or not shrinks(unwrap(pairs[filled[0]])):
        return None
    place, right = machine.place(node), filled[0] % 2 == 1
    constant = constant if isinstance(constant, (int, float)) else UNKNOWN
    marks = frozenset({Padding("pad", place, right, constant, batched=False)})
    axis = -1 - filled[0] // 2
    if isinstance(value, Tensor) and value.axes is not None and len(value.axes) >= -axis:
        axes = list(value.axes)
        axes[axis] = TIME
        return Tensor(tuple(axes), marks=marks)
    return Tensor(marks=marks)


def joined(machine: Machine, given: Tuple, dim: Any, node: cst.CSTNode) -> Tensor | None:
    """``cat((x, zeros(size - len(x), ...)))``: one sequence and what fills it up."""
    if dim != 0 or len(given.items) != 2:
        return None
    for number, part in enumerate(map(unwrap, given.items)):
        if not isinstance(part, Tensor) or not part.marks & {Mark.ZEROS, Mark.EQUAL}:
            continue
        if shrinks(part.axis(0).size):
            value = 0 if Mark.ZEROS in part.marks else UNKNOWN
            padding = Padding("cat", machine.place(node), number == 1, value, batched=False)
            rest = (part.axes or ())[1:]
            return Tensor((TIME, *rest), marks=frozenset({padding}))
    return None


def kept(machine: Machine, base: Opaque, key: Any, value: Any) -> None:
    """``table["column"] = padded``: what an object that is not followed holds under a key."""
    if not isinstance(key, str):
        return
    name = f"{base.identity}[{key}]"
    held = value.item if isinstance(value, Each) else value
    if isinstance(held, Tensor) and held.padding is not None:
        machine.columns[name] = value
    else:
        machine.columns.pop(name, None)
