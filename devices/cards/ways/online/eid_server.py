"""The town's eID server as the terminal sees it, and the whole contract its adapter has to keep.

AusweisApp and the eID server (BSI TR-03130) do the identification between them; data arrive at the eID server and
nowhere else. An eID server knows towns, not terminals, so its operator runs a small adapter beside it: it opens a
session, and hands the result back sealed, so that nothing on the way can read it.

Where it is
  `eid_server_url` of the terminal's configuration, an https address; below it are two resources. TLS 1.2 or later
  with a certificate that the system trusts. Bodies are JSON in UTF-8, at most 64 kB. The terminal follows no redirect.

Opening a session
  POST {url}/sessions
      {"attributes": ["family_names", "city"], "key": {"kty": "EC", "crv": "P-256", "x": "…", "y": "…"}}
  `attributes` are names of kiosk.identity.Attribute; an empty list asks for proof of identity alone. `key` is the
  public key of this visit (RFC 7517).
  201 {"tc_token_url": "https://…", "session": "…"}
  The TC token lies at `tc_token_url` (TR-03124-1 §2.6), same origin as the provider's certificate says. `session` is
  1 to 128 characters of A-Z, a-z, 0-9, - and _, cannot be guessed, and carries nothing about the person.

Fetching the result, once AusweisApp said that the authentication succeeded
  GET {url}/sessions/{session}/result
  200 the sealed result, Content-Type application/jose
  202 not there yet; the terminal asks again, at most for 30 s
  404 unknown, fetched before, or forgotten; 409 the authentication failed

Other answers: 400 malformed, 429 and 503 with Retry-After. To the citizen every one but 200 and 202 is CARD-25.

The sealed result
  A compact JWE (RFC 7516), alg ECDH-ES, enc A256GCM, no zip, cty JWT, to the key of the visit. In it a compact JWS
  (RFC 7515), alg ES256, by the adapter's own key, whose public half the technician puts on the terminal: sealing alone
  proves nothing about who sealed. Its payload:
      {"session": "…", "read_at": "2026-03-02T09:15:00Z", "authentic": true, "expires_on": "2031-08-01",
       "attributes": {"family_names": "…", "date_of_birth": "1964-08-12", "street": "…"}}
  `authentic` is true only if terminal and chip authentication and the card's validity and revocation were checked with
  a good result. `expires_on` may be null. Values are as kiosk.identity.Attribute says: dates ISO 8601 with unknown
  parts left out; a place without structure goes into `city` alone; an attribute that the card has not is left out.

What an adapter must do
  1. Ask the card for the rights of `attributes` and for no other: an empty list means restricted identification or
     document validity alone. Never for "CAN allowed" or a right to write.
  2. Keep nothing but session, public key and, once the person is identified, the sealed result: clear data are sealed
     where they come in, and are in no log. Forget all at the first fetch, and after 5 minutes in any case.
  3. Refuse a session that was opened more than 5 minutes ago, and a key that was used before.

The life of the key
  Made when the way begins, held in memory by the one thread that goes it, dropped when it ends. What was sealed to it
  and not fetched can be opened by nobody.

Who carries the requests is the terminal's composition: the process that reads cards has no network.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from kiosk.identity import Attribute


@dataclass(frozen=True, slots=True)
class Ticket:
    """One session of the eID server: where AusweisApp begins, and under which name the result is fetched."""

    tc_token_url: str = field(repr=False)
    session: str = field(repr=False)


class EidServer(Protocol):
    """The town's eID server. Both methods block, for 30 s at most."""

    def ticket(self, visit_key: Mapping[str, str], attributes: frozenset[Attribute]) -> Ticket:
        """Open a session; `visit_key` is a public JWK. Raises CardError CARD-25."""
        ...

    def result(self, ticket: Ticket) -> bytes:
        """The sealed result, once. Raises CardError CARD-25."""
        ...
