"""A diagnostic in words: the headline together with the evidence that it rests on."""

from __future__ import annotations

from shapeguard.lint.diagnostic import Diagnostic, Note, Span


def place(filename: str, cell: int | None, span: Span) -> str:
    """Where a span starts, as terminals and editors take it."""
    inside = "" if cell is None else f"cell {cell}:"
    return f"{filename}:{inside}{span.start.row}:{span.start.column}"


def evidence(note: Note, filename: str) -> str:
    """One relied-on fact and where it was set."""
    if note.span is None:
        return note.message
    return f"{note.message} at {place(note.filename or filename, note.cell, note.span)}"


def sentence(diagnostic: Diagnostic) -> str:
    """What is wrong and on what evidence, on one line."""
    told = "; ".join(evidence(note, diagnostic.filename) for note in diagnostic.notes)
    return f"{diagnostic.message} ({told})" if told else diagnostic.message
