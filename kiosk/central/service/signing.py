"""The delivery service's own signature keys: files in service_keys_dir, newest first.

Each file `<kid>.json` is one private JWK, readable by the service alone. The newest signs; all stay
published, so that old tokens verify.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from jwcrypto.jwk import JWK

from kiosk import durable_files
from kiosk.delivery.tokens import make_signature_key, public_part
from kiosk.errors import CentralError


def service_key() -> JWK:
    """The key that signs now. Raises CentralError CENTRAL-01 if there is none."""
    return _keys(settings.CENTRAL.service_keys_dir)[0]


def public_keys() -> list[dict[str, Any]]:
    """The public halves of all of them. Raises CentralError CENTRAL-01 if there is none."""
    return [public_part(key) for key in _keys(settings.CENTRAL.service_keys_dir)]


def make_service_key(folder: Path) -> None:
    """Make one if there is none; a running service sees a new key after its next start."""
    if any(folder.glob("*.json")):
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = make_signature_key()
    durable_files.create(folder / f"{key.get('kid')}.json", key.export_private())


@lru_cache(maxsize=4)
def _keys(folder: Path) -> tuple[JWK, ...]:
    files = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
    try:
        keys = tuple(JWK(**json.loads(path.read_text(encoding="ascii"))) for path in files)
    except (OSError, ValueError, TypeError) as error:
        raise CentralError("CENTRAL-01", "service signature key unreadable") from error
    if not keys:
        raise CentralError("CENTRAL-01", "no service signature key")
    return keys
