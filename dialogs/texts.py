"""The curator's phrases, by key and language."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from dialogs.replies import bold

_PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, eq=False)
class Texts:
    """All phrases of one language, itself and equal to no other. Calling it with a key fills the places of that phrase.

    A missing key or value raises KeyError: `servicelotsen check` and the tests walk all of them.
    """

    language: str
    phrases: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """The phrase with its {places} filled; `**bold**` is honoured in the phrase, never in the values."""
        return _PLACE.sub(lambda match: str(values[match[1]]), bold(self.phrases[key]))

    def __contains__(self, key: str) -> bool:
        return key in self.phrases


def places(phrase: str) -> frozenset[str]:
    """The names of the places in a phrase."""
    return frozenset(_PLACE.findall(phrase))
