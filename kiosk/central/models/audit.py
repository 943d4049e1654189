"""The audit chain: who did what to which submission, append-only, sealed in batches.

Rules
  1. A record is written in the transaction of what it records (kiosk/central/audit.py), and waits for nobody.
  2. It names clients, staff numbers and UUIDs, never a citizen and never content.
  3. A batch seals what was committed since the one before; the head knows the last batch, so that a missing
     end is found as well. The database itself refuses to change or delete a record (migration 0003).
"""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn

from django.db import models


class AuditBatch(models.Model):
    """One link of the chain. `hash` is SHA-256 over the previous hash and the digests of `records`, in their order."""

    number = models.PositiveBigIntegerField(primary_key=True)
    sealed_at = models.DateTimeField()
    records = models.JSONField()
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    def __str__(self) -> str:
        return str(self.number)


class AuditRecord(models.Model):
    """What happened once. `digest` is SHA-256 over its canonical JSON; `batch` is empty until it is sealed."""

    at = models.DateTimeField()
    actor = models.CharField(max_length=120)
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=60, blank=True)
    detail = models.JSONField(default=dict)
    digest = models.CharField(max_length=64)
    batch = models.PositiveBigIntegerField(null=True)

    class Meta:
        ordering = ("id",)
        indexes: ClassVar = [
            models.Index(fields=["id"], condition=models.Q(batch=None), name="audit_unsealed"),
            models.Index(fields=["batch"], name="audit_batch"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.action}"

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("an audit record stays")


class AuditHead(models.Model):
    """The one row that names the end of the chain; whoever seals holds its lock."""

    number = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64)

    def __str__(self) -> str:
        return str(self.number)
