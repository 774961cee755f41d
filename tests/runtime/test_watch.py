"""Runtime warnings: each once where it belongs, none for programs that mean what they do."""

from __future__ import annotations

import copy
import pickle
import re
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence

import shapeguard
from shapeguard import ShapeError, ShapeWarning
from shapeguard.runtime import check, reading
from shapeguard.runtime.call import Form
from shapeguard.runtime.check import Checker
from shapeguard.runtime.diagnosis import diagnose, suspect
from shapeguard.runtime.watch import PATIENCE

LAYERS = (nn.RNN, nn.LSTM, nn.GRU)
gpu = [pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")]


# The three ways in. Each takes a model of torch's own layers and checks it within the block.


@contextmanager
def annotated(model: nn.Module) -> Iterator[None]:
    shapeguard.annotated(model)
    try:
        yield
    finally:
        shapeguard.plain(model)


WAYS: dict[str, Callable[[nn.Module], AbstractContextManager[object]]] = {
    "annotated": annotated,
    "guard(model)": shapeguard.guard,
    "guard()": lambda model: shapeguard.guard(),
}
ways = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
layers = pytest.mark.parametrize("cls", LAYERS, ids=lambda cls: cls.__name__)


@contextmanager
def heard() -> Iterator[list[ShapeWarning]]:
    """Every ShapeWarning of the block; other warnings are errors."""
    found: list[ShapeWarning] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("error")
        warnings.simplefilter("always", ShapeWarning)
        yield found
    for entry in caught:
        assert isinstance(entry.message, ShapeWarning)
        found.append(entry.message)


def codes(found: list[ShapeWarning]) -> list[str | None]:
    return [warning.code for warning in found]


def states(module: Any, batch: int | None, make: Callable[..., Tensor] = torch.zeros) -> Any:
    """hx for a module of one direction: (K, N, H), without N where batch is None."""
    layers = getattr(module, "num_layers", 1)
    size = (layers, module.hidden_size) if batch is None else (layers, batch, module.hidden_size)
    return (make(*size), make(*size)) if isinstance(module, nn.LSTM) else make(*size)


def scattered(*size: int) -> Tensor:
    """Zeros of this size that are not contiguous."""
    return torch.zeros(*size[:-1], size[-1] * 2)[..., ::2]


# SG106


@ways
@layers
@pytest.mark.parametrize("batch_first", [False, True])
def test_two_axes_without_a_state_are_warned_of_once_a_module(
    cls: Any, way: Any, batch_first: bool
) -> None:
    module = cls(8, 16, batch_first=batch_first)
    with way(module), heard() as found:
        module(torch.randn(32, 8))
        module(torch.randn(32, 8))
        module(torch.randn(17, 8))
    assert codes(found) == ["SG106"]
    text = str(found[0])
    assert text.startswith("SG106 batch-read-as-sequence: ")
    assert "one sequence of 32 steps with 8 features, not as a batch of 32" in text
    assert "SG111" not in text
    assert "None" not in text


@pytest.mark.parametrize("batch_first", [False, True])
def test_the_cures_of_two_axes_give_the_shapes_and_calls_that_they_say(batch_first: bool) -> None:
    x = torch.randn(32, 8)
    with heard() as found:
        shapeguard.GRU(8, 16, batch_first=batch_first)(x)
    suspicion = found[0].suspicion
    assert suspicion is not None
    lines = [line for line in suspicion.cause.cure.splitlines() if line.startswith("x.")]
    assert len(lines) == 3
    for line in lines:
        code, comment = line.split("  # ")
        made = eval(code, {"x": x})
        assert comment.startswith(str(tuple(made.shape)))
        size = 1 if "input_size=1" in comment else 8
        with heard() as quiet:
            output, _ = shapeguard.GRU(size, 16, batch_first=batch_first)(made)
        assert not quiet
        steps, batch = (1, 0) if batch_first else (0, 1)
        expected = {
            "one sequence": (32, 1),
            "32 samples": (1, 32),
            "32 series": (8, 32),
        }
        says = next(pair for words, pair in expected.items() if words in comment)
        assert (output.shape[steps], output.shape[batch]) == says


@layers
def test_a_single_row_is_the_same_in_either_reading_and_not_warned_of(cls: Any) -> None:
    module = cls(8, 16, batch_first=True)
    x = torch.randn(1, 8)
    with shapeguard.guard(module), heard() as found:
        as_sequence, _ = module(x)
    torch.testing.assert_close(as_sequence, module(x.unsqueeze(1))[0].squeeze(1))
    assert not found


@ways
@layers
def test_a_caller_who_has_passed_a_two_dimensional_state_knows_the_form(cls: Any, way: Any) -> None:
    module = cls(8, 16)
    with way(module), heard() as found:
        module(torch.randn(5, 8), states(module, None))
        module(torch.randn(6, 8))
    assert not found


# SG111


@ways
@layers
@pytest.mark.parametrize("sizes", [(4, 4, 4), (4, 5, 6), (1, 1, 1)])
def test_one_step_without_a_state_is_warned_of_at_the_third_call(
    cls: Any, way: Any, sizes: tuple[int, ...]
) -> None:
    module = cls(8, 16, batch_first=True)
    with way(module):
        with heard() as found:
            for size in sizes[:-1]:
                module(torch.randn(size, 1, 8))
        assert not found
        with heard() as found:
            module(torch.randn(sizes[-1], 1, 8))
        assert codes(found) == ["SG111"]
        text = str(found[0])
        assert text.startswith("SG111 one-step-sequence: ")
        assert "each of its 3 calls so far had one step and no state" in text
        assert ("time axis" in text) == (sizes[-1] > 1)
        with heard() as found:
            for size in sizes * 2:
                module(torch.randn(size, 1, 8))
    assert not found


@layers
@pytest.mark.parametrize("batch_first", [False, True])
def test_the_cure_of_one_step_names_the_axis_that_may_be_time(cls: Any, batch_first: bool) -> None:
    module = cls(8, 16, batch_first=batch_first)
    shape = (32, 1, 8) if batch_first else (1, 32, 8)
    with shapeguard.guard(module), heard() as found:
        for _ in range(3):
            module(torch.randn(shape))
    text = str(found[0])
    assert f"axis {0 if batch_first else 1}, of size 32, is the time axis" in text
    assert f"batch_first={not batch_first}" in text


@ways
@layers
@pytest.mark.parametrize("when", range(PATIENCE))
@pytest.mark.parametrize("what", ["steps", "state", "packed"])
def test_one_call_with_more_to_carry_clears_a_module_for_good(
    cls: Any, way: Any, when: int, what: str
) -> None:
    module = cls(8, 16)
    with way(module), heard() as found:
        for number in range(9):
            if number != when:
                module(torch.randn(1, 4, 8))
            elif what == "steps":
                module(torch.randn(2, 4, 8))
            elif what == "state":
                module(torch.randn(1, 4, 8), states(module, 4))
            else:
                module(pack_padded_sequence(torch.randn(1, 2, 8), [1, 1]))
    assert not found


def test_repeats_are_read_anew_only_until_the_module_is_cleared_or_warned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read = 0
    real = reading.call

    def counted(*args: Any) -> Any:
        nonlocal read
        read += 1
        return real(*args)

    monkeypatch.setattr(reading, "call", counted)
    warned, cleared = shapeguard.GRU(8, 16), shapeguard.GRU(8, 16)
    x = torch.randn(1, 4, 8)
    with heard() as found:
        for _ in range(20):
            warned(x)
    assert len(found) == 1
    assert read == PATIENCE
    read = 0
    for _ in range(20):
        _, h = cleared(x)
        cleared(x, h)
    assert read == 3, "two combinations, and one look at the first after it was cleared"


def test_cells_are_not_watched() -> None:
    for cls in (nn.RNNCell, nn.LSTMCell, nn.GRUCell):
        module = cls(8, 16)
        with shapeguard.guard(module), heard() as found:
            for _ in range(5):
                module(torch.randn(4, 8))
                module(torch.randn(8))
            h: Any = scattered(4, 16)
            module(torch.randn(4, 8), (h, h) if cls is nn.LSTMCell else h)
        assert not found


# SG508


@ways
@layers
def test_a_scattered_state_is_warned_of_once_a_module(cls: Any, way: Any) -> None:
    module = cls(8, 16, num_layers=2)
    with way(module), heard() as found:
        for _ in range(3):
            module(torch.randn(5, 4, 8), states(module, 4, scattered))
        module(torch.randn(5, 3, 8), states(module, 3, scattered))
        module(torch.randn(5, 8), states(module, None, scattered))
    assert codes(found) == ["SG508"]
    text = str(found[0])
    assert text.startswith("SG508 state-not-contiguous: ")
    assert '"rnn: hx is not contiguous"' in text
    assert "h_0.contiguous()" in text
    assert ("c_0" in text) == (cls is nn.LSTM)


def test_only_the_state_that_is_scattered_is_named() -> None:
    module = shapeguard.LSTM(8, 16)
    with heard() as found:
        module(torch.randn(5, 4, 8), (torch.zeros(1, 4, 16), scattered(1, 4, 16)))
    text = str(found[0])
    assert "c_0 is not contiguous" in text
    assert '"rnn: cx is not contiguous"' in text
    assert "rnn(x, (h_0, c_0.contiguous()))" in text


@pytest.mark.parametrize("sorted_too", [False, True])
def test_input_packed_out_of_order_takes_a_scattered_state(sorted_too: bool) -> None:
    """torch copies the state into the order first; in sorted order it does not."""
    module = shapeguard.GRU(8, 16)
    x, h = torch.randn(5, 2, 8), scattered(1, 2, 16)
    with heard() as found:
        module(pack_padded_sequence(x, [3, 5], enforce_sorted=False), h)
        if sorted_too:
            module(pack_padded_sequence(x, [5, 3]), h)
    assert codes(found) == ["SG508"] * sorted_too


@layers
@pytest.mark.parametrize("packed", [None, False, True])
def test_where_cudnn_computes_a_scattered_state_is_an_error(cls: Any, packed: bool | None) -> None:
    module = cls(8, 16)
    x: Tensor | PackedSequence = torch.randn(5, 2, 8)
    if packed is not None:
        x = pack_padded_sequence(torch.randn(5, 2, 8), [5, 3], enforce_sorted=packed)
    call = replace(reading.call(module, x, states(module, 2, scattered)), cudnn=True)
    problem = diagnose(call)
    if packed is False:
        assert problem is None
        return
    assert problem is not None
    assert (problem.code, problem.slot) == ("SG508", "h_0")
    assert "hx is not contiguous" in problem.summary
    assert "h_0.contiguous()" in problem.causes[0].cure
    assert diagnose(replace(call, autocast=True)) is None
    assert diagnose(replace(call, cudnn=False)) is None
    contiguous = reading.call(module, x, states(module, 2))
    assert diagnose(replace(contiguous, cudnn=True)) is None


@pytest.mark.parametrize("device", ["meta", "mps", "xpu:0", "cuda:0"])
def test_on_other_devices_nothing_is_suspected_of_a_scattered_state(device: str) -> None:
    call = reading.call(nn.GRU(8, 16), torch.randn(5, 2, 8), scattered(1, 2, 16))
    assert [suspicion.code for suspicion in suspect(call)] == ["SG508"]
    assert isinstance(call.input, Form)
    assert not suspect(replace(call, input=replace(call.input, device=device)))


# How they are voiced


@ways
def test_a_warning_stands_at_the_line_of_the_call(way: Any) -> None:
    module = nn.GRU(8, 16)
    with way(module), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        module(torch.randn(5, 8))  # here
    [entry] = caught
    source = Path(__file__).read_text(encoding="utf-8").splitlines()
    assert Path(entry.filename) == Path(__file__)
    assert source[entry.lineno - 1].endswith("# here")
    assert "test_a_warning_stands" in source[entry.lineno - 5]
    assert entry.category is ShapeWarning
    assert isinstance(entry.message, ShapeWarning)
    assert entry.message.code == "SG106"
    assert entry.message.place is not None
    assert entry.message.place.line == entry.lineno


def test_a_warning_survives_pickling() -> None:
    with heard() as found:
        shapeguard.GRU(8, 16)(torch.randn(5, 8))
    again = pickle.loads(pickle.dumps(found[0]))
    assert (str(again), again.code, again.place) == (str(found[0]), "SG106", found[0].place)


def test_two_modules_at_one_line_are_both_warned_of_by_default() -> None:
    model = nn.ModuleDict({"a": nn.GRU(8, 16), "b": nn.GRU(8, 16)})
    with shapeguard.guard(model), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for _ in range(3):
            for module in model.values():
                module(torch.randn(5, 8))
    assert [str(entry.message).split(": ")[1] for entry in caught] == ["a (GRU)", "b (GRU)"]


@ways
def test_one_rule_is_silenced_by_its_code(way: Any) -> None:
    module = nn.GRU(8, 16, 2)
    with way(module), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.filterwarnings("ignore", message="SG106", category=ShapeWarning)
        module(torch.randn(5, 8))
        module(torch.randn(5, 4, 8), scattered(2, 4, 16))
    assert [getattr(entry.message, "code", None) for entry in caught] == ["SG508"]


def test_the_filter_in_the_text_silences_it() -> None:
    with heard() as found:
        shapeguard.GRU(8, 16)(torch.randn(5, 8))
    assert found[0].suspicion is not None
    line = found[0].suspicion.cause.cure.splitlines()[-1]
    assert line.startswith("warnings.filterwarnings(")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        exec(line, {"warnings": warnings, "shapeguard": shapeguard})
        shapeguard.GRU(8, 16)(torch.randn(5, 8))


@ways
@pytest.mark.parametrize("code", ["SG106", "SG111", "SG508"])
def test_a_warning_that_is_an_error_comes_at_every_such_call_and_then_once(
    way: Any, code: str
) -> None:
    module = nn.GRU(8, 16)
    hooks = len(module._forward_hooks)
    calls: dict[str, Callable[[], object]] = {
        "SG106": lambda: module(torch.randn(5, 8)),
        "SG111": lambda: module(torch.randn(1, 4, 8)),
        "SG508": lambda: module(torch.randn(5, 4, 8), scattered(1, 4, 16)),
    }
    again = calls[code]
    with way(module):
        for _ in range(2 if code == "SG111" else 0):
            again()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for _ in range(3):
                with pytest.raises(ShapeWarning, match=code):
                    again()
            module(torch.randn(5, 4, 8))  # a right call goes on to run
            assert len(module._forward_hooks) == hooks
        with heard() as found:
            again()
            again()
        assert codes(found) == ([] if code == "SG111" else [code]), "SG111 was cleared meanwhile"


def test_as_errors_of_the_interpreter_they_name_the_line_of_the_program(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import torch, shapeguard\n"
        "m = shapeguard.LSTM(8, 16)\n"
        "try:\n"
        "    m(torch.randn(5, 8))\n"
        "except shapeguard.ShapeWarning as w:\n"
        "    print(w.code, w.place.line, flush=True)\n"
        "m(torch.randn(5, 8))\n",
        encoding="utf-8",
    )
    strict = subprocess.run(
        [sys.executable, "-W", "error::UserWarning:__main__", str(program)],
        capture_output=True,
        text=True,
    )
    assert strict.stdout == "SG106 4\n"
    assert "line 7" in strict.stderr
    assert strict.returncode == 1
    usual = subprocess.run([sys.executable, str(program)], capture_output=True, text=True)
    assert usual.returncode == 0, usual.stderr
    assert re.search(r"program\.py:4: ShapeWarning: SG106", usual.stderr)
    assert usual.stderr.count("ShapeWarning: SG106") == 1


@pytest.mark.parametrize("way", [WAYS["annotated"], WAYS["guard(model)"]])
@pytest.mark.parametrize("copied", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_a_copy_begins_anew(way: Any, copied: Any) -> None:
    module = nn.GRU(8, 16)
    with way(module), heard() as found:
        module(torch.randn(5, 8))
        twin = copied(module)
        twin(torch.randn(5, 8))
        twin(torch.randn(5, 8))
        module(torch.randn(5, 8))
    assert codes(found) == ["SG106", "SG106"]


def test_what_runs_wrongly_anyway_is_no_call_of_the_module() -> None:
    module = shapeguard.GRU(8, 16)
    for _ in range(5):
        with pytest.raises((ShapeError, RuntimeError)):
            module(torch.randn(1, 4, 7))
    module(torch.randn(1, 4, 8))
    module(torch.randn(1, 4, 8))


def test_switched_off_nothing_is_said() -> None:
    module = shapeguard.GRU(8, 16)
    shapeguard.disable()
    try:
        module(torch.randn(5, 8))
        for _ in range(5):
            module(torch.randn(1, 4, 8))
    finally:
        shapeguard.enable()


def test_threads_that_share_a_module_do_not_disturb_each_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(check, "LIMIT", 3)
    module = shapeguard.GRU(2, 2)
    failures: list[BaseException] = []

    def work(seed: int) -> None:
        try:
            for number in range(60):
                batch = 1 + (number + seed) % 5
                module(torch.zeros(1, batch, 2))
                module(torch.zeros(3, 2))
                module(torch.zeros(2, batch, 2), scattered(1, batch, 2))
        except BaseException as error:
            failures.append(error)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ShapeWarning)
        threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not failures


# Programs that mean what they do: any warning is an error here.


class Model(nn.Module):
    """Two layers of a class, so that one can feed the other."""

    def __init__(self, cls: Any, **options: Any) -> None:
        super().__init__()
        self.first: Any = cls(8, 16, **options)
        self.second: Any = cls(16, 16, **options)
        self.head = nn.Linear(16, 8)


def decoding(model: Model) -> None:
    for _ in range(5):
        x, state = torch.randn(1, 4, 8), None
        for _ in range(6):
            x, state = model.first(x, state)
            x = model.head(x)


def decoding_one_sequence(model: Model) -> None:
    for _ in range(5):
        x, state = torch.randn(1, 8), None
        for _ in range(6):
            x, state = model.first(x, state)
            x = model.head(x)


def unbatched_with_state(model: Model) -> None:
    state = states(model.first, None)
    for steps in (7, 7, 3, 1):
        _, state = model.first(torch.randn(steps, 8), state)


def encoder_and_decoder(model: Model) -> None:
    for _ in range(4):
        _, state = model.first(torch.randn(7, 4, 8))
        x = torch.zeros(1, 4, 16)
        for _ in range(5):
            x, state = model.second(x, state)


def one_step_with_a_state_from_elsewhere(model: Model) -> None:
    for _ in range(5):
        model.first(torch.randn(1, 4, 8), states(model.first, 4, torch.randn))


def packed_out_of_order_with_transposed_state(model: Model) -> None:
    layers = model.first.num_layers
    h: Any = torch.randn(3, layers, 16).transpose(0, 1)
    h = (h, h) if isinstance(model.first, nn.LSTM) else h
    for _ in range(3):
        x = pack_padded_sequence(torch.randn(5, 3, 8), [2, 5, 4], enforce_sorted=False)
        model.first(x, h)


def transposed_state_of_one_layer(model: Model) -> None:
    if model.first.num_layers == 1:
        h: Any = torch.randn(3, 1, 16).transpose(0, 1)
        model.first(torch.randn(5, 3, 8), (h, h) if isinstance(model.first, nn.LSTM) else h)


def learned_state(model: Model) -> None:
    h = nn.Parameter(torch.zeros(model.first.num_layers, 1, 16))
    for batch in (4, 4, 3):
        hx: Any = h.expand(-1, batch, -1).contiguous()
        hx = (hx, hx.clone()) if isinstance(model.first, nn.LSTM) else hx
        model.first(torch.randn(5, batch, 8), hx)[0].sum().backward()


def training_with_a_smaller_last_batch(model: Model) -> None:
    for _ in range(3):
        for batch in (8, 8, 8, 1):
            output, _ = model.second(model.first(torch.randn(7, batch, 8))[0])
            model.head(output[-1]).sum().backward()


def truncated_backpropagation(model: Model) -> None:
    state: Any = None
    for steps in (5, 5, 5, 2, 1):
        output, state = model.first(torch.randn(steps, 4, 8), state)
        output.sum().backward()
        lstm = isinstance(state, tuple)
        state = tuple(part.detach() for part in state) if lstm else state.detach()


def short_sentences_among_others(model: Model) -> None:
    for steps in (1, 1, 4, 1, 1, 1, 1):
        model.first(torch.randn(steps, 1, 8))


def states_carried_from_packed_batches(model: Model) -> None:
    for in_order in (True, False):
        lengths = [5, 4, 2] if in_order else [2, 5, 4]
        x = torch.randn(5, 3, 8)
        _, state = model.first(pack_padded_sequence(x, lengths, enforce_sorted=in_order))
        model.first(pack_padded_sequence(x, [5, 5, 1]), state)
        model.first(x, state)


PROGRAMS = (
    decoding,
    decoding_one_sequence,
    unbatched_with_state,
    encoder_and_decoder,
    one_step_with_a_state_from_elsewhere,
    packed_out_of_order_with_transposed_state,
    transposed_state_of_one_layer,
    learned_state,
    training_with_a_smaller_last_batch,
    truncated_backpropagation,
    short_sentences_among_others,
    states_carried_from_packed_batches,
)


@ways
@layers
@pytest.mark.parametrize("num_layers", [1, 2])
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_a_legitimate_program_hears_nothing(
    program: Callable[[Model], None], cls: Any, way: Any, num_layers: int
) -> None:
    model = Model(cls, num_layers=num_layers)
    with way(model):
        program(model)


@pytest.mark.parametrize("grad", [False, True])
@pytest.mark.parametrize("options", [{}, {"bidirectional": True}, {"batch_first": True}])
@layers
def test_states_that_torch_returned_are_never_scattered(
    cls: Any, options: dict[str, Any], grad: bool
) -> None:
    module = cls(8, 16, num_layers=2, **options)
    with shapeguard.guard(module), torch.set_grad_enabled(grad):
        state = None
        for _ in range(4):
            _, state = module(torch.randn(5, 4, 8), state)
    with shapeguard.guard(module), torch.set_grad_enabled(grad):
        state = None
        for _ in range(4):
            _, state = module(torch.randn(1, 8), state)


@ways
def test_vmap_gives_a_layer_one_sample_of_two_axes_and_nothing_is_said(way: Any) -> None:
    """Gradients of each sample: the batch is the axis that vmap hides."""
    module = nn.LSTM(8, 16)
    weights = {name: weight.detach() for name, weight in module.named_parameters()}

    def loss(weights: dict[str, Tensor], x: Tensor) -> Tensor:
        output: Tensor = torch.func.functional_call(module, weights, (x,))[0]
        return output.sum()

    grads = torch.vmap(torch.func.grad(loss), (None, 0))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "There is a performance drop", UserWarning)
        try:
            bare = grads(weights, torch.randn(5, 7, 8))
        except RuntimeError as error:
            pytest.skip(f"this torch cannot map an LSTM: {error}")
        with way(module):
            ours = grads(weights, torch.randn(5, 7, 8))
    assert {name: grad.shape for name, grad in ours.items()} == {
        name: grad.shape for name, grad in bare.items()
    }


