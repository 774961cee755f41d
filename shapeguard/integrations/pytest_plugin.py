"""pytest's entry point: the options. Loaded in every run of pytest where shapeguard is installed.

So this module imports nothing that takes time; the hooks of a run with checks are in pytest_run.
"""

from __future__ import annotations

from importlib.util import find_spec

import pytest

_HELP = "check every call of torch.nn's recurrent layers, Cells and packing during the tests"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("shapeguard")
    group.addoption(
        "--shapeguard",
        dest="shapeguard",
        action="store_const",
        const=True,
        default=None,
        help=_HELP,
    )
    group.addoption(
        "--no-shapeguard",
        dest="shapeguard",
        action="store_const",
        const=False,
        help="do not, whatever the configuration file says",
    )
    parser.addini("shapeguard", f"{_HELP} (as --shapeguard does)", type="bool", default=False)


def pytest_report_header(config: pytest.Config) -> str | None:
    overridden = config.getoption("shapeguard") is False and config.getini("shapeguard")
    return "shapeguard: off (--no-shapeguard)" if overridden else None


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    given = config.getoption("shapeguard")
    if not (config.getini("shapeguard") if given is None else given):
        return
    asked = "--shapeguard" if given else "shapeguard = true"
    if find_spec("torch") is None:
        raise pytest.UsageError(
            f"{asked}: there is no torch in this environment, so there are no calls to check. "
            "Install torch, or leave the option out (--no-shapeguard)"
        )
    from shapeguard.integrations.pytest_run import Run

    config.pluginmanager.register(Run(config, asked), "shapeguard-run")
