"""Notebooks as text, as Jupyter writes them."""

from __future__ import annotations

import json
from typing import Any


def lines(code: str) -> list[str]:
    """The source of a cell as nbformat keeps it."""
    return code.splitlines(keepends=True)


def document(*cells: str, nbformat: int = 4) -> dict[str, Any]:
    """A notebook of code cells; one that starts with "md:" is markdown."""
    made: list[dict[str, Any]] = []
    for cell in cells:
        if cell.startswith("md:"):
            made.append({"cell_type": "markdown", "metadata": {}, "source": lines(cell[3:])})
        elif nbformat == 3:
            made.append({"cell_type": "code", "input": lines(cell), "language": "python"})
        else:
            made.append(
                {
                    "cell_type": "code",
                    "execution_count": 3,
                    "metadata": {"tags": ["é", "a\u2028b"]},
                    "outputs": [{"name": "stdout", "text": ["bad()\n"], "output_type": "stream"}],
                    "source": lines(cell),
                }
            )
    metadata = {"language_info": {"name": "python", "version": "3.11"}}
    if nbformat == 3:
        sheets = [{"cells": made, "metadata": {}}]
        return {"metadata": metadata, "nbformat": 3, "nbformat_minor": 0, "worksheets": sheets}
    return {"cells": made, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def notebook(*cells: str, nbformat: int = 4, indent: int | None = 1, ascii: bool = False) -> str:
    """The text of a notebook."""
    made = document(*cells, nbformat=nbformat)
    return json.dumps(made, indent=indent, ensure_ascii=ascii) + "\n"
