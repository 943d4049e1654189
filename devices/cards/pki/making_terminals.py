"""Card-verifiable certificates made for trials: two CVCAs with a link between them, a document verifier, a terminal."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from devices.cards.pki.chat import ROLE_AUTHENTICATION_TERMINAL, Chat, HolderRole
from devices.cards.pki.cv_certificate import CvCertificate, CvPublicKey, build_cv_certificate
from devices.cards.pki.cv_public_key import BASE_POINT, COEFFICIENT_A, COEFFICIENT_B, COFACTOR, ORDER, POINT, PRIME
from devices.cards.pki.named_curves import numbers_of
from devices.cards.pki.private_keys import PrivateKey
from devices.cards.pki.signatures import EcPublicKey
from devices.cards.wire.object_identifiers import encode_oid

ECDSA_SHA256: Final = encode_oid("0.4.0.127.0.7.2.2.2.2.3")
ROLE_BITS_AT: Final = 38
ALL_RIGHTS: Final = (1 << ROLE_BITS_AT) - 1


@dataclass(frozen=True, slots=True)
class TerminalOrder:
    """A certificate to be issued. `rights` are those of an authentication terminal, without the role's bits."""

    holder: str
    key: PrivateKey = field(repr=False)
    role: HolderRole
    effective: date
    expires: date
    rights: int = ALL_RIGHTS
    role_oid: bytes = ROLE_AUTHENTICATION_TERMINAL


def certify(order: TerminalOrder, issuer: str, issuer_key: PrivateKey) -> CvCertificate:
    """Signed by `issuer`. A CVCA's key carries its domain parameters, the others' do not."""
    public = public_cv_key(order.key)
    if order.role is not HolderRole.CVCA:
        public = replace(public, parts=tuple(part for part in public.parts if part[0] == POINT))
    content = CvCertificate(
        car=issuer,
        chr=order.holder,
        chat=Chat(order.role_oid, order.role << ROLE_BITS_AT | order.rights),
        public_key=public,
        effective=order.effective,
        expires=order.expires,
    )
    scheme = public.scheme
    return build_cv_certificate(content, lambda body: issuer_key.sign(scheme, body))


def public_cv_key(key: PrivateKey, oid: bytes = ECDSA_SHA256) -> CvPublicKey:
    """With domain parameters. The key is one of a curve."""
    public = key.public
    if not isinstance(public, EcPublicKey):
        raise TypeError("trial certificates are for keys of a curve")
    numbers = numbers_of(public.curve)
    return CvPublicKey(
        oid,
        (
            (PRIME, numbers.p),
            (COEFFICIENT_A, numbers.a),
            (COEFFICIENT_B, numbers.b),
            (BASE_POINT, numbers.generator),
            (ORDER, numbers.order),
            (POINT, public.point),
            (COFACTOR, b"\x01"),
        ),
    )
