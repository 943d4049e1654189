"""Whether the chip of a travel document is the one its state made, and not a copy of its files.

Chip authentication where the document offers it: the channel gets new keys that only the genuine chip has. Else active
authentication. What is checked against is signed: DG14 or DG15. Sources: ICAO 9303-11 §6.1 and §6.2.

The third proof, chip authentication mapping, is part of unlocking and checked where that is done (`unlocking`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from devices.cards.applications import lds
from devices.cards.crypto.secure_messaging import Secured
from devices.cards.protocols.active_authentication import parse_verification_key, run_active_authentication
from devices.cards.protocols.chip_authentication import choose_chip_authentication, run_chip_authentication_v1
from devices.cards.protocols.randomness import draw_key
from devices.cards.protocols.security_infos import SecurityInfos, parse_security_infos
from devices.cards.ways.passive_authentication import SignedFiles

DG14: Final = 14
DG15: Final = 15


@dataclass(frozen=True, slots=True)
class Proof:
    """`genuine` is False where the document offers no proof; `files` go on over the connection to use from now on."""

    files: SignedFiles
    genuine: bool


def prove_chip(connection: Secured, files: SignedFiles) -> Proof:
    """Raises CardError CARD-09 for a copy, CARD-11 or CARD-07 for what it should be checked against."""
    infos = parse_security_infos(lds.unwrap(DG14, files.read(DG14))) if DG14 in files else SecurityInfos()
    if infos.chip_authentication_keys:
        choice = choose_chip_authentication(infos, 1)
        renewed = run_chip_authentication_v1(connection, choice, draw_key(choice.key.group))
        return Proof(files.over(renewed), genuine=True)
    if DG15 not in files:
        return Proof(files, genuine=False)
    key = parse_verification_key(lds.unwrap(DG15, files.read(DG15)), infos.active_authentication)
    run_active_authentication(connection, key)
    return Proof(files, genuine=True)
