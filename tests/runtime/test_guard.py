"""guard(model): what it guards, what it leaves alone and says so, and that it leaves no trace."""

from __future__ import annotations

import copy
import gc
import io
import pickle
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.modules.rnn import RNNBase, RNNCellBase

import shapeguard
from shapeguard import ShapeError
from shapeguard.runtime.hooks import Hook, hook_of

T, N, F, H = 7, 3, 5, 6
LAYERS: list[type[RNNBase]] = [nn.RNN, nn.LSTM, nn.GRU]
CELLS: list[type[RNNCellBase]] = [nn.RNNCell, nn.LSTMCell, nn.GRUCell]


class Encoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.LSTM(F, H)

    def forward(self, x: Tensor) -> Tensor:
        output: Tensor = self.rnn(x)[0]
        return output


class Model(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder = Encoder()
        self.cell = nn.GRUCell(H, H)
        self.head = nn.Linear(H, 2)

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.head(self.cell(self.encoder(x)[-1]))
        return result


class OnlyAdds(nn.LSTM):
    """A subclass that computes what torch computes."""

    def __init__(self, size: int) -> None:
        super().__init__(size, H)
        self.note = "mine"

    def last(self, x: Tensor) -> Tensor:
        output: Tensor = self(x)[0]
        return output[-1]


class OwnForward(nn.LSTM):
    """A subclass that takes what torch's does not: a batch of images."""

    def forward(self, x: Tensor) -> Any:  # type: ignore[override]
        return super().forward(x.flatten(2))


def right() -> Tensor:
    return torch.zeros(T, N, F)


def wrong() -> Tensor:
    return torch.zeros(T, N, F + 1)


def tables(model: nn.Module) -> dict[str, object]:
    """All that hooks can leave on modules."""
    found: dict[str, object] = {}
    for path, module in model.named_modules():
        for name, value in vars(module).items():
            if "hook" in name and value:
                found[f"{path}.{name}"] = copy.copy(value)
    return found


@pytest.fixture(autouse=True)
def _nothing_stays_guarded() -> Iterator[None]:
    yield
    if any(hook.claims for hook in Hook.alive):  # of a model that is garbage by now
        gc.collect()
    assert not [hook for hook in Hook.alive if hook.claims], "a test left a guard behind"


# -- what is guarded ------------------------------------------------------------------------------


@pytest.mark.parametrize("cls", LAYERS, ids=lambda cls: cls.__name__)
def test_a_layer_by_itself_is_guarded(cls: type[nn.RNN]) -> None:
    layer = cls(F, H)
    with shapeguard.guard(layer) as held:
        assert held.modules == ("",)
        assert "(the model itself)" in repr(held)
        with pytest.raises(ShapeError, match=re.escape(f"{cls.__name__}({F}, {H})")):
            layer(wrong())
        layer(right())


@pytest.mark.parametrize("cls", CELLS, ids=lambda cls: cls.__name__)
def test_a_cell_by_itself_is_guarded(cls: type[nn.RNNCell]) -> None:
    cell = cls(F, H)
    with shapeguard.guard(cell):
        with pytest.raises(ShapeError):
            cell(torch.zeros(N, F + 1))
        cell(torch.zeros(N, F))


def test_every_recurrent_module_is_guarded_and_named_by_its_path() -> None:
    model = Model()
    with shapeguard.guard(model) as held:
        assert held.modules == ("encoder.rnn", "cell")
        assert not held.skipped
        with pytest.raises(ShapeError) as caught:
            model(wrong())
        assert "encoder.rnn (LSTM)" in str(caught.value)
        assert caught.value.layer == "encoder.rnn (LSTM)"
        with pytest.raises(ShapeError, match=r"cell \(GRUCell\)"):
            model.cell(torch.zeros(N, F))
        model(right())


@pytest.mark.parametrize("container", [nn.ModuleList, lambda parts: nn.Sequential(*parts)])
def test_modules_in_containers_are_named_by_their_place(
    container: Callable[[list[nn.Module]], nn.Module],
) -> None:
    model = container([nn.Linear(2, 2), nn.GRU(F, H)])
    with shapeguard.guard(model) as held:
        assert held.modules == ("1",)


def test_a_module_that_two_parts_share_is_guarded_once() -> None:
    shared = nn.LSTM(F, H)
    model = nn.ModuleDict({"one": shared, "two": shared})
    with shapeguard.guard(model) as held:
        assert held.modules == ("one",)
        assert len(shared._forward_pre_hooks) == 1
    assert not tables(model)


def test_a_subclass_that_keeps_the_forward_is_guarded() -> None:
    layer = OnlyAdds(F)
    with shapeguard.guard(layer) as held:
        assert held.modules == ("",)
        with pytest.raises(ShapeError):
            layer.last(wrong())


def test_arguments_by_keyword_are_checked() -> None:
    layer = nn.GRU(F, H)
    with shapeguard.guard(layer):
        with pytest.raises(ShapeError):
            layer(input=wrong())
        with pytest.raises(ShapeError):
            layer(right(), hx=torch.zeros(1, N + 1, H))
        layer(hx=torch.zeros(1, N, H), input=right())


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [((), {}), ((1, 2, 3), {}), ((), {"x": 1}), ((right(),), {"h0": None})],
)
def test_arguments_that_forward_does_not_have_are_left_to_torch(
    args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    layer = nn.LSTM(F, H)
    with pytest.raises(TypeError) as bare:
        layer(*args, **kwargs)
    with shapeguard.guard(layer), pytest.raises(TypeError) as guarded:
        layer(*args, **kwargs)
    assert str(guarded.value) == str(bare.value)


def test_neither_type_nor_forward_nor_results_change() -> None:
    layer = nn.LSTM(F, H)
    before = vars(layer).keys(), type(layer), type(layer).forward, list(layer.state_dict())
    want = layer(right())[0]
    with shapeguard.guard(layer):
        now = vars(layer).keys(), type(layer), type(layer).forward, list(layer.state_dict())
        assert now == before
        assert "forward" not in vars(layer)
        for _ in range(3):
            assert torch.equal(layer(right())[0], want)


# -- the handle -----------------------------------------------------------------------------------


def test_the_handle_takes_off_all_of_it() -> None:
    model = Model()
    model.encoder.rnn.register_forward_pre_hook(lambda module, args: None)
    before = tables(model)
    held = shapeguard.guard(model)
    assert tables(model) != before
    model(right())
    held.remove()
    assert tables(model) == before
    assert held.modules == ()
    with pytest.raises(RuntimeError) as caught:
        model(wrong())
    assert not isinstance(caught.value, ShapeError)


def test_removing_twice_removes_once() -> None:
    model = Model()
    outer = shapeguard.guard(model)
    with pytest.warns(RuntimeWarning, match="guarded already"):
        inner = shapeguard.guard(model)
    inner.remove()
    inner.remove()
    with pytest.raises(ShapeError):
        model(wrong())
    outer.remove()
    outer.remove()
    assert not tables(model)


def test_the_end_of_the_block_takes_it_off() -> None:
    model = Model()
    with shapeguard.guard(model), pytest.raises(ShapeError):
        model(wrong())
    assert not tables(model)


def test_an_exception_in_the_block_takes_it_off_and_passes() -> None:
    model = Model()
    with pytest.raises(KeyError, match="mine"), shapeguard.guard(model):
        model({"mine": right()}["yours, not mine"])
    assert not tables(model)


def test_a_dropped_handle_leaves_the_guard_on() -> None:
    model = Model()
    shapeguard.guard(model)
    gc.collect()
    with pytest.raises(ShapeError):
        model(wrong())
    del model


def test_a_handle_keeps_no_model_alive() -> None:
    model = Model()
    held = shapeguard.guard(model)
    del model
    gc.collect()
    assert held.modules == ()
    assert not [path for path in shapeguard.status().modules if path == "encoder.rnn"]
    held.remove()


def test_a_model_can_keep_its_own_handle_and_still_be_copied() -> None:
    model: Any = Model()
    model.guard = shapeguard.guard(model)
    twin = copy.deepcopy(model)
    stored = pickle.loads(pickle.dumps(model))
    model.guard.remove()
    for other in (twin, stored):
        assert other.guard.modules == ()
        with pytest.raises(ShapeError):
            other(wrong())
    with pytest.raises(RuntimeError) as caught:
        model(wrong())
    assert not isinstance(caught.value, ShapeError)


# -- several guards -------------------------------------------------------------------------------


def test_twice_on_one_model_says_so_and_adds_nothing() -> None:
    model = Model()
    with shapeguard.guard(model):
        once = tables(model)
        with pytest.warns(RuntimeWarning) as caught:
            again = shapeguard.guard(model)
        text = str(caught[0].message)
        assert "Model" in text
        assert "encoder.rnn, cell" in text
        assert "guarded already" in text
        assert caught[0].filename == __file__
        assert tables(model) == once
        again.remove()
        assert tables(model) == once
    assert not tables(model)


def test_twice_where_warnings_are_errors_adds_nothing() -> None:
    model = Model()
    with shapeguard.guard(model), warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(RuntimeWarning):
            shapeguard.guard(model)
    assert not tables(model)


@pytest.mark.parametrize("part_first", [True, False])
def test_a_part_guarded_before_the_whole_is_checked_until_both_are_removed(
    part_first: bool,
) -> None:
    model = Model()
    part = shapeguard.guard(model.encoder)
    whole = shapeguard.guard(model)
    assert whole.modules == ("encoder.rnn", "cell")
    assert len(model.encoder.rnn._forward_pre_hooks) == 1
    with pytest.raises(ShapeError, match=r"encoder\.rnn"):
        model(wrong())
    first, last = (part, whole) if part_first else (whole, part)
    first.remove()
    with pytest.raises(ShapeError):
        model(wrong())
    last.remove()
    assert not tables(model)


@pytest.mark.parametrize(
    "clone",
    [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))],
    ids=["deepcopy", "pickle"],
)
def test_copies_are_guarded_and_a_guard_of_theirs_can_take_it_off(
    clone: Callable[[nn.Module], nn.Module],
) -> None:
    model = Model()
    with shapeguard.guard(model):
        twin = clone(model)
    with pytest.raises(ShapeError, match=r"encoder\.rnn"):
        twin(wrong())
    shapeguard.guard(twin).remove()  # with no warning: no guard held it
    assert not tables(twin)


