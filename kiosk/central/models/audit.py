"""The audit chain: who did what to which submission, append-only, each entry sealing the one before.

Rules
  1. An entry is written in the transaction of what it records (kiosk/central/audit.py).
  2. It names clients, staff numbers and UUIDs, never a citizen and never content.
  3. The head knows number and hash of the last entry, so that a missing end is found as well.
"""

from __future__ import annotations

from typing import Any, NoReturn

from django.db import models


class AuditEntry(models.Model):
    """One line of the chain. `hash` is SHA-256 over the previous hash and this entry's canonical JSON."""

    number = models.PositiveBigIntegerField(primary_key=True)
    at = models.DateTimeField()
    actor = models.CharField(max_length=120)
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=60, blank=True)
    detail = models.JSONField(default=dict)
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ("number",)

    def __str__(self) -> str:
        return f"{self.number} {self.action}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert only."""
        super().save(*args, **{**kwargs, "force_insert": True})

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("an audit entry stays")


class AuditHead(models.Model):
    """The one row that names the end of the chain; locking it orders concurrent writers."""

    number = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64)

    def __str__(self) -> str:
        return str(self.number)
