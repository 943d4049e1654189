"""The token by which PACE and chip authentication prove a shared key (TR-03110-3 A.2.4, ICAO 9303-11 §4.4.3.4).

It is a MAC over the other side's ephemeral public key, wrapped as the protocol's public key object.
"""

from __future__ import annotations

from typing import Final

from devices.cards.crypto.groups import EcGroup, Group
from devices.cards.crypto.suite import SessionKeys, mac
from devices.cards.wire import tlv

PUBLIC_KEY: Final = 0x7F49
POINT: Final = 0x86
DH_PUBLIC: Final = 0x84


def token_input(oid: bytes, group: Group, public: bytes) -> bytes:
    """What is authenticated: protocol and public key, tag 7F49."""
    tag = POINT if isinstance(group, EcGroup) else DH_PUBLIC
    return tlv.encode(PUBLIC_KEY, tlv.encode(0x06, oid) + tlv.encode(tag, public))


def token(keys: SessionKeys, oid: bytes, group: Group, public: bytes) -> bytes:
    """Eight bytes."""
    return mac(keys.cipher, keys.authentication, token_input(oid, group, public))
