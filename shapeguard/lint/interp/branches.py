"""Branches that a run left out, and whether anything in them is worth a run of its own."""

from __future__ import annotations

import libcst as cst

from shapeguard.lint.interp.names import words

TALK = words("print warn warning info debug error exception log deprecated")
"""Calls that only tell somebody something."""


def unseen(block: cst.CSTNode, reached: set[int]) -> bool:
    """Whether a block has statements that no other way has reached and that do anything."""
    if isinstance(block, cst.If):
        return unseen(block.body, reached) or (
            block.orelse is not None and unseen(block.orelse, reached)
        )
    if isinstance(block, cst.Else):
        return unseen(block.body, reached)
    if isinstance(block, cst.SimpleStatementSuite):
        return any(map(_acts, block.body))
    assert isinstance(block, cst.IndentedBlock)
    return any(_fresh(statement, reached) for statement in block.body)


def _fresh(statement: cst.CSTNode, reached: set[int]) -> bool:
    if id(statement) in reached:
        return False
    if isinstance(statement, cst.SimpleStatementLine):
        return any(map(_acts, statement.body))
    return not isinstance(statement, cst.If) or unseen(statement, reached)


def _acts(statement: cst.BaseSmallStatement) -> bool:
    """Whether a statement does more than end, fail or talk."""
    if isinstance(statement, cst.Expr):
        return not isinstance(statement.value, cst.BaseString) and not _talks(statement.value)
    if isinstance(statement, cst.Return):
        return statement.value is not None and not isinstance(statement.value, cst.Name)
    return not isinstance(statement, (cst.Raise, cst.Pass, cst.Assert, cst.Import, cst.ImportFrom))


def _talks(node: cst.BaseExpression) -> bool:
    func = node.func if isinstance(node, cst.Call) else None
    name = func.attr if isinstance(func, cst.Attribute) else func
    return isinstance(name, cst.Name) and name.value in TALK
