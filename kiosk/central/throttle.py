"""Slows down guessing: wrong codes and wrong client secrets, per kind and address.

Rules
  1. A few misses are free; then each next one doubles the wait, up to a quarter of an hour.
  2. A hit does not forgive misses: a guesser may own a valid code. Time does.
  3. Addresses are stored as a keyed hash.

Logins are slowed by django-axes, which knows about user names.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from kiosk.central.models import Guess

FREE_MISSES = 10
LONGEST_WAIT_S = 900
FORGIVEN_AFTER = timedelta(hours=1)


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


def forget_old() -> None:
    """Drop what time has forgiven."""
    Guess.objects.filter(last_at__lt=timezone.now() - FORGIVEN_AFTER).delete()


def _delay_s(misses: int) -> int:
    return 0 if misses <= FREE_MISSES else min(2 ** min(misses - FREE_MISSES, 20), LONGEST_WAIT_S)


def _key(kind: str, request: HttpRequest) -> str:
    text = f"{kind} {address_of(request)}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), text, hashlib.sha256).hexdigest()
