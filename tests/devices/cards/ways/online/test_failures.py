"""What AusweisApp gives as reasons, in the catalogue's codes."""

from __future__ import annotations

import pytest

from devices.cards.ways.online.failures import MINOR, MINORS, REASONS, change_failure, failure
from devices.cards.ways.online.messages import Result
from kiosk.errors import CATALOGUE

ERROR = "http://www.bsi.bund.de/ecard/api/1.1/resultmajor#error"


@pytest.mark.parametrize(
    ("minor", "code"),
    [
        ("/dp#trustedChannelEstablishmentFailed", "CARD-25"),
        ("/sal#cancellationByUser", "CARD-26"),
        ("/ifdl#cancellationByUser", "CARD-02"),
        ("/ifdl/common#timeoutError", "CARD-06"),
        ("/ifdl/common#invalidSlotHandle", "CARD-01"),
        ("/sal/mEAC#DocumentValidityVerificationFailed", "CARD-05"),
        ("/al/common#unknownError", "CARD-04"),
    ],
)
def test_a_minor_code_says_what_happened(minor, code):
    error = failure(Result(ERROR, MINOR + minor))

    assert (error.code, error.detail) == (code, minor)


def test_a_reason_says_it_more_exactly():
    error = failure(Result(ERROR, f"{MINOR}/al/common#unknownError", "Connect_Card_Eid_Inactive"))

    assert error.code == "CARD-20"


def test_what_nobody_listed_is_the_servers_fault_and_is_not_repeated():
    error = failure(Result(ERROR, "https://elsewhere.example/erika", "Erika"))

    assert error.code == "CARD-25"
    assert "rika" not in str(error)


def test_a_change_of_the_pin_that_failed_has_a_code_with_a_reason_and_without():
    assert change_failure("Card_Removed").code == "CARD-02"
    assert change_failure("").code == "CARD-04"


def test_every_code_is_in_the_catalogue():
    assert {*MINORS.values(), *REASONS.values()} <= CATALOGUE.keys()
