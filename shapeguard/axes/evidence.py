"""What is known of an axis besides its role: what says so, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shapeguard.axes.axis import Place, Role
    from shapeguard.axes.layer import Call, Setting


@dataclass(frozen=True, eq=False)
class Known:
    """What an axis is, what says so in words and where, and whether that proves it.

    What only names say proves nothing, and the axis then has no role. ``flag`` is the batch_first
    argument that says it, ``owner`` the function or layer that the argument is of, and ``call``
    the recurrent call whose result it is. ``name`` is the name that says it, where one does.
    """

    role: Role
    text: str
    place: Place | None = None
    proved: bool = True
    flag: Setting | None = None
    owner: str = ""
    call: Call | None = None
    name: str = ""
