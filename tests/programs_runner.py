"""Child process of test_programs_run: executes programs, each in its own namespace."""

import contextlib
import io
import json
import pathlib
import sys
import types
import warnings

import torch


def run(path: pathlib.Path) -> dict[str, object]:
    source = path.read_text(encoding="utf-8")
    driver = [
        line.removeprefix("# run: ") for line in source.splitlines() if line.startswith("# run: ")
    ]
    torch.manual_seed(0)
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    sys.argv = [str(path)]
    names = module.__dict__
    error = None
    with warnings.catch_warnings(record=True) as caught, contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("always")
        try:
            exec(compile(source, str(path), "exec"), names)
            names.update(torch=torch, nn=torch.nn)
            for statement in driver:
                exec(statement, names)
        except Exception as problem:
            error = f"{type(problem).__name__}: {problem}"
    torch.set_grad_enabled(True)
    return {
        "error": error,
        "warnings": [str(one.message) for one in caught],
        "drivers": len(driver),
    }


if __name__ == "__main__":
    paths = [pathlib.Path(argument) for argument in sys.argv[1:]]
    torch.set_num_threads(1)
    print(json.dumps({str(path): run(path) for path in paths}))
