"""torch.compile sees the same program with checks as without: graphs, breaks, recompilations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
import torch
import torch._dynamo
from torch import nn
from torch._dynamo.utils import counters
from torch.nn.utils.rnn import pack_padded_sequence

import shapeguard
from shapeguard.contract import Kind
from tests.runtime.beside import (
    CELLS,
    LAYERS,
    Build,
    Way,
    assert_alike,
    bare,
    guarded,
    outcome,
)

IN, H, T = 4, 5, 3
torch_compile: Any = torch.compile
eager: Any = partial(torch._dynamo.disable, recursive=False)
ways = pytest.mark.parametrize("way", Way, ids=[way.name.lower() for way in Way])
FIRST = (Kind.LSTM, Kind.GRU_CELL)


def _of(chosen: list[Kind]) -> list[Any]:
    """The others take as long and are much alike."""
    slow = pytest.mark.slow
    return [
        pytest.param(kind, id=kind.value, marks=() if kind in FIRST else slow) for kind in chosen
    ]


kinds = pytest.mark.parametrize("kind", _of(list(Kind)))
layers = pytest.mark.parametrize("kind", _of(LAYERS))
#: One layer and one Cell, where the other four would tell nothing new.
some = pytest.mark.parametrize("kind", FIRST, ids=["LSTM", "GRUCell"])
lstm = pytest.mark.parametrize("kind", [Kind.LSTM], ids=["LSTM"])

pytestmark = [
    # torch's own, while it compiles
    pytest.mark.filterwarnings("ignore::DeprecationWarning:torch.*"),
    pytest.mark.filterwarnings("ignore::FutureWarning:torch.*"),
]


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    torch._dynamo.reset()
    counters.clear()
    with torch._dynamo.config.patch(allow_rnn=True):
        yield
    torch._dynamo.reset()


@dataclass
class Recorded:
    """What came to a backend, and what torch.compile counted."""

    graphs: list[list[tuple[str, str]]] = field(default_factory=list)
    breaks: int = 0
    stats: dict[str, int] = field(default_factory=dict)
    results: Any = None

    def backend(self, graph: Any, inputs: Any) -> Any:
        self.graphs.append([(node.op, _target(node)) for node in graph.graph.nodes])
        return graph.forward

    @property
    def shape(self) -> tuple[list[Counter[str]], int, dict[str, int]]:
        """What must not differ; the names of placeholders contain those of modules."""
        operations = [Counter(op for op, _ in graph) for graph in self.graphs]
        return operations, self.breaks, self.stats


def _target(node: Any) -> str:
    return "" if node.op in ("placeholder", "output") else str(node.target)


def calls_of(graph: list[tuple[str, str]]) -> list[str]:
    return [target for op, target in graph if op.startswith("call")]


class Model(nn.Module):
    """A recurrent module between two others."""

    def __init__(self, space: Any, kind: Kind, **settings: Any) -> None:
        super().__init__()
        self.first = nn.Linear(IN, IN)
        self.rnn = getattr(space, kind.value)(IN, H, **settings)
        self.last = nn.Linear(H * (2 if settings.get("bidirectional") else 1), 2)

    def forward(self, x: torch.Tensor, hx: Any = None) -> Any:
        found = self.rnn(self.first(x).relu(), hx)
        if isinstance(found, tuple):
            return self.last(found[0]), found[1]
        return self.last(found)


def model_of(kind: Kind, **settings: Any) -> Build:
    return lambda space: Model(space, kind, **settings)


def inputs(kind: Kind, *batches: int) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(3)
    shapes = [(n, IN) if kind.is_cell else (T, n, IN) for n in batches]
    return [torch.randn(shape, generator=generator) for shape in shapes]


EIGHT = (2, 3, 4, 5, 6, 7, 8, 9)
Compile = Callable[[Any, Any], Any]


def compiled(model: Any, backend: Any) -> Any:
    return torch.compile(model, backend=backend)


def recorded(model: Any, xs: list[Any], compile: Compile = compiled, **options: Any) -> Recorded:
    torch._dynamo.reset()
    counters.clear()
    record = Recorded()
    program = compile(model, record.backend)
    with torch.no_grad():
        record.results = [outcome(program, x) for x in xs]
    record.breaks = sum(counters["graph_break"].values())
    # "total" counts the functions that were tried; one more is tried where a call goes through one
    # more function that is not torch's own, and is given up at once.
    record.stats = {k: v for k, v in counters["stats"].items() if k != "fusions"}
    record.stats["ok"] = counters["frames"]["ok"]
    return record


def assert_same_record(
    way: Way, build: Build, xs: list[Any], compile: Compile = compiled
) -> Recorded:
    expected = recorded(bare(build), xs, compile)
    with guarded(way, build) as model:
        found = recorded(model, xs, compile)
    assert [calls_of(graph) for graph in found.graphs] == [
        calls_of(graph) for graph in expected.graphs
    ]
    assert found.shape == expected.shape
    assert_alike(found.results, expected.results)
    return expected


# with torch._dynamo.config.allow_rnn


@ways
@kinds
def test_fullgraph_compiles_to_as_many_nodes_and_recompiles_as_often(way: Way, kind: Kind) -> None:
    def whole(model: Any, backend: Any) -> Any:
        return torch.compile(model, backend=backend, fullgraph=True)

    expected = assert_same_record(way, model_of(kind), inputs(kind, *EIGHT), whole)
    assert len(expected.graphs) == 2  # one for the first size, one for all others
    assert all(isinstance(result, (tuple, torch.Tensor)) for result in expected.results)


@ways
@lstm
@pytest.mark.parametrize(
    "settings",
    [
        {"bidirectional": True, "num_layers": 2},
        {"batch_first": True, "bias": False},
        {"num_layers": 2, "dropout": 0.5},
    ],
    ids=lambda settings: "-".join(settings),
)
def test_graphs_are_the_same_for_all_settings(
    way: Way, kind: Kind, settings: dict[str, Any]
) -> None:
    assert_same_record(way, model_of(kind, **settings), inputs(kind, 2, 3))


@ways
@some
def test_graphs_are_the_same_with_a_state(way: Way, kind: Kind) -> None:
    class WithState(Model):
        def forward(self, x: torch.Tensor, hx: Any = None) -> Any:
            state = x.new_zeros((x.size(0), H) if kind.is_cell else (1, x.size(1), H))
            pair = kind in (Kind.LSTM, Kind.LSTM_CELL)
            return super().forward(x, (state, state) if pair else state)

    assert_same_record(way, lambda space: WithState(space, kind), inputs(kind, 2, 3))


@ways
@some
@pytest.mark.parametrize("dynamic", [True, False])
def test_graphs_are_the_same_with_dynamic_shapes_or_none(
    way: Way, kind: Kind, dynamic: bool
) -> None:
    def compile(model: Any, backend: Any) -> Any:
        return torch.compile(model, backend=backend, dynamic=dynamic)

    assert_same_record(way, model_of(kind), inputs(kind, 2, 3, 4), compile)


@ways
@kinds
def test_a_module_compiled_by_itself_gives_the_same_graph(way: Way, kind: Kind) -> None:
    expected = assert_same_record(
        way, lambda space: getattr(space, kind.value)(IN, H), inputs(kind, 2, 3, 4)
    )
    assert expected.graphs


@ways
@some
def test_module_compile_and_a_compiled_function_give_the_same_graph(way: Way, kind: Kind) -> None:
    def in_place(model: Any, backend: Any) -> Any:
        model.compile(backend=backend)
        return model

    def function(model: Any, backend: Any) -> Any:
        return torch.compile(lambda x: model(x), backend=backend)

    for compile in (in_place, function):
        expected = assert_same_record(way, model_of(kind), inputs(kind, 2, 3), compile)
        assert expected.graphs


@ways
@lstm
def test_aot_eager_gives_the_same_results_and_gradients(way: Way, kind: Kind) -> None:
    x = inputs(kind, 2)[0]

    def use(model: Any) -> Any:
        torch._dynamo.reset()
        program = torch_compile(model, backend="aot_eager", fullgraph=True)
        found = program(x)
        found[0].sum().backward()
        return found, [parameter.grad for parameter in model.parameters()]

    expected = outcome(use, bare(model_of(kind)))
    assert len(expected[1]) == 8
    with guarded(way, model_of(kind)) as model:
        assert_alike(outcome(use, model), expected)


@ways
@kinds
def test_a_wrong_shape_inside_of_a_compiled_model_is_torchs_own_error(way: Way, kind: Kind) -> None:
    xs = [inputs(kind, 2)[0]]

    class Wrong(Model):
        def forward(self, x: torch.Tensor, hx: Any = None) -> Any:
            return self.rnn(x[..., 1:])

    def whole(model: Any, backend: Any) -> Any:
        return torch.compile(model, backend=backend, fullgraph=True)

    def use(model: Any) -> Any:
        torch._dynamo.reset()
        program: Any = whole(model, "eager")
        return program(xs[0])

    def build(space: Any) -> nn.Module:
        return Wrong(space, kind)

    expected = outcome(use, bare(build))
    with guarded(way, build) as model:
        found = outcome(use, model)
    assert expected[0] is found[0]
    assert issubclass(expected[0], Exception)
    assert not issubclass(found[0], shapeguard.ShapeError)
    # The rest of the message is a trace of the functions that led there, ours among them.
    assert found[1].split("from user code")[0] == expected[1].split("from user code")[0]


# without it


def explained(model: Any, x: torch.Tensor) -> tuple[int, int, list[str]]:
    torch._dynamo.reset()
    found = torch._dynamo.explain(model)(x)
    reasons = [reason.reason.split("\n")[0] for reason in found.break_reasons]
    return found.graph_count, found.graph_break_count, reasons


@ways
@kinds
@pytest.mark.parametrize("child", [True, False], ids=["child", "alone"])
def test_without_allow_rnn_no_graph_break_is_added(way: Way, kind: Kind, child: bool) -> None:
    def alone(space: Any) -> nn.Module:
        return getattr(space, kind.value)(IN, H)  # type: ignore[no-any-return]

    build = model_of(kind) if child else alone
    xs = inputs(kind, *EIGHT)
    with torch._dynamo.config.patch(allow_rnn=False):
        expected = recorded(bare(build), xs)
        expected_why = explained(bare(build), xs[0])
        with guarded(way, build) as model:
            found = recorded(model, xs)
            why = explained(model, xs[0])
    assert found.graphs == expected.graphs or kind.is_cell
    assert [calls_of(g) for g in found.graphs] == [calls_of(g) for g in expected.graphs]
    assert found.breaks <= expected.breaks
    assert found.stats == expected.stats
    assert_alike(found.results, expected.results)
    assert why[:2] == expected_why[:2]
    assert len(why[2]) <= len(expected_why[2])


class Around(nn.Module):
    """Has work to compile on both sides of a layer."""

    def __init__(self, space: Any, kind: Kind) -> None:
        super().__init__()
        self.first = nn.Linear(IN, IN)
        self.rnn = getattr(space, kind.value)(IN, H)
        self.last = nn.Linear(H, 2)

    def forward(self, x: torch.Tensor) -> Any:
        y = self.before(x)
        found = self.run(y)
        return self.after(found)

    def before(self, x: torch.Tensor) -> torch.Tensor:
        return self.first(x).relu()  # type: ignore[no-any-return]

    @eager  # type: ignore[untyped-decorator]
    def run(self, y: torch.Tensor) -> Any:
        return self.rnn(y)[0]

    def after(self, output: torch.Tensor) -> Any:
        return self.last(output).tanh()


@ways
@lstm
def test_the_graphs_on_both_sides_of_a_layer_stay_the_same(way: Way, kind: Kind) -> None:
    with torch._dynamo.config.patch(allow_rnn=False):
        expected = assert_same_record(way, lambda space: Around(space, kind), inputs(kind, *EIGHT))
    assert len(expected.graphs) == 4


@ways
@layers
def test_fullgraph_without_allow_rnn_fails_as_torchs(way: Way, kind: Kind) -> None:
    def use(model: Any) -> Any:
        torch._dynamo.reset()
        return torch_compile(model, backend="eager", fullgraph=True)(inputs(kind, 2)[0])

    with torch._dynamo.config.patch(allow_rnn=False):
        expected = outcome(use, bare(model_of(kind)))
        with guarded(way, model_of(kind)) as model:
            found = outcome(use, model)
    assert issubclass(expected[0], Exception)
    assert found[0] is expected[0]
    assert found[1].split("from user code")[0] == expected[1].split("from user code")[0]


@ways
@kinds
def test_where_a_layer_runs_outside_of_graphs_it_is_checked(way: Way, kind: Kind) -> None:
    """A graph break must not switch the checks off: what is called between graphs is eager."""
    with torch._dynamo.config.patch(allow_rnn=False), guarded(way, model_of(kind)) as model:
        layer: Any = model.rnn

        @eager  # type: ignore[untyped-decorator]
        def between(x: torch.Tensor) -> Any:
            return layer(x)

        def program(x: torch.Tensor) -> Any:
            return between(x * 2)

        run: Any = torch.compile(program, backend="eager")
        x = inputs(kind, 2)[0]
        run(x)
        if kind.is_cell and way is not Way.HOOKS:
            return  # a Cell's forward is compiled by itself
        with pytest.raises(shapeguard.ShapeError):
            run(x[..., 1:])


@ways
@lstm
def test_packed_input_breaks_graphs_no_differently(way: Way, kind: Kind) -> None:
    class Packing(Model):
        def forward(self, x: torch.Tensor, hx: Any = None) -> Any:
            packed = pack_padded_sequence(self.first(x), torch.tensor([3, 2]))
            output, state = self.rnn(packed)
            return output.data, state

    def build(space: Any) -> nn.Module:
        return Packing(space, kind)

    with torch._dynamo.config.patch(allow_rnn=False):
        assert_same_record(way, build, inputs(kind, 2))


@ways
@lstm
def test_packed_input_breaks_the_graph_where_torchs_own_forward_does(way: Way, kind: Kind) -> None:
    """torch reads the first batch size as a number, where torch.compile must break.

    Then it tries the layer's forward by itself, unless that is torch's own and has no hooks. So a
    guarded module is compared with one that has a hook that does nothing, and an annotated layer or
    one under guard() has one break more, and the same graphs.
    """

    class Packing(Model):
        def forward(self, x: torch.Tensor, hx: Any = None) -> Any:
            packed = pack_padded_sequence(self.first(x), torch.tensor([3, 2]))
            output, state = self.rnn(packed)
            return output.data, state

    def build(space: Any) -> nn.Module:
        return Packing(space, kind)

    def with_hook(space: Any) -> nn.Module:
        model = Packing(space, kind)
        model.rnn.register_forward_pre_hook(lambda *_: None, with_kwargs=True)
        return model

    expected = recorded(bare(with_hook if way is Way.HOOKS else build), inputs(kind, 2))
    with guarded(way, build) as model:
        found = recorded(model, inputs(kind, 2))
    assert [Counter(op for op, _ in graph) for graph in found.graphs] == [
        Counter(op for op, _ in graph) for graph in expected.graphs
    ]
    assert found.breaks <= expected.breaks + (way is not Way.HOOKS)
    assert_alike(found.results, expected.results)


# guards that come and go


@lstm
@pytest.mark.parametrize("allow", [True, False])
def test_a_guard_installed_after_compilation_holds_from_the_next_one(
    kind: Kind, allow: bool
) -> None:
    x = inputs(kind, 2)[0]
    model = bare(model_of(kind))
    expected = model(x)
    with torch._dynamo.config.patch(allow_rnn=allow):
        run: Any = torch.compile(model, backend="eager")
        assert_alike(run(x), expected)
        with shapeguard.guard(model) as guard:
            assert guard.modules == ("rnn",)
            assert_alike(run(x), expected)
            assert_alike(run(x), expected)
            model(x)
        assert_alike(run(x), expected)


@lstm
@pytest.mark.parametrize("allow", [True, False])
def test_a_compiled_model_can_be_guarded_itself(kind: Kind, allow: bool) -> None:
    x = inputs(kind, 2)[0]
    model = bare(model_of(kind))
    expected = model(x)
    with torch._dynamo.config.patch(allow_rnn=allow):
        run: Any = torch.compile(model, backend="eager")
        with shapeguard.guard(run) as guard:
            assert guard.modules == ("rnn",)
            assert_alike(run(x), expected)
            with pytest.raises(shapeguard.ShapeError, match=r"rnn \("):
                model.rnn(x[..., 1:])  # type: ignore[operator]


@lstm
def test_guard_everywhere_around_a_call_of_a_compiled_model_keeps_its_graphs(kind: Kind) -> None:
    """At most one compilation when it begins to hold, none when it ends and none per size."""
    xs = inputs(kind, *EIGHT)
    record = Recorded()
    model = bare(model_of(kind))
    run: Any = torch.compile(model, backend=record.backend, dynamic=True)
    with torch.no_grad():
        expected = [run(x) for x in xs]
        before = len(record.graphs)
        with shapeguard.guard():
            inside = [run(x) for x in xs]
        assert len(record.graphs) <= before + 1
        after = [run(x) for x in xs]
    assert len(record.graphs) <= before + 1
    assert_alike(inside, expected)
    assert_alike(after, expected)


@some
def test_annotated_and_plain_convert_under_a_compiled_model(kind: Kind) -> None:
    x = inputs(kind, 2)[0]
    model = bare(model_of(kind))
    expected = model(x)
    run: Any = torch.compile(model, backend="eager", fullgraph=True)
    assert_alike(run(x), expected)
    shapeguard.annotated(run)
    assert type(model.rnn) is getattr(shapeguard, kind.value)
    assert_alike(run(x), expected)
    shapeguard.plain(run)
    assert type(model.rnn) is getattr(nn, kind.value)
    assert_alike(run(x), expected)


@ways
@some
def test_calls_before_and_between_do_not_recompile(way: Way, kind: Kind) -> None:
    """What an eager call remembers about a module is nothing that a graph depends on."""
    xs = inputs(kind, 2, 3, 4)

    def record(model: Any) -> Recorded:
        found = Recorded()
        run: Any = torch.compile(model, backend=found.backend, dynamic=True)
        with torch.no_grad():
            found.results = [(model(x), run(x), model(x), run(x)) for x in xs]
        return found

    expected = record(bare(model_of(kind)))
    torch._dynamo.reset()
    with guarded(way, model_of(kind)) as model:
        found = record(model)
    assert len(found.graphs) == len(expected.graphs)
    assert_alike(found.results, expected.results)


def test_cells_and_layers_are_all_kinds() -> None:
    assert {*CELLS, *LAYERS} == set(Kind)
