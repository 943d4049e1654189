"""The polkit rules, as their language runs them: who may use card readers, and who may not switch off."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

RULES = Path(__file__).resolve().parents[2] / "systemd" / "50-rathaus-kiosk.polkit.rules"
# polkitd asks its rules in turn, and the first that has an answer decides (polkit(8)).
POLKITD = """([rules, action, user]) => {
    const known = [];
    const polkit = { addRule: rule => known.push(rule), Result: { YES: "yes", NO: "no" } };
    new Function("polkit", rules)(polkit);
    return known.map(rule => rule({ id: action }, { user })).find(answer => answer) ?? null;
}"""


@pytest.fixture(scope="module")
def decided() -> Iterator[Callable[[str, str], str | None]]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page()
        yield lambda action, user: page.evaluate(POLKITD, [RULES.read_text(), action, user])
        browser.close()


@pytest.mark.parametrize("action", ["access_pcsc", "access_card"])
def test_only_window_and_ausweisapp_are_let_to_the_card_readers(decided, action: str) -> None:
    assert decided(f"org.debian.pcsc-lite.{action}", "kiosk") == "yes"
    assert decided(f"org.debian.pcsc-lite.{action}", "kiosk-ausweisapp") == "yes"
    assert decided(f"org.debian.pcsc-lite.{action}", "kiosk-sync") is None


@pytest.mark.parametrize("action", ["power-off", "reboot", "suspend"])
def test_nobody_at_the_screen_switches_off(decided, action: str) -> None:
    assert decided(f"org.freedesktop.login1.{action}", "kiosk") == "no"
    assert decided(f"org.freedesktop.login1.{action}", "root") is None


def test_about_anything_else_the_rules_say_nothing(decided) -> None:
    assert decided("org.freedesktop.packagekit.package-install", "kiosk") is None
