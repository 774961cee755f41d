"""The same checks on CUDA tensors, none of which waits for the device.

Each test takes the device as a parameter: its logic runs on the CPU everywhere, and on CUDA where
there is one. torch itself says what is right: what runs bare must run checked.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
from torch.utils import _pytree

import shapeguard
from shapeguard import ShapeError
from tests.runtime.mistakes import MISTAKES, Mistake

T, N, F, H = 7, 3, 5, 6
LAYERS = ["RNN", "LSTM", "GRU"]
CELLS = ["RNNCell", "LSTMCell", "GRUCell"]
WAYS = ["annotated", "guard(model)", "guard()"]

CUDA = pytest.param(
    "cuda",
    marks=[
        pytest.mark.gpu,
        pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA"),
    ],
)
#: Warnings have tests of their own; here torch and we either run or raise.
pytestmark = pytest.mark.filterwarnings("ignore::shapeguard.ShapeWarning")
devices = pytest.mark.parametrize("device", ["cpu", CUDA])
ways = pytest.mark.parametrize("way", WAYS)


@contextlib.contextmanager
def unsynchronised(device: str) -> Iterator[None]:
    """Where waiting for the device is an error."""
    if device != "cuda":
        yield
        return
    torch.cuda.set_sync_debug_mode("error")
    try:
        yield
    finally:
        torch.cuda.set_sync_debug_mode("default")


@contextlib.contextmanager
def checked(way: str, kind: str, device: str, **settings: Any) -> Iterator[nn.Module]:
    """A module whose calls are checked."""
    namespace: Any = shapeguard if way == "annotated" else nn
    module: nn.Module = getattr(namespace, kind)(F, H, device=device, **settings)
    if way == "annotated":
        yield module
        return
    with shapeguard.guard(module) if way == "guard(model)" else shapeguard.guard():
        yield module


def states(kind: str, *shape: int, **place: Any) -> Any:
    if kind.startswith("LSTM"):
        return torch.zeros(*shape, **place), torch.zeros(*shape, **place)
    return torch.zeros(*shape, **place)


def tensors(result: Any) -> list[Tensor]:
    return [leaf for leaf in _pytree.tree_leaves(result) if isinstance(leaf, Tensor)]


def outcome(call: Callable[[], Any]) -> Exception | None:
    try:
        call()
    except Exception as error:
        return error
    return None


# -- right calls ----------------------------------------------------------------------------------


def right_calls(kind: str, device: str) -> list[tuple[Any, ...]]:
    """Arguments of calls that torch documents, made before synchronising is forbidden."""
    place: dict[str, Any] = {"device": device}
    if kind.endswith("Cell"):
        return [
            (torch.randn(N, F, **place),),
            (torch.randn(N, F, **place), states(kind, N, H, **place)),
            (torch.randn(F, **place), states(kind, H, **place)),
        ]
    x = torch.randn(T, N, F, **place)
    return [
        (x,),
        (x, states(kind, 1, N, H, **place)),
        (x[:, 0], states(kind, 1, H, **place)),
        (x.transpose(0, 1).contiguous().transpose(0, 1), states(kind, 1, N, H, **place)),
        (pack_padded_sequence(x, torch.tensor([7, 5, 2])),),
        (
            pack_padded_sequence(x, torch.tensor([2, 7, 5]), enforce_sorted=False),
            states(kind, 1, N, H, **place),
        ),
    ]


@devices
@ways
@pytest.mark.parametrize("kind", [*LAYERS, *CELLS])
def test_a_right_call_runs_and_no_check_waits_for_the_device(
    kind: str, way: str, device: str
) -> None:
    bare: nn.Module = getattr(nn, kind)(F, H, device=device)
    with checked(way, kind, device) as module:
        module.load_state_dict(bare.state_dict())
        for args in right_calls(kind, device):
            want = bare(*args)  # libraries load, workspaces are made
            with unsynchronised(device):
                bare(*args)
                first = module(*args)  # a new combination, with the full check
                again = module(*args)
            for got in (first, again):
                torch.testing.assert_close(tensors(got), tensors(want))


@devices
@ways
@pytest.mark.parametrize("kind", LAYERS)
def test_under_autocast_no_check_waits_for_the_device(kind: str, way: str, device: str) -> None:
    bare: nn.Module = getattr(nn, kind)(F, H, device=device)
    lower = torch.float16 if device == "cuda" else torch.bfloat16
    with checked(way, kind, device) as module, torch.autocast(device, lower):
        module.load_state_dict(bare.state_dict())
        for dtype in (torch.float32, lower):
            x = torch.randn(T, N, F, device=device, dtype=dtype)
            wanted = outcome(lambda x=x: bare(x))  # type: ignore[misc]
            with unsynchronised(device):
                for _ in range(2):
                    assert (outcome(lambda x=x: module(x)) is None) == (wanted is None)  # type: ignore[misc]


@devices
@pytest.mark.parametrize("kind", LAYERS)
def test_backward_gives_the_bare_modules_gradients(kind: str, device: str) -> None:
    bare: nn.Module = getattr(nn, kind)(F, H, 2, device=device)
    x = torch.randn(T, N, F, device=device)
    bare(x)[0].square().sum().backward()
    with checked("guard(model)", kind, device, num_layers=2) as module:
        module.load_state_dict(bare.state_dict())
        module(x)[0].square().sum().backward()
    for ours, torchs in zip(module.parameters(), bare.parameters(), strict=True):
        assert ours.grad is not None
        assert torchs.grad is not None
        torch.testing.assert_close(ours.grad, torchs.grad)


# -- mistakes -------------------------------------------------------------------------------------


class Unsynchronised:
    """Calls a module where waiting for the device is an error; the arguments are made before."""

    def __init__(self, module: nn.Module, device: str) -> None:
        self.module, self.device = module, device

    def __getattr__(self, name: str) -> Any:
        return getattr(self.module, name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with unsynchronised(self.device):
            return self.module(*args, **kwargs)


def torch_runs(mistake: Mistake, device: str) -> bool:
    """Whether it is none on this device: tensors on meta may differ in dtype.

    Not asked on CUDA, where some mistakes end in an assertion that no later call survives, nor
    where torch itself is known to run or to crash.
    """
    if device == "cuda" or mistake.torch is None:
        return False
    return outcome(lambda: mistake.call(mistake.module(nn))) is None


@pytest.mark.parametrize("device", ["cpu", "meta", CUDA])
@pytest.mark.parametrize("mistake", MISTAKES, ids=[f"{m.kind}: {m.name}" for m in MISTAKES])
def test_each_mistake_is_named_as_on_the_cpu_without_waiting(mistake: Mistake, device: str) -> None:
    if "array" in mistake.name and device != "cpu":
        pytest.skip("arrays are on the CPU")
    with torch.device(device):
        module = Unsynchronised(mistake.module(shapeguard), device)
        runs = torch_runs(mistake, device)
        error = outcome(lambda: mistake.call(module))
    if runs and "integer" not in mistake.name:  # with integers no layer computes, but on meta
        assert error is None
        return
    assert isinstance(error, ShapeError)
    assert (error.slot, error.code) == (mistake.slot, mistake.code)
    if device not in mistake.name:
        assert mistake.cause in [cause.slug for cause in error.causes]


MIXED = ["input", "state", "h", "c", "all but the weights"]


@devices
@ways
@pytest.mark.parametrize("kind", [*LAYERS, *CELLS])
@pytest.mark.parametrize("what", MIXED)
def test_tensors_on_two_devices_are_refused_where_torch_refuses_them(
    what: str, kind: str, way: str, device: str
) -> None:
    other = "cpu" if device == "cuda" else "meta"
    lstm = kind.startswith("LSTM")
    if what in {"h", "c"} and not lstm:
        pytest.skip("has one state")
    cell = kind.endswith("Cell")
    here: dict[str, Any] = {"device": device}
    there: dict[str, Any] = {"device": other}
    x = torch.zeros(*(() if cell else (T,)), N, F, **(there if what[0] in "ia" else here))
    shape = (N, H) if cell else (1, N, H)
    state = states(kind, *shape, **(there if what[0] in "sa" else here))
    if what == "h":
        state = torch.zeros(*shape, **there), state[1]
    if what == "c":
        state = state[0], torch.zeros(*shape, **there)
    bare: nn.Module = getattr(nn, kind)(F, H, **here)
    refused = outcome(lambda: bare(x, state))
    with checked(way, kind, device) as module, unsynchronised(device):
        error = outcome(lambda: module(x, state))
    if refused is None:
        assert error is None
    else:
        assert isinstance(error, ShapeError)
        assert other in str(error)
        assert device in str(error)


GRID = [torch.float16, torch.bfloat16, torch.float32, torch.float64]


@devices
@pytest.mark.parametrize("autocast", [False, True], ids=["plain", "autocast"])
@pytest.mark.parametrize("kind", [*LAYERS, *CELLS])
def test_what_runs_bare_in_any_mix_of_dtypes_runs_checked(
    kind: str, autocast: bool, device: str
) -> None:
    cell = kind.endswith("Cell")
    around = torch.autocast(device, torch.float16 if device == "cuda" else torch.bfloat16)
    for weights, inputs, hidden in product(GRID, repeat=3):
        bare: nn.Module = getattr(nn, kind)(F, H, device=device, dtype=weights)
        x = torch.zeros(*(() if cell else (T,)), N, F, device=device, dtype=inputs)
        state = states(kind, *(() if cell else (1,)), N, H, device=device, dtype=hidden)
        with around if autocast else contextlib.nullcontext():
            refused = outcome(lambda: bare(x, state))  # noqa: B023
            with shapeguard.guard(bare):
                error = outcome(lambda: bare(x, state))  # noqa: B023
        mix = f"{weights} weights, {inputs} input, {hidden} state"
        assert refused is not None or error is None, f"a false alarm at {mix}: {error}"
        if not autocast and len({weights, inputs, hidden}) > 1 and refused is not None:
            assert isinstance(error, ShapeError), mix


def scattered(kind: str, *shape: int, device: str) -> Any:
    def one() -> Tensor:
        return torch.zeros(*shape[:-1], 2 * shape[-1], device=device)[..., ::2]

    return (one(), one()) if kind == "LSTM" else one()


@devices
@ways
@pytest.mark.parametrize("kind", LAYERS)
def test_a_state_that_is_not_contiguous_is_refused_where_torch_refuses_it(
    kind: str, way: str, device: str
) -> None:
    x, state = torch.zeros(T, N, F, device=device), scattered(kind, 1, N, H, device=device)
    bare: nn.Module = getattr(nn, kind)(F, H, device=device)
    refused = outcome(lambda: bare(x, state))
    assert (refused is not None) == (device == "cuda")
    with checked(way, kind, device) as module, unsynchronised(device):
        error = outcome(lambda: module(x, state))
        assert (error is None) == (refused is None)
    if error is not None:
        assert isinstance(error, ShapeError)
        assert error.code == "SG508"
        assert ".contiguous()" in str(error)


@devices
def test_lengths_on_the_device_are_refused_where_torch_refuses_them(device: str) -> None:
    x, lengths = torch.zeros(T, N, F, device=device), torch.tensor([7, 5, 2], device=device)
    with shapeguard.guard():
        with unsynchronised(device):
            error = outcome(lambda: pack_padded_sequence(x, lengths))
        assert (error is None) == (device == "cpu")
        packed = pack_padded_sequence(x, lengths.cpu())
        with unsynchronised(device):
            padded, _ = pad_packed_sequence(packed)
    if error is not None:
        assert isinstance(error, ShapeError)
        assert error.code == "SG407"
    assert padded.device.type == device


# -- replicas and memory --------------------------------------------------------------------------


class Model(nn.Module):
    def __init__(self, layers: Any) -> None:
        super().__init__()
        self.rnn = layers.LSTM(F, H, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.rnn(x)[0]
        return result


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
@ways
def test_data_parallel_runs_what_is_right_and_names_what_is_wrong(way: str) -> None:
    model = Model(shapeguard if way == "annotated" else nn).cuda()
    count = torch.cuda.device_count()
    parallel = nn.DataParallel(model)
    around: Any = contextlib.nullcontext()
    if way != "annotated":
        around = shapeguard.guard(model) if way == "guard(model)" else shapeguard.guard()
    with around:
        for batch in (2 * count, 2 * count, 4 * count):
            want = model(x := torch.randn(batch, T, F, device="cuda"))
            torch.testing.assert_close(parallel(x), want)
        assert not model.rnn._forward_hooks
        with pytest.raises(ShapeError, match=r"rnn \(LSTM\)"):
            parallel(torch.zeros(2 * count, T, F + 1, device="cuda"))
        parallel(torch.zeros(2 * count, T, F, device="cuda"))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
@ways
def test_no_memory_of_the_device_is_kept(way: str) -> None:
    with checked(way, "LSTM", "cuda") as module:
        module(torch.zeros(T, N, F, device="cuda"))  # workspaces are made
        before = torch.cuda.memory_allocated()
        for steps in range(2, 60):
            module(torch.zeros(steps, N, F, device="cuda"))
            with contextlib.suppress(ShapeError):
                module(torch.zeros(steps, N, F + 1, device="cuda"))
            assert torch.cuda.memory_allocated() == before
