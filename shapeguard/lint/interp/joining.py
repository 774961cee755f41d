"""What is known of a value that is one or the other: equal parts stay, the rest is unknown."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from shapeguard.axes.alternatives import either
from shapeguard.axes.alternatives import join as join_tensors
from shapeguard.axes.combining import lasting
from shapeguard.axes.layer import Rnn, Setting
from shapeguard.axes.placing import either as either_place
from shapeguard.axes.size import UNKNOWN
from shapeguard.axes.value import Packed, Tensor, Tuple
from shapeguard.lint.interp.containers import Each, Loader, Mapping
from shapeguard.lint.interp.objects import Instance, Layer, Maybe, Opaque, Ref


def join(a: Any, b: Any) -> Any:
    """What is known of a value that is one or the other: equal parts stay, the rest is unknown."""
    if a is b:
        return a
    if isinstance(a, Maybe) or isinstance(b, Maybe):
        inner = join(a.value if isinstance(a, Maybe) else a, b.value if isinstance(b, Maybe) else b)
        return inner if isinstance(inner, Maybe) or inner is UNKNOWN else Maybe(inner)
    if a is None or b is None:
        value = b if a is None else a
        optional = isinstance(value, (Tensor, Tuple, Opaque, Rnn, Layer, Ref))
        return Maybe(value) if optional else UNKNOWN
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        return join_tensors(a, b)
    for one, other in ((a, b), (b, a)):
        listed = other is UNKNOWN or isinstance(other, (Opaque, Each, Tuple))
        if listed and isinstance(one, Tensor) and either(one, Tensor()):
            return one  # the other branch cuts what is too long
        if isinstance(one, Tensor) and (other is UNKNOWN or isinstance(other, Opaque)):
            return Tensor(marks=lasting(one)) if lasting(one) else UNKNOWN
    if isinstance(a, Tuple) and isinstance(b, Tuple) and len(a.items) == len(b.items):
        source = a.source if a.source == b.source else None
        if a.source and b.source and a.source.call.rnn is b.source.call.rnn:
            source = a.source
        return Tuple(tuple(join(x, y) for x, y in zip(a.items, b.items, strict=False)), source)
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return _join_mappings(a, b)
    if isinstance(a, Loader) and isinstance(b, Loader):
        shared = {name: value for name, value in a.args.items() if b.args.get(name) is value}
        return Loader(a.place, join(a.batch, b.batch), shared)
    if isinstance(a, (Tuple, Each, Layer)) and isinstance(b, (Tuple, Each, Layer)):
        return _join_lists(a, b)
    if isinstance(a, Instance) and isinstance(b, Instance):
        return _join_objects(a, b)
    if isinstance(a, Rnn) and isinstance(b, Rnn):
        return _join_layers(a, b)
    if isinstance(a, Packed) and isinstance(b, Packed):
        return Packed(join_tensors(a.tensor, b.tensor), a.place)
    if isinstance(a, Opaque) and type(a) is type(b) and a == b:
        return replace(a, placed=either_place(a.placed, b.placed))
    if type(a) is type(b) and not isinstance(a, (Layer, Rnn, Instance)) and a == b:
        return a
    return UNKNOWN


def _join_objects(a: Instance, b: Instance) -> Any:
    """Objects of one class are one object whose differing attributes are unknown."""
    if a.cls is not b.cls:
        return UNKNOWN
    attrs = {name: join(value, b.attrs[name]) for name, value in a.attrs.items() if name in b.attrs}
    if all(attrs.get(name) is value for name, value in a.attrs.items()):
        return a
    return Instance(a.cls, attrs, a.origins, a.called, a.place, a.rnn, args=a.args)


def _join_lists(a: Tuple | Each | Layer, b: Tuple | Each | Layer) -> Any:
    """Lists of unknown length: an empty one may have been filled since."""
    if isinstance(a, Layer) and isinstance(b, Layer):
        if a.kind != b.kind:
            return UNKNOWN
        if a.kind != "ModuleList":
            return _join_modules(a, b)
    lists = [_as_list(value) for value in (a, b)]
    known = [value for value in lists if value is not None]
    items = [i for v in known for i in (v.items if isinstance(v, Tuple) else (v.item,))]
    returned = any(isinstance(v, Tuple) and v.source is not None for v in known)
    if len(known) < len(lists) or not items or returned:
        return UNKNOWN
    filled = all(len(v.items) < 2 if isinstance(v, Tuple) else v.filled for v in known)
    merged = items[0]
    for item in items[1:]:
        merged = join(merged, item)
    return Each(merged, filled)


def _as_list(value: Any) -> Tuple | Each | None:
    if isinstance(value, Layer):
        return Tuple(value.items) if value.kind == "ModuleList" else None
    return value  # type: ignore[no-any-return]


def _join_modules(a: Layer, b: Layer) -> Any:
    """Modules of one kind are one module whose differing arguments are unknown."""
    args = {name: join(value, b.args.get(name, UNKNOWN)) for name, value in a.args.items()}
    if len(a.items) != len(b.items):
        return UNKNOWN
    items = tuple(join(x, y) for x, y in zip(a.items, b.items, strict=True))
    return Layer(a.kind, args, a.place, a.arg_places, items, a.names, a.target)


def _join_layers(a: Rnn, b: Rnn) -> Any:
    """Layers of one kind are one layer whose differing arguments are unknown."""
    if a.kind != b.kind:
        return UNKNOWN
    settings = {
        name: one if one.value == b.setting(name).value else Setting(UNKNOWN, place=one.place)
        for name, one in a.settings.items()
    }
    if all(settings[name] is one for name, one in a.settings.items()):
        return a
    return Rnn(a.kind, settings, a.place, a.target, a.built_by, a.cell)


def _join_mappings(a: Mapping, b: Mapping) -> Mapping:
    """Keys that only one of them has may be absent, so the result is open."""
    keys = [key for key, _ in a.items if any(key == other for other, _ in b.items)]
    complete = a.complete and b.complete and len(keys) == len(a.items) == len(b.items)
    return Mapping(tuple((key, join(a.get(key), b.get(key))) for key in keys), complete)
