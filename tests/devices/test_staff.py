"""One-time codes of staff: each once, in time, by the listed, and not by guessing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
import pytest

from devices.staff import TotpRoster
from kiosk.errors import ConfigError, StaffError
from kiosk.identity import Secret

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
OTHER = "KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU"
ROSTER = f'[[staff]]\nid = "17"\ntotp_secret = "{SECRET}"\n\n[[staff]]\nid = "23"\nsecret_file = "staff-23"\n'
START = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
STEP = timedelta(seconds=30)


class Watch:
    """A clock that goes when told."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def roster_file(tmp_path: Path) -> Path:
    (tmp_path / "staff-23").write_text(OTHER + "\n", encoding="ascii")
    path = tmp_path / "staff.toml"
    path.write_text(ROSTER, encoding="utf-8")
    return path


@pytest.fixture
def roster(roster_file: Path, watch: Watch) -> TotpRoster:
    return TotpRoster(roster_file, now=watch)


def code(at: datetime, secret: str = SECRET) -> Secret:
    return Secret(pyotp.TOTP(secret).at(at))


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(StaffError) as caught:
        act()
    return caught.value.code


def guess_wrong(roster: TotpRoster, times: int, staff_id: str = "17") -> list[str]:
    return [refusal(lambda: roster.confirm(staff_id, Secret("not a code"))) for _ in range(times)]


def test_the_right_code_confirms_number_and_time(roster, watch):
    confirmation = roster.confirm("17", code(watch.now))
    assert (confirmation.staff_id, confirmation.confirmed_at) == ("17", START)


def test_a_secret_may_stand_in_a_file_of_its_own(roster, watch):
    assert roster.confirm("23", code(watch.now, OTHER)).staff_id == "23"


def test_a_code_in_two_groups_is_the_same_code(roster, watch):
    digits = code(watch.now).reveal()
    assert roster.confirm(" 17 ", Secret(f"{digits[:3]} {digits[3:]}")).staff_id == "17"


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_clock_may_be_one_step_off(roster, watch, steps):
    assert roster.confirm("17", code(watch.now + steps * STEP))


@pytest.mark.parametrize("steps", [-2, 2])
def test_but_not_two(roster, watch, steps):
    assert refusal(lambda: roster.confirm("17", code(watch.now + steps * STEP))) == "STAFF-01"


def test_a_code_counts_once(roster, watch):
    roster.confirm("17", code(watch.now))
    assert refusal(lambda: roster.confirm("17", code(watch.now))) == "STAFF-01"


def test_after_a_later_code_an_earlier_one_is_used_too(roster, watch):
    roster.confirm("17", code(watch.now + STEP))
    assert refusal(lambda: roster.confirm("17", code(watch.now))) == "STAFF-01"


def test_one_members_code_does_not_use_up_anothers(roster, watch):
    roster.confirm("17", code(watch.now))
    assert roster.confirm("23", code(watch.now, OTHER))


def test_a_code_is_nobody_elses(roster, watch):
    assert refusal(lambda: roster.confirm("23", code(watch.now))) == "STAFF-01"


def test_an_unknown_number_is_refused_like_a_wrong_code(roster, watch):
    assert refusal(lambda: roster.confirm("99", code(watch.now))) == "STAFF-01"


def test_whoever_is_taken_out_of_the_file_is_revoked_at_once(roster, roster_file, watch):
    roster.confirm("17", code(watch.now))
    roster_file.write_text(ROSTER.partition("\n\n")[2], encoding="utf-8")
    watch.now += STEP
    assert refusal(lambda: roster.confirm("17", code(watch.now))) == "STAFF-01"


def test_a_roster_that_cannot_be_read_any_more_confirms_nobody(roster, roster_file, watch):
    roster_file.write_text("staff = 3", encoding="utf-8")
    assert refusal(lambda: roster.confirm("17", code(watch.now))) == "STAFF-01"


def test_three_wrong_codes_lock_everybody_for_a_minute(roster, watch):
    assert guess_wrong(roster, 2, "17") + guess_wrong(roster, 1, "23") == ["STAFF-01"] * 3
    assert refusal(lambda: roster.confirm("17", code(watch.now))) == "STAFF-02"
    watch.now += timedelta(seconds=59)
    assert refusal(lambda: roster.confirm("23", code(watch.now, OTHER))) == "STAFF-02"
    watch.now += timedelta(seconds=1)
    assert roster.confirm("17", code(watch.now))


def test_a_right_code_in_between_starts_the_count_again(roster, watch):
    guess_wrong(roster, 2)
    roster.confirm("17", code(watch.now))
    guess_wrong(roster, 2)
    watch.now += STEP
    assert roster.confirm("17", code(watch.now))


def test_a_used_code_stays_used_over_a_restart(roster_file, watch, tmp_path):
    used = tmp_path / "used.json"
    TotpRoster(roster_file, now=watch, used_file=used).confirm("17", code(watch.now))
    again = TotpRoster(roster_file, now=watch, used_file=used)
    assert refusal(lambda: again.confirm("17", code(watch.now))) == "STAFF-01"
    assert SECRET not in used.read_text()


def test_a_code_that_cannot_be_marked_as_used_confirms_nobody(roster_file, watch, tmp_path):
    roster = TotpRoster(roster_file, now=watch, used_file=tmp_path / "missing" / "used.json")
    assert refusal(lambda: roster.confirm("17", code(watch.now))) == "STAFF-01"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[staff]", "line 1"),
        ('name = "x"', "unknown key name"),
        ("staff = 3", "list of tables"),
        (f'[[staff]]\nid = "1"\nname = "x"\ntotp_secret = "{SECRET}"', r"unknown key staff\[0\].name"),
        ('[[staff]]\nid = "1"', "one of totp_secret, secret_file"),
        (f'[[staff]]\nid = 1\ntotp_secret = "{SECRET}"', r"staff\[0\].id must be a text"),
        ('[[staff]]\nid = "1"\ntotp_secret = "not base 32!"', "not Base32"),
        ('[[staff]]\nid = "1"\ntotp_secret = "JBSWY3DP"', r"staff\[0\]"),
        ('[[staff]]\nid = "1"\nsecret_file = "nowhere"', "secret_file cannot be read"),
        (ROSTER.replace('"23"', '"17"'), "stands there twice"),
    ],
)
def test_a_malformed_roster_is_refused_by_file_and_key(roster_file, text, said):
    roster_file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=said) as caught:
        TotpRoster(roster_file)
    assert "staff.toml" in str(caught.value)
    assert SECRET not in str(caught.value)


def test_no_secret_shows_in_the_roster(roster, watch):
    roster.confirm("17", code(watch.now))
    assert SECRET not in repr(vars(roster))
