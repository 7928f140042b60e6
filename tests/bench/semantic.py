"""The matching alone and with the second opinion by meaning (extra `semantic`), on the questions of content/expected.

Times of the second rows are those of the questions that consult it, `mb` what the process grew by, `learn_s` what
learning took that was not kept yet (minutes in an empty cache), `start_s` a start from the kept copy.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bot import prepared, semantic
from bot.scoring import Labelled, Scored, figures, percentile
from knowledge.load import expected
from knowledge.match import Matcher
from knowledge.query import Query
from knowledge.second_opinion import SecondOpinion
from tests.content import knowledge_files, shipped_knowledge

LANGUAGES = ("sv", "en")


@dataclass
class Noted:
    """An opinion that remembers what it was asked."""

    opinion: SecondOpinion
    asked: list[str] = field(default_factory=list)

    def __call__(self, words: str) -> Mapping[str, float] | None:
        """As the opinion."""
        self.asked.append(words)
        return self.opinion.ask(words)


def rows() -> list[dict[str, Any]]:
    """Two rows for each language; without the extra one, and what to install. Needs minutes the first time."""
    files = knowledge_files()
    matcher, key = prepared.matcher(shipped_knowledge(), files), prepared.digest(files)
    alone = list(_rows("ours", matcher))
    before = _megabytes()
    engine = semantic.installed()
    if engine is None:
        return [*alone, {"engine": "ours + semantic: not installed, see README"}]
    learned = None
    if not semantic.kept(matcher, key, engine):
        start = time.perf_counter()
        learned = semantic.learned(matcher, key, engine) and round(time.perf_counter() - start, 1)
    start = time.perf_counter()
    both = semantic.kept(matcher, key, engine) or matcher
    started = round(time.perf_counter() - start, 3)
    second = list(_rows("ours + semantic", both))
    costs = {"mb": _megabytes() - before, "learn_s": learned, "start_s": started}
    return [*alone, *({**row, **costs} for row in second)]


def _rows(name: str, matcher: Matcher) -> Iterator[dict[str, Any]]:
    noted = {language: Noted(opinion) for language, opinion in matcher.opinions.items()}
    matcher = matcher.with_opinions(
        {language: SecondOpinion(note, note.opinion.thresholds) for language, note in noted.items()}
    )
    for language in LANGUAGES:
        scored, consulted = [], []
        for question in _questions(language):
            before = sum(len(note.asked) for note in noted.values())
            start = time.perf_counter()
            match = matcher.match(question.query)
            scored.append(Scored(question, match, round((time.perf_counter() - start) * 1e6)))
            if sum(len(note.asked) for note in noted.values()) > before:
                consulted.append(scored[-1].micros)
        yield {
            "engine": name,
            "language": language,
            **{figure: share and round(share, 3) for figure, share in asdict(figures(scored)).items()},
            "consulted": round(len(consulted) / len(scored), 3) if noted else None,
            "p50_us": percentile(consulted or [each.micros for each in scored], 0.5),
            "p99_us": percentile(consulted or [each.micros for each in scored], 0.99),
        }


def _questions(language: str) -> list[Labelled]:
    found = expected(knowledge_files(), shipped_knowledge().entries)
    return [
        Labelled(Query(e.text, language), e.topic, e.also_ok, {"style": e.style})
        for e in found
        if e.language == language
    ]


def _megabytes() -> int:
    """What the process holds in memory now (Linux)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) // 1024