# All rules at once, against what they say of a whole history.


@dataclass(frozen=True)
class Given:
    """One call: `form` is "batch", "single" (2-D), "sorted" or "permuted" (packed)."""

    form: str
    steps: int
    batch: int
    state: str

    def call(self, module: Any) -> None:
        batch: int | None = self.batch
        x: Tensor | PackedSequence
        if self.form == "single":
            x, batch = torch.zeros(self.steps, 2), None
        else:
            x = torch.zeros(self.steps, self.batch, 2)
            if self.form != "batch":
                lengths = [self.steps] * self.batch
                x = pack_padded_sequence(x, lengths, enforce_sorted=self.form == "sorted")
        makers: dict[str, Callable[..., Tensor]]
        makers = {"contiguous": torch.zeros, "scattered": scattered}
        make = makers.get(self.state)
        module(x, None if make is None else states(module, batch, make))

    @property
    def from_zeros(self) -> bool:
        return self.state == "none" and self.steps == 1 and self.form in ("batch", "single")


def fits(history: list[Given]) -> str | None:
    """The rule that the last call of a history falls under, whatever was said before."""
    last = history[-1]
    if last.form == "single" and last.state == "none" and last.steps > 1:
        knows = any(past.form == "single" and past.state != "none" for past in history)
        return None if knows else "SG106"
    if last.state == "scattered" and last.form != "permuted":
        return "SG508"
    if len(history) >= 3 and all(past.from_zeros for past in history):
        return "SG111"
    return None


