"""The signed key list on its way: drafted here, signed where the town key is, checked and published."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from jwcrypto.jwk import JWK

from kiosk.central.offline_keys import make_town_key, public_file, town_public_key, unlock
from kiosk.delivery.key_list import KeyList, sign_key_list, verify_key_list
from kiosk.errors import CentralError

from .test_key_life import actions, rotate

WHERE = "/.well-known/rathaus-kiosk/key-list.jws"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
Sign = Callable[..., str]


def ask(prompt: str) -> str:
    return "Der Stempel der Stadt"


@pytest.fixture(scope="module")
def town_key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("safe") / "town-key"
    make_town_key(path, ask)
    return path


@pytest.fixture(scope="module")
def town_key(town_key_file: Path) -> JWK:
    return unlock(town_key_file, ask)


@pytest.fixture
def sign(town: Any, town_key_file: Path, town_key: JWK) -> Iterator[Sign]:
    """Signs the draft of this moment; central knows the town's public key."""
    from django.test import override_settings

    from kiosk.central.key_list import draft

    def signed(key: JWK | None = None, days: int = 30) -> str:
        listed = KeyList(draft(), NOW, NOW + timedelta(days=days))
        return sign_key_list(listed, key or town_key)

    with override_settings(CENTRAL=replace(town.config, town_key_file=public_file(town_key_file))):
        yield signed


def test_terminals_get_what_the_town_signed(
    sign: Sign, http: Any, terminal: Any, town: Any, town_key_file: Path
) -> None:
    from kiosk.central.key_list import publish

    publish(sign(), NOW)

    answer = http.get(WHERE)
    assert answer["Content-Type"] == "application/jose"
    listed = verify_key_list(answer.content.decode(), town_public_key(public_file(town_key_file)), NOW)
    for destination in (town.tax, town.order):
        kid = terminal_key(http, destination)["kid"]
        listed.check(destination, http.get(f"/v2/destinations/{destination}/keys/{kid}").json())
    assert "key-list.published" in actions()


def terminal_key(http: Any, destination: Any) -> dict[str, Any]:
    keys = http.get(f"/v2/destinations/{destination}/keys").json()["keys"]
    return next(key for key in keys if key["alg"] == "RSA-OAEP-256")


def test_before_the_first_one_there_is_none(town: Any, http: Any, problem: Callable[[Any], str]) -> None:
    answer = http.get(WHERE)

    assert (answer.status_code, problem(answer)) == (404, "not-found")


def test_the_newest_is_published(sign: Sign, http: Any) -> None:
    from kiosk.central.key_list import publish

    first, second = sign(), sign(days=60)
    publish(first, NOW)
    publish(second, NOW)

    assert http.get(WHERE).content.decode() == second


def test_a_list_from_before_a_rotation_is_refused(sign: Sign, town: Any, keyring: Any, http: Any) -> None:
    from kiosk.central.key_list import publish

    old = sign()
    rotate(town.tax, keyring)

    with pytest.raises(CentralError, match=f"lacks the current key of {town.tax}"):
        publish(old, NOW)
    publish(sign(), NOW)
    assert http.get(WHERE).status_code == 200


def test_what_the_town_did_not_sign_or_what_has_ended_is_refused(sign: Sign, http: Any, keyring: Any) -> None:
    from kiosk.central.key_list import publish
    from kiosk.central.models import DestinationKey

    signature = DestinationKey.objects.filter(use=DestinationKey.Use.SIGNATURE).first()
    assert signature is not None
    for text in ("", "no list", sign(keyring.private(signature.kid)), sign(days=-1)):
        with pytest.raises(CentralError) as caught:
            publish(text, NOW)
        assert caught.value.code == "CENTRAL-02"
    assert http.get(WHERE).status_code == 404


def test_without_the_towns_public_key_nothing_is_published(town: Any) -> None:
    from kiosk.central.key_list import publish

    with pytest.raises(CentralError, match="town_key_file is not configured"):
        publish("x", NOW)