def test_a_guarded_model_is_saved_and_loaded_whole() -> None:
    model = Model()
    file = io.BytesIO()
    with shapeguard.guard(model):
        model(right())
        torch.save(model, file)
    file.seek(0)
    with pytest.raises(ShapeError):
        torch.load(file, weights_only=False)(wrong())


# -- what cannot be guarded -----------------------------------------------------------------------


def test_the_class_is_refused_and_what_to_write_is_said() -> None:
    with pytest.raises(TypeError, match=r"the class LSTM.*instance.*guard\(LSTM\("):
        shapeguard.guard(nn.LSTM)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [3, "model", [nn.LSTM(F, H)], lambda x: x, None])
def test_what_is_no_module_is_refused_by_its_type(value: Any) -> None:
    with pytest.raises(TypeError) as caught:
        shapeguard.guard(value)
    assert not shapeguard.status().everywhere
    assert type(value).__name__ in str(caught.value)
    assert "torch.nn.Module" in str(caught.value)


def test_a_scripted_module_is_refused() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        scripted = torch.jit.script(nn.Sequential(nn.LSTM(F, H)))
    with pytest.raises(TypeError, match="scripted") as caught:
        shapeguard.guard(scripted)
    assert "before torch.jit.script" in str(caught.value)


def test_a_scripted_part_is_named() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        scripted = torch.jit.script(nn.Sequential(nn.LSTM(F, H)))
    model = nn.ModuleDict({"fast": scripted, "rnn": nn.GRU(F, H)})
    with shapeguard.guard(model) as held:
        assert held.modules == ("rnn",)
        assert "torch.jit" in held.skipped["fast.0"]


