"""Random small programs over the operations that the axis algebra knows.

A program calls one recurrent layer and goes on with what it returned. Each step is told three
times: what torch does (to the coordinates), what the algebra says, and how a person writes it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from hypothesis import strategies as st

from shapeguard.axes import combining, indexing, recurrent, reshaping, slicing
from shapeguard.axes.axis import Axis, Role
from shapeguard.axes.layer import Call, Rnn, Setting
from shapeguard.axes.size import Size, mul, symbol
from shapeguard.axes.value import Packed, Tensor, Tuple
from tests.axes import oracle
from tests.axes.oracle import Traced

SIZES = {"N": 5, "T": 7, "I": 13, "H": 23, "P": 11, "O": 17}
"""Batch, steps, input, hidden and projected features, and those of a head: no two alike."""

Draw = Callable[[st.SearchStrategy[Any]], Any]
Meaning = Callable[[list[Tensor], bool], Any]


@dataclass(frozen=True)
class Spot:
    """A place in no source."""

    text: str = ""


SPOT = Spot()


@dataclass(frozen=True)
class Num:
    """A whole number that a program writes: its value, its text, and the size that it means."""

    value: int
    text: str
    symbolic: Size

    def size(self, symbolic: bool) -> Size:
        """As a number or over symbols."""
        return self.symbolic if symbolic else self.value


def num(value: int) -> Num:
    """A number by the names of the sizes that it is a product of, where it is one."""
    rest, names = value, []
    for name, prime in SIZES.items():
        while rest > 1 and rest % prime == 0:
            rest //= prime
            names.append(name)
    if not names or rest > 6:
        return Num(value, str(value), value)
    size: Size = rest
    for name in names:
        size = mul(size, symbol(name))
    return Num(value, " * ".join([str(rest)] * (rest != 1) + names), size)


@dataclass(frozen=True)
class Config:
    """How the layer is built and called; ``pad_first`` is what pad_packed_sequence is told."""

    kind: str
    layers: int
    directions: int
    batch_first: bool
    projected: bool
    layout: str
    pad_first: bool

    @property
    def out(self) -> str:
        """The name of the size of one direction's features."""
        return "P" if self.projected else "H"

    @property
    def constructor(self) -> str:
        """The constructor call as written."""
        words = ["I", "H", f"num_layers={self.layers}"]
        words += [f"{name}=True" for name in ("batch_first",) if self.batch_first]
        words += ["bidirectional=True"] if self.directions == 2 else []
        words += ["proj_size=P"] if self.projected else []
        return f"nn.{self.kind}({', '.join(words)})"

    @property
    def first(self) -> bool:
        """Whether the output comes out batch first."""
        return self.pad_first if self.layout == "packed" else self.batch_first

    @property
    def input_shape(self) -> tuple[str, ...]:
        """The names of the sizes of the input."""
        if self.layout == "unbatched":
            return ("T", "I")
        return ("N", "T", "I") if self.batch_first else ("T", "N", "I")


@dataclass(frozen=True)
class Step:
    """One operation on earlier values, given by their numbers."""

    inputs: tuple[int, ...]
    text: str
    truth: Traced
    meaning: Meaning


class Program:
    """A call of a layer, then steps; ``truths`` are the values that it returned, in order."""

    def __init__(self, config: Config, truths: list[Traced]) -> None:
        self.config = config
        self.truths = truths
        self.steps: list[Step] = []

    @property
    def roots(self) -> int:
        """How many values there are before the first step."""
        return len(self.truths) - len(self.steps)

    def lines(self) -> list[str]:
        """The steps as statements that bind v0, v1, ..."""
        number = self.roots
        return [f"v{number + i} = {step.text}" for i, step in enumerate(self.steps)]

    def __repr__(self) -> str:
        return "\n".join([f"v0, v1, ... = {self.config}", *self.lines()])


