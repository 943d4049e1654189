"""What a terminal learns about where it delivers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from kiosk.delivery.tokens import encryption_key, verification_key


def test_a_destination_names_its_keys_and_services(terminal: Any, town: Any) -> None:
    body = terminal.get(f"/v2/destinations/{town.tax}").json()

    assert (body["destinationId"], body["status"]) == (str(town.tax), "active")
    assert body["metadataVersions"] == ["2.1.0"]
    [service] = body["publicServices"]
    assert service["identifier"] == "urn:de:fim:leika:leistung:99102013104000"
    assert service["submissionSchemas"][0]["mimeType"] == "application/json"
    key = terminal.get(f"/v2/destinations/{town.tax}/keys/{body['encryptionKid']}").json()
    assert encryption_key(key)["kid"] == body["encryptionKid"]
    assert key["key_ops"] == ["wrapKey"]
    signature = terminal.get(f"/v2/destinations/{town.tax}/keys/{body['signingKid']}").json()
    assert verification_key(signature)


def test_no_private_part_is_published(http: Any, town: Any) -> None:
    keys = (
        http.get(f"/v2/destinations/{town.tax}/keys").json()["keys"] + http.get("/.well-known/jwks.json").json()["keys"]
    )

    assert len(keys) == 3
    assert all(set(key) <= {"kty", "n", "e", "kid", "alg", "key_ops"} for key in keys)


def test_unknown_things_are_problem_documents(terminal: Any, town: Any, problem: Callable[[Any], str]) -> None:
    assert problem(terminal.get(f"/v2/destinations/{uuid4()}")) == "destination-not-found"
    assert problem(terminal.get(f"/v2/destinations/{town.tax}/keys/{uuid4()}")) == "key-not-found"
    assert problem(terminal.get("/v2/destinations/../../etc/passwd")) == "not-found"
    assert problem(terminal.get("/v2/destinations/not-a-uuid")) == "not-found"
    assert problem(terminal.get(f"/v2/destinations/{str(town.tax).upper()}")) == "not-found"


def test_a_client_that_is_not_linked_gets_403(
    api: Callable[[str], Any], town: Any, problem: Callable[[Any], str]
) -> None:
    answer = api("terminal-2").get(f"/v2/destinations/{town.order}")

    assert (answer.status_code, problem(answer)) == (403, "access-denied")


def test_a_method_that_is_not_there_names_those_that_are(
    terminal: Any, town: Any, problem: Callable[[Any], str]
) -> None:
    answer = terminal.raw("DELETE", f"/v2/destinations/{town.tax}")

    assert (answer.status_code, problem(answer), answer["Allow"]) == (405, "method-not-allowed", "GET")


def test_new_keys_retire_the_old_ones_which_stay_published(terminal: Any, town: Any, keyring: Any) -> None:
    from kiosk.central.models import Destination
    from kiosk.central.town import make_keys

    before = terminal.get(f"/v2/destinations/{town.tax}").json()["encryptionKid"]
    make_keys(Destination.objects.get(pk=town.tax), keyring)

    after = terminal.get(f"/v2/destinations/{town.tax}").json()["encryptionKid"]
    assert after != before
    assert len(terminal.get(f"/v2/destinations/{town.tax}/keys").json()["keys"]) == 4
