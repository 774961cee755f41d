"""diagnose(): pure, structured, and true to the numbers it is given."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapeguard import contract
from shapeguard.contract import Kind, Layout, Slot
from shapeguard.runtime import diagnosis, message
from shapeguard.runtime.call import Call, Form, Layer, Other, Packed
from shapeguard.runtime.diagnosis import diagnose
from shapeguard.runtime.problem import Problem


def form(*shape: int, dtype: str = "float32", device: str = "cpu") -> Form:
    return Form(shape, dtype, device)


def gru(num_layers: int = 1, directions: int = 1) -> Layer:
    return Layer(Kind.GRU, 5, 11, num_layers, directions, dtype="float32", device="cpu")


def found(call: Call) -> Problem:
    problem = diagnose(call)
    assert problem is not None
    return problem


def slugs(call: Call) -> list[str]:
    return [cause.slug for cause in found(call).causes]


@st.composite
def right(draw: st.DrawFn) -> Call:
    kind = draw(st.sampled_from(list(Kind)))
    size = st.integers(1, 9)
    hidden = draw(size)
    layer = Layer(
        kind,
        input_size=draw(size),
        hidden_size=hidden,
        num_layers=1 if kind.is_cell else draw(st.integers(1, 3)),
        directions=1 if kind.is_cell else draw(st.integers(1, 2)),
        batch_first=draw(st.booleans()),
        proj_size=draw(st.integers(0, hidden - 1)) if kind is Kind.LSTM else 0,
        dtype="float32",
        device="cpu",
    )
    layout = draw(st.sampled_from(layer.layouts))
    sizes = layer.sizes(draw(size), draw(size))
    if layout is Layout.PACKED:
        sizes = replace(sizes, S=sizes.L * sizes.N)
    data = form(*contract.shape(kind, layout, Slot.INPUT, sizes))
    states = tuple(
        form(*contract.shape(kind, layout, slot, sizes)) for slot in contract.states(kind)
    )
    return Call(
        layer,
        Packed(data, sizes.N, sizes.L) if layout is Layout.PACKED else data,
        draw(st.sampled_from((None, states[0] if len(states) == 1 else Other("tuple", states)))),
    )


@given(right())
def test_a_right_call_has_no_problem(call: Call) -> None:
    assert diagnose(call) is None


@given(right(), st.data())
def test_a_changed_size_of_a_state_is_named_by_its_axis(call: Call, data: st.DataObject) -> None:
    if call.state is None or call.layout is None:
        return
    state = call.state.items[-1] if isinstance(call.state, Other) and call.state.items else None
    last = state if isinstance(state, Form) else call.state
    assert isinstance(last, Form)
    at = data.draw(st.integers(0, len(last.shape) - 1))
    size = last.shape[at] + data.draw(st.integers(1, 9))
    shape = (*last.shape[:at], size, *last.shape[at + 1 :])
    wrong: Form | Other = replace(last, shape=shape)
    slot = contract.states(call.layer.kind)[-1]
    if isinstance(call.state, Other):
        assert call.state.items is not None
        wrong = replace(call.state, items=(*call.state.items[:-1], wrong))
    problem = found(replace(call, state=wrong))
    assert problem.slot == slot.value.split(",")[0]
    assert problem.code == "SG501"
    assert problem.differs == (call.layer.axes(call.layout, slot)[at],)
    assert problem.expected == last.shape
    assert problem.got == shape
    assert problem.causes


@given(right())
def test_every_axis_that_differs_is_bound_by_name(call: Call) -> None:
    if call.state is None:
        return
    problem = diagnose(replace(call, state=form(97, 89, 83)))
    assert problem is not None
    bound = {binding.axis for binding in problem.bindings}
    assert set(problem.differs) <= bound
    assert all(binding.origin for binding in problem.bindings)


def test_the_setting_that_makes_an_axis_is_quoted() -> None:
    call = Call(gru(num_layers=2, directions=2), form(7, 3, 5), form(2, 3, 11))
    origins = {binding.axis: binding.origin for binding in found(call).bindings}
    assert origins["D*K"] == "num_layers=2 and bidirectional=True"
    assert origins["N"] == "axis 1 of the input (7, 3, 5), as batch_first is False by default"
    assert origins["Hout"] == "hidden_size=11"


def test_a_batch_of_other_size_is_no_cause_of_several_devices_unless_it_divides() -> None:
    call = Call(gru(), form(7, 3, 5), form(1, 13, 11))
    assert slugs(call) == ["last-smaller-batch"]
    assert slugs(replace(call, state=form(1, 12, 11))) == [
        "last-smaller-batch",
        "split-over-devices",
    ]


def test_directions_are_missing_only_where_there_are_two() -> None:
    one = Call(gru(num_layers=4), form(7, 3, 5), form(2, 3, 11))
    two = Call(gru(num_layers=2, directions=2), form(7, 3, 5), form(2, 3, 11))
    assert "directions-missing" not in slugs(one)
    assert slugs(two) == ["directions-missing"]


def test_transposed_input_is_said_only_where_input_size_stands_elsewhere() -> None:
    assert slugs(Call(gru(), form(3, 5, 7))) == ["not-transposed"]
    assert "not-transposed" not in slugs(Call(gru(), form(3, 4, 7)))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_under_autocast_floats_meet(dtype: str) -> None:
    call = Call(gru(), form(7, 3, 5, dtype=dtype), form(1, 3, 11), autocast=True)
    assert diagnose(call) is None
    assert found(replace(call, autocast=False)).slot == "input"


def test_under_autocast_doubles_and_integers_do_not_meet() -> None:
    for dtype in ("float64", "int64", "bool"):
        call = Call(gru(), form(7, 3, 5, dtype=dtype), autocast=True)
        assert found(call).slot == "input"


def test_nothing_is_said_of_dtype_or_device_where_the_weights_are_not_known() -> None:
    layer = replace(gru(), dtype=None, device=None)
    assert diagnose(Call(layer, form(7, 3, 5, dtype="float16", device="cuda:0"))) is None


def test_a_device_without_a_number_may_be_any_of_its_kind() -> None:
    layer = replace(gru(), device="cuda")
    assert diagnose(Call(layer, form(7, 3, 5, device="cuda:1"))) is None
    assert found(Call(layer, form(7, 3, 5))).causes[0].slug == "input-not-moved"
    elsewhere = replace(gru(), device="cuda:0")
    assert found(Call(elsewhere, form(7, 3, 5, device="cuda:1"))).got == "cuda:1"


def test_a_state_on_the_cpu_beside_input_on_a_gpu() -> None:
    layer = replace(gru(), device="cuda:0")
    problem = found(Call(layer, form(7, 3, 5, device="cuda:0"), form(1, 3, 11)))
    assert (problem.slot, problem.code) == ("h_0", "SG502")
    assert "x.new_zeros(1, x.size(1), 11)" in problem.causes[0].cure
    assert "h0.to(x.device)" in problem.causes[0].cure


def test_cures_of_both_states_stand_together() -> None:
    layer = Layer(Kind.LSTM, 5, 11, dtype="float32", device="cpu")
    state = Other("tuple", (form(1, 7, 11), form(1, 7, 11)))
    causes = found(Call(layer, form(7, 3, 5), state)).causes
    assert [cause.slug for cause in causes] == ["batch-from-steps-axis", "last-smaller-batch"]
    for cause in causes:
        assert [line.split()[0] for line in cause.cure.splitlines()][:2] == ["h0", "c0"]


def test_types_that_are_not_known_are_left_to_torch() -> None:
    assert diagnose(Call(gru(), Other("mine.TensorLike"))) is None
    assert diagnose(Call(gru(), form(7, 3, 5), Other("mine.TensorLike"))) is None


@given(right(), st.sampled_from(["x" * 20, ""]))
def test_problems_of_any_shape_render(call: Call, layer: str) -> None:
    for state in (form(), form(2), form(2, 3), form(2, 3, 4), form(2, 3, 4, 5)):
        problem = diagnose(replace(call, state=state))
        if problem is not None:
            text = message.of_problem(problem, layer, None, None)
            assert text.strip() == text
            assert "None" not in text
            assert problem.causes


def test_no_module_of_diagnosis_imports_torch() -> None:
    assert diagnosis.__file__
    for path in Path(diagnosis.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert node.module is not None
                assert node.module.split(".")[0] != "torch", path
            if isinstance(node, ast.Import):
                assert all(alias.name.split(".")[0] != "torch" for alias in node.names), path
