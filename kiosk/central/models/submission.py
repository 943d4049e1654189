"""Cases and submissions as the delivery service holds them: who sent what to whom, sealed.

The sealed bytes stand in tables of their own, so that lists and states never read them.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from kiosk.central.models.client import Client
from kiosk.central.models.destination import Destination


class Case(models.Model):
    """Vorgang: groups a submission and what is answered to it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return str(self.id)


class Submission(models.Model):
    """One delivery to one destination. `announced` is the list of its attachment ids, as text.

    `forwards` is the submission to another destination in whose place this one was delivered, if there is one.
    `decided_at` is also when it was forwarded, `erased_at` when its sealed parts were removed.
    `unopened` while the opening service has not yet looked at what was delivered.

    An index is paid by every delivery, so there is one only where something is looked up often.
    """

    class State(models.TextChoices):
        ANNOUNCED = "announced"
        SUBMITTED = "submitted"
        ACCEPTED = "accepted"
        REJECTED = "rejected"
        FORWARDED = "forwarded"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="submissions")
    destination = models.ForeignKey(Destination, on_delete=models.PROTECT, related_name="submissions", db_index=False)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="submissions", db_index=False)
    forwards = models.ForeignKey(
        "self", on_delete=models.PROTECT, related_name="forwarded", null=True, blank=True, db_index=False
    )
    announced = models.JSONField(default=list)
    public_service = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ANNOUNCED)
    created_at = models.DateTimeField(auto_now_add=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)
    unopened = models.BooleanField(default=False)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["destination", "state", "-submitted_at"], name="submission_inbox"),
            models.Index(fields=["created_at"], condition=models.Q(state="announced"), name="submission_announced"),
            models.Index(
                fields=["decided_at"],
                condition=models.Q(decided_at__isnull=False, erased_at=None),
                name="submission_decided",
            ),
            models.Index(fields=["submitted_at"], condition=models.Q(unopened=True), name="submission_unopened"),
            models.Index(fields=["forwards"], condition=models.Q(forwards__isnull=False), name="submission_forwards"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class SealedContent(models.Model):
    """Metadata and data of one submission, each one compact JWE; empty once they are erased.

    `digest` is the SHA-256 over both and stays, so that a late repeat is still known.
    """

    submission = models.OneToOneField(Submission, on_delete=models.CASCADE, primary_key=True, related_name="sealed")
    metadata = models.TextField()
    data = models.TextField()
    digest = models.CharField(max_length=64)

    def __str__(self) -> str:
        return str(self.submission_id)


class Attachment(models.Model):
    """One announced attachment that has arrived, as compact JWE; empty once erased. `tag` is its fifth part."""

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="attachments", db_index=False)
    attachment_id = models.UUIDField()
    content = models.TextField()
    digest = models.CharField(max_length=64)
    tag = models.CharField(max_length=40)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["submission", "attachment_id"], name="attachment_once")
        ]

    def __str__(self) -> str:
        return str(self.attachment_id)
