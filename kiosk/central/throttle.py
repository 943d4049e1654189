"""Slows down guessing (wrong codes and wrong client secrets, per kind and address) and clients that run wild.

Rules
  1. A few misses are free; then each next one doubles the wait, up to a quarter of an hour.
  2. A hit does not forgive misses: a guesser may own a valid code. Time does.
  3. Addresses are stored as a keyed hash.
  4. What a client may ask is counted in each worker's memory: a call costs no query. The share is generous, for a
     terminal that has been offline must empty its outbox; a client that never stops leaves room for the others.

Logins are slowed by django-axes, which knows about user names.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from kiosk.central.models import Guess

FREE_MISSES = 10
LONGEST_WAIT_S = 900
FORGIVEN_AFTER = timedelta(hours=1)
# One client's share of one worker: so many calls a second for ever, so many at once after a pause.
CALLS_PER_S = 500.0
CALLS_AT_ONCE = 5000.0

# What each client has left, and since when. A count lost between two threads costs nothing.
_left: dict[str, tuple[float, float]] = {}


def address_of(request: HttpRequest) -> str:
    """The caller's address; behind a trusted proxy the last one that proxy saw."""
    if settings.CENTRAL.behind_proxy:
        forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
        if forwarded:
            return str(forwarded)
    return str(request.META.get("REMOTE_ADDR", ""))


def wait_s(kind: str, request: HttpRequest) -> int:
    """Seconds until this address may guess again; 0 if it may now."""
    guess = Guess.objects.filter(key=_key(kind, request)).first()
    if guess is None:
        return 0
    left = (guess.until - timezone.now()).total_seconds()
    return max(0, int(left) + 1 if left > 0 else 0)


def miss(kind: str, request: HttpRequest) -> None:
    """Count one wrong guess of this address."""
    now, key = timezone.now(), _key(kind, request)
    with transaction.atomic():
        Guess.objects.bulk_create([Guess(key=key, last_at=now, until=now)], ignore_conflicts=True)
        guess = Guess.objects.select_for_update().get(key=key)
        if now - guess.last_at > FORGIVEN_AFTER:
            guess.misses = 0
        guess.misses += 1
        guess.last_at, guess.until = now, now + timedelta(seconds=_delay_s(guess.misses))
        guess.save()


def spend(client_id: str) -> int:
    """Count one call of a known client. 0 if it may go on, else seconds until it may try again."""
    now = time.monotonic()
    left, since = _left.get(client_id, (CALLS_AT_ONCE, now))
    left = min(left + (now - since) * CALLS_PER_S, CALLS_AT_ONCE)
    if left < 1:
        return 1
    _left[client_id] = left - 1, now
    return 0


def forget_old() -> None:
    """Drop what time has forgiven."""
    Guess.objects.filter(last_at__lt=timezone.now() - FORGIVEN_AFTER).delete()


def _delay_s(misses: int) -> int:
    return 0 if misses <= FREE_MISSES else min(2 ** min(misses - FREE_MISSES, 20), LONGEST_WAIT_S)


def _key(kind: str, request: HttpRequest) -> str:
    text = f"{kind} {address_of(request)}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), text, hashlib.sha256).hexdigest()