def test_a_model_without_recurrent_modules_is_a_no_op_that_says_so() -> None:
    model = nn.Linear(2, 2)
    with pytest.warns(RuntimeWarning, match=r"nothing to Linear.*no RNN") as caught:
        held = shapeguard.guard(model)
    assert caught[0].filename == __file__
    assert held.modules == ()
    assert "nothing" in repr(held)
    assert not tables(model)
    held.remove()


def test_a_forward_of_its_own_is_left_alone_and_named() -> None:
    model = nn.ModuleDict({"own": OwnForward(4, H), "rnn": nn.GRU(F, H)})
    with shapeguard.guard(model) as held:  # no warning: there is something to guard
        assert held.modules == ("rnn",)
        assert "OwnForward" in held.skipped["own"]
        assert "own" in repr(held)
        assert "not guarded: own" in str(shapeguard.status())
        model["own"](torch.zeros(T, N, 2, 2))
    assert "own" not in str(shapeguard.status())


def test_only_forwards_of_their_own_warn() -> None:
    with pytest.warns(RuntimeWarning, match="OwnForward is not torch's own"):
        shapeguard.guard(OwnForward(4, H)).remove()


def test_a_forward_set_on_the_instance_is_left_alone() -> None:
    model: Any = Model()
    kept = model.encoder.rnn.forward
    model.encoder.rnn.forward = lambda x: kept(x[..., :F])
    with shapeguard.guard(model) as held:
        assert held.modules == ("cell",)
        model(wrong())  # runs, as without us


