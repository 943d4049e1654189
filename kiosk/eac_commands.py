"""`kiosk eac import|list|check`: the certificates with which a terminal reads cards and tells genuine ones.

Two folders, as the configuration names them (`reader.eac_dir`, `reader.csca_dir`): what lets this terminal in, and
which states' signatures it knows. Errors leave as they are (KioskError): the command line shows code and remedy.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.console import say
from kiosk.errors import CATALOGUE

if TYPE_CHECKING:
    from devices.cards.pki.cv_certificate import CvCertificate
    from devices.cards.pki.findings import Finding

ALARM_DAYS = 14
LONGEST_ALARM_DAYS = 36500
WITHOUT = (
    "without it: typing by hand and the online way still work; travel documents are read, but stay unverified where "
    "CSCA certificates are missing; German cards are not read on site"
)


def import_files(eac: Path | None, csca: Path | None, files: Sequence[Path]) -> int:
    """Take certificates, keys, master lists and revocation lists from files, all of them or none.

    Raises EacError for a file that is malformed, or not signed by whom it names.
    """
    from devices.cards.pki.importing import Folders
    from devices.cards.pki.importing import import_files as take

    for sentence in take(Folders(eac, csca), files):
        say(f"imported: {sentence}")
    return 0


def list_all(eac: Path | None, csca: Path | None) -> int:
    """Every certificate and list, one line each. Raises EacError for malformed files."""
    from devices.cards.pki.csca import CscaStore
    from devices.cards.pki.terminal_store import TerminalStore

    terminal, states = TerminalStore(eac), CscaStore(csca)
    for item in terminal.certificates:
        say(f"{_role(item):26} {item.chr:16} by {item.car:16} {item.effective} to {item.expires}")
    for state in states.certificates:
        say(f"{'CSCA':26} {state.begins:%Y-%m-%d} to {state.ends:%Y-%m-%d}  {state.name}")
    for revoked in states.revocation_lists:
        say(f"{'revocation list':26} {revoked.this_update:%Y-%m-%d}, {len(revoked.serials)} revoked  {revoked.name}")
    if not terminal.certificates and not states:
        say("nothing is imported: see `kiosk eac import`")
    return 0


def check(eac: Path | None, csca: Path | None, alarm_days: int = ALARM_DAYS, now: datetime | None = None) -> int:
    """Say what is wrong, or will be within `alarm_days`. 1 with findings. Raises EacError for malformed files."""
    from devices.cards.pki.csca import CscaStore
    from devices.cards.pki.findings import examine_states, examine_terminal
    from devices.cards.pki.terminal_store import TerminalStore

    moment = now or datetime.now(UTC)
    alarm_days = min(alarm_days, LONGEST_ALARM_DAYS)
    terminal = TerminalStore(eac, lambda: moment.date())
    findings = [
        *examine_terminal(terminal, moment.date(), alarm_days),
        *examine_states(CscaStore(csca), moment, alarm_days),
    ]
    if terminal.current is not None:
        say(f"terminal certificate {terminal.current.chr}, valid until {terminal.current.expires}")
    _report(findings)
    return 1 if findings else 0


def _report(findings: Iterable[Finding]) -> None:
    found = list(findings)
    for finding in found:
        say(f"{finding.code}: {finding.text}\n  what to do: {CATALOGUE[finding.code].remedy}")
    say(WITHOUT if found else "certificates are complete and valid")


def _role(certificate: CvCertificate) -> str:
    """As TR-03110 calls it."""
    return certificate.chat.holder.name.lower().replace("_", " ").replace("cvca", "CVCA")
