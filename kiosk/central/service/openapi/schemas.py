"""What stands in bodies, as JSON Schema (2020-12). Limits are those of the code that checks them."""

from __future__ import annotations

from typing import Any

from kiosk.central.service import bodies, submissions
from kiosk.central.service.versions import Version

Json = dict[str, Any]

UUID_PATTERN = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
TEXT: Json = {"type": "string"}


def ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def record(properties: Json, optional: tuple[str, ...] = ()) -> Json:
    """An object that may have more than these."""
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required}


def list_of(item: Json, **more: Any) -> Json:
    return {"type": "array", "items": item} | more


def page_of(name: str, item: Json) -> Json:
    """One page of a list, see paging.py."""
    numbers = {key: {"type": "integer", "minimum": 0} for key in ("offset", "count", "totalCount")}
    return record(numbers | {name: list_of(item)})


SCHEMAS: Json = {
    "Uuid": {"type": "string", "format": "uuid", "pattern": UUID_PATTERN},
    "Jwe": {
        "type": "string",
        "description": "compact JWE: RSA-OAEP-256, A256GCM, zip DEF or none, with kid and cty",
        "pattern": r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+$",
    },
    "EventToken": {
        "type": "string",
        "description": "signed security event token: typ secevent+jwt, PS512",
        "pattern": r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$",
    },
    "Key": record(
        {
            "kty": {"const": "RSA"},
            "kid": TEXT,
            "alg": {"enum": ["RSA-OAEP-256", "PS512"]},
            "key_ops": list_of({"enum": ["wrapKey", "verify"]}),
            "n": TEXT,
            "e": TEXT,
        }
    ),
    "Keys": record({"keys": list_of(ref("Key"))}),
    "KeyPage": page_of("keys", ref("Key")),
    "EventLog": page_of("eventLog", ref("EventToken")),
    "Problem": record(
        {
            "type": {"type": "string", "format": "uri"},
            "title": TEXT,
            "status": {"type": "integer"},
            "instance": TEXT,
            "detail": TEXT,
        },
        optional=("detail",),
    ),
    "Service": record(
        {
            "identifier": {"type": "string", "minLength": 1, "maxLength": submissions.LONGEST_IDENTIFIER},
            "name": {"type": "string", "maxLength": submissions.LONGEST_NAME},
        },
        optional=("name",),
    ),
    "OfferedService": record(
        {
            "identifier": TEXT,
            "name": TEXT,
            "regions": list_of(TEXT),
            "submissionSchemas": list_of(record({"schemaUri": TEXT, "mimeType": TEXT})),
        }
    ),
    "Ids": record({"submissionId": ref("Uuid"), "caseId": ref("Uuid"), "destinationId": ref("Uuid")}),
    "SubmissionPage": page_of("submissions", ref("Ids")),
    "Sealed": record({"encryptedMetadata": ref("Jwe"), "encryptedData": ref("Jwe")}),
    "AccessToken": record(
        {"access_token": TEXT, "token_type": {"const": "Bearer"}, "expires_in": {"type": "integer"}, "scope": TEXT}
    ),
    "OAuthError": record({"error": TEXT, "error_description": TEXT}, optional=("error_description",)),
    "Credentials": record(
        {"grant_type": {"const": "client_credentials"}, "client_id": TEXT, "client_secret": TEXT, "scope": TEXT},
        optional=("scope",),
    ),
}


def versioned(version: Version) -> Json:
    """Those whose keys have other names in another version."""
    service = {version.service: ref("Service")}
    attachments = list_of(ref("Uuid"), maxItems=bodies.MOST_ATTACHMENTS, uniqueItems=True)
    announcement = {"destinationId": ref("Uuid"), "announcedAttachments": attachments} | service
    announcement["region"] = {"type": "string", "maxLength": submissions.LONGEST_REGION}
    announcement["forwardedSubmissionId"] = ref("Uuid")
    destination = {
        "destinationId": ref("Uuid"),
        "status": {"enum": ["active", "inactive"]},
        "encryptionKid": TEXT,
        "signingKid": TEXT,
        version.services: list_of(ref("OfferedService")),
        "metadataVersions": list_of(TEXT),
    }
    summary = SCHEMAS["Ids"]["properties"] | service | {"attachments": attachments}
    return {
        "Destination": record(destination),
        "Announcement": record(announcement, ("announcedAttachments", "region", "forwardedSubmissionId")),
        "Summary": record(summary),
        "Submission": record(summary | SCHEMAS["Sealed"]["properties"]),
    }
