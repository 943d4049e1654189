"""The one Django application of central."""

from __future__ import annotations

from django.apps import AppConfig


class CentralApp(AppConfig):
    """Models, templates and static files of central."""

    name = "kiosk.central"
    label = "central"
    verbose_name = "Rathaus-Kiosk"
