"""Which PACE is taken of those a card announces."""

from __future__ import annotations

from typing import Any

import pytest

from devices.cards.crypto.groups import standard_group
from devices.cards.protocols import oids
from devices.cards.protocols.pace import PaceRequest
from devices.cards.protocols.pace_choice import choose_pace, pace_group
from devices.cards.protocols.passwords import Password, PasswordKind
from devices.cards.protocols.security_infos import DomainParameters, PaceInfo, SecurityInfos, standard_algorithm
from kiosk.errors import CardError
from kiosk.identity import Secret

GM, IM, CAM, DH_GM = 2, 4, 6, 1


def test_the_longest_key_wins(pace_info: Any) -> None:
    weak, strong = pace_info(GM, 1), pace_info(GM, 4)
    assert choose_pace(SecurityInfos(pace=(weak, strong, pace_info(IM, 2)))) == strong


def test_generic_mapping_wins_among_equals(pace_info: Any) -> None:
    infos = tuple(pace_info(family) for family in (CAM, IM, GM))
    assert choose_pace(SecurityInfos(pace=infos)) == infos[2]
    assert choose_pace(SecurityInfos(pace=infos[:2])) == infos[1]


def test_a_curve_wins_over_an_integer_group(pace_info: Any) -> None:
    curve = pace_info(GM, 2)
    assert choose_pace(SecurityInfos(pace=(pace_info(DH_GM, 4, 0), curve))) == curve


def test_an_unknown_group_or_version_is_passed_over(pace_info: Any) -> None:
    known = pace_info(GM, 2)
    old = PaceInfo(known.oid, 1, 13)
    assert choose_pace(SecurityInfos(pace=(pace_info(GM, 4, 31), old, known))) == known


def test_nothing_supported_is_another_kind_of_card(pace_info: Any) -> None:
    for infos in ((), (pace_info(GM, 4, 31),), (PaceInfo(pace_info(GM).oid, 1, 13),), (pace_info(GM, 2, 64),)):
        with pytest.raises(CardError) as refusal:
            choose_pace(SecurityInfos(pace=infos))
        assert refusal.value.code == "CARD-16"


@pytest.mark.parametrize("parameter_id", [64, None])
def test_announced_domain_parameters_are_used(pace_info: Any, parameter_id: int | None) -> None:
    info = PaceInfo(pace_info(GM).oid, 2, parameter_id)
    domain = DomainParameters(oids.ID_PACE + b"\x02", standard_algorithm(12), 64)
    assert pace_group(SecurityInfos(pace=(info,), pace_domain=(domain,)), info) == standard_group(12)


def test_a_request_without_a_group_names_a_standard_one(pace_info: Any) -> None:
    password = Password(PasswordKind.CAN, Secret("123456"))
    assert PaceRequest(pace_info(GM, 2, 12), password).domain == standard_group(12)
    given = PaceRequest(PaceInfo(pace_info(GM).oid, 2, None), password, group=standard_group(13))
    assert given.domain == standard_group(13)
    with pytest.raises(CardError) as refusal:
        _ = PaceRequest(PaceInfo(pace_info(GM).oid, 2, None), password).domain
    assert refusal.value.code == "CARD-16"