configs = st.builds(
    lambda kind, layers, directions, first, projected, layout, pad: Config(
        kind, layers, directions, first, projected and kind == "LSTM", layout, pad
    ),
    st.sampled_from(["LSTM", "GRU", "RNN"]),
    st.integers(1, 3),
    st.integers(1, 2),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["batched", "batched", "packed", "unbatched"]),
    st.booleans(),
)


def roots(config: Config) -> list[Traced]:
    """The input, the output and the final states by the documents of torch.nn."""
    n, t, hidden = SIZES["N"], SIZES["T"], SIZES["H"]
    out, ways, layers = SIZES[config.out], config.directions, config.layers
    steps, batch = torch.arange(t), torch.arange(n)
    feature = torch.arange(out).repeat(ways)
    sides = torch.repeat_interleave(1 + torch.arange(ways), out)
    shape: tuple[int, ...] = (n, t) if config.first else (t, n)
    along: dict[str, tuple[int, torch.Tensor]] = {
        "time": (1 if config.first else 0, steps),
        "batch": (0 if config.first else 1, batch),
    }
    if config.layout == "unbatched":
        shape, along = (t,), {"time": (0, steps)}
    axis = len(shape)
    along |= {"feature": (axis, feature), "directions": (axis, sides)}
    found = [oracle.traced((*shape, ways * out), "output", **along)]
    for slot, size in (("h_n", out), ("c_n", hidden))[: 1 + (config.kind == "LSTM")]:
        rows = (ways * layers,) if config.layout == "unbatched" else (ways * layers, n)
        along = {
            "layer": (0, torch.arange(layers).repeat_interleave(ways)),
            "directions": (0, 1 + torch.arange(ways).repeat(layers)),
            "feature": (len(rows), torch.arange(size)),
        }
        along |= {"batch": (1, batch)} if len(rows) == 2 else {}
        found.append(oracle.traced((*rows, size), slot, **along))
    given = oracle.plain(*(SIZES[name] for name in config.input_shape))
    return [given, *found]


def claims(config: Config, symbolic: bool) -> list[Tensor]:
    """What the algebra says of the same values."""

    def size(name: str) -> Size:
        return symbol(name) if symbolic else SIZES[name]

    settings = {
        "input_size": size("I"),
        "hidden_size": size("H"),
        "num_layers": config.layers,
        "batch_first": config.batch_first,
        "bidirectional": config.directions == 2,
        "proj_size": size("P") if config.projected else 0,
    }
    rnn = Rnn(config.kind, {name: Setting(value) for name, value in settings.items()}, SPOT)
    given = Tensor(tuple(Axis(size=size(name)) for name in config.input_shape))
    fed: Tensor | Packed = given
    if config.layout == "packed":
        moved = reshaping.transpose(given, 0, 1) if config.batch_first else given
        fed = Packed(moved, SPOT)
    result = recurrent.result(Call(rnn, SPOT, fed, None, config.layout != "unbatched"))
    output, state = result.items
    if isinstance(output, Packed):
        output = output.tensor
        output = reshaping.transpose(output, 0, 1) if config.pad_first else output
    return [given, output, *(state.items if isinstance(state, Tuple) else [state])]


