"""What people ask that has no entry: the gaps in what is known, those that most people meet first."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import itemgetter

from dialogs.queue import likeness_of
from dialogs.records import Question

MOST_COMPARED = 500
"""Questions, or sets of joined ones, that are compared with each other: those with most people behind them."""
NOT_TOLD = ("personal",)
"""Reasons of a declined question whose words are nobody else's to read."""


@dataclass(frozen=True)
class Gap:
    """Questions that seem to ask the same, and that no entry answers."""

    questions: tuple[Question, ...]
    """The one that stands for them first."""
    people: int
    """How many asked or wonder the same. Whoever asks twice counts twice: whose a question is isn't in it."""


def gaps(questions: Iterable[Question]) -> tuple[Gap, ...]:
    """The gaps that the questions show, those of most people first.

    What moderators joined is one. Beside that, what the desk would propose to join is, with the question that stands
    for the group: a group never grows by way of a middle one.
    """
    joined = sorted(_joined({each.number: each for each in questions}), key=_most_first)
    groups: list[list[Gap]] = []
    for each in joined[:MOST_COMPARED]:
        likeness, group = max(
            ((_likeness(each, group[0]), group) for group in groups), key=itemgetter(0), default=(0, [])
        )
        if likeness:
            group.append(each)
        else:
            groups.append([each])
    groups += [[each] for each in joined[MOST_COMPARED:]]
    return tuple(sorted((_together(group) for group in groups), key=_most_first))


def _joined(everything: Mapping[int, Question]) -> Iterator[Gap]:
    """Each question that shows a gap, with those that go along with it."""
    sets: dict[int, list[Question]] = {}
    for each in sorted(everything.values(), key=lambda each: (each.lead is not None, each.number)):
        if _shows_a_gap(each, everything):
            sets.setdefault(each.lead or each.number, []).append(each)
    for first, *others in sets.values():
        # whoever wonders the same as any of them is counted with the one that they go along with
        wondering = first.votes if first.lead is None else sum(each.votes for each in (first, *others))
        elsewhere = sum(each.votes_elsewhere for each in (first, *others))
        yield Gap((first, *others), 1 + len(others) + wondering + elsewhere)


def _shows_a_gap(question: Question, everything: Mapping[int, Question]) -> bool:
    lead = everything.get(question.lead or 0)
    refused = question.state == "withdrawn" or (question.state == "declined" and question.reason in NOT_TOLD)
    answered = question.entry or (lead and lead.entry)
    return question.kind == "question" and not (refused or answered or question.sender_blocked)


def _likeness(one: Gap, other: Gap) -> float:
    return likeness_of(one.questions[0], other.questions[0])


def _together(group: Iterable[Gap]) -> Gap:
    members = tuple(group)
    return Gap(tuple(each for gap in members for each in gap.questions), sum(gap.people for gap in members))


def _most_first(gap: Gap) -> tuple[int, int]:
    return -gap.people, gap.questions[0].number
