"""A configuration is either understood to the last key or refused with the place that is wrong."""

import contextlib
import string
from pathlib import Path
from uuid import UUID

import pytest

from kiosk.config import OnlineConfig, load_terminal
from kiosk.delivery.reference import ALPHABET
from kiosk.errors import ConfigError
from kiosk.identity import Way

GOOD = """
prefix = "C2"
state_dir = "state"

[town]
name = "Stadt Musterstadt"

[outbox]
path = "outbox.db"

[delivery]
token_url = "http://127.0.0.1:1/token"
api_url = "http://127.0.0.1:1"
status_url = "http://127.0.0.1:1/status/lookup"
status_page_url = "http://127.0.0.1:1/status"
client_id = "terminal"
client_secret_file = "secret"
sync_socket = "sync.sock"
keys_dir = "keys"

[delivery.destinations.dog-tax]
destination_id = "6f1d2b7e-3a53-4b0c-9a55-0f2c9a4f7a01"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "terminal.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_paths_count_from_the_folder_of_the_file(tmp_path: Path) -> None:
    config = load_terminal(written(tmp_path, GOOD))
    assert config.outbox.path == tmp_path / "outbox.db"
    assert config.delivery.destinations["dog-tax"].destination_id == UUID("6f1d2b7e-3a53-4b0c-9a55-0f2c9a4f7a01")


def test_ways_of_identification_are_named_as_the_program_names_them(tmp_path: Path) -> None:
    config = load_terminal(written(tmp_path, GOOD + '[reader]\nkind = "simulated"\nways = ["on_site"]\n'))
    assert config.reader.ways == (Way.ON_SITE,)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (("prefix =", "prefx ="), "unknown key prefx"),
        (('[outbox]\npath = "outbox.db"', "[outbox]"), "missing key outbox.path"),
        (('prefix = "C2"', "prefix = 2"), "prefix: expected str"),
        (("6f1d2b7e-", "zzzzzzzz-"), "delivery.destinations.dog-tax.destination_id"),
        (("[town]", "[reader]\nkind = 'usb'\n[town]"), "reader.kind: expected 'pcsc', 'simulated', 'none'"),
        (("[town]", "[town"), "line"),
        (("[outbox]", "[printer]\nport = true\n[outbox]"), "line 9: printer.port: expected int"),
        (('prefix = "C2"', 'prefix = "CO"'), "line 2: prefix: must be two characters of the reference alphabet"),
        (("[town]", "[printer]\nport = 99999\n[town]"), "line 6: printer.port: must be from 0 to 65535"),
        (("[town]", "[printer]\nwidth_dots = 500\n[town]"), "line 6: printer.width_dots: expected 384, 512, 576"),
        (("[town]", "[screen]\ndensity_dpi = -1\n[town]"), "line 6: screen.density_dpi: must be from 0 to 1000"),
        (("[town]", "[scanner]\nkind = 'hid'\n[town]"), "line 5: missing key scanner.device"),
        (("[town]", "[reader]\nkind = 'pcsc'\nways = ['on_site']\n[town]"), "missing key reader.eac_dir"),
        (("[town]", "[reader]\nkind = 'pcsc'\nways = ['online']\n[town]"), "line 7: missing key online: the way"),
        (("[town]", "[online]\neid_server_url = 'https://a'\n[town]"), "line 5: missing key online.adapter_key_file"),
        (("[town]", "[online]\nurl = 'https://a'\n[town]"), "line 6: unknown key online.url"),
        (("[town]", "[online]\ndeveloper_mode = 1\n[town]"), "missing key online.eid_server_url"),
        (("[town]", "languages = ['en']\n[town]"), "line 5: languages: must be a list with 'de' in it"),
        (('api_url = "http:', 'api_url = "htp:'), "line 13: delivery.api_url: must be an http:// or https:// address"),
        (('[town]\nname = "Stadt Musterstadt"', "town = 1"), "line 5: town must be a table"),
    ],
)
def test_a_wrong_file_is_refused_with_the_place_that_is_wrong(
    tmp_path: Path, change: tuple[str, str], named: str
) -> None:
    path = written(tmp_path, GOOD.replace(*change))
    with pytest.raises(ConfigError) as refused:
        load_terminal(path)
    assert named in str(refused.value)
    assert str(path) in str(refused.value)


ONLINE = "[online]\nadapter_key_file = 'adapter.jwk'\neid_server_url = "


def test_an_eid_server_makes_the_way_online_possible(tmp_path: Path) -> None:
    reader = "[reader]\nkind = 'pcsc'\nways = ['online']\n"
    config = load_terminal(written(tmp_path, GOOD + reader + ONLINE + "'https://eid.example.org/kiosk'\n"))
    assert config.online == OnlineConfig("https://eid.example.org/kiosk", tmp_path / "adapter.jwk")
    assert config.online.ausweisapp_socket == Path("/run/rathaus-kiosk-ausweisapp/lend.sock")


@pytest.mark.parametrize(
    ("address", "taken"),
    [
        ("https://eid.example.org", True),
        ("https://eid.example.org:8443/kiosk/", True),
        ("http://127.0.0.1:8080/eid", True),
        ("http://localhost/eid", True),
        ("http://[::1]:1/eid", True),
        ("http://eid.example.org", False),
        ("http://127.0.0.1.example.org/", False),
        ("http://127.0.0.1@example.org/", False),
        ("http://localhost.example.org/", False),
        ("https://user:word@eid.example.org/", False),
        ("https://eid.example.org/?a=1", False),
        ("ftp://127.0.0.1/", False),
    ],
)
def test_an_eid_server_elsewhere_is_spoken_to_over_tls(tmp_path: Path, address: str, taken: bool) -> None:
    path = written(tmp_path, GOOD + ONLINE + f"'{address}'\n")
    if taken:
        assert load_terminal(path).online is not None
        return
    with pytest.raises(ConfigError, match=r"line 25: online\.eid_server_url: must be an https:// address"):
        load_terminal(path)


def test_a_prefix_is_made_of_the_reference_alphabet(tmp_path: Path) -> None:
    taken = []
    for letter in string.digits + string.ascii_uppercase:
        with contextlib.suppress(ConfigError):
            taken.append(load_terminal(written(tmp_path, GOOD.replace("C2", f"C{letter}"))).prefix[1])
    assert "".join(taken) == ALPHABET


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent\.toml"):
        load_terminal(tmp_path / "absent.toml")
