"""What a test needs of the machine: skipped with a line that names it, or failed when REQUIRE_ALL=1."""

import os
import shutil
from typing import NoReturn

import pytest


def needs(*programs: str) -> str:
    """Where the first of these programs is."""
    found = next(filter(None, map(shutil.which, programs)), None)
    if found is None:
        lacking(programs[0])
    return found


def lacking(what: str) -> NoReturn:
    """Skip, or fail where everything is required."""
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(f"{what} is not on this machine, and REQUIRE_ALL=1 asks for it")
    pytest.skip(f"{what} is not on this machine")
