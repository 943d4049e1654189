"""What the README tells a technician to write is what the program reads, and what it tells to type exists."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest

from kiosk.__main__ import parser
from kiosk.config import load_central, load_terminal

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
SAMPLES = re.findall(r"^( *)```toml\n(.*?)^ *```", README, flags=re.DOTALL | re.MULTILINE)


def sample(beginning: str) -> str:
    [found] = [textwrap.dedent(text) for _, text in SAMPLES if beginning in text]
    return found


def test_the_terminals_configuration_is_accepted(tmp_path: Path) -> None:
    path = tmp_path / "terminal.toml"
    path.write_text(sample("prefix ="), encoding="utf-8")
    assert load_terminal(path).printer.port == 9100


def test_centrals_configuration_is_accepted(tmp_path: Path) -> None:
    path = tmp_path / "central.toml"
    path.write_text(sample("issuer ="), encoding="utf-8")
    assert load_central(path).behind_proxy


SPOKEN = {"central", "outbox", "demo", "doctor", "run", "sync", "check", "simulate"}
COMMANDS = sorted(set(re.findall(r"kiosk ((?:central |outbox )?[a-z][a-z-]+)", README)))


@pytest.mark.parametrize("command", [words for words in COMMANDS if words.split()[0] in SPOKEN])
def test_every_command_the_readme_names_exists(command: str) -> None:
    with pytest.raises(SystemExit) as ended:
        parser().parse_args([*command.split(), "--help"])
    assert ended.value.code == 0
