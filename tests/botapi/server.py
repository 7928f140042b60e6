"""The Bot API server on a port of its own, and the test's hold on it.

async with serving() as api:
    anna = api.user("Anna")
    anna.writes("Vad räknas som glest?")
    assert "glest" in (await anna.next()).text
    assert not api.complaints
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from tests.botapi.app import App
from tests.botapi.faults import Fault
from tests.botapi.groups import Group, group_of
from tests.botapi.methods import HANDLERS
from tests.botapi.people import Person
from tests.botapi.things import Chat, Json, User
from tests.botapi.world import World

HOST = "127.0.0.1"


class Api:
    """A running server: what it has seen, who is there, and what goes wrong."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.app = App(world)
        self.port = 0
        self.people: dict[int, Person] = {}
        self._server: asyncio.Server | None = None

    @property
    def base(self) -> str:
        """The address to put before /bot<token>/<method>."""
        return f"http://{HOST}:{self.port}"

    @property
    def token(self) -> str:
        return self.world.token

    @property
    def username(self) -> str:
        return self.world.username

    @property
    def calls(self) -> list[tuple[str, Json]]:
        """(method, parameters) of everything carried out, in order; without getUpdates."""
        return self.world.calls

    @property
    def complaints(self) -> list[str]:
        """Everything the bot did against the published schema."""
        return self.world.complaints

    @property
    def webhook(self) -> Any:
        """Its `scale`, `first`, `cap` and `timeout` can be set; `errors` holds what went wrong."""
        return self.app.webhook

    def count(self, method: str) -> int:
        """How often a method was called, carried out or not."""
        return self.world.counts[method]

    def user(self, name: str, *, language: str | None = "sv", username: str | None = None, started: bool = True,
             user_id: int | None = None) -> Person:  # fmt: skip
        """Somebody new. `started=False`: she has never written, so the bot may not write to her."""
        number = user_id or self.world.fresh_id()
        user = User(number, name, language_code=language, username=username)
        chat = Chat(number, "private", first_name=name, username=username, started=started)
        self.world.users[number], self.world.chats[number] = user, chat
        self.people[number] = Person(self.world, chat, user=user)
        return self.people[number]

    def group(
        self,
        title: str,
        members: Sequence[Person] = (),
        *,
        privacy: bool = True,
        supergroup: bool = False,
        forum: bool = False,
        bot_status: str = "member",
    ) -> Group:
        """A group with the bot in it. A forum is a supergroup with topics."""
        number = -self.world.fresh_id() - (1_000_000_000_000 if supergroup or forum else 0)
        kind = "supergroup" if supergroup or forum else "group"
        chat = Chat(number, kind, title, is_forum=forum, members=group_of(members), bot_status=bot_status)
        self.world.chats[number] = chat
        return Group(self.world, chat, privacy=privacy, people=list(members))

    def fault(self, kind: str, *, chat: Any = None, **more: Any) -> Fault:
        """Let something go wrong; see Fault. `chat` is a Person, a Group or an id."""
        where = {} if chat is None else {"chat": chat if isinstance(chat, int) else chat.id}
        return self.app.faults.add(kind, **where, **more)

    def all_well(self) -> None:
        """Nothing goes wrong any more."""
        self.app.faults.clear()

    async def down(self, *, refuse: bool = True) -> None:
        """All lines break and no new one is taken; with `refuse=False` new ones are taken and closed at once."""
        self.world.outage = True
        if refuse and self._server:
            self._server.close()
            self._server = None
        self.app.cut_all()

    async def up(self) -> None:
        """Back on the same port."""
        self.world.outage = False
        if self._server is None:
            await self.listen(self.port)

    async def listen(self, port: int = 0) -> None:
        """Take connections."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self.app.connection, HOST, port, backlog=1024)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """End everything."""
        if self._server:
            self._server.close()
        tasks = list(self.app.webhook.tasks)
        self.app.close()
        await asyncio.gather(*tasks, return_exceptions=True)
        while self.app.lines:  # noqa: ASYNC110 - the lines end within a turn or two
            await asyncio.sleep(0)
        await asyncio.sleep(0)


@asynccontextmanager
async def serving(port: int = 0, **world: Any) -> AsyncIterator[Api]:
    """A server in this process, ended afterwards. `world`: fields of World."""
    api = Api(World(HANDLERS, **world))
    await api.listen(port)
    try:
        yield api
    finally:
        await api.close()
