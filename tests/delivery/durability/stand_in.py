"""The delivery service as an object with the calls of kiosk.delivery.fitconnect.FitConnect, and with its rules:
a repeat with the same bytes succeeds, other bytes are a conflict, only what was announced is taken, a submission
arrives once. It can be restored from a backup, change its key, and be heard over a line that fails.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID, uuid4

from jwcrypto.jwk import JWK

from kiosk.delivery.fitconnect import Announced, RefusedError
from kiosk.delivery.submission import PublicService, authentication_tags
from kiosk.delivery.tokens import public_part, sign_event, verification_key
from kiosk.errors import DeliveryError

T = TypeVar("T")
# "portal": somebody else answered 200. Only at the final call that could be taken for the service's answer.
FAULTS = ("lost-before", "lost-after", "conflict", "refused-after", "forbidden", "portal")


@dataclass
class Held:
    """Everything the service's database holds."""

    announced: dict[UUID, tuple[UUID, frozenset[UUID]]] = field(default_factory=dict)
    attachments: dict[tuple[UUID, UUID], str] = field(default_factory=dict)
    contents: dict[UUID, tuple[str, str]] = field(default_factory=dict)
    tokens: dict[UUID, list[str]] = field(default_factory=dict)


class StandIn:
    """The service. `faults` says what goes wrong at the next calls, "" for nothing."""

    def __init__(self, keys: list[JWK]) -> None:
        self.held = Held()
        self.faults: list[str] = []
        self._keys = keys[:1]
        self._other_keys = keys[1:]

    # ---- as FitConnect ----------------------------------------------------------------------

    def announce(self, destination_id: UUID, service: PublicService, attachments: tuple[UUID, ...]) -> Announced:
        def work() -> Announced:
            ids = Announced(uuid4(), uuid4())
            self.held.announced[ids.submission_id] = ids.case_id, frozenset(attachments)
            self.held.tokens[ids.submission_id] = []
            return ids

        return self._over_the_line(work)

    def put_attachment(self, submission_id: UUID, attachment_id: UUID, jwe: str) -> None:
        def work() -> None:
            if attachment_id not in self._announced(submission_id)[1]:
                raise RefusedError("DELIV-03", 422, "attachment-not-announced")
            if self.held.attachments.setdefault((submission_id, attachment_id), jwe) != jwe:
                raise RefusedError("DELIV-03", 409, "attachment-conflict")

        self._over_the_line(work)

    def put_submission(self, submission_id: UUID, metadata: str, data: str) -> None:
        self._over_the_line(lambda: self._complete(submission_id, metadata, data), at_portal=lambda: None)

    def events(self, submission_id: UUID) -> tuple[str, ...]:
        def work() -> tuple[str, ...]:
            self._announced(submission_id)
            return tuple(self.held.tokens[submission_id])

        return self._over_the_line(work)

    def service_keys(self) -> dict[str, JWK]:
        return self._over_the_line(lambda: {key["kid"]: verification_key(public_part(key)) for key in self._keys})

    # ---- what happens to it -----------------------------------------------------------------

    def backup(self) -> Held:
        return copy.deepcopy(self.held)

    def restore(self, backup: Held) -> None:
        self.held = copy.deepcopy(backup)

    def rotate(self) -> None:
        """It signs with another key from now on; the old one stays published."""
        if self._other_keys:
            self._keys.append(self._other_keys.pop())

    # ---- inside -----------------------------------------------------------------------------

    def _announced(self, submission_id: UUID) -> tuple[UUID, frozenset[UUID]]:
        if submission_id not in self.held.announced:
            raise RefusedError("DELIV-01", 404, "submission-not-found")
        return self.held.announced[submission_id]

    def _complete(self, submission_id: UUID, metadata: str, data: str) -> None:
        case_id, wanted = self._announced(submission_id)
        arrived = {key[1]: jwe for key, jwe in self.held.attachments.items() if key[0] == submission_id}
        if arrived.keys() != wanted:
            raise RefusedError("DELIV-03", 422, "attachments-missing")
        if submission_id in self.held.contents:
            if self.held.contents[submission_id] != (metadata, data):
                raise RefusedError("DELIV-03", 409, "submission-conflict")
            return
        self.held.contents[submission_id] = metadata, data
        tags: dict[str, Any] = {"authenticationTags": authentication_tags(metadata, data, arrived)}
        self.held.tokens[submission_id].append(
            sign_event(
                "submit-submission",
                key=self._keys[-1],
                issuer="http://127.0.0.1",
                submission_id=submission_id,
                case_id=case_id,
                payload=tags,
            )
        )

    def _over_the_line(self, work: Callable[[], T], at_portal: Callable[[], T] | None = None) -> T:
        match self.faults.pop(0) if self.faults else "":
            case "portal" if at_portal is not None:
                return at_portal()
            case "lost-before" | "portal":
                raise DeliveryError("DELIV-01")
            case "conflict":
                raise RefusedError("DELIV-03", 409, "submission-conflict")
            case "forbidden":
                raise RefusedError("DELIV-02", 403, "access-denied")
            case "lost-after":
                work()
                raise DeliveryError("DELIV-01")
            case "refused-after":
                work()
                raise RefusedError("DELIV-03", 422, "encryption-invalid")
        return work()
