"""A result drawn and written: SVG, PNG and PDF, at the median (goals: SVG and PNG in 60 ms, PDF in 400 ms)."""

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from bot import bicycle, documents
from dialogs.report import Report
from tests import reports
from tests.people import shipped

TIMES = 20


def rows() -> Iterator[dict[str, Any]]:
    """One row for each story; each picture is of its own, so that nothing is remembered."""
    texts = shipped().content.texts
    for story in reports.STORIES:
        report = story("sv")
        making: dict[str, Callable[[Report], bytes]] = {
            form: lambda each, make=make: make(each, texts["sv"])  # type: ignore[misc]
            for form, make in {**bicycle.FORMS, "pdf": documents.FORMS["pdf"]}.items()
        }
        times = {form: _median(make, report) for form, make in making.items()}
        yield {
            "result": story.__name__.replace("_", " "),
            "svg ms": times["svg"],
            "svg + png ms": times["png"],
            "pdf ms": times["pdf"],
        }


def _median(make: Callable[[Report], bytes], report: Report) -> float:
    make(report)
    taken = []
    for number in range(TIMES):
        each = replace(report, title=f"{report.title} {number}")
        began = time.perf_counter()
        make(each)
        taken.append(1000 * (time.perf_counter() - began))
    return statistics.median(taken)