CALLS = st.builds(
    Given,
    form=st.sampled_from(("batch", "batch", "single", "sorted", "permuted")),
    steps=st.sampled_from((1, 1, 1, 2)),
    batch=st.sampled_from((1, 2)),
    state=st.sampled_from(("none", "none", "none", "contiguous", "scattered")),
)
ONE_STEP = st.builds(
    Given,
    form=st.sampled_from(("batch", "single")),
    steps=st.just(1),
    batch=st.integers(1, 3),
    state=st.just("none"),
)


@settings(deadline=None, max_examples=150)
@given(
    cls=st.sampled_from(LAYERS),
    prefix=st.lists(ONE_STEP, max_size=4),
    rest=st.lists(CALLS, max_size=10),
    limit=st.sampled_from((1, 2, 512)),
    as_errors=st.booleans(),
)
def test_what_is_heard_follows_from_the_history_alone(
    cls: Any, prefix: list[Given], rest: list[Given], limit: int, as_errors: bool
) -> None:
    calls = prefix + rest
    module = cls(2, 2)
    told: set[str] = set()
    patch = pytest.MonkeyPatch()
    patch.setattr(check, "LIMIT", limit)
    try:
        with shapeguard.guard(module):
            for number, one in enumerate(calls, 1):
                code = fits(calls[:number])
                expected = [code] if code and code not in told else []
                if as_errors:
                    with pytest.raises(ShapeWarning, match=code) if code else nullcontext():
                        one.call(module)
                    continue
                with heard() as found:
                    one.call(module)
                assert codes(found) == expected
                told.update(code for code in expected if code)
    finally:
        patch.undo()


