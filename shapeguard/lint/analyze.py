"""From a program to diagnostics: outline, runs, rules, spans."""

from __future__ import annotations

import libcst as cst

from shapeguard.lint import diagnostic as out
from shapeguard.lint.following import follow
from shapeguard.lint.interp.besides import TEXTS
from shapeguard.lint.interp.modules import Module
from shapeguard.lint.interp.objects import Frame
from shapeguard.lint.interp.roots import Session
from shapeguard.lint.outline import Chunk, Piece, Unreadable, chunks, pieces, relevant
from shapeguard.lint.place import NodePlace
from shapeguard.lint.settle import settle
from shapeguard.lint.source import Program
from shapeguard.lint.spans import Spans
from shapeguard.lint.timings import CLOCK
from shapeguard.rule import Edit, Finding, Rule
from shapeguard.rules import registry

STEPS_PER_LINE = 60
"""Statements that one root may run, per line of the program: what keeps the cost linear."""

LEAST_STEPS = 5_000


def analyze(program: Program, select: frozenset[str] | None) -> out.Analysis:
    """Everything that the selected rules find in a program; None selects every rule."""
    found: list[Chunk] = []
    skipped: list[out.SkippedCell] = []
    for unit in program.units:
        try:
            with CLOCK.measure("outline"):
                found += chunks(unit)
        except Unreadable as error:
            if unit.cell is None:
                return out.Analysis(error=str(error))
            skipped.append(out.SkippedCell(unit.cell, str(error)))
    rules = [rule for code, rule in registry().items() if select is None or code in select]
    try:
        with CLOCK.measure("parse"):
            trees = pieces(found)
        diagnostics: tuple[out.Diagnostic, ...] = ()
        if trees:
            diagnostics = _together(program, found, trees, rules)
    except Unreadable as error:
        return out.Analysis((), tuple(skipped), str(error))
    except RecursionError:
        return out.Analysis((), tuple(skipped), "nested too deeply to be analysed")
    return out.Analysis(diagnostics, tuple(skipped))


def _together(
    program: Program, found: list[Chunk], trees: list[Piece], rules: list[Rule]
) -> tuple[out.Diagnostic, ...]:
    """The program with the files around it, or alone where these are nested too deeply."""
    try:
        with CLOCK.measure("other files"):
            around = follow(program, relevant(found)) if program.along is not None else []
        if around:
            return _diagnose(program, [*trees, *around], rules)
    except RecursionError:
        pass
    return _diagnose(program, trees, rules)


def _diagnose(
    program: Program, trees: list[Piece], rules: list[Rule]
) -> tuple[out.Diagnostic, ...]:
    session = Session(_steps([piece for piece in trees if piece.file is None]))
    for piece in trees:
        for name, words in piece.methods.items():
            session.words[name] = session.words.get(name, frozenset()) | words
    session.globals.vars[TEXTS] = tuple(unit.text for unit in program.units)
    callers = _modules(program, trees, session.globals)
    own = [(piece.tree, piece.root) for piece in trees if piece.file is None]
    with CLOCK.measure("follow"):
        outcome = session.run(own, callers)
    spans = Spans(trees)
    accepted = settle(outcome, rules, session.globals, spans)
    made = [
        _diagnostic(program.filename, rule, finding, spans)
        for rule, finding in accepted.values()
        if spans.file(finding.place) is None
    ]
    return tuple(sorted(made, key=lambda item: item.sort_key))


def _steps(pieces: list[Piece]) -> int:
    return max(LEAST_STEPS, STEPS_PER_LINE * sum(piece.rows for piece in pieces))


def _modules(program: Program, trees: list[Piece], names: Frame) -> list[Module]:
    """The files that use the program, connected by their imports with the other files in view."""
    if program.along is None or trees[-1].file is None:
        return []
    modules = {program.filename: Module(program.filename, frame=names, begun=True)}
    for number, piece in enumerate(trees):
        if piece.file is not None:
            module = modules.setdefault(piece.file, Module(piece.file))
            module.pieces.append((number, piece.tree, piece.root))
    for module in modules.values():
        module.budget = _steps([trees[number] for number, _, _ in module.pieces])
    for (file, written), target in program.along.links:
        if file in modules and target in modules:
            modules[file].imports[written] = modules[target]
    using = {piece.file for piece in trees if piece.root and piece.file is not None}
    return [modules[name] for name in sorted(using)]


def _diagnostic(filename: str, rule: Rule, finding: Finding, spans: Spans) -> out.Diagnostic:
    notes = tuple(
        out.Note(
            evidence.text,
            None if evidence.place is None else spans.span(evidence.place),
            None if evidence.place is None else spans.cell(evidence.place),
            None if evidence.place is None else spans.file(evidence.place),
        )
        for evidence in finding.evidence
    )
    fix = None
    if finding.fix is not None and all(_lined(edit, spans) for edit in finding.fix.edits):
        edits = tuple(_edit(edit, spans) for edit in finding.fix.edits)
        fix = out.Fix(finding.fix.applicability.value, finding.fix.message, edits)
    severity = finding.severity or rule.severity
    return out.Diagnostic(
        code=rule.code,
        name=rule.name,
        severity=severity.value,
        message=finding.message,
        span=spans.span(finding.place),
        filename=filename,
        why=finding.why,
        advice=finding.cure,
        notes=notes,
        cell=spans.cell(finding.place),
        fix=fix,
    )


def _lined(edit: Edit, spans: Spans) -> bool:
    """Whether there is a line that a new one can stand below, if that is what an edit asks."""
    if spans.file(edit.place) is not None:
        return False
    if edit.how != "after":
        return True
    return any(isinstance(node, cst.SimpleStatementLine) for node in spans.path(edit.place))


def _edit(edit: Edit, spans: Spans) -> out.Edit:
    cell = spans.cell(edit.place)
    span = spans.span(edit.place)
    if edit.how == "replace":
        return out.Edit(span, edit.text, cell)
    path = spans.path(edit.place)
    assert isinstance(edit.place, NodePlace)
    unit = edit.place.unit
    if edit.how == "remove-argument":
        return out.Edit(_argument(path, span, unit, spans), "", cell)
    line = next(node for node in reversed(path) if isinstance(node, cst.SimpleStatementLine))
    whole = spans.of(unit, line)
    assert whole is not None
    indent = " " * (whole.start.column - 1)
    return out.Edit(out.Span(whole.end, whole.end), f"\n{indent}{edit.text}", cell)


def _argument(path: list[cst.CSTNode], span: out.Span, unit: int, spans: Spans) -> out.Span:
    """An argument with the comma that goes with it."""
    number = max(i for i, node in enumerate(path) if isinstance(node, cst.Arg))
    arg, call = path[number], path[number - 1]
    assert isinstance(arg, cst.Arg)
    assert isinstance(call, cst.Call)
    position = call.args.index(arg)
    here = spans.of(unit, arg)
    assert here is not None
    if position > 0:
        before = spans.of(unit, call.args[position - 1].value)
        assert before is not None
        return out.Span(before.end, _value_end(arg, unit, spans))
    if len(call.args) > 1:
        after = spans.of(unit, call.args[1])
        assert after is not None
        return out.Span(here.start, after.start)
    return out.Span(here.start, here.end)


def _value_end(arg: cst.Arg, unit: int, spans: Spans) -> out.Position:
    end = spans.of(unit, arg.value)
    assert end is not None
    return end.end
