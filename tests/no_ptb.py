"""Makes this machine one without python-telegram-bot: `pytest -p tests.no_ptb`, or `import tests.no_ptb` first."""

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

HIDDEN = "telegram"


class Without(PathFinder):
    """Finds everything installed but that package."""

    @classmethod
    def find_spec(
        cls, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return None if fullname == HIDDEN else super().find_spec(fullname, path, target)


sys.meta_path[:] = [Without if each is PathFinder else each for each in sys.meta_path]
