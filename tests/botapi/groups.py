"""Groups as their members see them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.botapi.people import Person, Room, changed
from tests.botapi.things import Chat, Message, User


@dataclass(eq=False)
class Group(Room):
    """A group with the bot in it; with privacy mode the bot hears only what is meant for it."""

    privacy: bool = True
    mentions_pass: bool = True
    """Whether privacy mode lets messages through that name the bot."""
    other_bot_spoke_last: bool = False
    """Plain commands then go to the other bot."""
    people: list[Person] = field(default_factory=list)

    def lets_through(self, message: Message) -> bool:
        status = self.chat.bot_status
        if status in ("left", "kicked"):
            return False
        if not self.privacy or status == "administrator":
            return True
        name = f"@{self.world.username}".lower()
        text = message.text.lower()
        replied = message.body.get("reply_to_message", {}).get("from", {})
        if replied.get("id") == self.world.bot.id:
            return True
        if text.startswith("/"):
            command = text.split(maxsplit=1)[0]
            return command.endswith(name) if "@" in command else not self.other_bot_spoke_last
        return self.mentions_pass and name in text

    @property
    def _first(self) -> User:
        return self.people[0].user if self.people else self.world.bot

    def adds_bot(self, by: Person | None = None, status: str = "member") -> int:
        """Put the bot in, as a member or an administrator; the update's id."""
        return self._bot_becomes(status, by)

    def removes_bot(self, by: Person | None = None) -> int:
        """Throw it out."""
        return self._bot_becomes("kicked", by)

    def makes_admin(self, by: Person | None = None) -> int:
        """Give it rights: it then hears everything."""
        return self._bot_becomes("administrator", by)

    def _bot_becomes(self, status: str, by: Person | None) -> int:
        before, self.chat.bot_status = self.chat.bot_status, status
        who = by.user if by else self._first
        return self.world.update("my_chat_member", changed(self.world, self.chat, who, before, status), self.chat)

    def joins(self, person: Person) -> int:
        """Somebody comes in: a service message."""
        self.people.append(person)
        self.chat.members[person.user.id] = person.user
        message = self.world.post(self.chat, person.user, {"new_chat_members": [person.user.body]})
        return self.world.update("message", message.body, self.chat, message_id=message.message_id)

    def leaves(self, person: Person) -> int:
        """Somebody goes out: a service message."""
        self.people.remove(person)
        self.chat.members.pop(person.user.id, None)
        message = self.world.post(self.chat, person.user, {"left_chat_member": person.user.body})
        return self.world.update("message", message.body, self.chat, message_id=message.message_id)

    def topic(self, name: str) -> int:
        """Open a forum topic; its message_thread_id."""
        thread = self.world.next_message_id(self.chat)
        self.chat.topics[thread] = name
        return thread

    def becomes_supergroup(self, *, announced: bool = True) -> int:
        """Move to a new chat id; the new one. This object is the supergroup from now on.

        Two service messages tell of it unless `announced` is False. The old id answers with the new one.
        """
        world, old = self.world, self.chat
        assert old.type == "group", "it is one already"
        new = Chat(-1_000_000_000_000 - world.fresh_id(), "supergroup", old.title, members=dict(old.members))
        new.admins, new.bot_status = set(old.admins), old.bot_status
        world.chats[new.id] = new
        if announced:
            last = world.post(old, self._first, {"migrate_to_chat_id": new.id})
            first = world.post(new, self._first, {"migrate_from_chat_id": old.id})
            for each in (last, first):
                world.update("message", each.body, each.chat, message_id=each.message_id)
        old.migrated_to = new.id
        self.chat, self._seen = new, 0
        return new.id


def group_of(people: Sequence[Person]) -> dict[int, User]:
    """The members by id."""
    return {person.user.id: person.user for person in people}
