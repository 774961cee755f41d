"""The programs of test_programs are what they claim, held by torch.

Good ones run; bad ones run in silence, or crash in the way that is listed here.
"""

import json
import pathlib
import subprocess
import sys

import pytest

pytest.importorskip("torch")
pytestmark = pytest.mark.slow

PROGRAMS = pathlib.Path(__file__).parent / "programs"
NO_PRODUCT = "shapes cannot be multiplied"
BAD_STATE = "Expected hidden"
BAD_INPUT = "input.size(-1) must be equal to input_size"
FREED = "Trying to backward through the graph a second time"

NOT_SORTED = "must be sorted in decreasing order"

CRASHES = {
    "sg112/09_steps_in_view": "view size is not compatible with input tensor's size and stride",
    "sg113/10_samples_taken_apart": "is invalid for input of size",
    "sg202/01_nested_call": "linear(): argument 'input' (position 1) must be Tensor, not",
    "sg202/02_three_names": "not enough values to unpack (expected 3, got 2)",
    "sg202/03_swapped_names": "too many values to unpack (expected 2)",
    "sg202/05_state_to_gru": "'tuple' object has no attribute 'dim'",
    "sg202/06_one_tensor_state": "For batched 3-D input, hx and cx should also be 3-D but got",
    "sg202/07_sequential": "linear(): argument 'input' (position 1) must be Tensor, not",
    "sg202/08_stacked_list": "unsupported operand type(s) for +: 'Tensor' and 'tuple'",
    "sg202/09_user_class": "relu(): argument 'input' (position 1) must be Tensor, not tu",
    "sg202/10_unpack_directions": "not enough values to unpack (expected 3, got 2)",
    "sg202/11_loop_over_time": "'tuple' object has no attribute 'dim'",
    "sg205/01_bidirectional_head": NO_PRODUCT,
    "sg205/03_projection": NO_PRODUCT,
    "sg205/04_cat_of_directions": NO_PRODUCT,
    "sg205/05_half_of_features": NO_PRODUCT,
    "sg205/06_num_directions": NO_PRODUCT,
    "sg205/07_all_steps": NO_PRODUCT,
    "sg205/08_summed_directions": NO_PRODUCT,
    "sg205/09_constants": NO_PRODUCT,
    "sg205/10_context_and_state": NO_PRODUCT,
    "sg206/01_second_after_bidirectional": BAD_INPUT,
    "sg206/02_embedding_size": BAD_INPUT,
    "sg206/03_context_not_counted": BAD_INPUT,
    "sg206/04_packed": NO_PRODUCT,
    "sg206/05_projection": BAD_INPUT,
    "sg206/06_linear_in_front": BAD_INPUT,
    "sg206/07_summed_directions": BAD_INPUT,
    "sg206/08_written_out": BAD_INPUT,
    "sg208/04_sigmoid": "Using a target size (torch.Size([6])) that is different to the input size",
    "sg208/08_logits": "Target size (torch.Size([5])) must be the same as input size",
    "sg209/01_gru_cell_two_names": "Input batch size 2 doesn't match hidden0 batch size 7",
    "sg209/02_output_and_state": "Input batch size 2 doesn't match hidden0 batch size 6",
    "sg209/03_lstm_cell_as_layer": "Input batch size 2 doesn't match hidden0 batch size 5",
    "sg209/04_tuple_into_linear": "linear(): argument 'input' (position 1) must be Tensor, not",
    "sg209/05_only_c_handed_on": "argument 'hx' (position 2) must be tuple of Tensors, not",
    "sg209/06_whole_sequence": "GRUCell: Expected input to be 1D or 2D, got 3D instead",
    "sg209/07_pair_given_to_gru_cell": "'tuple' object has no attribute 'dim'",
    "sg209/08_stacked_cells": "Input batch size 2 doesn't match hidden0 batch size 5",
    "sg405/01_last_step": "tuple indices must be integers or slices, not tuple",
    "sg405/02_dropout": "argument 'input' (position 1) must be Tensor, not PackedSequence",
    "sg405/03_unpacked_in_two": "too many values to unpack (expected 2)",
    "sg405/04_relu": "argument 'input' (position 1) must be Tensor, not PackedSequence",
    "sg405/05_sequential_head": "argument 'input' (position 1) must be Tensor, not PackedSequence",
    "sg405/06_view": "'PackedSequence' object has no attribute 'view'",
    "sg405/08_cat": "expected Tensor as element 0 in argument 0, but got PackedSequence",
    "sg406/06_written_list": NOT_SORTED,
    "sg406/07_written_variable": NOT_SORTED,
    "sg501/01_batch_axis_first": BAD_STATE,
    "sg501/02_directions_missing": BAD_STATE,
    "sg501/03_wrong_axis": BAD_STATE,
    "sg501/04_encoder_to_decoder": BAD_STATE,
    "sg501/05_all_in_one": BAD_STATE,
    "sg501/06_learned_state": BAD_STATE,
    "sg501/07_projection": BAD_STATE,
    "sg501/08_stored_hidden": BAD_STATE,
    "sg501/09_step_states": BAD_STATE,
    "sg501/10_input_size": BAD_STATE,
    "sg504/01_char_rnn_function": FREED,
    "sg504/02_script_gru": FREED,
    "sg504/03_detach_thrown_away": FREED,
    "sg504/04_trainer_class": FREED,
    "sg504/05_two_names": FREED,
    "sg504/06_state_kept_by_model": FREED,
    "sg504/07_retain_graph": "has been modified by an inplace operation",
    "sg504/08_helper_for_the_step": FREED,
    "sg504/09_cell_over_steps": FREED,
    "sg602/01_dropout_on_bias": "bias should be of type bool, got: float",
    "sg602/04_nonlinearity": "Unknown nonlinearity 'True'. Select from 'tanh' or 'relu'.",
    "sg602/07_super_init": "bias should be of type bool, got: float",
    "sg602/08_star_args": "bias should be of type bool, got: float",
    "sg602/09_layers_and_flag": "bias should be of type bool, got: float",
}


@pytest.fixture(scope="module")
def reports() -> dict[str, dict[str, object]]:
    """What became of each program, by folder/name. One child runs them all: torch loads slowly."""
    runner = pathlib.Path(__file__).with_name("programs_runner.py")
    paths = sorted(map(str, PROGRAMS.glob("*/*.py")))
    done = subprocess.run(
        [sys.executable, str(runner), *paths],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, dict[str, object]] = json.loads(done.stdout)
    assert sorted(found) == paths
    return {
        pathlib.Path(path).relative_to(PROGRAMS).with_suffix("").as_posix(): report
        for path, report in found.items()
    }


@pytest.mark.parametrize("folder", sorted(path.name for path in PROGRAMS.glob("*")))
def test_programs_run(folder: str, reports: dict[str, dict[str, object]]) -> None:
    mine = {name: report for name, report in reports.items() if name.startswith(f"{folder}/")}
    assert mine
    wrong = []
    for name, report in mine.items():
        error = report["error"]
        expected = CRASHES.get(name.removesuffix("_bad")) if name.endswith("_bad") else None
        if (error is None) != (expected is None) or (expected and expected not in str(error)):
            wrong.append((name, expected, error))
        warned = "dropout option adds dropout" in str(report["warnings"])
        if warned != (folder == "sg601" and name.endswith("_bad")):
            wrong.append((name, "torch's warning of dropout on one layer", report["warnings"]))
    assert not wrong


def test_no_crash_is_listed_in_vain(reports: dict[str, dict[str, object]]) -> None:
    assert [name for name in CRASHES if f"{name}_bad" not in reports] == []
