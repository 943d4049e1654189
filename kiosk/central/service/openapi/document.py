"""Puts the calls and schemas together, for both versions, and serves the document."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from kiosk.central.service import paging
from kiosk.central.service.calls import public_endpoint
from kiosk.central.service.openapi.calls import CALLS, PUBLIC, Operation, content
from kiosk.central.service.openapi.schemas import SCHEMAS, TEXT, Json, ref, versioned
from kiosk.central.service.problems import PROBLEMS, TYPE_PREFIX
from kiosk.central.service.versions import VERSIONS, Version

PROBLEM = "application/problem+json"
SECURITY = "clientCredentials"
EVERY_CALL = ("bad-request", "not-found", "internal-error", "unavailable")
WITH_TOKEN = ("invalid-token", "access-denied", "too-many-requests")
WITH_BODY = ("request-timeout", "length-required", "content-too-large", "unsupported-media-type")
RETRIED_LATER = (429, 503)
QUERY: Json = {
    "destinationId": ref("Uuid"),
    "offset": {"type": "integer", "minimum": 0, "maximum": paging.LARGEST_OFFSET - 1, "default": 0},
    "limit": {"type": "integer", "minimum": 1, "maximum": paging.LARGEST_LIMIT, "default": paging.USUAL_LIMIT},
}


@lru_cache(maxsize=1)
def document() -> Json:
    """The whole of it, as JSON."""
    paths = {f"/{path}": _path(path, methods, "") for path, methods in PUBLIC.items()}
    schemas = dict(SCHEMAS)
    for version in VERSIONS:
        own = versioned(version)
        below = {f"/{version.id}/{path}": _path(path, methods, version.id) for path, methods in CALLS.items()}
        paths |= _renamed(below, version, set(own))
        schemas |= {f"{name}-{version.id}": schema for name, schema in own.items()}
    flow = {"tokenUrl": "/token", "scopes": {}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Delivery service", "version": "2", "description": "The FIT-Connect Submission API."},
        "servers": [{"url": settings.CENTRAL.issuer}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {SECURITY: {"type": "oauth2", "flows": {"clientCredentials": flow}}},
        },
    }


def read(request: HttpRequest) -> HttpResponse:
    """GET /openapi.json."""
    return JsonResponse(document())


def _renamed(paths: Json, version: Version, names: set[str]) -> Json:
    """With references to this version's own schemas."""
    pattern = f'(#/components/schemas/(?:{"|".join(sorted(names))}))"'
    renamed: Json = json.loads(re.sub(pattern, rf'\g<1>-{version.id}"', json.dumps(paths)))
    return renamed


def _path(path: str, methods: dict[str, Operation], prefix: str) -> Json:
    named = re.findall(r"{(\w+)}", path)
    schema_of = {name: TEXT | {"maxLength": 100} if name == "kid" else ref("Uuid") for name in named}
    parameters = [{"name": name, "in": "path", "required": True, "schema": schema_of[name]} for name in named]
    shared = {"parameters": parameters} if parameters else {}
    return shared | {method: _operation(operation, prefix) for method, operation in methods.items()}


def _operation(operation: Operation, prefix: str) -> Json:
    made: Json = {
        "operationId": f"{operation.id}-{prefix}" if prefix else operation.id,
        "summary": operation.summary,
        "responses": _responses(operation),
    }
    if operation.query:
        made["parameters"] = [{"name": name, "in": "query", "schema": QUERY[name]} for name in operation.query]
    if operation.body:
        made["requestBody"] = {"required": True} | operation.body
    if not operation.public:
        made["security"] = [{SECURITY: []}]
    return made


def _responses(operation: Operation) -> Json:
    names = {*EVERY_CALL, *operation.refused}
    names |= set(() if operation.public else WITH_TOKEN) | set(WITH_BODY if operation.body else ())
    by_status: defaultdict[int, list[str]] = defaultdict(list)
    for name in sorted(names):
        by_status[PROBLEMS[name][0]].append(name)
    responses = {name: dict(answer) for name, answer in operation.answers.items()}
    for status, kinds in sorted(by_status.items()):
        problem = _problem(status, kinds)
        known = responses.setdefault(str(status), problem)
        known["content"] = known["content"] | problem["content"]
    return responses


def _problem(status: int, names: list[str]) -> Json:
    schema = ref("Problem") | {
        "properties": {"type": {"enum": [TYPE_PREFIX + name for name in names]}, "status": {"const": status}}
    }
    described: Json = {"description": "; ".join(PROBLEMS[name][1] for name in names)} | content(schema, PROBLEM)
    if status in RETRIED_LATER:
        header = {"description": "seconds", "required": True, "schema": {"type": "integer", "minimum": 1}}
        described["headers"] = {"Retry-After": header}
    return described


view = public_endpoint(GET=read)
