"""A town sets up central: departments, destinations with their keys, clients, staff.

Every function is one command of `kiosk central …`, runs in a process that has called `commands.setup`,
and records what it did. A secret it returns is shown once and kept nowhere in clear.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import IntegrityError, transaction
from django.utils import timezone

from kiosk.central import audit
from kiosk.central.models import Client, Department, Destination, DestinationKey
from kiosk.central.models.client import digest_of
from kiosk.central.opening.keyring import Keyring
from kiosk.delivery.tokens import make_encryption_key, make_signature_key, public_part
from kiosk.errors import CentralError

ACTOR = "command"


@contextmanager
def _new(name: str) -> Iterator[None]:
    """What is made in here is new. Raises CentralError CENTRAL-05 if it is there already."""
    try:
        yield
    except IntegrityError as error:
        raise CentralError("CENTRAL-05", name) from error


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who, and the secret that was made for them."""

    name: str
    secret: str = field(repr=False)


def add_department(name: str, phone: str = "") -> Department:
    """Make it, or change its phone."""
    with transaction.atomic():
        department, made = Department.objects.update_or_create(name=name, defaults={"phone": phone})
        audit.record(ACTOR, "department.added" if made else "department.changed", department.pk)
    return department


def add_destination(
    department: Department, name: str, services: Iterable[tuple[str, str]] = (), destination_id: UUID | None = None
) -> Destination:
    """A place to deliver to. `services` are pairs of identifier (LeiKa URN) and name. It has no keys yet."""
    offered = [{"identifier": identifier, "name": title} for identifier, title in services]
    with transaction.atomic():
        destination = Destination.objects.create(
            id=destination_id or uuid4(), department=department, name=name, public_services=offered
        )
        audit.record(ACTOR, "destination.added", destination.pk)
    return destination


def make_keys(destination: Destination, keyring: Keyring) -> tuple[DestinationKey, DestinationKey]:
    """A new encryption and a new signature key; the older ones are retired. Takes seconds.

    The private halves are in the escrow and on disk, encrypted, before anybody learns of the public ones.
    Raises CentralError.
    """
    uses = (DestinationKey.Use.ENCRYPTION, DestinationKey.Use.SIGNATURE)
    fresh = [_made(use, destination, keyring) for use in uses]
    with transaction.atomic():
        for key in fresh:
            _publish(key)
        audit.record(ACTOR, "keys.made", destination.pk, {"kids": [key.kid for key in fresh]})
    return fresh[0], fresh[1]


def revoke_key(kid: str, keyring: Keyring) -> DestinationKey | None:
    """Somebody else may hold its private half: publish it no longer, and take no more events signed with it.

    One in use is replaced first; the new one is the answer. It stays in the keyring: what is sealed to it must be
    opened. Raises CentralError.
    """
    key = DestinationKey.objects.select_related("destination").filter(pk=kid).first()
    if key is None:
        raise CentralError("CENTRAL-01", "no such key")
    fresh = _made(DestinationKey.Use(key.use), key.destination, keyring) if key.retired_at is None else None
    now = timezone.now()
    with transaction.atomic():
        if fresh is not None:
            _publish(fresh)
        DestinationKey.objects.filter(pk=kid, revoked_at=None).update(revoked_at=now)
        detail = {"kid": kid, "replaced by": fresh.kid if fresh else ""}
        audit.record(ACTOR, "key.revoked", key.destination_id, detail)
    return fresh


def _made(use: DestinationKey.Use, destination: Destination, keyring: Keyring) -> DestinationKey:
    """A new pair: the private half is kept, the public one is not in the database yet."""
    pair = make_encryption_key() if use == DestinationKey.Use.ENCRYPTION else make_signature_key()
    keyring.add(pair, destination.pk)
    return DestinationKey(kid=pair["kid"], destination=destination, use=use, jwk=public_part(pair))


def _publish(key: DestinationKey) -> None:
    """It takes the place of those in use."""
    key.destination.keys.filter(use=key.use, retired_at=None).update(retired_at=timezone.now())
    key.save(force_insert=True)


def add_client(client_id: str, role: Client.Role, destinations: Iterable[Destination]) -> Credentials:
    """A terminal (sender) or a line-of-business system (subscriber), with a new secret. Raises CentralError."""
    secret = secrets.token_urlsafe(32)
    with _new(client_id), transaction.atomic():
        client = Client.objects.create(id=client_id, role=role, secret_digest=digest_of(secret))
        client.destinations.set(destinations)
        audit.record(ACTOR, "client.added", detail={"client": client_id, "role": role})
    return Credentials(client_id, secret)


def revoke_client(client_id: str) -> bool:
    """Let its next call fail. Whether there was one."""
    with transaction.atomic():
        found = Client.objects.filter(pk=client_id, revoked_at=None).update(revoked_at=timezone.now())
        audit.record(ACTOR, "client.revoked", detail={"client": client_id, "found": bool(found)})
    return bool(found)


def add_staff(username: str, departments: Iterable[Department]) -> Credentials:
    """A caseworker's account with a generated password. Raises CentralError."""
    password = secrets.token_urlsafe(12)
    with _new(username), transaction.atomic():
        user = User.objects.create_user(username, password=password)
        for department in departments:
            department.staff.add(user)
        audit.record(ACTOR, "staff.added", detail={"staff": user.pk})
    return Credentials(username, password)


def revoke_staff(username: str) -> bool:
    """Who leaves can do nothing any more from now on, and no key changes: accounts hold none. Whether there was one."""
    with transaction.atomic():
        user = User.objects.filter(username=username, is_active=True).first()
        if user is not None:
            user.is_active = False
            user.set_unusable_password()
            user.save(update_fields=["is_active", "password"])
            _end_sessions(user)
        audit.record(ACTOR, "staff.revoked", detail={"staff": user.pk if user else 0, "found": user is not None})
    return user is not None


def _end_sessions(user: User) -> None:
    open_now = Session.objects.filter(expire_date__gte=timezone.now()).iterator()
    ended = [session.pk for session in open_now if session.get_decoded().get(SESSION_KEY) == str(user.pk)]
    Session.objects.filter(pk__in=ended).delete()
