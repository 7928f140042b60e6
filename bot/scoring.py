"""How good decisions are, measured on labelled questions.

In scope (topic set):   right    decision answer, topic among the accepted
                        offered  decision suggest, an accepted topic among those offered
                        missed   suggest without it, handover or reply
                        wrong    decision answer, another topic
Out of scope (null):    held     handover; reply too unless style is near    lost  reply to a near one
                        teased   suggest       wrong  answer
useful = (right + offered) / in scope      harm = wrong of both kinds / all
error  = wrong / (right + wrong): how often an answer given is a wrong one
top1 and top3 rank the candidates whatever was decided.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from knowledge.query import Match, Query

OFFERED = 3
MODERATOR, REPLY = "moderatorn", "småprat"
"""What a person gets who gets no entry; the first is also what a question wants that no entry answers."""
WORST = ("wrong", "lost", "missed")


@dataclass(frozen=True)
class Labelled:
    """A question, the entries a person would accept as its answer (none: a moderator), and all that was noted of it."""

    query: Query
    topic: str | None
    also_ok: tuple[str, ...] = ()
    noted: Mapping[str, str] = field(default_factory=dict)

    @property
    def accepted(self) -> frozenset[str]:
        """The entries that answer it."""
        return frozenset((self.topic, *self.also_ok)) if self.topic else frozenset()


@dataclass(frozen=True)
class Scored:
    """A question and what was decided, in `micros` microseconds."""

    question: Labelled
    match: Match
    micros: int = 0

    @property
    def verdict(self) -> str:
        """The word for it in the table above."""
        if self.question.accepted:
            return self._in_scope()
        near = self.question.noted.get("style") == "near"
        verdicts = {"answer": "wrong", "suggest": "teased", "handover": "held", "reply": "lost" if near else "held"}
        return verdicts[self.match.decision]

    def _in_scope(self) -> str:
        accepted = self.question.accepted
        if self.match.decision == "answer":
            return "right" if self.match.topic in accepted else "wrong"
        offered = self.match.decision == "suggest" and accepted & set(self.match.offered[:OFFERED])
        return "offered" if offered else "missed"

    def ranked(self, most: int) -> bool:
        """Whether an accepted entry is among the best candidates."""
        return any(candidate.topic in self.question.accepted for candidate in self.match.candidates[:most])

    @property
    def got(self) -> str:
        """What the person got, or the entry that came first when she was offered some."""
        if self.match.decision == "suggest":
            return self.match.offered[0] if self.match.offered else MODERATOR
        return self.match.topic or (REPLY if self.match.decision == "reply" else MODERATOR)


@dataclass(frozen=True)
class Figures:
    """The figures of some questions; shares are 0 to 1, and None of nothing."""

    n: int
    top1: float | None
    top3: float | None
    right: float | None
    useful: float | None
    held: float | None
    harm: float | None
    error: float | None


@dataclass(frozen=True)
class Confusion:
    """Questions that wanted one thing and got another, with one of them."""

    verdict: str
    wanted: str
    got: str
    count: int
    example: str


def figures(scored: Sequence[Scored]) -> Figures:
    """The figures of all questions together."""
    tally = Counter((bool(each.question.accepted), each.verdict) for each in scored)
    inside = [each for each in scored if each.question.accepted]
    right, wrong = tally[True, "right"], tally[True, "wrong"] + tally[False, "wrong"]
    return Figures(
        len(scored),
        _share(sum(each.ranked(1) for each in inside), len(inside)),
        _share(sum(each.ranked(3) for each in inside), len(inside)),
        _share(right, len(inside)),
        _share(right + tally[True, "offered"], len(inside)),
        _share(tally[False, "held"], len(scored) - len(inside)),
        _share(wrong, len(scored)),
        _share(wrong, right + wrong),
    )


def grouped(scored: Sequence[Scored], name: str) -> dict[str, Figures]:
    """The figures of each value of a field that was noted, such as lang or style."""
    groups: dict[str, list[Scored]] = defaultdict(list)
    for each in scored:
        groups[each.question.noted.get(name, "-")].append(each)
    return {value: figures(groups[value]) for value in sorted(groups)}


def confusions(scored: Sequence[Scored]) -> tuple[Confusion, ...]:
    """What went wrong, worst first: wrong answers before lost and missed questions, then the most frequent."""
    found: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for each in scored:
        if each.verdict in WORST:
            found[each.verdict, each.question.topic or MODERATOR, each.got].append(each.question.query.text)
    order = sorted(found, key=lambda key: (WORST.index(key[0]), -len(found[key]), key))
    return tuple(Confusion(*key, len(found[key]), found[key][0]) for key in order)


def percentile(micros: Sequence[int], share: float) -> int:
    """The time that this share of the questions stays under; 0 for none."""
    return sorted(micros)[min(int(len(micros) * share), len(micros) - 1)] if micros else 0


def _share(count: int, of: int) -> float | None:
    return count / of if of else None
