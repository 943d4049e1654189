"""The lists of destination keys that the town signed offline. The newest is the one that is published."""

from __future__ import annotations

from django.db import models


class SignedKeyList(models.Model):
    """One list as compact JWS (kiosk/delivery/key_list.py)."""

    text = models.TextField()
    published_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return str(self.published_at)
