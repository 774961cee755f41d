"""torch as the judge: what runs there never raises here, what raises there is explained here.

Calls are drawn near a right one: one or two things about it are changed. Each exception to the two
statements is a function below, with its reason.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence
from torch.utils import _pytree

import shapeguard
from shapeguard import ShapeError, contract
from shapeguard.contract import Kind, Layout, Sizes, Slot

PRIMES = (2, 3, 5, 7, 11)
COINCIDING = (1, 2, 3, 4, 6)
DTYPES = ("float32", "float64", "bfloat16", "int64", "bool")


@dataclass(frozen=True)
class Tensor:
    """A tensor to be made."""

    shape: tuple[int, ...]
    dtype: str = "float32"
    device: str = "cpu"

    def make(self) -> torch.Tensor:
        values = torch.arange(math.prod(self.shape), dtype=torch.float64).reshape(self.shape)
        return (values.sin() * 2).to(getattr(torch, self.dtype)).to(self.device)


@dataclass(frozen=True)
class Case:
    """A module, its arguments as they would be right, and the form that the states come in."""

    kind: Kind
    sizes: Sizes
    layout: Layout
    batch_first: bool
    x: Tensor
    states: tuple[Tensor, ...] | None
    form: str = "right"
    permuted: bool = False
    weights: str = "cpu"
    dtype: str = "float32"
    autocast: bool = False
    lengths: tuple[int, ...] = field(default=())

    def right_shapes(self) -> list[tuple[int, ...]]:
        """Of the states, as the contract has them."""
        return [
            contract.shape(self.kind, self.layout, slot, self.sizes)
            for slot in contract.states(self.kind)
        ]

    def module(self, namespace: Any) -> nn.Module:
        settings: dict[str, Any] = {"device": self.weights, "dtype": getattr(torch, self.dtype)}
        sizes = self.sizes
        if not self.kind.is_cell:
            settings |= {
                "num_layers": sizes.K,
                "bidirectional": sizes.D == 2,
                "batch_first": self.batch_first,
            }
        if sizes.proj:
            settings["proj_size"] = sizes.proj
        torch.manual_seed(0)
        made: nn.Module = getattr(namespace, self.kind.value)(sizes.Hin, sizes.H, **settings)
        return made

    def input(self) -> Any:
        x = self.x.make()
        if self.layout is not Layout.PACKED:
            return x
        packed = pack_padded_sequence(
            torch.zeros(self.sizes.L, self.sizes.N, 1), list(self.lengths), enforce_sorted=False
        )
        order = (packed.sorted_indices, packed.unsorted_indices) if self.permuted else ()
        return PackedSequence(x, packed.batch_sizes, *order)

    def hx(self) -> Any:
        if self.states is None:
            return None
        made = tuple(state.make() for state in self.states)
        return FORMS[self.form](made)

    def run(self, module: nn.Module) -> Any:
        context = (
            torch.autocast("cpu", dtype=torch.bfloat16)
            if self.autocast
            else contextlib.nullcontext()
        )
        with context, torch.no_grad():
            return module(self.input(), self.hx())


FORMS: dict[str, Callable[[tuple[torch.Tensor, ...]], Any]] = {
    "right": lambda made: made if len(made) > 1 else made[0],
    "list": list,
    "tuple": lambda made: made,
    "first": lambda made: made[0],
    "tuple of first": lambda made: (made[0],),
    "pair": lambda made: (made[0], made[-1]),
    "three": lambda made: (made[0], *made, made[0])[:3],
    "nested": lambda made: (made,),
    "output too": lambda made: (made[0], made),
    "none": lambda made: (None, None),
    "half none": lambda made: (made[0], None),
    "stacked": lambda made: torch.stack((made[0], made[0])),
    "array": lambda made: torch.zeros(made[0].shape).numpy(),
    "number": lambda made: 3,
    "empty": lambda made: (),
}


@st.composite
def right(draw: st.DrawFn) -> Case:
    kind = draw(st.sampled_from(list(Kind)))
    pool = draw(st.sampled_from((PRIMES, COINCIDING)))
    size = st.sampled_from(pool)
    hidden = draw(size)
    proj = draw(st.integers(0, hidden - 1)) if kind is Kind.LSTM and hidden > 1 else 0
    sizes = Sizes(
        L=draw(size),
        N=draw(size),
        Hin=draw(size),
        H=hidden,
        K=1 if kind.is_cell else draw(st.integers(1, 3)),
        D=1 if kind.is_cell else draw(st.integers(1, 2)),
        proj=proj,
    )
    batch_first = draw(st.booleans())
    layouts = [Layout.BATCH_FIRST if kind.is_cell or batch_first else Layout.TIME_FIRST]
    layouts += [Layout.UNBATCHED] if kind.is_cell else [Layout.UNBATCHED, Layout.PACKED]
    layout = draw(st.sampled_from(layouts))
    lengths: tuple[int, ...] = ()
    if layout is Layout.PACKED:
        rest = st.lists(st.integers(1, sizes.L), min_size=sizes.N - 1, max_size=sizes.N - 1)
        lengths = tuple(draw(st.permutations([sizes.L, *draw(rest)])))
        sizes = replace(sizes, S=sum(lengths))
    dtype = draw(st.sampled_from(("float32", "float32", "float64", "bfloat16")))
    device = draw(st.sampled_from(("cpu", "cpu", "cpu", "meta")))
    shape = contract.shape(kind, layout, Slot.INPUT, sizes)
    case = Case(
        kind=kind,
        sizes=sizes,
        layout=layout,
        batch_first=batch_first,
        x=Tensor(shape, dtype, device),
        states=None,
        permuted=layout is Layout.PACKED and draw(st.booleans()),
        weights=device,
        dtype=dtype,
        autocast=device == "cpu" and draw(st.sampled_from((False, False, True))),
        lengths=lengths,
    )
    states = tuple(Tensor(shape, dtype, device) for shape in case.right_shapes())
    return replace(case, states=draw(st.sampled_from((states, states, None))))


def other_shape(draw: st.DrawFn, shape: tuple[int, ...], sizes: Sizes) -> tuple[int, ...]:
    """The shape with its axes in another order, one axis more or less, or one size changed."""
    how = draw(st.sampled_from(("size", "size", "order", "more", "less")))
    if not shape:
        return (1,)
    at = draw(st.integers(0, len(shape) - 1))
    if how == "order":
        return tuple(draw(st.permutations(shape)))
    if how == "more":
        return (*shape[:at], draw(st.sampled_from((1, 2, sizes.L))), *shape[at:])
    if how == "less":
        return shape[:at] + shape[at + 1 :]
    known = sorted({*sizes.numbers.values(), 1, 2 * shape[at], shape[at] // 2, shape[at] + 1})
    known = [size for size in known if size or at == 0]
    return (*shape[:at], draw(st.sampled_from(known)), *shape[at + 1 :])


@st.composite
def near(draw: st.DrawFn) -> Case:
    case = draw(right())
    for _ in range(draw(st.sampled_from((0, 1, 1, 1, 2, 2)))):
        case = changed(draw, case)
    return case


def changed(draw: st.DrawFn, case: Case) -> Case:
    what = draw(st.sampled_from(("x", "state", "state", "state", "form", "weights")))
    if what == "x":
        return replace(case, x=other(draw, case.x, case))
    if what == "weights":
        if draw(st.booleans()):
            return replace(case, weights="meta" if case.weights == "cpu" else "cpu")
        return replace(case, dtype=draw(st.sampled_from(("float32", "float64", "bfloat16"))))
    if case.states is None:
        return case
    if what == "form":
        return replace(case, form=draw(st.sampled_from(sorted(FORMS))))
    at = draw(st.integers(0, len(case.states) - 1))
    new = other(draw, case.states[at], case)
    if draw(st.booleans()):
        return replace(case, states=(new,) * len(case.states))
    return replace(case, states=(*case.states[:at], new, *case.states[at + 1 :]))


def other(draw: st.DrawFn, tensor: Tensor, case: Case) -> Tensor:
    how = draw(st.sampled_from(("shape", "shape", "shape", "dtype", "device")))
    if how == "dtype":
        return replace(tensor, dtype=draw(st.sampled_from(DTYPES)))
    if how == "device":
        return replace(tensor, device="meta" if tensor.device == "cpu" else "cpu")
    shape = other_shape(draw, tensor.shape, case.sizes)
    if case.layout is Layout.PACKED and tensor is case.x and shape[:1] != tensor.shape[:1]:
        return tensor  # a PackedSequence whose data are not the rows that it counts
    return replace(tensor, shape=shape)


def crashes(case: Case) -> bool:
    """torch itself may end with a segmentation fault, so it is not asked where we raise.

    It looks at one axis of an LSTMCell's states beside one sample, and at no shape of an LSTM's
    states beside packed input.
    """
    shapes = [state.shape for state in case.states or ()]
    if case.kind is Kind.LSTM_CELL and len(case.x.shape) == 1:
        return any(len(shape) != 1 for shape in shapes)
    return case.kind is Kind.LSTM and case.layout is Layout.PACKED and shapes != case.right_shapes()


def runs_undocumented(case: Case, error: ShapeError) -> bool:
    """torch runs it and the documents refuse it: what comes out is not what anyone asked for."""
    states = case.states or ()
    if error.slot == "c_0" and error.got in ("int64", "bool"):
        return True  # some CPU kernels promote an integer c_0, no GPU kernel does
    if case.layout is Layout.PACKED and error.code == "SG501":
        # torch compares no shape of an LSTM's states here, and takes the rows that it needs of a
        # batch that is too large where it permutes
        return case.kind is Kind.LSTM or case.permuted
    if case.layout is Layout.PACKED and error.code in ("SG103", "SG206"):
        # nor the features of an LSTM's packed input; the CPU's bfloat16 product looks at none
        return case.kind is Kind.LSTM and case.autocast
    if error.slot == "hx" and case.form in ("three",):
        return True  # torch reads the first two of three where it unpacks the tuple itself
    if "meta" in (case.x.device, *(state.device for state in states)):
        # integers on the meta device, where nothing is computed: they fail on every other one
        return error.causes[0].slug.startswith(("integer", "tokens"))
    # a Cell's state (H, H) beside one sample passes for H features, and is broadcast
    return case.kind.is_cell and len(case.x.shape) == 1 and error.code == "SG501"


def fails_unexplained(case: Case, error: Exception) -> bool:
    """torch raises, and whether it does is decided by the kernel that is built in."""
    if case.autocast:
        return "dtype" in str(error)  # what autocast converts depends on operation and device
    states = case.states or ()
    return len(states) == 2 and states[1].dtype != states[0].dtype


@settings(
    max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(near())
@pytest.mark.filterwarnings("ignore::shapeguard.ShapeWarning")
@pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN")
def test_a_call_raises_here_exactly_where_torch_raises(case: Case) -> None:
    ours, found = outcome(case, case.module(shapeguard))
    if crashes(case) and isinstance(found, ShapeError):
        assert found.causes
        return
    theirs, error = outcome(case, case.module(nn))
    if error is None:
        if isinstance(found, ShapeError) and runs_undocumented(case, found):
            return
        assert found is None, f"torch runs this:\n{case}\n{found}"
        same(ours, theirs)
    elif not isinstance(found, ShapeError):
        assert fails_unexplained(case, error), f"torch raises {error!r}, and we {found!r}\n{case}"
        assert type(found) is type(error)
    else:
        assert found.causes, f"no cause:\n{found}\n{case}"


def outcome(case: Case, module: nn.Module) -> tuple[Any, Exception | None]:
    try:
        return case.run(module), None
    except Exception as error:
        return None, error


def same(ours: Any, theirs: Any) -> None:
    mine, plan = _pytree.tree_flatten(ours)
    other, plan_there = _pytree.tree_flatten(theirs)
    assert plan == plan_there
    for one, two in zip(mine, other, strict=True):
        if not isinstance(one, torch.Tensor) or one.device.type == "meta":
            continue
        assert torch.equal(one, two) or torch.equal(one.isnan(), two.isnan())


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64"])
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("steps", [1, 4])
@pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN")
def test_a_cell_state_of_another_dtype_raises_with_proj_size_where_torch_raises(
    dtype: str, packed: bool, steps: int
) -> None:
    x: Any = torch.randn(steps, 2, 3)
    if packed:
        x = pack_padded_sequence(x, [steps, steps])
    hx = torch.zeros(1, 2, 2), torch.zeros(1, 2, 4, dtype=getattr(torch, dtype))
    raised = []
    for package in (nn, shapeguard):
        try:
            package.LSTM(3, 4, proj_size=2)(x, hx)
        except Exception as error:
            raised.append(error)
    assert len(raised) in (0, 2), raised
    assert all(isinstance(error, ShapeError) for error in raised[1:])