def test_annotated_layers_check_themselves() -> None:
    model = nn.ModuleDict({"ours": shapeguard.LSTM(F, H), "rnn": nn.GRU(F, H)})
    with shapeguard.guard(model) as held:
        assert held.modules == ("rnn",)
        assert "checks itself" in held.skipped["ours"]
        assert "not guarded" not in str(shapeguard.status())
        with pytest.raises(ShapeError) as caught:
            model["ours"](wrong())
        assert caught.value.__context__ is None


def test_a_compiled_model_is_guarded_by_the_names_that_its_author_wrote() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compiled = torch.compile(Model(), backend="eager")
    with shapeguard.guard(compiled) as held:  # type: ignore[arg-type]
        assert held.modules == ("encoder.rnn", "cell")


def test_a_part_that_comes_later_is_not_listed_and_one_that_goes_is_forgotten() -> None:
    model = Model()
    held = shapeguard.guard(model)
    model.late = nn.GRU(F, H)
    del model.encoder
    gc.collect()
    assert held.modules == ("cell",)
    assert "encoder.rnn" not in shapeguard.status().modules
    with shapeguard.guard(model) as again:  # there is something new: no warning
        assert set(again.modules) == {"cell", "late"}
    held.remove()
    assert not tables(model)


def test_a_failure_in_the_middle_leaves_nothing_installed() -> None:
    class Stubborn(nn.GRU):
        def register_forward_pre_hook(self, *args: Any, **kwargs: Any) -> Any:
            super().register_forward_pre_hook(*args, **kwargs)
            raise OSError("no hooks here")

    model = nn.ModuleList([nn.LSTM(F, H), Stubborn(F, H), nn.RNN(F, H)])
    outer = shapeguard.guard(model[0])
    before = tables(model)
    status = str(shapeguard.status())
    with pytest.raises(OSError, match="no hooks here"):
        shapeguard.guard(model)
    assert tables(model) == before
    assert str(shapeguard.status()) == status
    outer.remove()
    assert not tables(model)


# -- exceptions inside of forward -----------------------------------------------------------------


class Broken(RuntimeError):
    pass


def failing(layer: nn.Module, error: BaseException) -> Callable[[], None]:
    """Makes torch's forward raise once, after every check, until the result is called."""

    def check_forward_args(*args: Any) -> None:
        raise error

    layer.__dict__["check_forward_args"] = check_forward_args
    return lambda: layer.__dict__.pop("check_forward_args")


@pytest.mark.parametrize("users_hooks", [0, 1, 2])
def test_an_exception_in_forward_passes_and_the_next_right_call_too(users_hooks: int) -> None:
    layer = nn.LSTM(F, H)
    for _ in range(users_hooks):
        layer.register_forward_hook(lambda module, args, result: None)
    mend = failing(layer, Broken("in forward"))
    with shapeguard.guard(layer):
        with pytest.raises(Broken, match="in forward"):
            layer(right())
        if not users_hooks:
            assert not layer._forward_hooks
        mend()
        layer(right())
        assert len(layer._forward_hooks) == users_hooks
        with pytest.raises(ShapeError):
            layer(wrong())
    assert len(layer._forward_hooks) == users_hooks


def test_a_hook_of_the_user_that_raises_is_not_hidden_by_ours() -> None:
    layer = nn.LSTM(F, H)

    def raises(*args: Any) -> None:
        raise Broken("in a hook")

    first = layer.register_forward_hook(raises)
    layer.register_forward_hook(lambda module, args, result: None, always_call=True)
    with shapeguard.guard(layer):
        with pytest.raises(Broken, match="in a hook"):
            layer(right())
        first.remove()
        layer(right())
        assert len(layer._forward_hooks) == 1


