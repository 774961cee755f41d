"""Annotated and guarded layers stand in for torch's: everything that is not a call's shapes."""

from __future__ import annotations

import copy
import inspect
import io
import pickle
import warnings
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pack_sequence

import shapeguard
from shapeguard.contract import Kind
from shapeguard.runtime.annotated import Annotated
from tests.runtime.beside import CELLS, LAYERS, Build, Way, assert_alike, assert_same, bare, guarded

T, N, IN, H = 4, 3, 5, 6
ways = pytest.mark.parametrize("way", Way, ids=[way.name.lower() for way in Way])
kinds = pytest.mark.parametrize("kind", Kind, ids=[kind.value for kind in Kind])
layers = pytest.mark.parametrize("kind", LAYERS, ids=[kind.value for kind in LAYERS])


def plain(kind: Kind) -> Any:
    return getattr(nn, kind.value)


def ours(kind: Kind) -> Any:
    return getattr(shapeguard, kind.value)


def example(kind: Kind, batch_first: bool = False) -> torch.Tensor:
    generator = torch.Generator().manual_seed(2)
    if kind.is_cell:
        return torch.randn(N, IN, generator=generator)
    return torch.randn(*((N, T) if batch_first else (T, N)), IN, generator=generator)


def raised(make: Callable[[], object]) -> tuple[type[BaseException], str] | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            make()
    except Exception as error:
        return type(error), str(error)
    return None


# construction

ARGUMENTS: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    ((IN, H), {}),
    ((IN, H, 2), {}),
    ((IN, H, 2, False, True, 0.5, True), {}),
    ((IN, H, 2, False, True, 0.5, True), {"device": "meta", "dtype": torch.float64}),
    ((), {"input_size": IN, "hidden_size": H}),
    ((IN,), {"hidden_size": H, "num_layers": 2, "bias": False, "batch_first": True}),
    ((IN, H), {"bidirectional": True, "dropout": 0.25, "num_layers": 3}),
    ((IN, H), {"proj_size": 3}),
    ((IN, H), {"proj_size": 3, "bidirectional": True, "num_layers": 2}),
    ((IN, H), {"nonlinearity": "relu"}),
    ((IN, H, 2, "relu"), {}),
    ((IN, H), {"device": "meta"}),
    ((IN, H, False), {}),
    ((IN, H, True, "relu"), {}),
]
WRONG: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    ((), {}),
    ((IN,), {}),
    ((0, H), {}),
    ((IN, 0), {}),
    ((IN, -1), {}),
    (("5", H), {}),
    ((IN, 6.0), {}),
    ((IN, H, 0), {}),
    ((IN, H), {"dropout": 2.0}),
    ((IN, H), {"dropout": True}),
    ((IN, H), {"bias": 1}),
    ((IN, H), {"batch_first": 1}),
    ((IN, H), {"proj_size": 6}),
    ((IN, H), {"proj_size": -1}),
    ((IN, H), {"nonlinearity": "gelu"}),
    ((IN, H), {"mode": "LSTM"}),
    ((IN, H), {"directions": 2}),
    ((IN, H), {"hidden_size": 3}),
    (tuple(range(5, 20)), {}),
]


