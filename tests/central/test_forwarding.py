"""A department that is not responsible hands a submission to the one that is: delivered anew, in the same case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from kiosk.delivery.reference import status_token
from kiosk.delivery.submission import PublicService, SealedSubmission
from kiosk.delivery.tokens import seal, verification_key, verify_event

from .conftest import SERVICE
from .test_events import event, private_signature_key

Problem = Callable[[Any], str]


@pytest.fixture
def system(api: Callable[[str], Any]) -> Any:
    """The tax office's line-of-business system."""
    return api("tax-system")


@pytest.fixture
def order_system(town: Any, api: Callable[[str], Any]) -> Any:
    """The other office's."""
    from kiosk.central.models import Client, Destination
    from kiosk.central.town import add_client

    made = add_client("order-system", Client.Role.SUBSCRIBER, [Destination.objects.get(pk=town.order)])
    return type(api("terminal-1"))(replace(town, secrets=town.secrets | {made.name: made.secret}), made.name)


@pytest.fixture
def resealed(town: Any, parcel: Any) -> Any:
    """The same content, sealed to the other office."""
    return replace(parcel, destination_id=town.order, attachment_id=uuid4())


def forwarding(origin: UUID, resealed: Any) -> dict[str, Any]:
    return resealed.announcement() | {"forwardedSubmissionId": str(origin)}


def forward(system: Any, origin: UUID, resealed: Any) -> str:
    """All calls in order; the path of the new submission."""
    made = system.post("/v2/submissions", forwarding(origin, resealed))
    assert made.status_code == 201, made.content
    path = f"/v2/submissions/{made.json()['submissionId']}"
    jwe = seal(resealed.attachment, resealed.key(), "application/pdf")
    assert system.put_jose(f"{path}/attachments/{resealed.attachment_id}", jwe).status_code == 204
    assert system.put(path, resealed.sealed()).status_code == 200
    return path


def events_of(http: Any, reader: Any, path: str) -> list[Any]:
    keys = {key["kid"]: verification_key(key) for key in http.get("/.well-known/jwks.json").json()["keys"]}
    return [verify_event(token, keys) for token in reader.get(f"{path}/events").json()["eventLog"]]


def waiting(system: Any) -> list[str]:
    return [item["submissionId"] for item in system.get("/v2/submissions").json()["submissions"]]


def test_the_other_department_gets_it_in_the_same_case_and_the_first_has_it_no_longer(
    terminal: Any, system: Any, order_system: Any, parcel: Any, resealed: Any
) -> None:
    origin = parcel.deliver(terminal)

    path = forward(system, origin, resealed)

    assert waiting(system) == []
    [arrived] = waiting(order_system)
    assert path.endswith(arrived)
    assert order_system.get(path).json()["caseId"] == system.get(f"/v2/submissions/{origin}").json()["caseId"]


def test_the_service_says_so_in_the_log_of_the_case(
    http: Any, terminal: Any, system: Any, town: Any, parcel: Any, resealed: Any
) -> None:
    origin = parcel.deliver(terminal)
    path = forward(system, origin, resealed)

    *_, said = events_of(http, terminal, f"/v2/submissions/{origin}")
    assert said.name == "forward-submission"
    assert said.payload == {"destinationId": str(town.order), "submissionId": path.rpartition("/")[2]}
    case = events_of(http, terminal, f"/v2/cases/{said.case_id}")
    names = ["create", "submit", "create", "submit", "forward"]
    assert [event.name for event in case] == [f"{name}-submission" for name in names]
    assert events_of(http, system, f"/v2/cases/{said.case_id}") == case


def test_until_the_final_call_nothing_has_changed(terminal: Any, system: Any, parcel: Any, resealed: Any) -> None:
    origin = parcel.deliver(terminal)

    assert system.post("/v2/submissions", forwarding(origin, resealed)).status_code == 201

    assert waiting(system) == [str(origin)]


def test_the_final_call_may_be_repeated(terminal: Any, system: Any, parcel: Any, resealed: Any) -> None:
    from kiosk.central.models import Event

    origin = parcel.deliver(terminal)
    path = forward(system, origin, replace(resealed))
    stored = {"encryptedMetadata", "encryptedData"}
    body = {key: value for key, value in sealed_parts(path).items() if key in stored}

    assert system.put(path, body).status_code == 200
    assert Event.objects.filter(name="forward-submission").count() == 1


def sealed_parts(path: str) -> dict[str, str]:
    from kiosk.central.models import SealedContent

    held = SealedContent.objects.get(pk=path.rpartition("/")[2])
    return {"encryptedMetadata": held.metadata, "encryptedData": held.data}


