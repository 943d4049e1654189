"""Who may call the delivery service: a terminal (sender) or a line-of-business system (subscriber)."""

from __future__ import annotations

import hashlib
import hmac

from django.db import models

from kiosk.central.models.destination import Destination


class Client(models.Model):
    """One OAuth client. Its secret is 256 random bits, so one SHA-256 keeps it as well as a slow hash would."""

    class Role(models.TextChoices):
        SENDER = "sender"
        SUBSCRIBER = "subscriber"

    id = models.CharField(max_length=100, primary_key=True)
    name = models.CharField(max_length=200, blank=True)
    role = models.CharField(max_length=10, choices=Role.choices)
    secret_digest = models.CharField(max_length=64)
    destinations = models.ManyToManyField(Destination, related_name="clients", blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.id

    def has_secret(self, secret: str) -> bool:
        """Compared in constant time."""
        return hmac.compare_digest(self.secret_digest, digest_of(secret))


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
