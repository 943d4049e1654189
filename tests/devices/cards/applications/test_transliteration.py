"""National letters in the machine-readable zone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.cards.applications.transliteration import transliterate

LOWER_SORBIAN = "AÄBCČĆDEĚFGHIJKŁLMNŃOÓPRŔSŠŚTUÜWYZŽŹ"


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Größer", "GROESSER"),
        ("GROẞMUSTER", "GROSSMUSTER"),
        ("Müller-Übermäßig", "MUELLER<UEBERMAESSIG"),
        ("Čorŕnožyń", "CORRNOZYN"),
        ("Pśikładojc-Źěłański", "PSIKLADOJC<ZELANSKI"),
        ("Pśikładojc".replace("ś", "s\u0301"), "PSIKLADOJC"),
        ("O'Beispiel", "OBEISPIEL"),
        ("von  und zu", "VON<UND<ZU"),
        ("Ångström Ærø Þór Đặng", "AANGSTROEM<AEROE<THOR<DANG"),
        ("", ""),
    ],
)
def test_names_are_written_as_the_standard_says(name, written):
    assert transliterate(name) == written


def test_lower_sorbian_has_no_letter_that_cannot_be_written():
    assert transliterate(LOWER_SORBIAN).isalpha()
    assert transliterate(LOWER_SORBIAN.lower()) == transliterate(LOWER_SORBIAN)


@pytest.mark.parametrize("name", ["Иван", "Ω", "名"])
def test_another_script_is_refused(name):
    with pytest.raises(ValueError, match="another script"):
        transliterate(name)


@given(st.text(LOWER_SORBIAN + LOWER_SORBIAN.lower() + "ßẞäöüÄÖÜ -'", max_size=40))
def test_only_what_a_zone_may_hold_comes_out(name):
    assert set(transliterate(name)) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ<")
    assert "<<" not in transliterate(name)
