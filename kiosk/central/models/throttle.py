"""How often an address guessed wrong lately. The address itself is not stored, only a keyed hash of it."""

from __future__ import annotations

from django.db import models


class Guess(models.Model):
    """Wrong guesses of one kind from one address; `until` is when the next one is answered again."""

    key = models.CharField(max_length=64, primary_key=True)
    misses = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField()
    until = models.DateTimeField()

    def __str__(self) -> str:
        return self.key[:8]
