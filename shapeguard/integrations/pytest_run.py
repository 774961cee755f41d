"""One run of pytest with checks: holds the guard while tests run, and tells what they met."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from types import TracebackType
from typing import Any
from unittest import SkipTest

import pytest

from shapeguard.integrations.findings import Finding, Findings
from shapeguard.runtime import error as errors
from shapeguard.runtime import switch
from shapeguard.runtime.error import ShapeError, ShapeWarning
from shapeguard.runtime.where import Place, internal

_COLLECTION = "(collection)"
_SESSION = "(session)"


class Run:
    """The hooks. Under pytest-xdist, workers hold guards and their controller tells.

    A process that collects tests is one that may run them: the guard begins there, so that an xdist
    controller, which does neither, loads no torch.
    """

    def __init__(self, config: pytest.Config, asked: str) -> None:
        self._config = config
        self._asked = asked
        self._findings = Findings()
        self._notes: dict[str, None] = {}
        self._holds = False
        # Weak, since a traceback keeps its frames' tensors.
        self._raised: list[tuple[weakref.ref[ShapeError], Finding]] = []

    def pytest_report_header(self) -> str:
        if not switch.on:
            return f"shapeguard: off ({switch.reason}), though {self._asked} asks for it"
        line = f"shapeguard: guarding every recurrent call ({self._asked})"
        if not self._config.pluginmanager.hasplugin("warnings"):
            line += "; ShapeWarnings are not listed (-p no:warnings)"
        return line

    @pytest.hookimpl(tryfirst=True)
    def pytest_collectstart(self) -> None:
        if self._holds:
            return
        try:
            from shapeguard.runtime.api import guard
        except ImportError as error:
            raise pytest.UsageError(f"{self._asked}: torch cannot be loaded: {error}") from error
        self._config.add_cleanup(guard().remove)
        errors.observers.append(self._observe)
        self._config.add_cleanup(lambda: errors.observers.remove(self._observe))
        self._holds = True

    def _observe(self, error: ShapeError) -> None:
        headline = str(error).partition("\n")[0]
        self._raised.append((weakref.ref(error), _finding("error", headline, error.place)))

    def pytest_warning_recorded(self, warning_message: Any, when: str, nodeid: str) -> None:
        warning = warning_message.message
        # pytest-xdist tells its controller of them, too.
        if self._holds and isinstance(warning, ShapeWarning):
            place = warning.place or Place(warning_message.filename, warning_message.lineno, "", "")
            test = nodeid or (_COLLECTION if when == "collect" else _SESSION)
            self._findings.add(_warned(warning, place), test)

    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        failure = call.excinfo
        if failure is not None and failure.errisinstance((pytest.skip.Exception, SkipTest)):
            failure = None  # nobody sees what lies behind a skip
        if failure is not None and not self._config.getoption("fulltrace", False):
            _shorten(failure)
        self._settle(item.nodeid, failure.value if failure else None)

    def pytest_exception_interact(self, call: pytest.CallInfo[Any], report: Any) -> None:
        if isinstance(report, pytest.CollectReport) and call.excinfo is not None:
            self._settle(_COLLECTION, call.excinfo.value)

    def pytest_collectreport(self) -> None:
        self._settle(_COLLECTION, None)

    def _settle(self, test: str, failure: BaseException | None) -> None:
        """Notes the ShapeErrors raised since the last time, but for those that `failure` shows."""
        told = {id(one): one for one in _chain(failure)}
        raised, self._raised = self._raised, []
        for reference, finding in raised:
            error = reference()
            if error is None or id(error) not in told:
                self._findings.add(finding, test)
        for one in told.values():  # an error by a filter: pytest records no such warning
            if isinstance(one, ShapeWarning):
                self._findings.add(_warned(one, one.place), test)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        if self._holds:
            from shapeguard.runtime.api import status

            self._settle(_SESSION, None)
            now = status()
            if not now.on:
                self._notes[f"The checks were off when the run ended ({now.reason})."] = None
            if now.types_off:
                self._notes[f"jaxtyping's part of the checks was off ({now.types_off})."] = None
        if hasattr(self._config, "workeroutput"):
            output = {"rows": self._findings.rows(), "notes": list(self._notes)}
            self._config.workeroutput["shapeguard"] = output

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """What a worker of pytest-xdist met."""
        output = getattr(node, "workeroutput", {}).get("shapeguard")
        if output is None:
            self._notes[f"{node.gateway.id} died: what its tests met is not listed here."] = None
            return
        self._findings.add_rows(output["rows"])
        self._notes.update(dict.fromkeys(output["notes"]))

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if not self._findings and not self._notes:
            return
        terminalreporter.section("shapeguard")
        for line in self._findings.lines(verbose=self._config.getoption("verbose") > 0):
            terminalreporter.line(line)
        for note in self._notes:
            terminalreporter.line(note)


def _warned(warning: ShapeWarning, place: Place | None) -> Finding:
    suspicion = warning.suspicion
    headline = (
        f"{suspicion.code} {suspicion.name}" if suspicion else str(warning).partition("\n")[0]
    )
    return _finding("warning", headline, place)


def _finding(kind: str, headline: str, place: Place | None) -> Finding:
    if place is None:
        return Finding(kind, headline, "(an unknown place)", 0, "", "")
    return Finding(kind, headline, place.file, place.line, place.function, place.source)


def _shorten(failure: pytest.ExceptionInfo[BaseException]) -> None:
    """What pytest will show of a traceback: the frames of the user, each once."""
    if not failure.errisinstance((ShapeError, ShapeWarning)):
        return
    entries: list[TracebackType] = []
    at: TracebackType | None = failure.tb
    while at is not None:
        if not internal(at.tb_frame.f_code):
            entries.append(at)
        at = at.tb_next
    kept: TracebackType | None = None
    for entry in reversed(entries):
        if kept is None or kept.tb_frame is not entry.tb_frame:
            kept = TracebackType(kept, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
    if kept is not None:
        failure.traceback = type(failure.traceback)(kept)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and what pytest shows with it: causes, contexts, members of groups."""
    waiting, seen = [error], set[int]()
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting.append(one.__cause__)
        if not one.__suppress_context__:
            waiting.append(one.__context__)
        waiting.extend(getattr(one, "exceptions", ()))
