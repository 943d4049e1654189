"""What `kiosk eac check` finds: one finding for each thing to be done, and none where nothing is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from devices.cards.pki.chat import CAN_ALLOWED, read_right
from devices.cards.pki.csca import CscaStore
from devices.cards.pki.findings import examine_states, examine_terminal
from devices.cards.pki.making import BEGAN, DOCUMENT_VERIFIER, FIRST_CVCA, LASTS, SECOND_CVCA, TERMINAL, SignerFlaw
from devices.cards.pki.making_documents import Order, build_revocation_list, issue
from devices.cards.pki.private_keys import draw_ec_key
from devices.cards.pki.terminal_store import TerminalStore
from tests.devices.cards.pki.conftest import NOW

TODAY = NOW.date()
A_DAY = timedelta(days=1)


@pytest.fixture
def eac(pki, tmp_path):
    pki.write_terminal(tmp_path / "eac")
    return tmp_path / "eac"


@pytest.fixture
def csca(pki, tmp_path):
    pki.write_csca(tmp_path / "csca")
    return tmp_path / "csca"


def terminal_findings(folder, today=TODAY, alarm_days: int = 14) -> list[tuple[str, str]]:
    store = TerminalStore(folder, lambda: today)
    return [(finding.code, finding.text) for finding in examine_terminal(store, today, alarm_days)]


class TestTerminal:
    def test_nothing_is_wrong(self, eac):
        assert terminal_findings(eac) == []

    def test_no_certificate(self, tmp_path):
        [(code, text)] = terminal_findings(tmp_path)
        assert (code, "German cards cannot be read on site" in text) == ("CARD-12", True)

    @pytest.mark.parametrize(
        ("day", "said"),
        [
            (TODAY + LASTS - 14 * A_DAY, []),
            (TODAY + LASTS - 13 * A_DAY, ["in 13 days", "in 13 days"]),
            (TODAY + LASTS, ["in 0 days", "in 0 days"]),
            (TODAY + LASTS + A_DAY, ["expired", "expired"]),
            (TODAY - BEGAN - A_DAY, ["valid from", "valid from"]),
        ],
        ids=["long enough", "soon", "last day", "expired", "not yet valid"],
    )
    def test_dates_of_verifier_and_terminal(self, eac, day, said):
        found = terminal_findings(eac, day)
        assert [code for code, _ in found] == ["EAC-02"] * len(said)
        assert all(words in text for words, (_, text) in zip(said, found, strict=True))

    def test_how_early_it_is_said_is_a_setting(self, eac):
        assert terminal_findings(eac, TODAY, LASTS.days) == []
        assert len(terminal_findings(eac, TODAY, LASTS.days + 1)) == 2

    @pytest.mark.parametrize(
        ("missing", "said"),
        [
            (["document-verifier"], f"{TERMINAL} was signed by {DOCUMENT_VERIFIER}"),
            (["second-cvca", "link"], f"{DOCUMENT_VERIFIER} was signed by {SECOND_CVCA}"),
            (["first-cvca", "second-cvca"], f"{SECOND_CVCA} was signed by {FIRST_CVCA}"),
        ],
    )
    def test_the_first_certificate_that_is_missing_is_named(self, eac, missing, said):
        for name in missing:
            (eac / f"{name}.cvcert").unlink()
        [(code, text)] = terminal_findings(eac)
        assert (code, said in text) == ("EAC-02", True)

    def test_a_missing_link(self, eac):
        (eac / "link.cvcert").unlink()
        [(code, text)] = terminal_findings(eac)
        assert (code, FIRST_CVCA in text, "link" in text) == ("EAC-02", True, True)

    def test_a_forged_certificate(self, eac, pki):
        forger = replace(pki, keys={**pki.keys, "document-verifier": draw_ec_key("brainpoolP256r1")})
        (eac / "terminal.cvcert").write_bytes(forger.terminal().encode())
        [(code, text)] = terminal_findings(eac)
        assert (code, TERMINAL in text) == ("EAC-02", True)

    def test_a_key_of_another_certificate(self, eac):
        path = eac / f"{TERMINAL}.pkcs8"
        path.write_bytes(draw_ec_key("brainpoolP256r1").format())
        [(code, text)] = terminal_findings(eac)
        assert (code, "not the one of this certificate" in text) == ("EAC-03", True)

    def test_a_key_that_is_missing_or_open_to_others(self, eac):
        (eac / f"{TERMINAL}.pkcs8").chmod(0o644)
        assert [code for code, _ in terminal_findings(eac)] == ["EAC-03"]
        (eac / f"{TERMINAL}.pkcs8").unlink()
        assert [code for code, _ in terminal_findings(eac)] == ["EAC-03"]

    def test_a_certificate_that_may_not_use_the_can(self, pki, tmp_path):
        pki.write_terminal(tmp_path, read_right(4))
        assert [code for code, _ in terminal_findings(tmp_path)] == ["CARD-14"]
        pki.write_terminal(tmp_path, CAN_ALLOWED)
        assert terminal_findings(tmp_path) == []


class TestStates:
    def findings(self, folder, now=NOW) -> list[tuple[str, str]]:
        return [(finding.code, finding.text) for finding in examine_states(CscaStore(folder), now, 14)]

    def authority(self, name: str, ends):
        order = Order(name, draw_ec_key("secp256r1"), 5, NOW - 900 * A_DAY, ends, is_authority=True)
        return issue(order).certificate.der

    def test_nothing_is_wrong(self, csca):
        assert self.findings(csca) == []

    def test_no_certificate(self, tmp_path):
        [(code, text)] = self.findings(tmp_path)
        assert (code, "unverified" in text) == ("CARD-10", True)

    @pytest.mark.parametrize(
        ("days", "said"), [(LASTS.days - 5, "expires on"), (LASTS.days, "expired on")], ids=["soon", "expired"]
    )
    def test_the_last_certificate_of_a_state_ends(self, csca, days, said):
        [(code, text)] = self.findings(csca, NOW + days * A_DAY)
        assert (code, said in text, "DE" in text) == ("EAC-04", True, True)

    def test_an_old_certificate_beside_a_newer_one_is_nothing_to_be_done(self, csca):
        (csca / "old.cer").write_bytes(self.authority("OLD", NOW - A_DAY))
        assert self.findings(csca) == []

    def test_a_list_that_is_overdue(self, csca, pki):
        (csca / "list.crl").write_bytes(build_revocation_list([], pki.csca(), NOW - 9 * A_DAY, NOW - A_DAY))
        [(code, text)] = self.findings(csca)
        assert (code, "2026-11-24" in text) == ("EAC-04", True)

    def test_a_list_nobody_here_signed(self, csca, pki):
        forger = replace(pki.csca(), key=draw_ec_key("brainpoolP256r1"))
        (csca / "list.crl").write_bytes(build_revocation_list([], forger, NOW, NOW + A_DAY))
        [(code, text)] = self.findings(csca)
        assert (code, "does not count" in text) == ("EAC-04", True)

    def test_a_list_that_is_in_time(self, pki, tmp_path):
        pki.flawed(SignerFlaw.REVOKED).write_csca(tmp_path)
        assert self.findings(tmp_path) == []