@kinds
@pytest.mark.parametrize(("args", "kwargs"), ARGUMENTS + WRONG)
def test_a_constructor_takes_and_refuses_what_torchs_does(
    kind: Kind, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    made: list[nn.Module] = []

    def make(cls: Any) -> Callable[[], object]:
        def build() -> None:
            torch.manual_seed(0)
            made.append(cls(*args, **kwargs))

        return build

    expected = raised(make(plain(kind)))
    found = raised(make(ours(kind)))
    if expected is None:
        assert found is None
        one, other = made
        assert repr(one) == repr(other)
        assert one.extra_repr() == other.extra_repr()
        assert_alike(dict(other.state_dict()), dict(one.state_dict()))
        settings = {name for name in vars(one) if not name.startswith("_")}
        assert {name: vars(one)[name] for name in settings} == {
            name: vars(other)[name] for name in settings
        }
    else:
        assert found is not None
        assert found[0] is expected[0]
        # Python names the function in errors of calls: torch.nn's __init__, which is also ours
        assert found[1] == expected[1]


def test_the_good_and_the_bad_arguments_are_good_and_bad_for_some_class() -> None:
    for args, kwargs in ARGUMENTS:
        assert any(raised(lambda k=kind: plain(k)(*args, **kwargs)) is None for kind in Kind)  # type: ignore[misc]  # noqa: B023
    for args, kwargs in WRONG:
        assert any(raised(lambda k=kind: plain(k)(*args, **kwargs)) for kind in Kind)  # type: ignore[misc]  # noqa: B023


@kinds
def test_a_constructor_warns_as_torchs_does_and_at_the_same_line(kind: Kind) -> None:
    def caught(cls: Any) -> list[tuple[str, str]]:
        with warnings.catch_warnings(record=True) as found:
            warnings.simplefilter("always")
            if not kind.is_cell:
                cls(IN, H, dropout=0.5)
        return [(str(one.message), one.filename) for one in found]

    assert caught(ours(kind)) == caught(plain(kind))
    assert kind.is_cell or caught(plain(kind))


@kinds
def test_signatures_of_construction_and_forward_are_torchs(kind: Kind) -> None:
    assert ours(kind).__init__ is plain(kind).__init__
    assert inspect.signature(ours(kind)) == inspect.signature(plain(kind))
    expected = inspect.signature(plain(kind).forward).parameters
    found = inspect.signature(ours(kind).forward).parameters
    assert list(found) == list(expected)
    for name, parameter in expected.items():
        assert (found[name].kind, found[name].default) == (parameter.kind, parameter.default)


@kinds
def test_a_layer_is_an_instance_of_torchs_class_and_is_named_as_it(kind: Kind) -> None:
    module = ours(kind)(IN, H)
    assert isinstance(module, plain(kind))
    assert type(module).__name__ == plain(kind).__name__
    assert type(module)._get_name(module) == plain(kind).__name__


# what a module holds


@kinds
def test_state_dicts_load_both_ways(kind: Kind) -> None:
    one, other = plain(kind)(IN, H), ours(kind)(IN, H)
    other(example(kind))  # a module that was used holds nothing more
    assert list(one.state_dict()) == list(other.state_dict())
    other.load_state_dict(one.state_dict())
    assert_alike(other(example(kind)), one(example(kind)))
    three = plain(kind)(IN, H)
    three.load_state_dict(ours(kind)(IN, H).state_dict())
    other.load_state_dict(three.state_dict(), assign=True)
    assert_alike(other(example(kind)), three(example(kind)))


@kinds
def test_a_state_dict_that_does_not_fit_fails_as_torchs(kind: Kind) -> None:
    def use(model: nn.Module) -> Any:
        return model.load_state_dict(plain(kind)(IN, H + 1).state_dict())

    for way in Way:
        assert_same(way, lambda space: getattr(space, kind.value)(IN, H), use, works=False)


@ways
@kinds
def test_parameters_come_in_torchs_order(way: Way, kind: Kind) -> None:
    def names(model: nn.Module) -> Any:
        model(example(kind))
        return (
            [name for name, _ in model.named_parameters()],
            [name for name, _ in model.named_modules()],
            list(model.state_dict()),
            sorted(name for name in dir(model) if name.startswith(("weight", "bias"))),
        )

    assert_same(way, lambda space: getattr(space, kind.value)(IN, H), names)


@ways
@layers
def test_flat_weights_are_the_parameters(way: Way, kind: Kind) -> None:
    with guarded(way, lambda space: getattr(space, kind.value)(IN, H, 2)) as model:
        layer: Any = model
        layer(example(kind))
        layer.flatten_parameters()
        for change in (layer.double, layer.float, layer.half, layer.float):
            change()
            assert all(
                weight is getattr(layer, name)
                for weight, name in zip(layer._flat_weights, layer._flat_weights_names, strict=True)
            )
        new = nn.Parameter(torch.zeros_like(layer.weight_hh_l1))
        layer.weight_hh_l1 = new
        assert layer._flat_weights[5] is new
        assert [len(names) for names in layer.all_weights] == [4, 4]


@ways
@kinds
def test_conversions_of_dtype_go_on_to_work(way: Way, kind: Kind) -> None:
    def use(model: nn.Module) -> Any:
        found = []
        for dtype in (torch.float64, torch.bfloat16, torch.float32, torch.float16, torch.float32):
            model.to(dtype)
            found.append(model(example(kind).to(dtype)))
        model.share_memory()
        assert all(one.untyped_storage().is_shared() for one in model.parameters())
        found.append(model(example(kind)))
        return found

    assert_same(way, lambda space: getattr(space, kind.value)(IN, H), use)


# copies and pickles

COPIES: dict[str, Callable[[Any], Any]] = {
    "pickle": lambda model: pickle.loads(pickle.dumps(model)),
    "pickle protocol 2": lambda model: pickle.loads(pickle.dumps(model, protocol=2)),
    "deepcopy": copy.deepcopy,
    "copy": copy.copy,
    "save and load": lambda model: saved_and_loaded(model),
}


def saved_and_loaded(model: nn.Module) -> Any:
    file = io.BytesIO()
    torch.save(model, file)
    file.seek(0)
    return torch.load(file, weights_only=False)


@ways
@kinds
@pytest.mark.parametrize("how", COPIES)
def test_copies_compute_the_same(way: Way, kind: Kind, how: str) -> None:
    def use(model: nn.Module) -> Any:
        first = model(example(kind))
        twin = COPIES[how](model)
        again = COPIES[how](twin)
        assert type(twin) is type(model)
        assert set(vars(twin)) - {"_shapeguard"} == set(vars(model)) - {"_shapeguard"}
        assert list(twin.state_dict()) == list(model.state_dict())
        return first, twin(example(kind)), again(example(kind))

    assert_same(way, lambda space: getattr(space, kind.value)(IN, H), use)


@kinds
@pytest.mark.parametrize("how", COPIES)
def test_copies_of_a_layer_have_checks_of_their_own(kind: Kind, how: str) -> None:
    module = ours(kind)(IN, H)
    module(example(kind))
    twin = COPIES[how](module)
    twin(example(kind))
    assert module._shapeguard is not None
    assert how == "copy" or twin._shapeguard is not module._shapeguard
    for one in (module, twin):
        with pytest.raises(shapeguard.ShapeError):
            one(example(kind)[..., 1:])


@kinds
def test_a_pickle_of_a_layer_holds_only_what_torchs_holds(kind: Kind) -> None:
    module = ours(kind)(IN, H)
    module(example(kind))
    assert set(module.__getstate__()) == set(plain(kind)(IN, H).__getstate__())
    assert b"Checker" not in pickle.dumps(module)


@layers
def test_an_old_pickle_is_completed_as_torchs_is(kind: Kind) -> None:
    def old(cls: Any) -> Any:
        torch.manual_seed(0)
        new = cls(IN, H, 2, bidirectional=True)
        state = new.__getstate__()
        del state["proj_size"], state["_flat_weights_names"], state["_flat_weights"]
        state["all_weights"] = new.all_weights  # once the parameters themselves, not their names
        module = cls.__new__(cls)
        module.__setstate__(state)
        return module

    one, other = old(plain(kind)), old(ours(kind))
    assert other.proj_size == 0
    assert other._flat_weights_names == one._flat_weights_names
    assert_alike(other(example(kind)), one(example(kind)))


@kinds
def test_a_file_of_torchs_layer_can_be_made_annotated(kind: Kind) -> None:
    module = saved_and_loaded(plain(kind)(IN, H))
    expected = module(example(kind))
    assert_alike(shapeguard.annotated(module)(example(kind)), expected)
    assert type(module) is ours(kind)


# results


def settings(kind: Kind) -> Iterator[dict[str, Any]]:
    if kind.is_cell:
        yield from ({"bias": bias} for bias in (True, False))
        return
    for number, two, first in product((1, 2), (False, True), (False, True)):
        base = {
            "num_layers": number,
            "bidirectional": two,
            "batch_first": first,
            "bias": not (number == 2 and first),
        }
        yield base
        if kind is Kind.LSTM:
            yield base | {"proj_size": 2}


def states(kind: Kind, module: Any, shape: tuple[int, ...], dtype: torch.dtype) -> Any:
    """A random state for a module, of the given batch shape: (N,) or ()."""
    if kind.is_cell:
        h = torch.randn(*shape, H, dtype=dtype)
        return (h, torch.randn(*shape, H, dtype=dtype)) if kind is Kind.LSTM_CELL else h
    count = module.num_layers * (2 if module.bidirectional else 1)
    h = torch.randn(count, *shape, module.proj_size or H, dtype=dtype)
    return (h, torch.randn(count, *shape, H, dtype=dtype)) if kind is Kind.LSTM else h


def calls(kind: Kind, module: Any, dtype: torch.dtype) -> Iterator[tuple[Any, ...]]:
    """Every layout, without a state, with None and with one."""
    if kind.is_cell:
        inputs = [(torch.randn(N, IN, dtype=dtype), (N,)), (torch.randn(IN, dtype=dtype), ())]
    else:
        x = torch.randn(*((N, T) if module.batch_first else (T, N)), IN, dtype=dtype)
        lengths = torch.tensor([2, 4, 1])
        packed: Any = pack_padded_sequence(
            x, lengths, batch_first=module.batch_first, enforce_sorted=False
        )
        ordered: Any = pack_sequence([torch.randn(n, IN, dtype=dtype) for n in (4, 2, 2)])
        inputs = [(x, (N,)), (x[0], ()), (packed, (N,)), (ordered, (N,))]
    for x, shape in inputs:
        yield (x,)
        yield (x, None)
        yield x, states(kind, module, shape, dtype)
    if kind in (Kind.LSTM, Kind.LSTM_CELL):
        x, shape = inputs[0]
        yield x, list(states(kind, module, shape, dtype))


DTYPES = (torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.complex64)


@ways
@kinds
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.filterwarnings("ignore::shapeguard.ShapeWarning")
@pytest.mark.filterwarnings("ignore:LSTM with projections:UserWarning")  # torch's, once a process
@pytest.mark.filterwarnings("ignore:Complex modules are a new feature:UserWarning")
def test_results_are_equal_bit_for_bit(way: Way, kind: Kind, dtype: torch.dtype) -> None:
    for chosen in settings(kind):

        def build(space: Any, chosen: dict[str, Any] = chosen) -> nn.Module:
            module: nn.Module = getattr(space, kind.value)(IN, H, **chosen)
            return module.to(dtype)

        def use(model: nn.Module) -> Any:
            found = []
            for arguments in calls(kind, model, dtype):
                found.append(model(*arguments))
                found.append(model(*arguments))  # a repeat
            return found

        assert_same(way, build, use, works=None if dtype.is_complex else True)


@ways
@kinds
@pytest.mark.parametrize("cast", [torch.bfloat16, torch.float16], ids=str)
@pytest.mark.filterwarnings("ignore::shapeguard.ShapeWarning")
def test_results_are_equal_under_autocast(way: Way, kind: Kind, cast: torch.dtype) -> None:
    """Also where input, states and weights have dtypes of their own."""
    dtypes = (torch.float32, torch.bfloat16, torch.float16, torch.float64)
    for x_dtype, h_dtype in product(dtypes, (None, *dtypes)):

        def use(model: Any, x_dtype: torch.dtype = x_dtype, h_dtype: Any = h_dtype) -> Any:
            hx = None if h_dtype is None else states(kind, model, (N,), h_dtype)
            with torch.autocast("cpu", dtype=cast):
                return model(example(kind).to(x_dtype), hx)

        def build(space: Any) -> nn.Module:
            return getattr(space, kind.value)(IN, H)  # type: ignore[no-any-return]

        torch.manual_seed(1)
        if raised(lambda use=use: use(bare(build))) is None:  # type: ignore[misc]
            assert_same(way, build, use)


@ways
@kinds
def test_forward_takes_its_arguments_by_name(way: Way, kind: Kind) -> None:
    def use(model: Any) -> Any:
        x, hx = example(kind), states(kind, model, (N,), torch.float32)
        return [
            model(input=x),
            model(input=x, hx=hx),
            model(hx=hx, input=x),
            model(x, hx=hx),
            model.forward(x, hx=None),
        ]

    assert_same(way, lambda space: getattr(space, kind.value)(IN, H), use)


@ways
@kinds
@pytest.mark.parametrize(
    ("args", "kwargs"),
    [((), {}), ((), {"x": 1}), ((1, 2, 3), {}), ((), {"hx": None}), ((1,), {"input": 1})],
)
def test_arguments_that_forward_has_no_names_for_fail_as_torchs(
    way: Way, kind: Kind, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    expected = raised(lambda: plain(kind)(IN, H)(*args, **kwargs))
    assert expected is not None
    with guarded(way, lambda space: getattr(space, kind.value)(IN, H)) as model:
        found = raised(lambda: model(*args, **kwargs))
    assert found is not None
    assert found[0] is expected[0] is TypeError
    assert found[1].replace("_checked.<locals>.checked", f"{kind.value}.forward") == expected[1]


@ways
@kinds
def test_gradients_are_equal(way: Way, kind: Kind) -> None:
    def use(model: Any) -> Any:
        x = example(kind).requires_grad_()
        hx = states(kind, model, (N,), torch.float32)
        result = model(x, hx)
        loss = sum(leaf.square().sum() for leaf in torch.utils._pytree.tree_leaves(result))
        loss.backward()
        return [x.grad, *(parameter.grad for parameter in model.parameters())]

    assert_same(way, lambda space: getattr(space, kind.value)(IN, H), use)


@ways
@layers
def test_dropout_draws_the_same_numbers(way: Way, kind: Kind) -> None:
    def use(model: nn.Module) -> Any:
        found = [model(example(kind)) for _ in range(3)]
        return found, torch.rand(1), model.eval()(example(kind)), model.train()(example(kind))

    assert_same(way, lambda space: getattr(space, kind.value)(IN, H, 3, dropout=0.5), use)


# hooks and subclasses of the user


@ways
@kinds
def test_hooks_of_the_user_run_in_torchs_order_and_see_what_they_saw(way: Way, kind: Kind) -> None:
    def use(model: nn.Module) -> Any:
        seen: list[Any] = []

        def pre(module: nn.Module, args: Any) -> Any:
            seen.append(("pre", len(args)))
            return (args[0] * 2, *args[1:])

        def pre_with_kwargs(module: nn.Module, args: Any, kwargs: Any) -> Any:
            seen.append(("pre with kwargs", len(args), sorted(kwargs)))

        def post(module: nn.Module, args: Any, result: Any) -> Any:
            seen.append(("post", type(result).__name__, args[0]))
            return result if isinstance(result, torch.Tensor) else tuple(result)

        def back(module: nn.Module, grad_input: Any, grad_output: Any) -> None:
            seen.append(("backward", len(grad_output)))

        model.register_forward_pre_hook(pre)
        model.register_forward_pre_hook(pre_with_kwargs, with_kwargs=True, prepend=True)
        model.register_forward_hook(post)
        model.register_full_backward_hook(back)
        model.register_full_backward_pre_hook(lambda module, grads: None)
        x = example(kind).requires_grad_()
        for _ in range(2):
            result = model(x)
            torch.utils._pytree.tree_leaves(result)[0].sum().backward()
        return seen, result, x.grad

    assert_same(way, lambda space: getattr(space, kind.value)(IN, H), use)


@ways
@kinds
def test_an_exception_of_a_users_hook_passes_through(way: Way, kind: Kind) -> None:
    def use(model: nn.Module) -> Any:
        def hook(*_: Any) -> None:
            raise KeyError("mine")

        model.register_forward_hook(hook)
        return model(example(kind))

    assert_same(way, lambda space: getattr(space, kind.value)(IN, H), use, works=False)


class Doubled(shapeguard.LSTM):
    """A user's subclass: more arguments, more parameters, its own forward."""

    def __init__(self, *args: Any, factor: float = 2.0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.factor = nn.Parameter(torch.tensor(factor))

    def forward(self, input: Any, hx: Any = None) -> Any:
        output, state = super().forward(input, hx)
        return output * self.factor, state


def test_a_subclass_of_a_layer_is_checked_where_it_calls_forward() -> None:
    module = Doubled(IN, H, factor=3.0)
    torch.manual_seed(0)
    beside = nn.LSTM(IN, H)
    beside.load_state_dict(module.state_dict(), strict=False)
    x = example(Kind.LSTM)
    assert torch.equal(module(x)[0], beside(x)[0] * 3.0)
    with pytest.raises(shapeguard.ShapeError):
        module(x[..., 1:])
    twin = pickle.loads(pickle.dumps(module))
    assert type(twin) is Doubled
    assert torch.equal(twin(x)[0], module(x)[0])


# conversion in place


def model_of(space: Any) -> nn.Module:
    return nn.ModuleDict(
        {
            "encoder": nn.Sequential(nn.Linear(IN, IN), space.LSTM(IN, H, 2, bidirectional=True)),
            "rnn": space.RNN(IN, H),
            "gru": space.GRU(IN, H, batch_first=True),
            "cells": nn.ModuleList(
                [space.RNNCell(IN, H), space.LSTMCell(IN, H), space.GRUCell(IN, H)]
            ),
        }
    )


def test_annotated_and_plain_keep_every_module_and_parameter() -> None:
    torch.manual_seed(0)
    model = model_of(nn)
    modules = dict(model.named_modules())
    parameters = {name: (one, one.data_ptr()) for name, one in model.named_parameters()}
    text = repr(model)
    x = example(Kind.LSTM)
    expected = modules["encoder"](x)

    def same() -> None:
        assert dict(model.named_modules()) == modules
        assert {n: (p, p.data_ptr()) for n, p in model.named_parameters()} == parameters
        assert repr(model) == text
        assert_alike(modules["encoder"](x), expected)

    assert shapeguard.annotated(model) is model
    same()
    ours_now = [module for module in model.modules() if isinstance(module, Annotated)]
    assert sorted(type(module).__name__ for module in ours_now) == sorted(k.value for k in Kind)
    assert {type(module) for module in ours_now} == {ours(kind) for kind in Kind}
    with pytest.raises(shapeguard.ShapeError):
        modules["rnn"](x[..., 1:])
    assert shapeguard.annotated(model) is model  # a second time: nothing to do
    same()
    assert shapeguard.plain(model) is model
    same()
    assert {type(m) for m in model.modules()} == {type(m) for m in model_of(nn).modules()}
    assert all("_shapeguard" not in vars(module) for module in model.modules())
    with pytest.raises(RuntimeError) as caught:
        modules["rnn"](x[..., 1:])
    assert type(caught.value) is RuntimeError


def test_an_optimizer_goes_on_to_train_what_was_converted() -> None:
    def train(convert: bool) -> Any:
        torch.manual_seed(0)
        model = nn.LSTM(IN, H)
        optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
        losses = []
        for step in range(6):
            if convert and step == 2:
                shapeguard.annotated(model)
            if convert and step == 4:
                shapeguard.plain(model)
            optimizer.zero_grad()
            loss = model(example(Kind.LSTM))[0].square().sum()
            loss.backward()
            optimizer.step()
            losses.append(loss.detach())
        return losses, model.state_dict()

    losses, weights = train(True)
    assert_alike((losses, dict(weights)), (lambda r: (r[0], dict(r[1])))(train(False)))
    assert losses[-1] < losses[0]


@kinds
def test_a_module_alone_is_converted_itself(kind: Kind) -> None:
    module = plain(kind)(IN, H)
    assert shapeguard.annotated(module) is module
    assert type(module) is ours(kind)
    assert shapeguard.plain(module) is module
    assert type(module) is plain(kind)


class Mine(nn.LSTM):
    pass


def test_annotated_leaves_users_subclasses_of_torchs_layers() -> None:
    model = nn.Sequential(Mine(IN, H))
    shapeguard.annotated(model)
    assert type(model[0]) is Mine


def test_plain_warns_of_a_users_subclass_and_leaves_it() -> None:
    model = nn.ModuleDict({"deep": nn.Sequential(Doubled(IN, H)), "rnn": shapeguard.RNN(IN, H)})
    with pytest.warns(RuntimeWarning, match=r"deep\.0 \(Doubled\)") as caught:
        shapeguard.plain(model)
    assert caught[0].filename == __file__
    assert "rnn" not in str(caught[0].message).split("layer: ")[1]
    assert type(model["rnn"]) is nn.RNN
    deep: Any = model["deep"]
    assert type(deep[0]) is Doubled


@pytest.mark.parametrize("what", [None, 1, "model", nn.LSTM, [nn.LSTM(2, 3)]], ids=repr)
@pytest.mark.parametrize("convert", [shapeguard.annotated, shapeguard.plain])
def test_conversion_of_what_is_no_module_is_a_type_error(convert: Any, what: object) -> None:
    with pytest.raises(TypeError, match=r"torch\.nn\.Module"):
        convert(what)


# copies of guarded models


def guarded_copies() -> Iterator[Any]:
    for how, make in COPIES.items():
        if how != "copy":  # a shallow copy shares the module's hooks, as it shares its parameters
            yield pytest.param(make, id=how)


@pytest.mark.parametrize("make", list(guarded_copies()))
def test_copies_of_a_guarded_model_are_guarded_by_hooks_of_their_own(make: Any) -> None:
    model = nn.Sequential(nn.LSTM(IN, H))
    x, wrong = example(Kind.LSTM), example(Kind.LSTM)[..., 1:]
    with shapeguard.guard(model):
        model(x)
        twin = make(model)
        assert list(twin.state_dict()) == list(model.state_dict())
        assert_alike(twin(x), model(x))
    model(x)
    with pytest.raises(RuntimeError) as caught:
        model(wrong)
    assert type(caught.value) is RuntimeError  # torch's own: the original's guard is gone
    with pytest.raises(shapeguard.ShapeError, match=r"0 \(LSTM\)"):
        twin(wrong)
    [hook] = twin[0]._forward_pre_hooks.values()
    assert not twin[0]._forward_hooks
    assert hook not in model[0]._forward_pre_hooks.values()
    third = make(twin)
    del twin
    with pytest.raises(shapeguard.ShapeError):
        third(wrong)


def test_the_copy_of_a_model_whose_guard_was_removed_is_not_guarded() -> None:
    model = nn.Sequential(nn.LSTM(IN, H))
    shapeguard.guard(model).remove()
    twin = copy.deepcopy(model)
    assert not twin[0]._forward_pre_hooks
    assert pickle.dumps(model).count(b"shapeguard") == 0


@ways
def test_packed_results_are_packed_sequences_of_the_same_order(way: Way) -> None:
    def use(model: nn.Module) -> Any:
        x = example(Kind.LSTM)
        packed = pack_padded_sequence(x, torch.tensor([1, 4, 2]), enforce_sorted=False)
        result, _ = model(packed)
        assert isinstance(result, PackedSequence)
        return tuple(result)

    assert_same(way, lambda space: space.LSTM(IN, H, bidirectional=True), use)


def test_cells_and_layers_are_all_kinds() -> None:
    assert {*CELLS, *LAYERS} == set(Kind)
    assert Build is not None


def test_a_users_base_behind_the_layer_is_called() -> None:
    class Doubled(nn.GRU):
        def forward(self, input: Any, hx: Any = None) -> Any:
            output, h_n = super().forward(input, hx)
            return 2 * output, h_n

    class Both(shapeguard.GRU, Doubled):
        pass

    torch.manual_seed(0)
    ours = Both(3, 4)
    bare = Doubled(3, 4)
    bare.load_state_dict(ours.state_dict())
    x = torch.randn(5, 2, 3)
    torch.testing.assert_close(ours(x)[0], bare(x)[0], rtol=0, atol=0)


def test_a_patch_of_torchs_forward_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    layer = shapeguard.RNN(3, 4)
    right = layer(torch.randn(5, 2, 3))
    monkeypatch.setattr(nn.RNN, "forward", lambda self, input, hx=None: right)
    assert layer(torch.zeros(5, 2, 3)) is right
