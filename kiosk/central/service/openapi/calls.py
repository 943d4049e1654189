"""The calls of the delivery service as data: by path and method, what they take, answer and refuse.

PUBLIC stands at the root, CALLS below the prefix of each version.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from kiosk.central.service.openapi.schemas import Json, ref

JSON, JOSE, FORM = "application/json", "application/jose", "application/x-www-form-urlencoded"
PAGE = ("offset", "limit")


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path. `refused` are names of problems.PROBLEMS beside those that every call may answer."""

    id: str
    summary: str
    answers: Json
    refused: tuple[str, ...] = ()
    body: Json = field(default_factory=dict)
    query: tuple[str, ...] = ()
    public: bool = False


def content(schema: Json, media_type: str = JSON) -> Json:
    return {"content": {media_type: {"schema": schema}}}


def said(description: str, schema: Json | None = None, media_type: str = JSON) -> Json:
    """An answer that is no problem document."""
    return {"description": description} | (content(schema, media_type) if schema else {})


PUBLIC: dict[str, dict[str, Operation]] = {
    "token": {
        "post": Operation(
            id="token",
            summary="an access token for a client (RFC 6749 §4.4, client_secret_post)",
            answers={
                "200": said("valid for the seconds it says", ref("AccessToken")),
                "400": said("not such a request", ref("OAuthError")),
                "401": said("unknown client or wrong secret", ref("OAuthError")),
            },
            refused=("bad-request", "too-many-requests"),
            body=content(ref("Credentials"), FORM),
            public=True,
        )
    },
    ".well-known/jwks.json": {
        "get": Operation("serviceKeys", "the service's signature keys", {"200": said("all", ref("Keys"))}, public=True)
    },
    "openapi.json": {
        "get": Operation("document", "this document", {"200": said("as JSON", {"type": "object"})}, public=True)
    },
}
CALLS: dict[str, dict[str, Operation]] = {
    "destinations/{destinationId}": {
        "get": Operation(
            id="destination",
            summary="where to deliver, for a sender",
            answers={"200": said("the destination", ref("Destination"))},
            refused=("destination-not-found", "destination-state-invalid"),
        )
    },
    "destinations/{destinationId}/keys": {
        "get": Operation(
            id="keys",
            summary="a destination's public keys",
            answers={"200": said("newest first", ref("KeyPage"))},
            refused=("destination-not-found",),
            query=PAGE,
            public=True,
        )
    },
    "destinations/{destinationId}/keys/{kid}": {
        "get": Operation(
            id="key",
            summary="one public key",
            answers={"200": said("as JWK", ref("Key"))},
            refused=("destination-not-found", "key-not-found"),
            public=True,
        )
    },
    "submissions": {
        "get": Operation(
            id="waiting",
            summary="what waits for a subscriber, at one destination or at all of its own",
            answers={"200": said("oldest first", ref("SubmissionPage"))},
            refused=("destination-not-found",),
            query=("destinationId", *PAGE),
        ),
        "post": Operation(
            id="announce",
            summary="announce a submission; a subscriber announces one that forwards what it received",
            answers={"201": said("announced", ref("Ids"))},
            refused=(
                "invalid-json",
                "destination-not-found",
                "submission-not-found",
                "submission-state-invalid",
                "destination-state-invalid",
                "public-service-not-offered",
                "duplicate-attachment-ids",
            ),
            body=content(ref("Announcement")),
        ),
    },
    "submissions/{submissionId}": {
        "get": Operation(
            id="submission",
            summary="collect a submission, for a subscriber",
            answers={"200": said("as it was sealed", ref("Submission"))},
            refused=("submission-not-found",),
        ),
        "put": Operation(
            id="submit",
            summary="the final call; may be repeated with the same bytes",
            answers={"200": said("delivered", ref("Summary"))},
            refused=(
                "invalid-json",
                "submission-not-found",
                "submission-conflict",
                "submission-state-invalid",
                "attachments-missing",
                "encryption-invalid",
            ),
            body=content(ref("Sealed")),
        ),
    },
    "submissions/{submissionId}/attachments/{attachmentId}": {
        "get": Operation(
            id="attachment",
            summary="collect an attachment, for a subscriber",
            answers={"200": said("as it was sealed", ref("Jwe"), JOSE)},
            refused=("submission-not-found", "attachment-not-found"),
        ),
        "put": Operation(
            id="attach",
            summary="send an attachment; may be repeated with the same bytes",
            answers={"204": said("stored")},
            refused=("submission-not-found", "attachment-conflict", "attachment-not-announced", "encryption-invalid"),
            body=content(ref("Jwe"), JOSE),
        ),
    },
    "submissions/{submissionId}/events": {
        "get": Operation(
            id="submissionEvents",
            summary="the event log of a submission",
            answers={"200": said("oldest first", ref("EventLog"))},
            refused=("submission-not-found",),
            query=PAGE,
        ),
        "post": Operation(
            id="decideSubmission",
            summary="accept or reject, signed by the destination",
            answers={"204": said("taken")},
            refused=("submission-not-found", "submission-state-invalid", "event-invalid"),
            body=content(ref("EventToken"), JOSE),
        ),
    },
    "cases/{caseId}/events": {
        "get": Operation(
            id="caseEvents",
            summary="the event log of a case",
            answers={"200": said("oldest first", ref("EventLog"))},
            refused=("case-not-found",),
            query=PAGE,
        ),
        "post": Operation(
            id="decideInCase",
            summary="accept or reject the submission that the token names",
            answers={"204": said("taken")},
            refused=("case-not-found", "submission-state-invalid", "event-invalid"),
            body=content(ref("EventToken"), JOSE),
        ),
    },
}
