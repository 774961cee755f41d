"""Everything else that torch does with modules: traces, exports, transforms, copies, other tensors.

Each program runs on the bare module and on a checked one and must come to the same: results, graphs
or the error that torch raises.
"""

from __future__ import annotations

import copy
import multiprocessing
import pickle
import threading
import warnings
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.fx.experimental.proxy_tensor import make_fx
from torch.nn.utils import parametrizations, parametrize, prune
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map
from torch.utils.checkpoint import checkpoint

import shapeguard
from shapeguard.contract import Kind
from shapeguard.runtime.annotated import Annotated
from tests.runtime.beside import (
    CELLS,
    LAYERS,
    Build,
    Use,
    Way,
    assert_alike,
    assert_same,
    bare,
    guarded,
    outcome,
)

IN, H, T, N = 4, 5, 3, 2
pruning: Any = prune
jit: Any = torch.jit
quantize_dynamic: Any = torch.ao.quantization.quantize_dynamic
Mode: Any = TorchDispatchMode
ways = pytest.mark.parametrize("way", Way, ids=[way.name.lower() for way in Way])
kinds = pytest.mark.parametrize("kind", Kind, ids=[kind.value for kind in Kind])
#: One layer and one Cell, for what takes long.
some = pytest.mark.parametrize("kind", [Kind.LSTM, Kind.GRU_CELL], ids=["LSTM", "GRUCell"])
forms = pytest.mark.parametrize("child", [True, False], ids=["child", "alone"])

pytestmark = [
    # What torch itself warns of, for a bare module too.
    pytest.mark.filterwarnings("ignore::DeprecationWarning:torch.*"),
    pytest.mark.filterwarnings("ignore::FutureWarning:torch.*"),
    pytest.mark.filterwarnings("ignore:.*is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:.*is deprecated:FutureWarning"),
    pytest.mark.filterwarnings("ignore:.*TracerWarning.*"),
    pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning"),
    pytest.mark.filterwarnings("ignore:There is a performance drop:UserWarning"),
    pytest.mark.filterwarnings("ignore:The tensor attributes? .* assigned during export"),
    pytest.mark.filterwarnings("ignore:.*quantized.*:UserWarning"),
    pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors:UserWarning"),
]


def build_of(kind: Kind, child: bool = True) -> Build:
    def build(space: Any) -> nn.Module:
        module: nn.Module = getattr(space, kind.value)(IN, H)
        return nn.Sequential(module) if child else module

    return build


def example(kind: Kind, *more: int) -> Tensor:
    generator = torch.Generator().manual_seed(3)
    shape = (N, IN) if kind.is_cell else (T, N, IN)
    return torch.randn(*more, *shape, generator=generator)


def layer_of(model: Any) -> Any:
    return model[0] if isinstance(model, nn.Sequential) else model


def weight_of(model: Any) -> tuple[Any, str]:
    layer = layer_of(model)
    return layer, "weight_hh_l0" if hasattr(layer, "num_layers") else "weight_hh"


def detached(model: nn.Module) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in model.named_parameters()}


