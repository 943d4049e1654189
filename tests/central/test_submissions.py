"""A submission from the announcement to the final call: exactly once, whatever is repeated or sent wrongly."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest
from jwcrypto.jwe import JWE
from jwcrypto.jwk import JWK

from kiosk.delivery.submission import authentication_tags
from kiosk.delivery.tokens import make_encryption_key, public_part, seal, verification_key, verify_event

Problem = Callable[[Any], str]


def announce(terminal: Any, parcel: Any) -> str:
    """The path of a fresh submission whose attachment has arrived."""
    made = terminal.post("/v2/submissions", parcel.announcement())
    assert made.status_code == 201
    path = f"/v2/submissions/{made.json()['submissionId']}"
    jwe = seal(parcel.attachment, parcel.key(), "application/pdf")
    assert terminal.put_jose(f"{path}/attachments/{parcel.attachment_id}", jwe).status_code == 204
    return path


def in_threads(work: Callable[[], Any], times: int = 8) -> list[Any]:
    """Run `work` at the same time in as many threads, each with a database connection of its own, open before."""
    from django.db import connections

    together = Barrier(times, timeout=60)

    def one(_: int) -> Any:
        connections["default"].ensure_connection()
        together.wait()
        try:
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))


def test_a_delivery_ends_with_a_signed_token_over_exactly_these_bytes(http: Any, terminal: Any, parcel: Any) -> None:
    made = terminal.post("/v2/submissions", parcel.announcement()).json()
    path = f"/v2/submissions/{made['submissionId']}"
    attachment = seal(parcel.attachment, parcel.key(), "application/pdf")
    terminal.put_jose(f"{path}/attachments/{parcel.attachment_id}", attachment)
    body = parcel.sealed()

    assert terminal.put(path, body).json()["submissionId"] == made["submissionId"]

    log = terminal.get(f"{path}/events").json()
    assert (log["count"], log["totalCount"]) == (2, 2)
    keys = {key["kid"]: verification_key(key) for key in http.get("/.well-known/jwks.json").json()["keys"]}
    created, submitted = (verify_event(token, keys) for token in log["eventLog"])
    assert (created.name, submitted.name) == ("create-submission", "submit-submission")
    assert submitted.issuer == "http://127.0.0.1:8000"
    assert (str(submitted.submission_id), str(submitted.case_id)) == (made["submissionId"], made["caseId"])
    sealed_attachments = {parcel.attachment_id: attachment}
    tags = authentication_tags(body["encryptedMetadata"], body["encryptedData"], sealed_attachments)
    assert submitted.payload["authenticationTags"] == tags


def test_a_token_once_read_never_changes(terminal: Any, parcel: Any) -> None:
    path = f"/v2/submissions/{parcel.deliver(terminal)}/events"

    first, second = terminal.get(path).json(), terminal.get(path).json()

    assert first == second


def test_many_readers_at_once_get_the_same_tokens(terminal: Any, parcel: Any) -> None:
    path = f"/v2/submissions/{parcel.deliver(terminal)}/events"

    logs = in_threads(lambda: terminal.get(path).json()["eventLog"])

    assert all(log == logs[0] for log in logs)


def test_a_repeat_with_the_same_bytes_succeeds_and_changes_nothing(terminal: Any, parcel: Any) -> None:
    path, body = announce(terminal, parcel), parcel.sealed()

    answers = [terminal.put(path, body) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert terminal.get(f"{path}/events").json()["totalCount"] == 2


def test_other_bytes_under_the_same_id_are_a_conflict(terminal: Any, parcel: Any, problem: Problem) -> None:
    path = announce(terminal, parcel)
    terminal.put(path, parcel.sealed())

    answer = terminal.put(path, parcel.sealed())

    assert (answer.status_code, problem(answer)) == (409, "submission-conflict")


def test_eight_identical_final_calls_at_once_make_one_row(terminal: Any, parcel: Any) -> None:
    from kiosk.central.models import AuditRecord, Event, SealedContent

    path, body = announce(terminal, parcel), parcel.sealed()

    statuses = [answer.status_code for answer in in_threads(lambda: terminal.put(path, body))]

    assert statuses == [200] * 8
    assert SealedContent.objects.count() == 1
    assert Event.objects.filter(name="submit-submission").count() == 1
    assert AuditRecord.objects.filter(action="submission.submitted").count() == 1


def test_eight_different_final_calls_at_once_make_one_row_and_seven_conflicts(terminal: Any, parcel: Any) -> None:
    path = announce(terminal, parcel)
    bodies = iter([parcel.sealed() for _ in range(8)])

    statuses = [answer.status_code for answer in in_threads(lambda: terminal.put(path, next(bodies)))]

    assert sorted(statuses) == [200] + [409] * 7


def test_eight_identical_attachments_at_once_make_one_row(terminal: Any, parcel: Any) -> None:
    from kiosk.central.models import Attachment

    made = terminal.post("/v2/submissions", parcel.announcement()).json()
    path = f"/v2/submissions/{made['submissionId']}/attachments/{parcel.attachment_id}"
    jwe = seal(parcel.attachment, parcel.key(), "application/pdf")

    statuses = [answer.status_code for answer in in_threads(lambda: terminal.put_jose(path, jwe))]

    assert statuses == [204] * 8
    assert Attachment.objects.count() == 1


def test_an_attachment_may_be_repeated_but_not_changed(terminal: Any, parcel: Any, problem: Problem) -> None:
    made = terminal.post("/v2/submissions", parcel.announcement()).json()
    path = f"/v2/submissions/{made['submissionId']}/attachments/{parcel.attachment_id}"
    jwe = seal(parcel.attachment, parcel.key(), "application/pdf")

    assert [terminal.put_jose(path, jwe).status_code for _ in range(2)] == [204, 204]
    answer = terminal.put_jose(path, seal(b"other", parcel.key(), "application/pdf"))

    assert (answer.status_code, problem(answer)) == (409, "attachment-conflict")


def test_the_final_call_waits_for_every_attachment(terminal: Any, parcel: Any, problem: Problem) -> None:
    made = terminal.post("/v2/submissions", parcel.announcement()).json()
    path, body = f"/v2/submissions/{made['submissionId']}", parcel.sealed()

    assert problem(terminal.put(path, body)) == "attachments-missing"

    jwe = seal(parcel.attachment, parcel.key(), "application/pdf")
    terminal.put_jose(f"{path}/attachments/{parcel.attachment_id}", jwe)
    assert terminal.put(path, body).status_code == 200


def test_an_attachment_nobody_announced_is_refused(terminal: Any, parcel: Any, problem: Problem) -> None:
    made = terminal.post("/v2/submissions", parcel.announcement()).json()
    jwe = seal(b"x", parcel.key(), "application/pdf")

    answer = terminal.put_jose(f"/v2/submissions/{made['submissionId']}/attachments/{uuid4()}", jwe)

    assert (answer.status_code, problem(answer)) == (422, "attachment-not-announced")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"destinationId": str(UUID(int=1))}, "destination-not-found"),
        ({"destinationId": "../../etc/passwd"}, "bad-request"),
        ({"destinationId": None}, "bad-request"),
        ({"announcedAttachments": "x"}, "bad-request"),
        ({"announcedAttachments": ["../x"]}, "bad-request"),
        ({"announcedAttachments": [str(UUID(int=2))] * 2}, "duplicate-attachment-ids"),
        ({"announcedAttachments": [str(UUID(int=n)) for n in range(101)]}, "bad-request"),
        ({"publicService": "x"}, "bad-request"),
        ({"publicService": {"identifier": "urn:x", "name": "X"}}, "public-service-not-offered"),
        ({"publicService": {"identifier": 1, "name": "X"}}, "bad-request"),
    ],
)
def test_a_wrong_announcement_is_refused(
    terminal: Any, parcel: Any, problem: Problem, change: dict[str, Any], expected: str
) -> None:
    from kiosk.central.models import Submission

    assert problem(terminal.post("/v2/submissions", parcel.announcement() | change)) == expected
    assert not Submission.objects.exists()


def test_a_destination_that_is_closed_takes_nothing(terminal: Any, town: Any, parcel: Any, problem: Problem) -> None:
    from kiosk.central.models import Destination

    Destination.objects.filter(pk=town.tax).update(status="inactive")

    assert problem(terminal.post("/v2/submissions", parcel.announcement())) == "destination-state-invalid"


def test_a_foreign_destination_and_a_foreign_submission_are_forbidden(
    terminal: Any, api: Callable[[str], Any], town: Any, parcel: Any, problem: Problem
) -> None:
    other = api("terminal-2")
    path = announce(terminal, parcel)

    foreign = parcel.announcement() | {"destinationId": str(town.order)}
    assert problem(other.post("/v2/submissions", foreign)) == "access-denied"
    assert problem(other.put(path, parcel.sealed())) == "access-denied"
    assert problem(other.get(f"{path}/events")) == "access-denied"


def test_a_subscriber_cannot_send(api: Callable[[str], Any], parcel: Any, problem: Problem) -> None:
    assert problem(api("tax-system").post("/v2/submissions", parcel.announcement())) == "access-denied"


def test_an_unknown_submission_is_named_as_such(terminal: Any, parcel: Any, problem: Problem) -> None:
    answer = terminal.put(f"/v2/submissions/{uuid4()}", parcel.sealed())

    assert (answer.status_code, problem(answer)) == (404, "submission-not-found")


def wrongly_sealed(parcel: Any) -> dict[str, str]:
    """One compact JWE for each thing that may be wrong with one."""
    key = parcel.key()
    sha1 = {"alg": "RSA-OAEP", "enc": "A256GCM", "kid": key["kid"], "cty": "application/json"}
    cbc = {"alg": "RSA-OAEP-256", "enc": "A128CBC-HS256", "kid": key["kid"], "cty": "application/json"}
    no_cty = {"alg": "RSA-OAEP-256", "enc": "A256GCM", "kid": key["kid"]}
    boxes = {"alg": sha1, "enc": cbc, "cty": no_cty}
    sealed = {name: JWE(b"{}", protected=head, recipient=key).serialize(compact=True) for name, head in boxes.items()}
    return sealed | {
        "kid": seal(b"{}", foreign_key(), "application/json"),
        "text": "no JWE at all",
        "header": "e30.e30.e30.e30.e30",
        "json": "bm8.e30.e30.e30.e30",
    }


def foreign_key() -> JWK:
    return JWK(**public_part(make_encryption_key()))


def test_a_part_that_is_not_sealed_as_agreed_is_refused(terminal: Any, parcel: Any, problem: Problem) -> None:
    path, right = announce(terminal, parcel), parcel.sealed()

    for name, wrong in wrongly_sealed(parcel).items():
        answer = terminal.put(path, right | {"encryptedData": wrong})
        assert (answer.status_code, problem(answer)) == (422, "encryption-invalid"), name

    assert terminal.put(path, right).status_code == 200


def test_a_deflated_part_is_taken(terminal: Any, parcel: Any) -> None:
    path, right, key = announce(terminal, parcel), parcel.sealed(), parcel.key()
    head = {"alg": "RSA-OAEP-256", "enc": "A256GCM", "zip": "DEF", "kid": key["kid"], "cty": "application/json"}

    deflated = JWE(parcel.data, protected=head, recipient=key).serialize(compact=True)

    assert terminal.put(path, right | {"encryptedData": deflated}).status_code == 200


def test_what_was_sealed_to_a_retired_key_still_arrives(terminal: Any, parcel: Any, town: Any, keyring: Any) -> None:
    from kiosk.central.models import Destination
    from kiosk.central.town import make_keys

    path, sealed_before = announce(terminal, parcel), parcel.sealed()
    make_keys(Destination.objects.get(pk=town.tax), keyring)

    assert terminal.put(path, sealed_before).status_code == 200


@pytest.mark.parametrize(
    ("body", "content_type", "status", "expected"),
    [
        (b"{", "application/json", 400, "invalid-json"),
        (b"[]", "application/json", 400, "invalid-json"),
        (b"[" * 50_000, "application/json", 400, "invalid-json"),
        (b'{"a": NaN}', "application/json", 400, "invalid-json"),
        (b'{"a": "\xff"}', "application/json", 400, "bad-request"),
        (b"{}", "application/json", 400, "bad-request"),
        (b"{}", "text/plain", 415, "unsupported-media-type"),
        (b"{}", "", 415, "unsupported-media-type"),
        (b" " * 70_000, "application/json", 413, "content-too-large"),
    ],
)
def test_a_malformed_body_is_a_problem_document(
    terminal: Any, problem: Problem, body: bytes, content_type: str, status: int, expected: str
) -> None:
    answer = terminal.raw("POST", "/v2/submissions", body, content_type)

    assert (answer.status_code, problem(answer)) == (status, expected)


def test_huge_sealed_parts_are_refused_by_their_length(terminal: Any, parcel: Any, problem: Problem) -> None:
    path = announce(terminal, parcel)

    assert problem(terminal.raw("PUT", path, b"x" * 12_000_001)) == "content-too-large"
    attachment = f"{path}/attachments/{parcel.attachment_id}"
    assert problem(terminal.raw("PUT", attachment, b"x" * 28_000_001, "application/jose")) == "content-too-large"


def test_an_answer_to_a_refusal_never_repeats_what_was_sent(terminal: Any, parcel: Any) -> None:
    answer = terminal.post("/v2/submissions", parcel.announcement() | {"destinationId": "Ada Beispiel"})

    assert "Ada" not in answer.content.decode()


def test_a_fault_of_the_service_is_a_problem_document_too(terminal: Any, parcel: Any, problem: Problem) -> None:
    from django.db import connection

    path = announce(terminal, parcel)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE central_sealedcontent")

    answer = terminal.put(path, parcel.sealed())

    assert (answer.status_code, problem(answer)) == (503, "unavailable")
    assert answer["Retry-After"]


def test_what_was_announced_and_never_completed_is_dropped_after_a_day(terminal: Any, town: Any, parcel: Any) -> None:
    from datetime import timedelta

    from django.utils import timezone

    from kiosk.central.models import Case, Submission
    from kiosk.central.retention import drop_abandoned, tidy

    kept = parcel.deliver(terminal)
    for hours in (1, 25):
        made = terminal.post("/v2/submissions", parcel.announcement()).json()
        earlier = timezone.now() - timedelta(hours=hours)
        Submission.objects.filter(pk=made["submissionId"]).update(created_at=earlier)

    assert drop_abandoned() == 1
    tidy()
    assert Submission.objects.count() == Case.objects.count() == 2
    assert Submission.objects.filter(pk=kept).exists()


class TestSubscriber:
    """The line-of-business system collects."""

    def test_it_lists_reads_and_gets_the_same_bytes(self, terminal: Any, api: Any, town: Any, parcel: Any) -> None:
        system, body = api("tax-system"), parcel.sealed()
        submission = parcel.deliver(terminal, body)

        listed = system.get("/v2/submissions", destinationId=str(town.tax)).json()
        assert (listed["totalCount"], listed["submissions"][0]["submissionId"]) == (1, str(submission))

        read = system.get(f"/v2/submissions/{submission}").json()
        assert {key: read[key] for key in body} == body
        assert read["attachments"] == [str(parcel.attachment_id)]
        attachment = system.get(f"/v2/submissions/{submission}/attachments/{parcel.attachment_id}")
        assert (attachment["Content-Type"], attachment.content.count(b".")) == ("application/jose", 4)

    def test_it_sees_only_its_own_destinations(self, terminal: Any, api: Any, town: Any, problem: Problem) -> None:
        system = api("tax-system")

        assert problem(system.get("/v2/submissions", destinationId=str(town.order))) == "access-denied"
        assert problem(system.get("/v2/submissions", destinationId="../x")) == "bad-request"
        query = {"destinationId": str(town.tax), "offset": "-1"}
        assert problem(system.get("/v2/submissions", **query)) == "bad-request"

    def test_a_sender_reads_nothing_back(self, terminal: Any, parcel: Any, problem: Problem) -> None:
        submission = parcel.deliver(terminal)

        assert problem(terminal.get(f"/v2/submissions/{submission}")) == "access-denied"

    def test_what_is_only_announced_is_not_there_yet(
        self, terminal: Any, api: Any, town: Any, parcel: Any, problem: Problem
    ) -> None:
        path = announce(terminal, parcel)
        system = api("tax-system")

        assert system.get("/v2/submissions", destinationId=str(town.tax)).json()["totalCount"] == 0
        assert problem(system.get(path)) == "submission-not-found"
        assert problem(system.get(f"{path}/attachments/{parcel.attachment_id}")) == "attachment-not-found"
