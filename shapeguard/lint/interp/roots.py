"""Roots: where runs start. The module first, then what nobody in view calls.

A run in which an unknown configuration value decides a branch is repeated once for each value
that the program tells apart, with that value known. What such a run finds counts only where
every run that gets there finds it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import libcst as cst

from shapeguard.lint.interp import calls, expressions, instances, statements
from shapeguard.lint.interp.arguments import Args
from shapeguard.lint.interp.branches import unseen
from shapeguard.lint.interp.dispatch import run
from shapeguard.lint.interp.functions import invoke
from shapeguard.lint.interp.holding import holds_layer
from shapeguard.lint.interp.keeping import MAKER
from shapeguard.lint.interp.machine import PACKED, Exhausted, Machine
from shapeguard.lint.interp.modules import Module
from shapeguard.lint.interp.names import KINDS
from shapeguard.lint.interp.objects import (
    Class,
    Frame,
    Function,
    Instance,
)
from shapeguard.lint.interp.runs import SPARE, Outcome, Run, builds
from shapeguard.lint.interp.unbound import flagged, left_out, own
from shapeguard.lint.interp.worlds import (
    MAX_WORLDS,
    chooses,
    configurations,
    methods,
    settled,
    told_apart,
)

calls.register()
expressions.register()
statements.register()


Action = Callable[[Machine, bool], None]
"""A root to run on a machine, with defaults taken or left open."""


@dataclass
class Session:
    """One program being followed.

    ``budget`` are the statements that each run may take, and ``spare`` those that all runs under
    other configurations may take together. ``words`` are those of each method, by
    ``Class.method``, where they are known.
    """

    budget: int
    spare: int = SPARE
    globals: Frame = field(default_factory=lambda: Frame(None))
    outcome: Outcome = field(default_factory=Outcome)
    words: dict[str, frozenset[str]] = field(default_factory=dict)
    seen: set[Any] = field(default_factory=set)
    _own: int = 0
    _defaults: bool = False
    _roots: set[str] = field(default_factory=set)

    def run(
        self,
        pieces: Iterable[tuple[cst.Module, bool]],
        callers: Iterable[Module] = (),
    ) -> Outcome:
        """Follow the program's pieces in order, then its callers, then every root that was not
        reached. Of the callers only what they build and call is of interest."""
        pieces = list(pieces)
        self._own = len(pieces)
        machine = Machine(self.budget)
        for number, (piece, root) in enumerate(pieces):
            machine.unit, machine.root = number, root
            self._guarded(machine, lambda piece=piece: run(machine, piece, self.globals))
        scopes = [self.globals]
        for caller in callers:
            self._guarded(machine, lambda caller=caller: caller.load(machine))
            scopes.append(caller.frame)
        self._keep(machine)
        self._roots = {cls.name for cls in machine.classes} | {f.name for f in machine.functions}
        for scope in scopes:
            self._roots |= {name for name, value in scope.vars.items() if holds_layer(value)}
        objects = [instance for instance in machine.instances if instance.called]
        classes = machine.classes
        functions = [f for f in machine.functions if not self._entered(machine, None, f)]
        for function in functions:
            objects += self._function(function)
        built = {id(instance.cls) for instance in objects}
        derived = {id(base) for cls in classes for base in cls.ancestry()[1:]}
        # What a class builds is an instance in view, too; classes are built by later ones.
        for cls in reversed(classes):
            if id(cls) not in built and id(cls) not in derived:
                parts = self._class(cls)
                objects += parts
                built |= {id(part.cls) for part in parts}
        for instance in objects:
            self._instance(machine, instance)
        for cls, args in flagged(objects):
            if not self._elsewhere(cls):
                self._unbound(cls, args)
        return self.outcome

    def _guarded(self, machine: Machine, action: Any) -> None:
        with contextlib.suppress(Exhausted):
            action()
        del machine.stack[1:]
        machine.escapes.clear()

    def _entered(self, machine: Machine, instance: Instance | None, function: Function) -> bool:
        return (id(instance), id(function.node)) in machine.entered

    def _keep(self, machine: Machine) -> Run:
        run = Run(machine.facts, machine.reached)
        self.outcome.plain.append(run)
        return run

    def _root(self, action: Action) -> list[Instance]:
        """Run a root with its defaults, then where those do not lead with defaults left open.

        Either way it is run again under each configuration that decides what a layer is.
        """
        instances, usual = self._explore(lambda machine: action(machine, False), frozenset())
        if self._defaults and self.spare > 0:
            self._explore(lambda machine: action(machine, True), usual)
        return instances

    def _explore(
        self, action: Callable[[Machine], None], known: frozenset[int]
    ) -> tuple[list[Instance], frozenset[int]]:
        """Run a root and its configurations; ``known`` statements have been judged before."""
        machine = Machine(self.budget)
        self._guarded(machine, lambda: action(machine))
        self.spare -= self.budget - machine.budget if known else 0
        self._defaults = machine.defaults and any(
            unseen(block, machine.reached) for block in machine.closed
        )
        self.outcome.plain.append(Run(machine.facts, machine.reached, known))
        splits, decisive = dict(machine.splits), set(machine.decisive)
        worlds = list(configurations(splits, decisive))
        while worlds and self.spare > 0:
            others = [self._world(action, assumed) for assumed in worlds]
            # What chooses the layer comes to light first, and then what the layer's uses ask for.
            for other in others:
                splits = {**splits, **{k: v for k, v in other.splits.items() if k not in splits}}
                decisive |= other.decisive
            more = list(configurations(splits, decisive))
            if len(more) == len(worlds) or len(more) > MAX_WORLDS:
                runs = [Run(other.facts, other.reached, known) for other in others]
                self.outcome.worlds.append(runs)
                break
            worlds = more
        return machine.instances, frozenset(machine.reached)

    def _world(self, action: Callable[[Machine], None], assumed: dict[str, Any]) -> Machine:
        """A root run under one configuration."""
        other = Machine(self.budget, assumed=assumed)
        self._guarded(other, lambda: action(other))
        self.spare -= self.budget - other.budget
        return other

    def _function(self, function: Function) -> list[Instance]:
        """A function that nobody in view calls; the objects that it builds."""

        def action(machine: Machine, loose: bool) -> None:
            invoke(machine, function, Args(loose=loose), function.node)

        if function.unit >= self._own:
            return self._calling(action)
        return [instance for instance in self._root(action) if instance.called]

    def _calling(self, action: Action) -> list[Instance]:
        """Run a root of another file, once; the objects that it builds."""
        machine = Machine(self.budget)
        self._guarded(machine, lambda: action(machine, False))
        self._keep(machine)
        return [instance for instance in machine.instances if instance.called]

    def _class(self, cls: Class) -> list[Instance]:
        """A class that nobody in view instantiates: one object with its defaults; what it builds
        in turn."""

        elsewhere = self._elsewhere(cls)

        def action(machine: Machine, loose: bool) -> None:
            args = Args(loose=loose)
            value = instances.instantiate(machine, cls, args, cls.node, None)
            if elsewhere:
                return
            if not isinstance(value, Instance):
                return
            if holds_layer(value) or builds(machine) or self._asks(value):
                self._methods(machine, value, loose)

        if elsewhere:
            return self._calling(action)
        return [instance for instance in self._root(action) if instance.called]

    def _instance(self, machine: Machine, instance: Instance) -> None:
        """An object that the program builds: its methods that were not reached are run.

        One whose layer is of a kind that is not known is built again, kind by kind.
        """
        key = (id(instance.cls), settled(instance))
        holds = holds_layer(instance)
        if key in self.seen or self._elsewhere(instance.cls) or not (holds or chooses(instance)):
            return
        self.seen.add(key)
        entered = {body for owner, body in machine.entered if owner == id(instance)}
        node = getattr(instance.place, "node", instance.cls.node)

        def action(other: Machine, loose: bool) -> None:
            if other.assumed or not holds:
                other.unit = getattr(instance.place, "unit", instance.cls.unit)
                args = instance.args if holds else told_apart(instance)
                again = instances.instantiate(other, instance.cls, args, node, instance.cls.frame)
                if isinstance(again, Instance):
                    self._methods(other, again, loose)
                return
            saved = dict(instance.attrs)
            self._methods(other, instance, loose, entered)
            instance.attrs = saved

        self._root(action)

    def _unbound(self, cls: Class, args: Args) -> None:
        """A class that the program builds with one value of a flag, followed with any.

        What that finds counts only at statements that no run has reached.
        """
        runs = [*self.outcome.plain, *chain(*self.outcome.worlds)]
        known = frozenset(chain.from_iterable(run.reached for run in runs))
        if not any(left_out(function, known) for function in own(cls)):
            return

        def action(machine: Machine) -> None:
            value = instances.instantiate(machine, cls, args, cls.node, None)
            if isinstance(value, Instance) and holds_layer(value):
                self._methods(machine, value, True)

        self._explore(action, known)

    def _elsewhere(self, cls: Class) -> bool:
        """Whether nothing of a class stands in the program itself."""
        return all(c.unit >= self._own for c in cls.ancestry() if isinstance(c, Class))

    def _methods(
        self, machine: Machine, instance: Instance, loose: bool, done: set[int] | None = None
    ) -> None:
        """Run an object's methods, ``forward`` first, with nothing known of their arguments.

        Attributes that are None until a method sets them are met in both states: the methods
        run once more after the first round has set them.
        """
        unset = {name for name, value in instance.attrs.items() if value is None}
        order = sorted(self._worthwhile(instance, unset), key=lambda f: f.name != "forward")
        for function in order:
            known = done is not None and id(function.node) in done
            if not known and not self._entered(machine, instance, function):
                self._method(machine, instance, function, loose)
        if any(instance.attrs.get(name) is not None for name in unset):
            for function in order:
                self._method(machine, instance, function, loose)

    def _worthwhile(self, instance: Instance, unset: set[str]) -> list[Function]:
        """The methods that can reach a layer, or set what was None: by the words in them."""
        members = methods(instance.cls)
        held = {name for name, value in instance.attrs.items() if holds_layer(value)}
        hot = held | unset | KINDS | {PACKED}
        hot |= self._roots
        if instance.rnn is not None:
            return list(members.values())
        rest = dict(members)
        chosen: list[Function] = []
        grown = True
        while grown:
            found = [f for f in rest.values() if not hot.isdisjoint(self._words(f, hot))]
            found += [f for f in rest.values() if f not in found and MAKER.fullmatch(f.name)]
            grown = bool(found)
            chosen += found
            for function in found:
                del rest[function.name]
            hot |= {function.name for function in found}
        return [function for function in members.values() if function in chosen]

    def _asks(self, instance: Instance) -> bool:
        """Whether a method may be given a PackedSequence, as that of a layer is."""
        found = methods(instance.cls).values()
        return any(PACKED in self._words(function, set()) for function in found)

    def _words(self, function: Function, hot: set[str]) -> frozenset[str]:
        owner = function.owner.name if function.owner is not None else ""
        return self.words.get(f"{owner}.{function.name}", frozenset(hot))

    def _method(
        self, machine: Machine, instance: Instance, function: Function, loose: bool
    ) -> None:
        if function.kind == "static":
            return
        args = Args.of(instance.cls if function.kind == "class" else instance, loose=loose)
        self._guarded(machine, lambda: invoke(machine, function, args, function.node))
