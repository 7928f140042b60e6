"""What is wrong in a content file, said so that the person who wrote it can mend it."""

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Complaint:
    """One fault: `file:line: what is wrong; what it should look like`."""

    file: str
    line: int
    what: str
    should: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}; {self.should}"


class ContentError(Exception):
    """Content that can't be used. Carries every complaint found, not just the first."""

    def __init__(self, complaints: tuple[Complaint, ...]) -> None:
        self.complaints = tuple(sorted(set(complaints)))
        super().__init__("\n".join(str(complaint) for complaint in self.complaints))
