"""The two versions of the calls: the same paths and answers, a few other names. Nothing but names may differ."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Version:
    """`service` and `services` are the keys under which a public service, and all that are offered, stand in a body.

    `metadata_schemas` are the versions of the metadata a sender of this version writes; both are read.
    """

    id: str
    service: str
    services: str
    metadata_schemas: tuple[str, ...]


V1 = Version("v1", "serviceType", "services", ("1.0.0",))
V2 = Version("v2", "publicService", "publicServices", ("2.1.0",))
VERSIONS = (V1, V2)
