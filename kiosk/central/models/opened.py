"""What the opening service found out about a submission: enough to list it, nothing that names a person."""

from __future__ import annotations

from django.db import models

from kiosk.central.models.submission import Submission


class Opened(models.Model):
    """One submission that was opened on arrival. `failure` is an error code where that was not possible.

    `badges` are ids of inbox/badges.py. `status_index` is the hash that a citizen's application code leads to.
    """

    submission = models.OneToOneField(Submission, on_delete=models.CASCADE, primary_key=True, related_name="opened")
    failure = models.CharField(max_length=20, blank=True)
    reference = models.CharField(max_length=40, blank=True)
    procedure_id = models.CharField(max_length=100, blank=True)
    title = models.CharField(max_length=300, blank=True)
    terminal = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=20, blank=True)
    badges = models.JSONField(default=list)
    status_index = models.CharField(max_length=64, blank=True, db_index=True)
    recorded_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.reference or str(self.submission_id)