class Builder:
    """Draws the steps of one program."""

    def __init__(self, draw: Draw, program: Program) -> None:
        self.draw = draw
        self.program = program

    def number(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return int(self.draw(st.integers(low, high)))

    def one(self, *options: Any) -> Any:
        """One of some options."""
        return self.draw(st.sampled_from(options))

    def dim(self, rank: int) -> int:
        """An axis of a tensor, counted from either end."""
        return self.number(-rank, rank - 1)

    def step(self) -> None:
        """Add one step, if torch can do it."""
        truths = self.program.truths
        operand = len(truths) - 1 if self.number(0, 3) else self.number(0, len(truths) - 1)
        value = truths[operand]
        maker = self.one(*MAKERS)
        try:
            made = maker(self, operand, value)
        except (RuntimeError, IndexError, ValueError):
            return
        if made is None or len(made.truth.shape) > 5 or math.prod(made.truth.shape) > 30_000:
            return
        self.program.steps.append(made)
        truths.append(made.truth)


def _moved(
    operand: int,
    text: str,
    value: Traced,
    move: oracle.Move,
    meaning: Callable[[Tensor, bool], Any],
) -> Step:
    return Step((operand,), text, value.moved(move), lambda given, s: meaning(given[0], s))


def _index(b: Builder, operand: int, value: Traced) -> Step | None:
    rank = len(value.shape)
    if rank == 0:
        return None
    count = b.number(1, rank)
    dots = b.one(False, False, True)
    front = b.number(0, count) if dots else count
    places = [*range(front), *range(rank - count + front, rank)]
    length = b.number(1, 3)
    texts: list[str] = []
    keys: list[Any] = []
    meant: list[tuple[str, Any]] = []
    for i, place in enumerate(places):
        if dots and i == front:
            texts, keys, meant = [*texts, "..."], [*keys, ...], [*meant, ("plain", ...)]
        if b.number(0, 9) == 0:
            texts, keys, meant = [*texts, "None"], [*keys, None], [*meant, ("plain", None)]
        text, key, mean = _key(b, value.shape[place], length)
        texts.append(text)
        keys.append(key)
        meant.append(mean)
    if dots and front == len(places):
        texts, keys, meant = [*texts, "..."], [*keys, ...], [*meant, ("plain", ...)]
    whole = tuple(keys)

    def meaning(tensor: Tensor, symbolic: bool) -> Tensor:
        return indexing.index(tensor, [_meant(m, symbolic) for m in meant], SPOT, SPOT)

    return _moved(operand, f"v{operand}[{', '.join(texts)}]", value, lambda t: t[whole], meaning)


def _meant(mean: tuple[str, Any], symbolic: bool) -> Any:
    kind, key = mean
    if kind == "slice":
        return slicing.Slice(*(n.size(symbolic) if isinstance(n, Num) else n for n in key))
    if kind == "array":
        return Tensor((Axis(size=key),))
    return key


def _key(b: Builder, size: int, length: int) -> tuple[str, Any, tuple[str, Any]]:
    kind = b.one("int", "int", "slice", "slice", "whole", "array")
    if kind == "whole" or size == 0:
        return ":", slice(None), ("slice", (None, None, None))
    if kind == "int":
        index = b.one(-1, 0, b.number(-size, size - 1))
        return str(index), index, ("plain", index)
    if kind == "array":
        items = b.draw(st.permutations(range(size)))[:length]
        return f"torch.tensor({items})", torch.tensor(items), ("array", len(items))
    ends = [_end(b, size), _end(b, size), b.one(None, None, None, 2)]
    texts = ["" if e is None else e.text if isinstance(e, Num) else str(e) for e in ends]
    text = f"{texts[0]}:{texts[1]}" + (f":{texts[2]}" if texts[2] else "")
    values = [e.value if isinstance(e, Num) else e for e in ends]
    return text, slice(*values), ("slice", tuple(ends))


def _end(b: Builder, size: int) -> Any:
    choice = b.number(0, 5)
    if choice < 2:
        return None
    if choice == 2 and size % 2 == 0:
        half = num(size // 2)
        if b.one(True, False):
            return half
        text = f"-({half.text})" if "*" in half.text else f"-{half.text}"
        return Num(-half.value, text, mul(half.symbolic, -1))
    if choice == 3:
        return num(size)
    return b.number(-size - 1, size + 2)


def _select(b: Builder, operand: int, value: Traced) -> Step:
    rank = len(value.shape)
    dim = b.dim(rank)
    index = b.number(-value.shape[dim], value.shape[dim] - 1)
    keys: list[Any] = [slicing.Slice()] * (dim % rank) + [index]
    return _moved(
        operand,
        b.one(f"v{operand}.select({dim}, {index})", f"torch.select(v{operand}, {dim}, {index})"),
        value,
        lambda t: t.select(dim, index),
        lambda t, s: indexing.index(t, keys, SPOT, SPOT),
    )


def _narrow(b: Builder, operand: int, value: Traced) -> Step:
    rank = len(value.shape)
    dim = b.dim(rank)
    start = b.number(-value.shape[dim], value.shape[dim] - 1)
    length = b.number(1, value.shape[dim] - start % value.shape[dim])
    stop = None if start < 0 and start + length == 0 else start + length
    keys = [slicing.Slice()] * (dim % rank) + [slicing.Slice(start, stop)]
    return _moved(
        operand,
        b.one(
            f"v{operand}.narrow({dim}, {start}, {length})",
            f"torch.narrow(v{operand}, {dim}, start={start}, length={length})",
        ),
        value,
        lambda t: t.narrow(dim, start, length),
        lambda t, s: indexing.index(t, keys, SPOT, SPOT),
    )


def _gather(b: Builder, operand: int, value: Traced) -> Step:
    shape = list(value.shape)
    dim = b.dim(len(shape))
    shape[dim] = b.number(1, 3)
    if b.one(False, True):
        other = b.dim(len(shape))
        shape[other] = b.number(1, shape[other])
    nums = [num(size) for size in shape]
    index = torch.zeros(shape, dtype=torch.long)
    written = ", ".join(n.text for n in nums)
    return _moved(
        operand,
        f"v{operand}.gather({dim}, torch.zeros({written}, dtype=torch.long))",
        value,
        lambda t: t.gather(dim, index),
        lambda t, s: indexing.gather(
            t, dim, Tensor(tuple(Axis(size=n.size(s)) for n in nums)), SPOT, SPOT
        ),
    )


def _index_select(b: Builder, operand: int, value: Traced) -> Step:
    rank = len(value.shape)
    dim = b.dim(rank)
    items = [b.number(0, value.shape[dim] - 1) for _ in range(b.number(1, 3))]
    array = Tensor((Axis(size=len(items)),))
    keys = [slicing.Slice()] * (dim % rank) + [array]
    return _moved(
        operand,
        b.one(
            f"v{operand}.index_select({dim}, torch.tensor({items}))",
            f"torch.index_select(v{operand}, {dim}, torch.tensor({items}))",
        ),
        value,
        lambda t: t.index_select(dim, torch.tensor(items)),
        lambda t, s: indexing.index(t, keys, SPOT, SPOT),
    )


def _transpose(b: Builder, operand: int, value: Traced) -> Step:
    rank = len(value.shape)
    one, two = b.dim(rank), b.dim(rank)
    name = b.one("transpose", "swapaxes")
    return _moved(
        operand,
        b.one(f"v{operand}.{name}({one}, {two})", f"torch.{name}(v{operand}, {one}, {two})"),
        value,
        lambda t: t.transpose(one, two),
        lambda t, s: reshaping.transpose(t, one, two),
    )


def _permute(b: Builder, operand: int, value: Traced) -> Step:
    rank = len(value.shape)
    order = [int(d) - rank * b.one(0, 1) for d in b.draw(st.permutations(range(rank)))]
    listed = ", ".join(map(str, order))
    return _moved(
        operand,
        b.one(f"v{operand}.permute({listed})", f"torch.permute(v{operand}, ({listed},))"),
        value,
        lambda t: t.permute(order),
        lambda t, s: reshaping.permute(t, order),
    )


def _unsqueeze(b: Builder, operand: int, value: Traced) -> Step:
    dim = b.dim(len(value.shape) + 1)
    return _moved(
        operand,
        b.one(f"v{operand}.unsqueeze({dim})", f"torch.unsqueeze(v{operand}, dim={dim})"),
        value,
        lambda t: t.unsqueeze(dim),
        lambda t, s: reshaping.unsqueeze(t, dim),
    )


def _squeeze(b: Builder, operand: int, value: Traced) -> Step:
    dim = b.one(None, b.dim(len(value.shape)))
    written = "" if dim is None else str(dim)
    return _moved(
        operand,
        b.one(f"v{operand}.squeeze({written})", f"torch.squeeze(v{operand}, {written})"),
        value,
        lambda t: t.squeeze() if dim is None else t.squeeze(dim),
        lambda t, s: reshaping.squeeze(t, dim),
    )


def _flatten(b: Builder, operand: int, value: Traced) -> Step:
    rank = len(value.shape)
    start = b.dim(rank)
    end = b.dim(rank)
    return _moved(
        operand,
        b.one(
            f"v{operand}.flatten({start}, {end})",
            f"torch.flatten(v{operand}, start_dim={start}, end_dim={end})",
            f"nn.Flatten({start}, {end})(v{operand})",
        ),
        value,
        lambda t: t.flatten(start, end),
        lambda t, s: reshaping.flatten(t, start, end),
    )


def _factors(size: int) -> list[int]:
    out, rest, prime = [], size, 2
    while rest > 1:
        while rest % prime == 0:
            out.append(prime)
            rest //= prime
        prime += 1
    return out


def _view(b: Builder, operand: int, value: Traced) -> Step:
    shape = list(value.shape)
    how = b.one("merge", "split", "split", "one", "any")
    if how == "merge" and len(shape) > 1:
        at = b.number(0, len(shape) - 2)
        shape[at : at + 2] = [shape[at] * shape[at + 1]]
    elif how == "split" and shape:
        at = b.dim(len(shape)) % len(shape)
        pieces = b.draw(st.permutations(_factors(shape[at]) or [1]))
        cut = b.number(0, len(pieces))
        shape[at : at + 1] = [math.prod(pieces[:cut]), math.prod(pieces[cut:])]
    elif how == "one":
        shape.insert(b.number(0, len(shape)), 1)
    elif how == "any":
        pieces = [f for size in shape for f in _factors(size)]
        pieces = list(b.draw(st.permutations(pieces))) if b.one(True, False) else pieces
        cuts = sorted(b.number(0, len(pieces)) for _ in range(b.number(0, 3)))
        shape = [
            math.prod(pieces[i:j]) for i, j in zip([0, *cuts], [*cuts, len(pieces)], strict=True)
        ]
    nums = [num(size) for size in shape]
    if b.one(True, False) and nums:
        nums[b.number(0, len(nums) - 1)] = Num(-1, "-1", -1)
    written = ", ".join(n.text for n in nums)
    target = [n.value for n in nums]
    return _moved(
        operand,
        b.one(
            f"v{operand}.reshape({written})",
            f"torch.reshape(v{operand}, ({written},))",
            f"v{operand}.contiguous().view({written})",
        ),
        value,
        lambda t: t.reshape(target),
        lambda t, s: reshaping.view(t, [n.size(s) for n in nums]),
    )


def _expand(b: Builder, operand: int, value: Traced) -> Step:
    sizes = [
        b.one(num(size), Num(-1, "-1", -1)) if size != 1 else b.one(num(1), num(3), num(SIZES["N"]))
        for size in value.shape
    ]
    sizes = [b.one(num(2), num(SIZES["N"])) for _ in range(b.number(0, 1))] + sizes
    target = [n.value for n in sizes]
    return _moved(
        operand,
        f"v{operand}.expand({', '.join(n.text for n in sizes)})",
        value,
        lambda t: t.expand(target),
        lambda t, s: reshaping.expand(t, [n.size(s) for n in sizes]),
    )


def _repeat(b: Builder, operand: int, value: Traced) -> Step:
    times = [b.one(1, 1, 2) for _ in range(b.number(0, 1) + len(value.shape))]
    return _moved(
        operand,
        f"v{operand}.repeat({', '.join(map(str, times))})",
        value,
        lambda t: t.repeat(times),
        lambda t, s: reshaping.repeat(t, times),
    )


def _chunk(b: Builder, operand: int, value: Traced) -> Step:
    dim, count = b.dim(len(value.shape)), b.one(2, 2, 2, 3, 4)
    made = len(value.parts["place"].chunk(count, dim))
    which = b.number(0, made - 1)

    def meaning(tensor: Tensor, symbolic: bool) -> Any:
        if tensor.axes is None:
            return Tensor()
        sizes = slicing.shares(tensor.axis(dim), count)
        shares = indexing.parts(tensor, dim, sizes, SPOT, SPOT)
        if not isinstance(tensor.axis(dim).size, int) or len(shares) == made:
            return shares[which]
        return f"{len(shares)} shares for {made}"

    return _moved(
        operand,
        b.one(
            f"v{operand}.chunk({count}, {dim})[{which}]",
            f"torch.chunk(v{operand}, {count}, dim={dim})[{which}]",
            f"list(v{operand}.chunk(chunks={count}, dim={dim}))[{which}]",
        ),
        value,
        lambda t: t.chunk(count, dim)[which],
        meaning,
    )


def _split(b: Builder, operand: int, value: Traced) -> Step:
    dim = b.dim(len(value.shape))
    size = value.shape[dim]
    each = num(b.one(max(size // 2, 1), b.number(1, size), 1))
    made = -(-size // each.value)
    which = b.number(0, made - 1)

    def meaning(tensor: Tensor, symbolic: bool) -> Any:
        sizes = slicing.portions(tensor.axis(dim), each.size(symbolic))
        if tensor.axes is None or sizes is None:
            return Tensor()
        found = indexing.parts(tensor, dim, sizes, SPOT, SPOT)
        return found[which] if len(found) == made else f"{len(found)} parts for {made}"

    return _moved(
        operand,
        b.one(
            f"v{operand}.split({each.text}, {dim})[{which}]",
            f"torch.split(v{operand}, {each.text}, dim={dim})[{which}]",
        ),
        value,
        lambda t: t.split(each.value, dim)[which],  # type: ignore[no-untyped-call]
        meaning,
    )


def _unbind(b: Builder, operand: int, value: Traced) -> Step:
    dim = b.dim(len(value.shape))
    which = b.number(0, value.shape[dim] - 1)
    keys: list[Any] = [slicing.Slice()] * (dim % len(value.shape)) + [which]
    return _moved(
        operand,
        b.one(
            f"v{operand}.unbind({dim})[{which}]",
            f"torch.unbind(v{operand}, dim={dim})[{which}]",
        ),
        value,
        lambda t: t.unbind(dim)[which],
        lambda t, s: indexing.index(t, keys, SPOT, SPOT),
    )


def _join(b: Builder, operand: int, value: Traced) -> Step | None:
    dim = b.dim(len(value.shape))
    dim = dim % len(value.shape) if b.one(True, False) else dim
    name = b.one("cat", "cat", "stack", "concat")
    fits = [i for i, t in enumerate(b.program.truths) if _fits(t.shape, value.shape, dim, name)]
    which = [operand, *(b.one(*fits) for _ in range(b.number(1, 2)))]
    which = which[::-1] if b.one(True, False) else which
    given = [b.program.truths[i] for i in which]
    truth = (oracle.stacked if name == "stack" else oracle.concatenated)(given, dim)
    if name != "stack" and not oracle.varies(truth, dim):
        return None  # the same position over and over: no role is right or wrong
    listed = ", ".join(f"v{i}" for i in which)
    mean = combining.stack if name == "stack" else combining.cat
    return Step(
        tuple(which),
        b.one(f"torch.{name}([{listed}], dim={dim})", f"torch.{name}(({listed}), {dim})"),
        truth,
        lambda given, symbolic: mean(given, dim),
    )


def _fits(one: tuple[int, ...], two: tuple[int, ...], dim: int, name: str) -> bool:
    if name == "stack" or len(one) != len(two):
        return one == two
    return all(a == b or i == dim % len(two) for i, (a, b) in enumerate(zip(one, two, strict=True)))


def _arithmetic(b: Builder, operand: int, value: Traced) -> Step | None:
    sign = b.one("+", "-", "*", "/")
    others = [i for i, t in enumerate(b.program.truths) if _broadcasts(t.shape, value.shape)]
    other = b.one(*others)
    one, two = (operand, other) if b.one(True, False) else (other, operand)
    truth = oracle.combined(b.program.truths[one], b.program.truths[two])
    return Step(
        (one, two),
        f"v{one} {sign} v{two}",
        truth,
        lambda given, symbolic: combining.arithmetic(*given),
    )


def _broadcasts(one: tuple[int, ...], two: tuple[int, ...]) -> bool:
    return all(a == b or 1 in (a, b) for a, b in zip(one[::-1], two[::-1], strict=False))


def _with_constant(b: Builder, operand: int, value: Traced) -> Step:
    last = num(value.shape[-1])
    texts = [
        f"v{operand} * 2",
        f"1 - v{operand}",
        f"torch.tanh(v{operand})",
        f"v{operand}.relu()",
        f"nn.ReLU()(v{operand})",
        f"F.dropout(v{operand}, 0.5)",
        f"nn.LayerNorm({last.text})(v{operand})",
    ]
    which = b.number(0, len(texts) - 1)
    kept = which == 5  # dropout: the values are still the layer's
    return Step(
        (operand,),
        texts[which],
        value if kept else oracle.computed(value),
        lambda given, symbolic: given[0] if kept else given[0].computed(),
    )


def _reduce(b: Builder, operand: int, value: Traced) -> Step:
    rank = len(value.shape)
    name = b.one("sum", "mean", "amax", "max")
    dims = [b.dim(rank)]
    if rank > 1 and name != "max" and b.one(False, True):
        dims = [int(d) for d in b.draw(st.permutations(range(rank)))[:2]]
    keep = b.one(False, True)
    written = str(dims[0]) if len(dims) == 1 else f"({dims[0]}, {dims[1]})"
    tail = b.one(f"{written}, keepdim={keep}", f"dim={written}, keepdim={keep}")
    tail = tail if keep else b.one(written, f"dim={written}")
    item = b.one(".values", "[0]") if name == "max" else ""
    return Step(
        (operand,),
        b.one(f"v{operand}.{name}({tail}){item}", f"torch.{name}(v{operand}, {tail}){item}"),
        oracle.folded(value, dims, keep),
        lambda given, symbolic: combining.reduce(given[0], dims, keep),
    )


def _linear(b: Builder, operand: int, value: Traced) -> Step:
    size = num(SIZES["O"])
    last = num(value.shape[-1])
    head = f"nn.Linear({last.text}, O)"
    return Step(
        (operand,),
        b.one(f"{head}(v{operand})", f"nn.Sequential({head}, nn.ReLU())(v{operand})"),
        oracle.projected(value, size.value),
        lambda given, symbolic: combining.linear(given[0], size.size(symbolic)),
    )


def _embedding(b: Builder, operand: int, value: Traced) -> Step:
    size = num(SIZES["O"])
    return Step(
        (operand,),
        f"nn.Embedding(9, O)(v{operand}.long().clamp(0, 8))",
        oracle.embedded(value, size.value),
        lambda given, symbolic: combining.embedding(given[0], size.size(symbolic)),
    )


Maker = Callable[[Builder, int, Traced], "Step | None"]

MAKERS: Sequence[Maker] = (
    _index,
    _index,
    _index,
    _select,
    _narrow,
    _gather,
    _index_select,
    _transpose,
    _transpose,
    _permute,
    _unsqueeze,
    _squeeze,
    _flatten,
    _view,
    _view,
    _view,
    _expand,
    _repeat,
    _chunk,
    _split,
    _unbind,
    _join,
    _join,
    _arithmetic,
    _arithmetic,
    _with_constant,
    _reduce,
    _linear,
    _embedding,
)


@st.composite
def programs(draw: Draw, most: int = 6) -> Program:
    """A program of at most so many steps."""
    config = draw(configs)
    program = Program(config, roots(config))
    builder = Builder(draw, program)
    # The values that a layer returned come last, the output most often.
    for _ in range(draw(st.integers(1, most))):
        builder.step()
        if 0 in program.truths[-1].shape or not program.truths[-1].shape:
            break
    return program


__all__ = ["SIZES", "SPOT", "Program", "Role", "claims", "configs", "programs", "roots"]