def test_the_memory_of_a_module_is_bounded_and_holds_no_tensor() -> None:
    checker = Checker()
    module = nn.GRU(2, 2)
    for batch in range(1, 40):
        checker.before(module, torch.zeros(1, batch, 2), torch.zeros(1, batch, 2))
    for name in type(checker.watch).__slots__:
        assert isinstance(getattr(checker.watch, name), (bool, int, set))
        assert not any(isinstance(item, Tensor) for item in checker.watch._told)


# On a GPU torch is the oracle: we raise SG508 where it raises, and nowhere else.


def _gpu_cases() -> list[Any]:
    return [
        pytest.param(cls, dtype, form, mode, id=f"{cls.__name__}-{dtype}-{form}-{mode}", marks=gpu)
        for cls in LAYERS
        for dtype in ("float16", "float32", "float64", "bfloat16")
        for form in ("batch", "single", "sorted", "permuted")
        for mode in ("plain", "autocast", "cudnn off")
    ]


@pytest.mark.parametrize(("cls", "dtype", "form", "mode"), _gpu_cases())
def test_on_a_gpu_scattered_states_fail_where_torch_fails(
    cls: Any, dtype: str, form: str, mode: str
) -> None:
    kind = getattr(torch, dtype)
    module = cls(8, 16, num_layers=2, device="cuda", dtype=kind)
    data = torch.randn(5, 3, 8, device="cuda", dtype=kind)
    x: Tensor | PackedSequence = data
    batch: int | None = 3
    if form == "single":
        x, batch = data[:, 0], None
    elif form != "batch":
        lengths = [5, 4, 2] if form == "sorted" else [2, 5, 4]
        x = pack_padded_sequence(data, lengths, enforce_sorted=form == "sorted")

    def make(*size: int) -> Tensor:
        return torch.zeros(*size[:-1], size[-1] * 2, device="cuda", dtype=kind)[..., ::2]

    def run() -> Exception | None:
        around: Any = nullcontext()
        if mode == "autocast":
            around = torch.autocast("cuda", torch.float16)
        elif mode == "cudnn off":
            around = torch.backends.cudnn.flags(enabled=False)
        try:
            with around:
                module(x, states(module, batch, make))
        except (ValueError, RuntimeError) as error:
            return error
        return None

    bare = run()
    with shapeguard.guard(module), heard() as found:
        ours = run()
    assert not found
    assert (bare is None) == (ours is None)
    if isinstance(ours, ShapeError):
        assert ours.code == "SG508"
        assert "not contiguous" in str(bare)
    if mode == "plain" and form != "permuted" and dtype != "bfloat16":
        assert isinstance(ours, ShapeError)
