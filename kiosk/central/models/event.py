"""The event log: what happened to a case, as signed security event tokens."""

from __future__ import annotations

from django.db import models

from kiosk.central.models.submission import Case, Submission


class Event(models.Model):
    """One event. `text` is its signed token: a subscriber's at once, ours when first asked for, then kept.

    `issuer` is a destination's UUID, or empty for the service itself. `jti` is the token's id once there is one.
    """

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="events")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="events")
    jti = models.UUIDField(unique=True, null=True)
    name = models.CharField(max_length=40)
    issuer = models.CharField(max_length=40, blank=True)
    at = models.DateTimeField()
    payload = models.JSONField(default=dict)
    text = models.TextField(blank=True)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.name} {self.submission_id}"
