"""Which findings stand: what the rules say of each run, and what the runs agree on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from shapeguard.axes.axis import Place
from shapeguard.axes.building import RnnBuilt
from shapeguard.axes.facts import Fact, RnnCalled, call_of, layer_of
from shapeguard.axes.layer import Call, Rnn
from shapeguard.axes.size import UNKNOWN
from shapeguard.lint.context import RunContext
from shapeguard.lint.interp.objects import Frame
from shapeguard.lint.interp.runs import Outcome, Run
from shapeguard.lint.place import NodePlace
from shapeguard.lint.spans import Spans
from shapeguard.lint.timings import CLOCK
from shapeguard.rule import Finding, Rule, Severity

Key = tuple[str, int]
"""A finding's code and the node that it stands at."""


@dataclass(frozen=True)
class Voice:
    """One run's finding: the statement that it comes from, and where its layer is built."""

    rule: Rule
    finding: Finding
    statement: int
    layer: Rnn | None
    call: Call | None

    @property
    def key(self) -> Key:
        """What makes it the same finding in another run."""
        assert isinstance(self.finding.place, NodePlace)
        return self.rule.code, id(self.finding.place.node)


def settle(
    outcome: Outcome, rules: Sequence[Rule], names: Frame, spans: Spans
) -> dict[Key, tuple[Rule, Finding]]:
    """The findings that stand: of plain runs all, of configurations those that all agree on.

    A configuration has a say where it reaches the statement and builds the layer: a layer that
    only some configurations build is judged by those alone. Where the program lets a layer read
    one way or both, what is wrong with both is a warning.
    """
    accepted: dict[Key, tuple[Rule, Finding]] = {}
    said = [(run, list(voices(run, rules, names, spans))) for run in outcome.plain]
    for _, found in said:
        for voice in found:
            _accept(accepted, voice)
    for runs in outcome.worlds:
        told = [(run, list(voices(run, rules, names, spans))) for run in runs]
        said += told
        heard: dict[Key, dict[int, Voice]] = {}
        for number, (_, found) in enumerate(told):
            for voice in found:
                heard.setdefault(voice.key, {}).setdefault(number, voice)
        for by_run in heard.values():
            for voice in by_run.values():
                silent = [
                    run
                    for number, run in enumerate(runs)
                    if number not in by_run and _entitled(run, voice)
                ]
                if not silent:
                    _accept(accepted, voice)
                elif _two_ways(voice, silent):
                    _accept(accepted, replace(voice, finding=_warning(voice)))
    for found in [found for _, found in said]:
        for voice in found:
            rule, finding = accepted.get(voice.key, (voice.rule, voice.finding))
            if finding.fix is not None and voice.key in accepted and _breaks(voice, said):
                accepted[voice.key] = rule, replace(finding, fix=None)
    return accepted


def _breaks(voice: Voice, said: Sequence[tuple[Run, list[Voice]]]) -> bool:
    """Whether another layer answers there too, of another kind or layout, and all is well with it:
    what is written for the one is wrong for the other."""
    own = voice.call
    return own is not None and any(
        isinstance(fact, RnnCalled)
        and fact.call.place == own.place
        and _differ(fact.call.rnn, own.rnn)
        and not any(each.call is fact.call and each.key == voice.key for each in found)
        for run, found in said
        for fact, _ in run.facts
    )


def _differ(one: Rnn, other: Rnn) -> bool:
    """Whether what two layers return is read in different ways."""
    if (one.kind == "LSTM") is not (other.kind == "LSTM"):
        return True
    flags = [(one.flag(name), other.flag(name)) for name in ("bidirectional", "batch_first")]
    return any(a is not UNKNOWN and b is not UNKNOWN and a is not b for a, b in flags)


def _two_ways(voice: Voice, silent: Sequence[Run]) -> bool:
    """Whether the finding holds wherever the layer reads both ways, which the program allows for,
    and is of no concern in the runs in which it reads one way only."""
    own = voice.layer
    return (
        own is not None
        and own.flag("bidirectional") is True
        and all(
            fact.rnn.flag("bidirectional") is False
            for run in silent
            for fact, _ in run.facts
            if isinstance(fact, RnnBuilt) and fact.rnn.place == own.place
        )
    )


def _warning(voice: Voice) -> Finding:
    """A finding that holds in one of the uses that the program allows for."""
    severity = voice.finding.severity or voice.rule.severity
    lower = Severity.WARNING if severity is Severity.ERROR else severity
    return replace(voice.finding, severity=lower)


def _accept(accepted: dict[Key, tuple[Rule, Finding]], voice: Voice) -> None:
    """Take a finding; where two readings of one place ask for different fixes, neither is made."""
    rule, before = accepted.setdefault(voice.key, (voice.rule, voice.finding))
    if before.fix is not None and _changes(before) != _changes(voice.finding):
        accepted[voice.key] = rule, replace(before, fix=None)


def _changes(finding: Finding) -> set[tuple[Place, str]]:
    """What a finding's fix would write, and where."""
    edits = finding.fix.edits if finding.fix is not None else ()
    return {(edit.place, edit.text) for edit in edits}


def _entitled(run: Run, voice: Voice) -> bool:
    if voice.statement not in run.reached:
        return False
    if voice.layer is None:
        return True
    return any(
        isinstance(fact, RnnBuilt) and fact.rnn.place == voice.layer.place for fact, _ in run.facts
    )


def voices(run: Run, rules: Sequence[Rule], names: Frame, spans: Spans) -> Iterator[Voice]:
    """What the rules say of one run."""
    if not run.facts:
        return
    context = RunContext([fact for fact, _ in run.facts], names, spans)
    listeners: dict[type[Fact], list[Rule]] = {}
    for rule in rules:
        for kind in rule.on:
            listeners.setdefault(kind, []).append(rule)
    for fact, statement in run.facts:
        if statement in run.known:
            continue
        for rule in listeners.get(type(fact), ()):
            with CLOCK.measure(rule.code):
                findings = list(rule.check(fact, context))
            for finding in findings:
                layer, call = layer_of(fact), call_of(fact)
                yield Voice(
                    rule,
                    finding,
                    statement,
                    layer,
                    call,
                )
