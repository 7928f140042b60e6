from collections.abc import Callable

FORMS: dict[str, Callable[..., bytes]] = {}
