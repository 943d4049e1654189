"""Two terminals, one service, and everything that may go wrong, in any order: what was acknowledged arrives once.

`search` runs it for as long as there is time; test_exactly_once.py tries a few lives.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID, uuid4

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from jwcrypto.jwk import JWK

from kiosk.delivery.courier import Courier
from kiosk.delivery.handover import Source, export, take_in
from kiosk.delivery.outbox import KEPT_DAYS, NewRow, Outbox, Row, RowState
from kiosk.delivery.schedule import wait_s
from kiosk.delivery.submission import PublicService, SealedSubmission
from kiosk.delivery.tokens import encryption_key, make_encryption_key, public_part, seal
from kiosk.errors import DeliveryError, KioskError

from .power_cut import PoweredDisk
from .stand_in import FAULTS, Held, StandIn

DAY_S = 86_400.0
START = datetime(2026, 11, 22, tzinfo=UTC).timestamp()
DESTINATION = UUID("6f1a2f5e-6d53-4f0c-9a55-0c2b4a0d5b11")
SERVICE = PublicService("urn:de:fim:leika:leistung:99102013104000", "Hundesteuer Anmeldung")
CLIENT = "terminal-1"


@dataclass(frozen=True)
class Keys:
    """Made once: they cost seconds. `department` is the old key and the new one."""

    department: tuple[JWK, ...]
    service: tuple[JWK, ...]


def make_keys(department: JWK | None = None) -> Keys:
    old, new = department or make_encryption_key(), make_encryption_key()
    service = [JWK.generate(kty="RSA", size=2048, kid=f"s{n}", alg="PS512", key_ops=["sign"]) for n in range(3)]
    return Keys(tuple(encryption_key(public_part(key)) for key in (old, new)), tuple(service))


class KilledError(BaseException):
    """The process ends here."""


@dataclass
class Terminal:
    """One terminal: its file, its open outbox, and the connections of killed processes (nobody closed them)."""

    path: Path
    box: Outbox
    killed: list[Outbox] = field(default_factory=list)


class ExactlyOnce(RuleBasedStateMachine):
    """Terminal 0 may hand over to terminal 1. The checker knows what was put and what the service holds."""

    def __init__(self, keys: Keys) -> None:
        super().__init__()
        memory = Path("/dev/shm")
        self.folder = TemporaryDirectory(dir=memory if memory.is_dir() else None)
        self.room = Path(self.folder.name)
        self.disk = PoweredDisk(f"exactly-once-{uuid4()}", default=True)
        self.terminals = [self._new_terminal(self.room / name / "outbox") for name in ("first", "second")]
        self.keys = keys
        self.sealing_key = keys.department[0]
        self.service = StandIn(list(keys.service))
        self.now = START
        self.clock_is_off_s = 0.0
        self.acknowledged: dict[UUID, NewRow] = {}
        self.backups: list[tuple[float, Held]] = []
        self.exports: list[Path] = []

    # ---- a citizen --------------------------------------------------------------------------

    @rule(terminal=st.sampled_from((0, 1)), attachments=st.lists(st.integers(0, 2), min_size=1, max_size=2))
    def submit(self, terminal: int, attachments: list[int]) -> None:
        rows = [self._sealed(count) for count in attachments]
        self.terminals[terminal].box.put(rows)
        self.acknowledged |= {row.id: row for row in rows}

    # ---- sync -------------------------------------------------------------------------------

    @rule(
        terminal=st.sampled_from((0, 1)),
        faults=st.lists(st.sampled_from((*[""] * 4, *FAULTS)), max_size=10),
        killed_at=st.none() | st.integers(0, 12),
    )
    def deliver(self, terminal: int, faults: list[str], killed_at: int | None) -> None:
        """What is due is tried once, over a bad line; the process may be killed at its n-th word to the outbox."""
        self.service.faults = list(faults)
        box, count = self.terminals[terminal].box, 0

        def ask(work: Callable[[Outbox], Any]) -> Any:
            nonlocal count
            count += 1
            if killed_at == count // 2 and count % 2:
                raise KilledError
            result = work(box)
            if killed_at == count // 2:
                raise KilledError
            return result

        with suppress(KilledError):
            for row in box.due(self._clock()):
                self._attempt(box, row, ask)
        self.service.faults = []
        if killed_at is not None:
            self.kill(terminal)

    @rule(terminal=st.sampled_from((0, 1)), faults=st.lists(st.sampled_from(("", *FAULTS)), max_size=4))
    def look_for_lost(self, terminal: int, faults: list[str]) -> None:
        """What the service does not hold any more goes its way again."""
        self.service.faults, box = list(faults), self.terminals[terminal].box
        with suppress(DeliveryError):
            Courier(self.service, lambda work: work(box), self._today).look_for_lost()
        self.service.faults = []

    @rule(terminal=st.sampled_from((0, 1)))
    def keep_house(self, terminal: int) -> None:
        self.terminals[terminal].box.bury(self._today())
        self.terminals[terminal].box.tidy()

    # ---- a technician -----------------------------------------------------------------------

    @rule(terminal=st.sampled_from((0, 1)))
    def retry(self, terminal: int) -> None:
        for row in self.terminals[terminal].box.all_rows():
            if row.state is RowState.QUARANTINED and not row.handed_over:
                self.terminals[terminal].box.retry(row.id)

    @rule()
    def export(self) -> None:
        file = self.room / f"export-{uuid4()}"
        if export(Source(self.terminals[0].path, CLIENT), file).rows:
            self.exports.append(file)

    @precondition(lambda self: self.exports)
    @rule(data=st.data())
    def take_in(self, data: st.DataObject) -> None:
        file = data.draw(st.sampled_from(self.exports))
        take_in(Source(self.terminals[1].path, CLIENT), file)

    # ---- fate -------------------------------------------------------------------------------

    @rule(terminal=st.sampled_from((0, 1)))
    def kill(self, terminal: int) -> None:
        """The next process opens what the operating system holds."""
        hit = self.terminals[terminal]
        hit.killed.append(hit.box)
        hit.box = Outbox(hit.path)

    @rule(terminal=st.sampled_from((0, 1)), seed=st.none() | st.integers(0, 99))
    def cut_the_power(self, terminal: int, seed: int | None) -> None:
        """The next process opens what was synced, and perhaps some of the rest."""
        hit = self.terminals[terminal]
        left = self.disk.after_cut(hit.path, self.room / str(uuid4()), seed)
        for box in (*hit.killed, hit.box):
            box.close()
        self.terminals[terminal] = self._new_terminal(left)

    @rule()
    def back_up(self) -> None:
        self.backups.append((self.now, self.service.backup()))

    @precondition(lambda self: self.backups)
    @rule(data=st.data())
    def restore(self, data: st.DataObject) -> None:
        """From any backup not older than the terminals keep what they delivered."""
        usable = [held for at, held in self.backups if self.now - at < (KEPT_DAYS - 1) * DAY_S]
        if usable:
            self.service.restore(data.draw(st.sampled_from(usable)))

    @rule()
    def rotate_keys(self) -> None:
        self.service.rotate()
        self.sealing_key = self.keys.department[1]

    @rule(days=st.floats(0, 6))
    def time_passes(self, days: float) -> None:
        """As long as a service is down; what it lost it is asked for before anything is buried."""
        for terminal in (0, 1):
            self.look_for_lost(terminal, [])
        self.now += days * DAY_S

    @rule(hours=st.floats(-100_000, 100_000))
    def clock_jumps(self, hours: float) -> None:
        """For the schedule; the day on which something was delivered is the true one."""
        self.clock_is_off_s = hours * 3600.0

    # ---- the checker ------------------------------------------------------------------------

    @invariant()
    def nothing_twice_and_nothing_nobody_submitted(self) -> None:
        submitted = {(row.sealed.metadata, row.sealed.data): row for row in self.acknowledged.values()}
        held = self.service.held
        contents = list(held.contents.values())
        assert len(set(contents)) == len(contents), "twice"
        for submission_id, content in held.contents.items():
            assert content in submitted, "nobody submitted this"
            arrived = {key[1]: jwe for key, jwe in held.attachments.items() if key[0] == submission_id}
            assert arrived == submitted[content].sealed.attachments, "attachments"

    def teardown(self) -> None:
        try:
            self._let_all_end_well()
            self.nothing_twice_and_nothing_nobody_submitted()
            missing = self.acknowledged.keys() - self._arrived()
            assert not missing, f"{len(missing)} missing"
        finally:
            for terminal in self.terminals:
                for box in (*terminal.killed, terminal.box):
                    box.close()
            self.disk.unregister()
            self.folder.cleanup()

    def _let_all_end_well(self) -> None:
        """No more faults: every export is taken in, every refusal retried."""
        self.clock_is_off_s = 0.0
        for file in self.exports:
            take_in(Source(self.terminals[1].path, CLIENT), file)
        for _ in range(4):
            for terminal in (0, 1):
                self.look_for_lost(terminal, [])
                self.retry(terminal)
                self.now += DAY_S / 24
                box = self.terminals[terminal].box
                while due := box.due(self.now, limit=1000):
                    for row in due:
                        self._attempt(box, row, lambda work, box=box: work(box))
                    self.now += DAY_S / 24

    def _arrived(self) -> set[UUID]:
        contents = set(self.service.held.contents.values())
        return {row.id for row in self.acknowledged.values() if (row.sealed.metadata, row.sealed.data) in contents}

    # ---- inside -----------------------------------------------------------------------------

    def _new_terminal(self, path: Path) -> Terminal:
        return Terminal(path, Outbox(path))

    def _sealed(self, attachments: int) -> NewRow:
        key = self.sealing_key
        sealed = SealedSubmission(
            SERVICE,
            seal(b"{}", key, "application/json"),
            seal(b"{}" * 100, key, "application/json"),
            {uuid4(): seal(b"%PDF", key, "application/pdf") for _ in range(attachments)},
        )
        return NewRow(uuid4(), "C2-2222-222", "dog", DESTINATION, "Steuern", "ab" * 32, self._today(), sealed)

    def _attempt(self, box: Outbox, row: Row, ask: Callable[..., Any]) -> None:
        """One attempt and what `kiosk sync` notes about it."""
        try:
            Courier(self.service, ask, self._today).deliver(row.id)
        except KioskError as error:
            if error.code == "DELIV-03":
                box.quarantine(row.id, error.code)
            elif error.code == "OUTBOX-02":
                raise
            else:
                box.postpone(row.id, error.code, self._clock() + wait_s(row.attempts + 1, 0.5))

    def _clock(self) -> float:
        return self.now + self.clock_is_off_s

    def _today(self) -> date:
        return datetime.fromtimestamp(self.now, UTC).date()


def search(seconds: float, keys: Keys | None = None) -> int:
    """Lives lived without a fault found in about `seconds`. Raises what the checker found, with the steps to it."""
    made, lives, until = keys or make_keys(), 0, time.monotonic() + seconds
    common = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck), "print_blob": True}

    def one() -> ExactlyOnce:
        nonlocal lives
        lives += 1
        return ExactlyOnce(made)

    while time.monotonic() < until:
        run_state_machine_as_test(one, settings=settings(max_examples=50, stateful_step_count=40, **common))
    return lives


if __name__ == "__main__":
    sys.stdout.write(f"exactly-once: {search(float(sys.argv[1]))} lives, nothing lost, nothing twice\n")
