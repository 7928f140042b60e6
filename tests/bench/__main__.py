"""`python -m tests.bench [name…]`: the rows of every benchmark, one table each."""

import pkgutil
import sys
from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import Any

import tests.bench

Row = dict[str, Any]


def main(names: Sequence[str]) -> int:
    """Run the benchmarks named, or all; 2 when there is none of that name."""
    known = sorted(found.name for found in pkgutil.iter_modules(tests.bench.__path__) if found.name != "__main__")
    if unknown := set(names) - set(known):
        print(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(known)}", file=sys.stderr)  # noqa: T201
        return 2
    for name in names or known:
        module = import_module(f"tests.bench.{name}")
        if hasattr(module, "rows"):
            print(f"\n{name}: {(module.__doc__ or '').strip().splitlines()[0]}\n{table(module.rows())}", flush=True)  # noqa: T201
    return 0


def table(rows: Iterable[Row]) -> str:
    """Rows in columns; numbers to the right."""
    found = list(rows)
    columns = list(dict.fromkeys(column for row in found for column in row))
    lines = [columns, *([shown(row.get(column)) for column in columns] for row in found)]
    widths = [max(len(line[index]) for line in lines) for index in range(len(columns))]
    return "\n".join(
        "  ".join(aligned(cell, width) for cell, width in zip(line, widths, strict=True)) for line in lines
    )


def shown(value: object) -> str:
    """A cell."""
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return "" if value is None else f"{value:,}" if isinstance(value, int) else str(value)


def aligned(cell: str, width: int) -> str:
    """Numbers to the right, words to the left."""
    return cell.rjust(width) if cell[:1].isdigit() or cell[:1] == "-" else cell.ljust(width)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
