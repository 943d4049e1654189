"""What was proven to a virtual chip since power on, and which files that opens (TR-03110-3 §2.8, ICAO 9303-11 §4.2)."""

from __future__ import annotations

from dataclasses import dataclass, field

from devices.cards.crypto.secure_messaging import SecuredCard
from devices.cards.pki.chat import Chat
from devices.cards.protocols.passwords import PasswordKind
from devices.cards.virtual.file_system import Access, CardFile


@dataclass(slots=True)
class Security:
    """`rights` are what terminal authentication gave, `genuine` says that chip authentication was done.

    `next_channel` is secured with keys that were agreed in the command being answered: the answer itself does not
    use them yet.
    """

    unlocked: PasswordKind | None = None
    chat: Chat | None = None
    id_picc: bytes = b""
    rights: Chat | None = None
    genuine: bool = False
    channel: SecuredCard | None = field(default=None, repr=False)
    next_channel: SecuredCard | None = field(default=None, repr=False)

    def lock(self) -> None:
        """Forget everything: secure messaging was broken or left."""
        self.unlocked, self.chat, self.id_picc, self.rights, self.genuine = None, None, b"", None, False
        self.channel = self.next_channel = None

    def unlock(self, kind: PasswordKind, channel: SecuredCard, chat: Chat | None = None, id_picc: bytes = b"") -> None:
        """A password was proven; whatever was proven before counts no longer."""
        channel_until_answered = self.channel
        self.lock()
        self.unlocked, self.chat, self.id_picc = kind, chat, id_picc
        self.channel, self.next_channel = channel_until_answered, channel

    def answered(self) -> None:
        """The answer has left: agreed keys come into use."""
        if self.next_channel is not None:
            self.channel, self.next_channel = self.next_channel, None

    def may_read(self, file: CardFile) -> bool:
        """Whether a file may be read now."""
        match file.access:
            case Access.FREE:
                return True
            case Access.UNLOCKED:
                return self.unlocked is not None
            case Access.TERMINAL:
                return self.rights is not None
            case Access.DATA_GROUP:
                return self.genuine and self.rights is not None and self.rights.may_read(file.sfi)
            case Access.INSPECTION:
                return False
