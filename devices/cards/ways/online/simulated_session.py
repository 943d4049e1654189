"""AusweisApp's side of one authentication, without cryptography: which message answers which command.

What was typed is the card's to judge (simulated_card.py). Order, counters and refusals are those of AusweisApp 1.26.2:
two wrong PINs, then the CAN, one more, then the PUK; and a secret that comes while no card lies there is tried on the
next one. Only an authentication is played, no change of a PIN.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any, Final

from devices.cards.protocols.passwords import PasswordKind
from devices.cards.ways.online.failures import MINOR, OK
from devices.cards.ways.online.sealed_result import EidResult
from devices.cards.ways.online.simulated_card import CardState, EidCard
from kiosk.errors import CardError

READER: Final = "Simulated reader"
ERROR: Final = OK.replace("#ok", "#error")
EXPIRED: Final = f"{MINOR}/sal/mEAC#DocumentValidityVerificationFailed"
CANCELLED: Final = f"{MINOR}/sal#cancellationByUser"
NO_CARD: Final = f"{MINOR}/ifdl/terminal#noCard"
NO_ANSWER: Final = f"{MINOR}/al/common#unknownError"
LEVELS: Final = (1, 2)
SECRETS: Final = {"SET_PIN": PasswordKind.PIN, "SET_CAN": PasswordKind.CAN, "SET_PUK": PasswordKind.PUK}

Said = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Provider:
    """What the certificate of the eID server says. `fails_with` is a minor code with which it ends everything."""

    subject: str = "Musterstadt"
    issuer: str = "Test DVCA"
    purpose: str = "Antrag am Terminal"
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = (
        "FamilyName",
        "GivenNames",
        "BirthName",
        "DoctoralDegree",
        "DateOfBirth",
        "PlaceOfBirth",
        "Nationality",
        "Address",
    )
    fails_with: str = ""


class SimulatedSession:
    """One client's connection. `result` is what was read from the card whose PIN was right."""

    def __init__(self, provider: Provider, today: Callable[[], date]) -> None:
        self._provider = provider
        self._today = today
        self._chosen = provider.optional
        self._card: EidCard | None = None
        self._state: CardState | None = None
        self._waits_for: str | None = None
        self._kept: Mapping[str, Any] | None = None
        self.result: EidResult | None = None

    def lay(self, card: EidCard | None) -> list[Said]:
        """A card was laid on the reader, or (None) taken away."""
        if self._card is not card:
            self.leave()
        self._card = card
        self._look()
        said = [{"msg": "READER"} | self._reader()]
        return said + self._go_on() if self._waits_for == "INSERT_CARD" else said

    def obey(self, command: Mapping[str, Any]) -> list[Said]:
        name = str(command.get("cmd"))
        if name not in _COMMANDS:
            return [{"msg": "UNKNOWN_COMMAND", "error": name}]
        states, carry_out = _COMMANDS[name]
        if states is not None and self._waits_for not in states:
            return [{"msg": "BAD_STATE", "error": name}]
        return carry_out(self, command)

    def set_level(self, command: Mapping[str, Any]) -> list[Said]:
        known = command.get("level") in LEVELS
        return [{"msg": "API_LEVEL", "current": LEVELS[-1], **({} if known else {"error": "Unknown level"})}]

    def run(self, command: Mapping[str, Any]) -> list[Said]:
        if not str(command.get("tcTokenURL")).startswith("https://"):
            return [{"msg": "AUTH", "error": "Validation of tcTokenURL failed"}]
        self._waits_for, self._chosen = "ACCESS_RIGHTS", self._provider.optional
        return [{"msg": "AUTH"}, *self.tell_rights(command)]

    def tell_rights(self, command: Mapping[str, Any]) -> list[Said]:
        required, optional = list(self._provider.required), list(self._provider.optional)
        effective = [*required, *(right for right in optional if right in self._chosen)]
        chat = {"effective": effective, "optional": optional, "required": required}
        return [{"msg": "ACCESS_RIGHTS", "chat": chat}]

    def choose_rights(self, command: Mapping[str, Any]) -> list[Said]:
        self._chosen = tuple(command.get("chat", ()))
        return self.tell_rights(command)

    def tell_certificate(self, command: Mapping[str, Any]) -> list[Said]:
        provider = self._provider
        about = {"subjectName": provider.subject, "issuerName": provider.issuer, "purpose": provider.purpose}
        until = self._today().replace(day=1, month=12)
        validity = {"effectiveDate": f"{self._today()}", "expirationDate": f"{until}"}
        return [{"msg": "CERTIFICATE", "description": about, "validity": validity}]

    def accept(self, command: Mapping[str, Any]) -> list[Said]:
        if self._provider.fails_with:
            return [self._end(self._provider.fails_with)]
        return self._go_on()

    def take_secret(self, command: Mapping[str, Any]) -> list[Said]:
        """PIN, CAN or PUK, for the card that lies there or the next one."""
        if self._card is None or self._state is None:
            self._kept = command
            return [self._wait_for_card()]
        try:
            result = self._card.enter(SECRETS[command["cmd"]], str(command.get("value")))
        except CardError as error:
            return [self._end(NO_CARD if error.code == "CARD-02" else NO_ANSWER)]
        if result is not None:
            return [self._read(result)]
        self._look()
        return self._go_on()

    def cancel(self, command: Mapping[str, Any]) -> list[Said]:
        return [self._end(CANCELLED)] if self._waits_for else [{"msg": "BAD_STATE", "error": "CANCEL"}]

    def leave(self) -> None:
        """Let the card go."""
        if self._card is not None:
            self._card.leave()

    def _look(self) -> None:
        self._state = None if self._card is None else self._card.state()

    def _read(self, result: EidResult) -> Said:
        if result.expires_on is not None and result.expires_on < self._today():
            return self._end(EXPIRED)
        self.result = result
        return self._end()

    def _go_on(self) -> list[Said]:
        """Wait for a card, then for the secret it wants."""
        if self._state is None or self._state.deactivated:
            return [self._wait_for_card()]
        self._waits_for = self._state.asks()
        kept, self._kept = self._kept, None
        if kept is not None:
            return self.obey(kept)
        return [{"msg": self._waits_for, "reader": self._reader()}]

    def _wait_for_card(self) -> Said:
        self._waits_for = "INSERT_CARD"
        return {"msg": "INSERT_CARD"}

    def _end(self, minor: str = "") -> Said:
        self._waits_for = None
        failed = {"result": {"major": ERROR, "minor": minor}}
        return {"msg": "AUTH"} | (failed if minor else {"result": {"major": OK}, "url": "https://eid.example/done"})

    def _reader(self) -> Said:
        card = None if self._state is None else self._state.described()
        return {"name": READER, "attached": True, "insertable": False, "keypad": False, "card": card}


Obey = Callable[[SimulatedSession, Mapping[str, Any]], list[Said]]

# In which states a command may come; None: at any time.
_COMMANDS: Mapping[str, tuple[tuple[str | None, ...] | None, Obey]] = MappingProxyType(
    {
        "SET_API_LEVEL": (None, SimulatedSession.set_level),
        "RUN_AUTH": ((None,), SimulatedSession.run),
        "GET_ACCESS_RIGHTS": (("ACCESS_RIGHTS",), SimulatedSession.tell_rights),
        "SET_ACCESS_RIGHTS": (("ACCESS_RIGHTS",), SimulatedSession.choose_rights),
        "GET_CERTIFICATE": (("ACCESS_RIGHTS",), SimulatedSession.tell_certificate),
        "ACCEPT": (("ACCESS_RIGHTS",), SimulatedSession.accept),
        "SET_PIN": (("ENTER_PIN",), SimulatedSession.take_secret),
        "SET_CAN": (("ENTER_CAN",), SimulatedSession.take_secret),
        "SET_PUK": (("ENTER_PUK",), SimulatedSession.take_secret),
        "CANCEL": (None, SimulatedSession.cancel),
    }
)
