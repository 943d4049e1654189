"""What was promised beside what central holds: the bytes themselves are hashed anew, by PostgreSQL, where they lie."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import psycopg

from tests.soak.putting import Promise

HELD = """
SELECT encode(sha256(convert_to(c.metadata || ' ' || c.data, 'UTF8')), 'hex'), s.id::text
FROM central_submission s JOIN central_sealedcontent c ON c.submission_id = s.id WHERE s.state <> 'announced'
"""
ATTACHED = """
SELECT submission_id::text, attachment_id::text, encode(sha256(convert_to(content, 'UTF8')), 'hex')
FROM central_attachment
"""
# What attachments never are: a digest that nobody promised is wrong, whatever lies beside it.
NEVER = {"": ""}
UNREADABLE = "SELECT count(*) FROM central_opened WHERE failure <> ''"


@dataclass(frozen=True, slots=True)
class Held:
    """What central holds: (digest over metadata and data, attachments' digests by id) of every submission."""

    submissions: Sequence[tuple[str, Mapping[str, str]]]
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """Numbers of submissions. `digests_wrong` lie there with other bytes than were acknowledged, in any part;

    `unreadable` did not open with the department's key.
    """

    acknowledged: int
    arrived: int
    missing: int
    twice: int
    digests_wrong: int
    unreadable: int

    @property
    def good(self) -> bool:
        return not (self.missing or self.twice or self.digests_wrong or self.unreadable)

    def line(self) -> str:
        return json.dumps(asdict(self) | {"good": self.good})


def held_by(conninfo: str) -> Held:
    attached: dict[str, dict[str, str]] = {}
    with psycopg.connect(conninfo) as connection:
        for submission_id, attachment_id, digest in connection.execute(ATTACHED):
            attached.setdefault(submission_id, {})[attachment_id] = digest
        submissions = [(digest, attached.get(own_id, {})) for digest, own_id in connection.execute(HELD)]
        [unreadable] = connection.execute(UNREADABLE).fetchone() or (0,)
    return Held(submissions, unreadable)


def verdict(promises: Sequence[Promise], held: Held) -> Verdict:
    """An acknowledged submission is known by its digest: sealing never gives the same bytes twice."""
    wanted = {promise.digest: promise.attachments for promise in promises}
    times = Counter(digest for digest, _ in held.submissions)
    wrong = [digest for digest, found in held.submissions if dict(wanted.get(digest, NEVER)) != dict(found)]
    return Verdict(
        acknowledged=len(promises),
        arrived=sum(1 for digest in wanted if times[digest]),
        missing=sum(1 for digest in wanted if not times[digest]),
        twice=sum(1 for digest in wanted if times[digest] > 1),
        digests_wrong=len(wrong),
        unreadable=held.unreadable,
    )
