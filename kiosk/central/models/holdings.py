"""What terminals must know about this database: whether it was restored, and what a backup holds."""

from __future__ import annotations

from django.db import models


class Holdings(models.Model):
    """One row, made by the migration that made its table and left out of every backup.

    So where it is missing the database was restored, and whoever looks first writes down when (central/holdings.py).
    `backed_up_until` is the start of the last completed backup: it holds all that was committed before.
    """

    restored_at = models.DateTimeField(null=True)
    backed_up_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.restored_at or "")
