"""What is fuzzed: every parser of a stranger's bytes, each with well-formed examples to start from.

Rules
  1. A parser may refuse with the codes named beside it; any other error, and any that is not a CardError, is a crash.
  2. Parsers are imported where they are run, so that atheris can instrument them; examples are made elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.devices.cards.published import read_published

Parse = Callable[[bytes], object]

SMALL_FACE = (48, 64)
TODAY = date(2026, 11, 25)
# The signer of the specimen was valid then.
SPECIMEN_SIGNED = datetime(2008, 6, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Parser:
    """`load` imports the parser, `examples` are inputs it takes; `codes` are those it may refuse with."""

    name: str
    load: Callable[[], Parse]
    examples: Callable[[], list[bytes]]
    codes: frozenset[str] = field(default=frozenset({"CARD-07"}))
    longest: int = 4096


def _load_tlv() -> Parse:
    from devices.cards.wire import tlv

    return tlv.parse


def _load_security_infos() -> Parse:
    from devices.cards.protocols.security_infos import SecurityInfos, parse_security_infos

    def parse(data: bytes) -> SecurityInfos:
        """With every group they name, which are parsed when they are used."""
        infos = parse_security_infos(data)
        for item in (*infos.pace_domain, *infos.chip_authentication_domain, *infos.chip_authentication_keys):
            _ = item.group
        return infos

    return parse


def _load_cv_certificate() -> Parse:
    from devices.cards.pki.cv_certificate import parse_cv_certificate

    return parse_cv_certificate


def _load_mrz() -> Parse:
    from devices.cards.applications.mrz import parse_mrz

    return lambda data: parse_mrz(data.decode("latin-1"))


def _load_dg1() -> Parse:
    from devices.cards.applications import lds
    from devices.cards.applications.holder import holder_attributes

    return lambda data: holder_attributes(lds.parse_dg1(data), None, TODAY)


def _load_dg2() -> Parse:
    from devices.cards.applications.face import decode_face, parse_dg2

    return lambda data: decode_face(parse_dg2(data))


def _load_sod() -> Parse:
    from devices.cards.applications import lds
    from devices.cards.applications.security_object import parse_security_object
    from devices.cards.pki.cms import verify_signed_data
    from devices.cards.pki.csca import CscaStore

    with TemporaryDirectory() as folder:
        nobody = CscaStore(Path(folder))
    return lambda data: parse_security_object(
        verify_signed_data(lds.signed_data(data), nobody, SPECIMEN_SIGNED).content
    )


def _load_sdk_json() -> Parse:
    from devices.cards.ways.online.parsing import parse

    return lambda data: parse(data.decode("utf-8", "replace"))


def _card_access() -> list[bytes]:
    from tests.devices.cards.applications import specimen

    example = read_published("eac2_ecdh")
    return [specimen.DG14[4:], example["ef_card_access"], example["ef_card_security_security_infos"]]


def _certificates() -> list[bytes]:
    part = read_published("eac2_ecdh")["terminal_authentication"]
    return [part[key]["certificate"] for key in ("cvca_certificate", "dv_certificate", "terminal_certificate")]


def _zones() -> list[bytes]:
    from devices.cards.applications.mrz import build_mrz
    from devices.cards.people import load_people, printed_zone

    return [build_mrz(printed_zone(person)).encode("ascii") for person in load_people().values()]


def _dg1_files() -> list[bytes]:
    from devices.cards.applications import lds
    from devices.cards.people import load_people, printed_zone
    from tests.devices.cards.applications import specimen

    return [specimen.DG1, *(lds.build_dg1(printed_zone(person)) for person in load_people().values())]


def _dg2_files() -> list[bytes]:
    from devices.cards.applications.drawn_face import drawn_face
    from devices.cards.applications.face import FaceEncoding, ImageFormat, build_dg2

    return [build_dg2(drawn_face(kind, SMALL_FACE), encoding) for kind in ImageFormat for encoding in FaceEncoding]


def _sods() -> list[bytes]:
    from tests.devices.cards.applications import specimen

    return [specimen.EF_SOD]


def _tlv_objects() -> list[bytes]:
    from tests.devices.cards.applications import specimen

    return [specimen.EF_COM, specimen.DG1, specimen.DG14, specimen.DG15, specimen.EF_SOD, *_certificates()]


def _sdk_messages() -> list[bytes]:
    card = {"deactivated": False, "inoperative": False, "retryCounter": 3}
    reader = {"name": "Leser", "attached": True, "insertable": False, "keypad": True, "card": card}
    messages: list[dict[str, object]] = [
        {"msg": "INFO", "VersionInfo": {"Name": "AusweisApp2", "Implementation-Version": "1.26.2"}},
        {"msg": "API_LEVEL", "available": [1, 2], "current": 2},
        {"msg": "STATUS", "workflow": "AUTH", "progress": 25, "state": "x"},
        {"msg": "AUTH", "result": {"major": "m#ok", "minor": "m", "message": "x"}, "url": "https://stadt.example/"},
        {"msg": "CHANGE_PIN", "success": False, "reason": "Card_Removed"},
        {"msg": "ACCESS_RIGHTS", "chat": {"effective": ["Address"], "optional": ["Address"], "required": []}},
        {"msg": "READER_LIST", "readers": [reader]},
        {"msg": "ENTER_PIN", "reader": reader},
        {"msg": "BAD_STATE", "error": "SET_PIN"},
        {"msg": "INSERT_CARD", "error": "x"},
        {
            "msg": "CERTIFICATE",
            "description": {"subjectName": "Stadt", "issuerName": "DVCA", "purpose": "Antrag", "termsOfUsage": "x"},
            "validity": {"effectiveDate": "2026-07-31", "expirationDate": "2026-08-30"},
        },
    ]
    return [json.dumps(message).encode("utf-8") for message in messages]


SIGNATURES = frozenset({"CARD-07", "CARD-10", "CARD-16"})
GROUPS = frozenset({"CARD-07", "CARD-16"})

PARSERS = {
    parser.name: parser
    for parser in (
        Parser("tlv", _load_tlv, _tlv_objects),
        Parser("security-infos", _load_security_infos, _card_access, GROUPS),
        Parser("cv-certificate", _load_cv_certificate, _certificates),
        Parser("mrz", _load_mrz, _zones, longest=128),
        Parser("dg1", _load_dg1, _dg1_files, longest=256),
        Parser("dg2", _load_dg2, _dg2_files, longest=16384),
        Parser("sod", _load_sod, _sods, SIGNATURES, longest=8192),
        Parser("sdk-json", _load_sdk_json, _sdk_messages),
    )
}
