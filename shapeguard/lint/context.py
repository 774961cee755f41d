"""What a rule may ask of one run: its facts, how the file writes a name, how a slot is reached."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import libcst as cst

from shapeguard.axes.axis import Place
from shapeguard.axes.facts import Fact, TupleIndexed, Unpacked
from shapeguard.axes.layer import Call
from shapeguard.axes.value import Tensor, Tuple
from shapeguard.lint.interp import trees
from shapeguard.lint.interp.objects import Frame, Ref
from shapeguard.lint.place import NodePlace
from shapeguard.lint.spans import Spans
from shapeguard.rule import Access, Edit, F


class RunContext:
    """The facts of one run, seen by rules."""

    def __init__(self, facts: Sequence[Fact], names: Frame, spans: Spans) -> None:
        self._names = names
        self._spans = spans
        self._by_kind: dict[type[Fact], list[Any]] = {}
        for fact in facts:
            self._by_kind.setdefault(type(fact), []).append(fact)

    def facts(self, kind: type[F]) -> Sequence[F]:
        """All facts of one kind, in program order."""
        return self._by_kind.get(kind, [])

    def spell(self, dotted: str) -> str | None:
        """How this file writes a torch name; None if it has not imported it."""
        best: str | None = None
        for name, value in self._names.vars.items():
            if isinstance(value, Ref):
                if value.dotted == dotted:
                    return name
                if dotted.startswith(f"{value.dotted}."):
                    spelled = f"{name}{dotted[len(value.dotted) :]}"
                    best = spelled if best is None or len(spelled) < len(best) else best
        if best is None and "torch" not in self._names.vars:
            nobody_imports = not any(
                isinstance(v, Ref) and v.dotted.startswith("torch")
                for v in self._names.vars.values()
            )
            return dotted if nobody_imports else None
        return best

    def uses(self, *names: str) -> bool:
        """Whether the program is written with one of these names."""
        return not self._spans.names.isdisjoint(names)

    def reads(self, name: str) -> bool:
        """Whether the program reads a variable or attribute of this name anywhere."""
        return name in self._spans.reads

    def aside(self, place: Place) -> bool:
        """Whether a place stands in another file than the one that is checked."""
        return self._spans.file(place) is not None

    def access(self, call: Call, slot: str, at: Place) -> Access | None:
        """How a slot of a call is written at a place, with the edits that bind it if need be."""
        for fact in self.facts(Unpacked):
            source = fact.value.source
            if source is None or source.call.place != call.place or source.slot != "result":
                continue
            if fact.mismatch is None and self._same_body(fact.statement, at):
                found = self._from_targets(fact, call, slot)
                if found is not None and self._stays(found[0], fact.statement, at):
                    return Access(*found)
        return self._from_item(call, slot, at)

    def _from_targets(
        self, fact: Unpacked, call: Call, slot: str
    ) -> tuple[str, tuple[Edit, ...]] | None:
        """The slot among the names of ``out, (h_n, c_n) = ...``, whatever form they have."""
        if len(fact.names) != 2:
            return None
        if slot == "output":
            return (fact.names[0], ()) if _usable(fact.names[0]) else None
        state, place = fact.names[1], fact.places[1]
        lstm, position = call.rnn.kind == "LSTM", int(slot == "c_n")
        if _usable(state):
            return f"{state}[{position}]" if lstm else state, ()
        name = self._free(slot, place)
        if state == "_":
            return name, (Edit(place, _bound(call, slot, name)),)
        if not lstm or not isinstance(state, tuple) or len(state) != 2:
            return None
        if _usable(state[position]):
            return state[position], ()
        if state[position] != "_" or not isinstance(place, NodePlace):
            return None
        element = place.node.elements[position].value  # type: ignore[attr-defined]
        return name, (Edit(NodePlace(element, place.unit), name),)

    def _from_item(self, call: Call, slot: str, at: Place) -> Access | None:
        """``out = lstm(x)[0]`` becomes an unpacking that names the state as well."""
        if slot == "output":
            return None
        for fact in self.facts(TupleIndexed):
            source = fact.value.source
            if source is None or source.call.place != call.place or source.slot != "result":
                continue
            path = self._spans.path(fact.place)
            owner = next((n for n in reversed(path) if isinstance(n, cst.Assign)), None)
            if owner is None or owner.value is not path[-1] or fact.index not in (0, 1):
                continue
            statement = NodePlace(owner, fact.place.unit)  # type: ignore[attr-defined]
            target = owner.targets[0].target
            if len(owner.targets) != 1 or not isinstance(target, cst.Name):
                continue
            if not self._same_body(statement, at) or not self._stays(target.value, statement, at):
                continue
            if fact.index == 1:
                lstm = call.rnn.kind == "LSTM"
                return Access(f"{target.value}[{slot != 'h_n':d}]" if lstm else target.value)
            place = NodePlace(target, statement.unit)
            name = self._free(slot, place)
            both = f"{target.value}, {_bound(call, slot, name)}"
            return Access(name, (Edit(place, both), Edit(fact.place, fact.base.text)))
        return None

    def _free(self, slot: str, at: Place) -> str:
        """A name for a slot that nothing in the same top-level statement, or global, has yet."""
        assert isinstance(at, NodePlace)
        taken = trees.names(self._spans.pieces[at.unit].tree) | set(self._names.vars)
        choices = (slot, f"final_{slot}", *(f"{slot}_{number}" for number in range(2, 100)))
        return next(name for name in choices if name not in taken)

    def _same_body(self, one: Place, other: Place) -> bool:
        """Whether two places stand in the same function, or both in none."""
        return self._function(one) is self._function(other)

    def _function(self, place: Place) -> cst.CSTNode | None:
        path = self._spans.path(place)
        return next(
            (n for n in reversed(path) if isinstance(n, (cst.FunctionDef, cst.Lambda))), None
        )

    def _stays(self, text: str, statement: Place, at: Place) -> bool:
        """Whether a name still means the slot at a later place: nobody binds it in between."""
        name = text.partition("[")[0].partition(".")[0]
        scope = self._function(at)
        assert isinstance(at, NodePlace)
        unit = at.unit
        if isinstance(statement, NodePlace) and statement.unit != unit:
            return True
        after, before = self._spans.span(statement).end, self._spans.span(at).start
        if after > before:
            return False
        for node in _bindings(
            scope or self._spans.pieces[unit].tree, text if "." in text else name
        ):
            span = self._spans.of(unit, node)
            if span is not None and after <= span.start and span.end <= before:
                return False
        return True


def _bound(call: Call, slot: str, name: str) -> str:
    """The target that takes a slot out of a call's state."""
    if call.rnn.kind != "LSTM":
        return name
    return f"({name}, _)" if slot == "h_n" else f"(_, {name})"


def _usable(name: Any) -> bool:
    return isinstance(name, str) and name != "_"


def _bindings(scope: cst.CSTNode, name: str) -> Iterator[cst.CSTNode]:
    """The targets in a scope that bind a name, or an attribute written with its object."""
    for node in trees.walk(scope):
        if not isinstance(node, (cst.AssignTarget, cst.AugAssign, cst.For)):
            continue
        for target in trees.bindings(node.target):
            if (isinstance(target, cst.Name) and target.value == name) or (
                isinstance(target, cst.Attribute)
                and isinstance(target.value, cst.Name)
                and f"{target.value.value}.{target.attr.value}" == name
            ):
                yield target


__all__ = ["RunContext", "Tensor", "Tuple"]