class Around(nn.Module):
    """Passes its input on, by a typed forward that scripts."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, x: Tensor) -> Any:
        return self.inner(x)


class AroundScripted(nn.Module):
    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, x: torch.Tensor):  # type: ignore[no-untyped-def]
        return self.inner(x)


# graphs


@ways
@kinds
@forms
def test_jit_trace_gives_the_same_graph_and_warnings(way: Way, kind: Kind, child: bool) -> None:
    def use(model: Any) -> Any:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            traced: Any = jit.trace(model, (example(kind),))
        nodes = [node.kind() for node in traced.inlined_graph.nodes()]
        return nodes, sorted(str(one.category) for one in caught), traced(example(kind))

    assert_same(way, build_of(kind, child), use)


def scripted(kind: Kind, inner: Callable[[Any], Any]) -> Use:
    def use(model: Any) -> Any:
        found: Any = torch.jit.script(inner(model))
        result = found(example(kind))
        return str(found), result, hasattr(found, "forward"), list(found.state_dict())

    return use


@pytest.mark.parametrize("way", [Way.LAYER, Way.EVERYWHERE], ids=["layer", "everywhere"])
@kinds
@forms
def test_jit_script_gives_the_same_module(way: Way, kind: Kind, child: bool) -> None:
    """torch scripts a layer alone to a module without a forward, a layer in a model rightly."""
    works = child or kind.is_cell
    assert_same(way, build_of(kind, child), scripted(kind, lambda model: model), works=works)
    assert_same(way, build_of(kind), scripted(kind, lambda model: AroundScripted(layer_of(model))))


@kinds
def test_jit_script_of_a_guarded_model_says_to_take_the_guard_off(kind: Kind) -> None:
    model = bare(build_of(kind))
    use = scripted(kind, lambda model: model)
    expected = outcome(use, bare(build_of(kind)))
    guard = shapeguard.guard(model)
    with pytest.raises(AttributeError, match=r"0 is guarded.*torch\.jit\.script.*remove\(\)"):
        torch.jit.script(model)
    guard.remove()
    assert_alike(outcome(use, model), expected)


@kinds
def test_after_jit_script_the_layer_in_the_model_is_plain_until_annotated_again(
    kind: Kind,
) -> None:
    """torch.jit.script puts what __prepare_scriptable__ returns into the model that it is given."""
    model: Any = build_of(kind)(shapeguard)
    weights = {name: one.data_ptr() for name, one in model.named_parameters()}
    torch.jit.script(model)
    assert type(model[0]) is getattr(nn, kind.value)
    assert {name: one.data_ptr() for name, one in model.named_parameters()} == weights
    shapeguard.annotated(model)
    with pytest.raises(shapeguard.ShapeError):
        model(example(kind)[..., 1:])


class Doubled(shapeguard.LSTM):
    def forward(self, input: Any, hx: Any = None) -> Any:
        output, state = super().forward(input, hx)
        return output * 2, state


class BareDoubled(nn.LSTM):
    def forward(self, input: Any, hx: Any = None) -> Any:
        output, state = super().forward(input, hx)
        return output * 2, state


@pytest.mark.parametrize("transform", [torch.jit.script, torch.fx.symbolic_trace])
def test_a_users_forward_is_scripted_and_traced_or_not_as_with_torchs(transform: Any) -> None:
    expected = outcome(transform, nn.Sequential(BareDoubled(IN, H)))
    found = outcome(transform, nn.Sequential(Doubled(IN, H)))
    assert found[0] is expected[0]
    assert issubclass(found[0], Exception)
    assert found[1].split("File")[0] == expected[1].split("File")[0]


@ways
@kinds
@forms
@pytest.mark.parametrize("strict", [False, True], ids=["loose", "strict"])
def test_export_gives_the_same_graph(way: Way, kind: Kind, child: bool, strict: bool) -> None:
    def use(model: Any) -> Any:
        torch._dynamo.reset()
        program = torch.export.export(Around(model), (example(kind),), strict=strict)
        nodes = [(node.op, str(node.target)) for node in program.graph.nodes]
        return nodes, list(program.state_dict), program.module()(example(kind))

    with torch._dynamo.config.patch(allow_rnn=True):
        assert_same(way, build_of(kind, child), use)


@ways
@kinds
def test_export_with_a_symbolic_batch_gives_the_same_graph_and_constraints(
    way: Way, kind: Kind
) -> None:
    def use(model: Any) -> Any:
        batch = torch.export.Dim("batch", min=2, max=64)
        shapes = ({0 if kind.is_cell else 1: batch},)
        program = torch.export.export(
            Around(model), (example(kind),), dynamic_shapes=shapes, strict=False
        )
        nodes = [(node.op, str(node.target)) for node in program.graph.nodes]
        return nodes, sorted(str(bounds) for bounds in program.range_constraints.values())

    assert_same(way, build_of(kind), use)


@ways
@kinds
@pytest.mark.parametrize("mode", ["real", "fake", "symbolic"])
def test_make_fx_gives_the_same_graph_and_guards(way: Way, kind: Kind, mode: Any) -> None:
    def use(model: Any) -> Any:
        def program(weights: Any, x: Tensor, hx: Any) -> Any:
            return torch.func.functional_call(model, weights, (x, hx))

        state = torch.zeros((N, H) if kind.is_cell else (1, N, H))
        hx = (state, state.clone()) if kind in (Kind.LSTM, Kind.LSTM_CELL) else state
        graph = make_fx(program, tracing_mode=mode)(detached(model), example(kind), hx)
        nodes = [(node.op, str(node.target)) for node in graph.graph.nodes]
        shape_env = getattr(graph, "shape_env", None)
        return nodes, None if shape_env is None else [str(g.expr) for g in shape_env.guards]

    assert_same(way, build_of(kind, child=False), use)


@ways
@kinds
@forms
def test_fx_keeps_a_layer_whole_or_fails_on_it_alone(way: Way, kind: Kind, child: bool) -> None:
    def use(model: Any) -> Any:
        traced = torch.fx.symbolic_trace(model)
        nodes = [(node.op, str(node.target)) for node in traced.graph.nodes]
        return nodes, traced.code, traced(example(kind))

    assert_same(way, build_of(kind, child), use, works=child)


@ways
@kinds
def test_fx_records_a_state_as_an_argument(way: Way, kind: Kind) -> None:
    class WithState(nn.Module):
        def __init__(self, inner: nn.Module) -> None:
            super().__init__()
            self.inner = inner

        def forward(self, x: Any, h: Any) -> Any:
            return self.inner(x, (h, h) if kind in (Kind.LSTM, Kind.LSTM_CELL) else h)

    def use(model: Any) -> Any:
        traced = torch.fx.symbolic_trace(WithState(model))
        state = torch.zeros((N, H) if kind.is_cell else (1, N, H))
        return traced.code, traced(example(kind), state)

    assert_same(way, build_of(kind, child=False), use)


# torch.func


@ways
@kinds
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16], ids=str)
def test_functional_call_with_weights_of_any_dtype(
    way: Way, kind: Kind, dtype: torch.dtype
) -> None:
    def use(model: Any) -> Any:
        weights = {name: value.to(dtype) for name, value in detached(model).items()}
        x = example(kind)
        first = torch.func.functional_call(model, weights, (x.to(dtype),))
        between = model(x)
        return first, between, torch.func.functional_call(model, weights, (x.to(dtype),))

    assert_same(way, build_of(kind), use)


@ways
@kinds
def test_vmap_over_inputs_and_over_models(way: Way, kind: Kind) -> None:
    def use(model: Any) -> Any:
        return torch.func.vmap(model)(example(kind, 3))

    def over_models(model: Any) -> Any:
        weights = {name: torch.stack([w, w * 2]) for name, w in detached(model).items()}
        return torch.func.vmap(
            lambda w, x: torch.func.functional_call(model, w, (x,)), in_dims=(0, None)
        )(weights, example(kind))

    works = kind in (Kind.RNN_CELL, Kind.GRU_CELL) or None  # torch has no rule for the others
    assert_same(way, build_of(kind), use, works)
    assert_same(way, build_of(kind), over_models, works)


@ways
@kinds
def test_grad_jacrev_jvp_and_per_sample_gradients(way: Way, kind: Kind) -> None:
    def use(model: Any) -> Any:
        def loss(weights: Any, x: Tensor) -> Any:
            leaves = tree_leaves(torch.func.functional_call(model, weights, (x,)))
            return leaves[0].square().sum()

        def output(x: Tensor) -> Any:
            return tree_leaves(model(x))[0]

        weights, x = detached(model), example(kind)
        grad = torch.func.grad(loss)
        return (
            grad(weights, x),
            torch.func.vmap(grad, in_dims=(None, 0))(weights, example(kind, 3)),
            torch.func.jacrev(output)(x),
            torch.func.jvp(output, (x,), (torch.ones_like(x),)),
        )

    assert_same(way, build_of(kind), use, works=None)


# weights that are computed


def _weight_norm(model: Any) -> Any:
    layer, name = weight_of(model)
    parametrizations.weight_norm(layer, name)


def _spectral_norm(model: Any) -> Any:
    layer, name = weight_of(model)
    parametrizations.spectral_norm(layer, name)


def _orthogonal(model: Any) -> Any:
    layer, name = weight_of(model)
    parametrizations.orthogonal(layer, name.replace("hh", "ih"))


def _own(model: Any) -> Any:
    class Twice(nn.Module):
        def forward(self, weight: Tensor) -> Tensor:
            return weight * 2

    layer, name = weight_of(model)
    parametrize.register_parametrization(layer, name.replace("hh", "ih"), Twice())


def _old_weight_norm(model: Any) -> Any:
    nn.utils.weight_norm(*weight_of(model))


def _old_spectral_norm(model: Any) -> Any:
    nn.utils.spectral_norm(*weight_of(model))


def _pruned(model: Any) -> Any:
    pruning.l1_unstructured(*weight_of(model), 0.5)


COMPUTED = [_weight_norm, _spectral_norm, _orthogonal, _own]
COMPUTED += [_old_weight_norm, _old_spectral_norm, _pruned]


@ways
@kinds
@forms
@pytest.mark.parametrize("compute", COMPUTED, ids=lambda compute: compute.__name__[1:])
def test_computed_weights(way: Way, kind: Kind, child: bool, compute: Use) -> None:
    def use(model: Any) -> Any:
        before = model(example(kind))
        compute(model)
        layer, name = weight_of(model)
        found = [model(example(kind)), model(example(kind))]
        text = str(model).replace("Parametrized", "")
        names = list(model.state_dict())
        for part in (layer, model.eval()):
            found.append(part(example(kind)))
        if parametrize.is_parametrized(layer):
            with parametrize.cached():
                found.append(model(example(kind)))
            parametrize.remove_parametrizations(layer, next(iter(layer.parametrizations)))
        elif compute is _pruned:
            pruning.remove(layer, name)
        found.append(model(example(kind)))
        return before, found, text, names, list(model.state_dict())

    assert_same(way, build_of(kind, child), use, works=None)


@kinds
@pytest.mark.parametrize("compute", [_weight_norm, _own], ids=["weight_norm", "own"])
def test_a_layer_with_computed_weights_is_checked(kind: Kind, compute: Use) -> None:
    for way in Way:
        with guarded(way, build_of(kind)) as model:
            compute(model)
            model(example(kind))
            with pytest.raises(shapeguard.ShapeError):
                model(example(kind)[..., 1:])


@kinds
def test_a_parametrized_layer_goes_back_to_its_annotated_class(kind: Kind) -> None:
    model: Any = build_of(kind)(shapeguard)
    _weight_norm(model)
    assert isinstance(model[0], getattr(shapeguard, kind.value))
    parametrize.remove_parametrizations(*weight_of(model))
    assert type(model[0]) is getattr(shapeguard, kind.value)


# quantization


@kinds
def test_quantize_dynamic_after_plain_is_that_of_torchs_layers(kind: Kind) -> None:
    def use(model: Any) -> Any:
        quantized = quantize_dynamic(shapeguard.plain(model))
        types = [type(module) for module in quantized.modules()]
        return [str(one) for one in types], quantized(example(kind))

    expected = outcome(use, bare(build_of(kind)))
    assert any("quantized" in name for name in expected[0]) or kind is Kind.RNN
    assert_alike(outcome(use, build_with_seed(kind)), expected)


def build_with_seed(kind: Kind) -> nn.Module:
    torch.manual_seed(0)
    return build_of(kind)(shapeguard)


@kinds
def test_quantize_dynamic_leaves_an_annotated_layer_as_any_subclass(kind: Kind) -> None:
    model = build_with_seed(kind)
    quantized: Any = quantize_dynamic(model)
    assert type(quantized[0]) is getattr(shapeguard, kind.value)
    assert_alike(quantized(example(kind)), model(example(kind)))


@kinds
def test_quantize_dynamic_takes_a_guarded_model(kind: Kind) -> None:
    def use(model: Any) -> Any:
        quantized = quantize_dynamic(model)
        return [str(type(module)) for module in quantized.modules()], quantized(example(kind))

    for way in (Way.HOOKS, Way.EVERYWHERE):
        assert_same(way, build_of(kind), use)


# replicas, threads, processes


@ways
@kinds
def test_replicas_of_data_parallel_run_in_threads(way: Way, kind: Kind) -> None:
    def use(model: Any) -> Any:
        replicas = []
        for _ in range(4):
            replica = model._replicate_for_data_parallel()
            layer = model[0]._replicate_for_data_parallel()
            replica._modules["0"] = layer
            for name, value in model[0]._parameters.items():
                setattr(layer, name, value.detach().clone())  # no parameters, as in a replica
            if hasattr(layer, "_flat_weights"):
                layer._flat_weights = [getattr(layer, name) for name in layer._flat_weights_names]
            replicas.append(replica)
        results: list[Any] = [None] * len(replicas)

        def run(place: int) -> None:
            results[place] = [outcome(replicas[place], example(kind)) for _ in range(20)]

        threads = [threading.Thread(target=run, args=(place,)) for place in range(len(replicas))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return results, model(example(kind))

    assert_same(way, build_of(kind), use)


@kinds
def test_replicas_are_checked_and_leave_the_originals_guard_as_it_was(kind: Kind) -> None:
    for way in Way:
        with guarded(way, build_of(kind)) as model:
            layer: Any = layer_of(model)
            replica = layer._replicate_for_data_parallel()
            for name, value in layer._parameters.items():
                setattr(replica, name, value.detach().clone())
            with pytest.raises(shapeguard.ShapeError):
                replica(example(kind)[..., 1:])
            with pytest.raises(shapeguard.ShapeError):
                model(example(kind)[..., 1:])
            model(example(kind))
            assert not layer._forward_hooks


@ways
@kinds
def test_data_parallel_without_a_gpu(way: Way, kind: Kind) -> None:
    assert_same(way, build_of(kind), lambda model: nn.DataParallel(model)(example(kind)))


def in_child(data: bytes, queue: Any) -> None:
    model, x = pickle.loads(data)
    torch.set_num_threads(1)
    try:
        model(x[..., 1:])
        wrong = "nothing"
    except Exception as error:
        wrong = type(error).__name__
    queue.put((model(x)[0].detach().numpy(), wrong))


@pytest.mark.parametrize("method", ["fork", pytest.param("spawn", marks=pytest.mark.slow)])
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_guarded_models_work_in_child_processes(method: str) -> None:
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"no {method} here")
    context = multiprocessing.get_context(method)
    x = example(Kind.LSTM)
    for way in (Way.LAYER, Way.HOOKS):
        with guarded(way, build_of(Kind.LSTM)) as model:
            queue: Any = context.Queue()
            process = context.Process(  # type: ignore[attr-defined]
                target=in_child, args=(pickle.dumps((model, x)), queue)
            )
            process.start()
            result, wrong = queue.get(timeout=60)
            process.join(60)
        assert wrong == "ShapeError"
        torch.testing.assert_close(torch.from_numpy(result), model(x)[0])


# tensors that are not plain ones


def forms_of(result: Any) -> Any:
    return tree_map(lambda leaf: (tuple(leaf.shape), leaf.dtype, str(leaf.device)), result)


@ways
@kinds
def test_fake_tensors(way: Way, kind: Kind) -> None:
    def use(model: Any) -> Any:
        with FakeTensorMode(allow_non_fake_inputs=True) as mode:
            mixed = forms_of(model(mode.from_tensor(example(kind))))
            new = type(layer_of(model))(IN, H)
            return mixed, forms_of(new(torch.randn(*example(kind).shape)))

    assert_same(way, build_of(kind), use)


@ways
@kinds
def test_meta_tensors_and_device_contexts(way: Way, kind: Kind) -> None:
    def use(model: Any) -> Any:
        shape = example(kind).shape
        with torch.device("meta"):
            new = type(layer_of(model))(IN, H)
            made = new(torch.empty(*shape))
        before = model(example(kind))
        return made, before, model.to("meta")(torch.empty(*shape, device="meta"))

    assert_same(way, build_of(kind), use)


@ways
@kinds
@pytest.mark.parametrize("reentrant", [True, False])
def test_checkpoint(way: Way, kind: Kind, reentrant: bool) -> None:
    def use(model: Any) -> Any:
        x = example(kind).requires_grad_()
        result = tree_leaves(checkpoint(model, x, use_reentrant=reentrant))[0]
        result.square().sum().backward()
        return result, x.grad, [one.grad for one in model.parameters()]

    assert_same(way, build_of(kind), use)


class Plain(torch.Tensor):
    pass


class Logged(torch.Tensor):
    calls: list[str]

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return super().__torch_function__(func, types, args, kwargs or {})  # type: ignore[no-untyped-call]


@ways
@kinds
@pytest.mark.parametrize("cls", [Plain, Logged])
def test_subclasses_of_tensor(way: Way, kind: Kind, cls: Any) -> None:
    def use(model: Any) -> Any:
        results = [model(example(kind).as_subclass(cls)) for _ in range(2)]
        types = [type(leaf) for leaf in tree_leaves(results)]
        return types, tree_map(lambda leaf: leaf.as_subclass(torch.Tensor), results)

    assert_same(way, build_of(kind), use)


@ways
@kinds
@pytest.mark.parametrize("layout", [torch.strided, torch.jagged], ids=str)
def test_nested_tensors_fail_as_torchs(way: Way, kind: Kind, layout: Any) -> None:
    def use(model: Any) -> Any:
        parts = [torch.randn(2, IN), torch.randn(3, IN)]
        return model(torch.nested.nested_tensor(parts, layout=layout))

    assert_same(way, build_of(kind), use, works=None)


class Silent(torch.Tensor):
    """Does not tell what a check would ask for."""

    def is_contiguous(self, *_: Any, **__: Any) -> bool:
        raise TypeError("not told")


OTHER_LAYOUTS: dict[str, Use] = {
    "sparse": lambda x: x.to_sparse(),
    "compressed": lambda x: (x if x.dim() == 2 else x[0]).to_sparse_csr(),
    "parameter": nn.Parameter,
    "negated": lambda x: x._neg_view(),
    "silent": lambda x: x.as_subclass(Silent),
    "masked": lambda x: torch.masked.masked_tensor(x, torch.ones_like(x, dtype=torch.bool)),
    "uninitialized": lambda x: nn.UninitializedParameter(),
}


@ways
@kinds
@pytest.mark.parametrize("layout", OTHER_LAYOUTS)
@pytest.mark.filterwarnings("ignore::UserWarning:torch.*")
@pytest.mark.filterwarnings("ignore:.*(Sparse|MaskedTensors?).*:UserWarning")
def test_tensors_of_other_layouts_run_or_fail_as_with_torchs(
    way: Way, kind: Kind, layout: str
) -> None:
    def use(model: Any) -> Any:
        result = model(OTHER_LAYOUTS[layout](example(kind)))
        return tree_map(lambda leaf: leaf.as_subclass(torch.Tensor), result)

    works = True if layout in ("parameter", "silent") else None
    assert_same(way, build_of(kind), use, works)


@ways
@kinds
def test_inference_mode_transposed_and_expanded_inputs(way: Way, kind: Kind) -> None:
    def use(model: Any) -> Any:
        x = example(kind)
        found = [model(x.mT.contiguous().mT), model(x[..., :1, :].expand_as(x))]
        with torch.inference_mode():
            found.append(model(x))
        with torch.no_grad():
            found.append(model(x))
        return found

    assert_same(way, build_of(kind), use)


@ways
@kinds
def test_conversion_by_swapping_tensors(way: Way, kind: Kind) -> None:
    def use(model: Any) -> Any:
        before = model(example(kind))
        torch.__future__.set_swap_module_params_on_conversion(True)
        try:
            model.double()
        finally:
            torch.__future__.set_swap_module_params_on_conversion(False)
        return before, model(example(kind).double())

    # torch refuses it for layers, whose weights are referred to weakly
    assert_same(way, build_of(kind), use, works=kind.is_cell or None)


@ways
@kinds
def test_averaged_models_and_modules_in_modules(way: Way, kind: Kind) -> None:
    def use(model: Any) -> Any:
        averaged = torch.optim.swa_utils.AveragedModel(model)
        averaged.update_parameters(model)
        deep = nn.Sequential(nn.Sequential(copy.deepcopy(model)))
        return averaged(example(kind)), deep(example(kind)), list(averaged.state_dict())

    assert_same(way, build_of(kind), use)


@ways
@kinds
def test_dispatch_modes_see_the_same_operations(way: Way, kind: Kind) -> None:
    class Log(Mode):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.seen: list[str] = []

        def __torch_dispatch__(
            self, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            self.seen.append(str(func))
            return func(*args, **(kwargs or {}))

    def use(model: Any) -> Any:
        x = example(kind)
        with Log() as log:
            first = model(x)
        with Log() as again:
            model(x)
        return first, log.seen, again.seen

    assert_same(way, build_of(kind), use)


def test_the_names_of_this_file_cover_all_kinds() -> None:
    assert {*CELLS, *LAYERS} == set(Kind)
    assert issubclass(Doubled, Annotated)