def test_each_department_decides_only_what_it_holds(
    terminal: Any, system: Any, order_system: Any, town: Any, keyring: Any, parcel: Any, resealed: Any, problem: Problem
) -> None:
    from kiosk.central.models import Submission

    origin = parcel.deliver(terminal)
    path = forward(system, origin, resealed)
    forwarded = UUID(path.rpartition("/")[2])
    case = f"/v2/cases/{Submission.objects.get(pk=origin).case_id}/events"
    tax_key, order_key = (private_signature_key(office, keyring) for office in (town.tax, town.order))

    assert problem(system.post_jose(case, event(origin, tax_key))) == "submission-state-invalid"
    assert problem(system.post_jose(case, event(forwarded, tax_key))) == "event-invalid"
    assert problem(order_system.post_jose(case, event(forwarded, tax_key))) == "event-invalid"
    assert problem(order_system.post_jose(case, event(origin, order_key))) == "event-invalid"
    assert order_system.post_jose(case, event(forwarded, order_key)).status_code == 204

    assert Submission.objects.get(pk=forwarded).state == "accepted"
    assert Submission.objects.get(pk=origin).state == "forwarded"


def test_only_who_received_it_may_hand_it_on(
    terminal: Any, order_system: Any, parcel: Any, resealed: Any, problem: Problem
) -> None:
    origin = parcel.deliver(terminal)

    for other in (terminal, order_system):
        assert problem(other.post("/v2/submissions", forwarding(origin, resealed))) == "access-denied"


def test_only_what_waits_can_be_handed_on_and_only_to_another_place(
    terminal: Any, system: Any, town: Any, parcel: Any, resealed: Any, keyring: Any, problem: Problem
) -> None:
    origin = parcel.deliver(terminal)
    back = replace(resealed, destination_id=town.tax)
    assert problem(system.post("/v2/submissions", forwarding(origin, back))) == "destination-state-invalid"
    assert problem(system.post("/v2/submissions", forwarding(uuid4(), resealed))) == "submission-not-found"

    token = event(origin, private_signature_key(town.tax, keyring))
    system.post_jose(f"/v2/submissions/{origin}/events", token)

    assert problem(system.post("/v2/submissions", forwarding(origin, resealed))) == "submission-state-invalid"


def test_what_was_decided_meanwhile_is_not_handed_on_after_all(
    terminal: Any, system: Any, town: Any, parcel: Any, resealed: Any, keyring: Any, problem: Problem
) -> None:
    from kiosk.central.models import SealedContent

    origin = parcel.deliver(terminal)
    resealed = replace(resealed, attachment_id=uuid4())
    made = system.post("/v2/submissions", forwarding(origin, resealed) | {"announcedAttachments": []}).json()
    token = event(origin, private_signature_key(town.tax, keyring))
    system.post_jose(f"/v2/submissions/{origin}/events", token)

    answer = system.put(f"/v2/submissions/{made['submissionId']}", resealed.sealed())

    assert (answer.status_code, problem(answer)) == (409, "submission-state-invalid")
    assert SealedContent.objects.count() == 1


class TestStaff:
    """A member of staff forwards through the process that holds the department's key: all steps at once."""

    def test_it_arrives_whole_or_not_at_all(
        self, terminal: Any, order_system: Any, town: Any, parcel: Any, resealed: Any
    ) -> None:
        from kiosk.central.models import AuditRecord, Destination, Submission
        from kiosk.central.service.deliveries import forward
        from kiosk.central.service.problems import Refusal

        origin, order = Submission.objects.get(pk=parcel.deliver(terminal)), Destination.objects.get(pk=town.order)
        parts, attachment = resealed.sealed(), seal(resealed.attachment, resealed.key(), "application/pdf")
        service = PublicService(SERVICE["identifier"], SERVICE["name"])
        sealed = SealedSubmission(
            service, parts["encryptedMetadata"], parts["encryptedData"], {resealed.attachment_id: attachment}
        )

        with pytest.raises(Refusal):
            forward(origin, order, replace(sealed, data="no JWE"), "staff:1")
        assert Submission.objects.count() == 1

        made = forward(origin, order, sealed, "staff:1")

        assert waiting(order_system) == [str(made.pk)]
        assert (made.case_id, made.client_id) == (origin.case_id, "terminal-1")
        assert AuditRecord.objects.filter(actor="staff:1", action="forward-submission").count() == 1


def test_the_citizen_sees_where_it_is_now_and_staff_that_it_went_on(
    http: Any, terminal: Any, system: Any, parcel: Any, resealed: Any, open_arrivals: Callable[[], int]
) -> None:
    from django.contrib.auth.models import User

    from .test_status import look_up

    origin = parcel.deliver(terminal)
    open_arrivals()
    forward(system, origin, resealed)
    open_arrivals()

    entries = look_up(http, status_token(parcel.code)).json()["entries"]
    assert [(entry["department"], entry["state"]) for entry in entries] == [("Öffentliche Ordnung", "arrived")]
    http.force_login(User.objects.get(username="steuern"))
    listed = http.get("/inbox?view=forwarded").content.decode()
    assert str(origin) in listed
    assert "Weitergeleitet" in listed
