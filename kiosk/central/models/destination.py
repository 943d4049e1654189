"""Departments, where they receive (destinations), and the public halves of their keys."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from jwcrypto.jwk import JWK


class Department(models.Model):
    """A department of the town. `staff` may read and decide what its destinations receive."""

    name = models.CharField(max_length=200, unique=True)
    phone = models.CharField(max_length=60, blank=True)
    staff = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="departments", blank=True)

    def __str__(self) -> str:
        return self.name


class Destination(models.Model):
    """Zustellpunkt: one address of one department.

    `public_services` is a list of {identifier, name}; empty takes all.
    """

    class Status(models.TextChoices):
        ACTIVE = "active"
        INACTIVE = "inactive"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="destinations")
    name = models.CharField(max_length=200)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ACTIVE)
    public_services = models.JSONField(default=list)

    def __str__(self) -> str:
        return self.name

    def current_key(self, use: DestinationKey.Use) -> DestinationKey | None:
        """The newest key that is not retired, or None."""
        return self.keys.filter(use=use, retired_at=None).order_by("-created_at", "kid").first()

    def published_keys(self) -> models.QuerySet[DestinationKey]:
        """All that anybody may fetch, newest first: a revoked one never again."""
        return self.keys.filter(revoked_at=None).order_by("-created_at", "kid")


class DestinationKey(models.Model):
    """One public key. A retired one is given to nobody new, but what was sealed to it before is still taken.

    A revoked one (somebody else may hold its private half) is retired too, and published no longer. What a terminal
    has sealed to it cannot be sealed anew, and its receipt is printed: it is taken, and flagged once it is opened.
    """

    class Use(models.TextChoices):
        ENCRYPTION = "enc"
        SIGNATURE = "sig"

    kid = models.CharField(max_length=100, primary_key=True)
    destination = models.ForeignKey(Destination, on_delete=models.PROTECT, related_name="keys")
    use = models.CharField(max_length=3, choices=Use.choices)
    jwk = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)
    retired_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    @property
    def names(self) -> frozenset[str]:
        """How a sealed part may name it: by kid, or by thumbprint (RFC 7638), as some senders do."""
        return frozenset({self.kid, JWK(**self.jwk).thumbprint()})

    def __str__(self) -> str:
        return self.kid