def test_an_interrupt_in_forward_leaves_nothing_that_matters() -> None:
    layer = nn.LSTM(F, H)
    mend = failing(layer, KeyboardInterrupt())
    with shapeguard.guard(layer):
        with pytest.raises(KeyboardInterrupt):
            layer(right())
        mend()
        with pytest.raises(ShapeError):
            copy.deepcopy(layer)(wrong())  # what is left can be copied and pickled
        pickle.dumps(layer)
        want = layer(right())[0].shape
        assert want == (T, N, H)
        assert not layer._forward_hooks
        mend = failing(layer, KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            layer(torch.zeros(T + 1, N, F))
        mend()
    assert not tables(layer)


def test_a_wrong_call_leaves_nothing_and_the_next_right_call_passes() -> None:
    layer = nn.LSTM(F, H)
    with shapeguard.guard(layer):
        before = tables(layer)
        for _ in range(3):
            with pytest.raises(ShapeError):
                layer(wrong())
        assert tables(layer) == before
        layer(right())
        assert tables(layer) == before


def test_a_call_of_a_module_within_its_own_call_is_checked() -> None:
    layer = nn.LSTM(F, H)
    depth: list[int] = []

    def once_more(module: nn.Module, args: tuple[Any, ...], result: Any) -> None:
        if len(depth) < 2:
            depth.append(0)
            module(torch.zeros(T + len(depth), N, F))

    layer.register_forward_hook(once_more)
    with shapeguard.guard(layer):
        layer(right())
        assert len(layer._forward_hooks) == 1


# -- hooks of the user's --------------------------------------------------------------------------


def cuts(module: nn.Module, args: tuple[Any, ...]) -> tuple[Any, ...]:
    return (args[0][..., :F], *args[1:])


def test_what_a_hook_of_the_user_makes_of_the_arguments_is_what_is_checked() -> None:
    layer = nn.LSTM(F, H)
    with shapeguard.guard(layer):
        layer.register_forward_pre_hook(cuts)  # behind ours
        for _ in range(3):
            layer(wrong())
        with pytest.raises(ShapeError):
            layer(torch.zeros(T, N, F - 1))
    with shapeguard.guard(layer):  # behind the user's
        layer(wrong())
        with pytest.raises(ShapeError):
            layer(torch.zeros(T, N, F - 1))
    assert list(layer._forward_pre_hooks.values()) == [cuts]


def test_what_a_hook_of_the_user_makes_of_the_result_is_its_own_affair() -> None:
    layer = nn.LSTM(F, H)
    layer.register_forward_hook(lambda module, args, result: result[0].sum())
    with shapeguard.guard(layer):
        layer.register_forward_hook(lambda module, args, result: {"sum": result})
        for _ in range(3):
            assert set(layer(right())) == {"sum"}


def test_old_weight_norm_put_on_later_stays_in_force() -> None:
    layer = nn.LSTM(F, H)
    with shapeguard.guard(layer), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        nn.utils.weight_norm(layer, "weight_hh_l0")
        for _ in range(2):
            layer(right())[0].sum().backward()  # raises if the weight were not made anew
        with pytest.raises(ShapeError):
            layer(wrong())


def test_a_users_handle_is_not_broken_by_ours() -> None:
    layer = nn.LSTM(F, H)
    with shapeguard.guard(layer):
        handle = layer.register_forward_pre_hook(cuts)
        layer(wrong())
        layer(wrong())
        handle.remove()
        assert hook_of(layer) is not None
        with pytest.raises(ShapeError):
            layer(wrong())
    assert not tables(layer)


# -- replicas -------------------------------------------------------------------------------------


def replica(layer: nn.Module) -> nn.Module:
    """As DataParallel makes them: another module, with the same tables of hooks."""
    original: Any = layer
    twin: Any = original._replicate_for_data_parallel()
    twin._parameters = dict(layer._parameters)
    for name, parameter in layer._parameters.items():
        setattr(twin, name, parameter)
    assert twin._forward_hooks is layer._forward_hooks
    return twin  # type: ignore[no-any-return]


def test_replicas_in_threads_do_not_get_into_one_anothers_way() -> None:
    layer = nn.LSTM(F, H)

    def work(batch: int) -> None:
        mine = replica(layer)
        for steps in range(2, 40):
            mine(torch.zeros(steps, batch, F))
            with pytest.raises(ShapeError):
                mine(torch.zeros(steps, batch, F + 1))

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with shapeguard.guard(layer), ThreadPoolExecutor(4) as pool:
            list(pool.map(work, range(1, 9)))
            assert not layer._forward_hooks
    finally:
        sys.setswitchinterval(interval)
    assert not tables(layer)
