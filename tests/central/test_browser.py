"""A real browser in front of the running town: what only a browser can tell (forms, WebCrypto, the policy)."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

from kiosk.delivery.reference import mint_code, status_token

from .conftest import DemoTown
from .running_town import client, deliver, wait_for

pytestmark = pytest.mark.xdist_group("central-demo")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
QUIET += ["--disable-sync", "--no-first-run"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        yield started
        started.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Page]:
    """A fresh page that must not complain: neither a script's error nor a breach of the policy."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="de-DE", timezone_id="UTC")
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("console", lambda message: complaints.append(message.text) if "policy" in message.text.lower() else None)
    yield opened
    context.close()
    assert not complaints


@pytest.fixture(scope="module")
def sent(live: DemoTown, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A delivery that has been opened on arrival."""
    terminal = client(live, tmp_path_factory.mktemp("terminal"))
    delivered = deliver(live, terminal)
    wait_for(lambda: terminal.status(status_token(delivered.code)) is not None)
    terminal.close()
    return delivered


def test_a_caseworker_works_with_the_keyboard_alone(live: DemoTown, sent: Any, page: Page) -> None:
    page.goto(f"{live.url}/inbox")
    page.wait_for_selector("#id_username:focus")
    page.keyboard.type("steuern")
    page.keyboard.press("Tab")
    page.keyboard.type(live.seed["logins"]["steuern"])
    page.keyboard.press("Enter")
    page.wait_for_url(f"{live.url}/inbox")
    page.focus(f'a[href="/inbox/{sent.submission_id}"]')
    page.keyboard.press("Enter")
    page.wait_for_selector("article")
    page.focus("summary")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert page.is_checked('input[value="incomplete"]')
    page.focus("button.danger")
    page.keyboard.press("Enter")
    page.wait_for_selector(".note.good")

    assert page.get_attribute("article", "data-state") == "rejected"


@pytest.mark.parametrize("width", [1440, 1024])
def test_nothing_runs_out_of_the_page(live: DemoTown, sent: Any, page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 768})
    page.goto(f"{live.url}/login")
    page.fill("#id_username", "steuern")
    page.fill("#id_password", live.seed["logins"]["steuern"])
    page.press("#id_password", "Enter")
    page.wait_for_url("**/inbox")
    page.goto(f"{live.url}/inbox/{sent.submission_id}")

    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_the_status_page_derives_the_same_token_and_keeps_the_code(
    live: DemoTown,
    sent: Any,
    page: Page,
) -> None:
    posted: list[str] = []
    page.on("request", lambda request: posted.append(f"{request.url} {request.post_data}"))

    page.goto(f"{live.url}/status?lang=de#{sent.code}")
    page.wait_for_selector("#answer section")

    assert "Steuern und Abgaben" in page.inner_text("#answer")
    assert "030 23125 001" in page.inner_text("#answer")
    assert page.url == f"{live.url}/status?lang=de"
    bare = sent.code.replace("-", "")
    assert not [text for text in posted[1:] if bare in text or sent.code in text]


def test_a_typed_code_may_be_written_any_way(live: DemoTown, sent: Any, page: Page) -> None:
    page.goto(f"{live.url}/status?lang=de")
    page.fill("#code", f"  {sent.code.replace('-', ' ').lower()} ")
    page.press("#code", "Enter")
    page.wait_for_selector("#answer section")


def test_wrong_and_unknown_codes_are_told_apart(live: DemoTown, page: Page) -> None:
    page.goto(f"{live.url}/status?lang=de")
    page.fill("#code", "7K4M9-PWD3T-XXXX")
    page.press("#code", "Enter")
    page.wait_for_selector("#answer .danger")
    assert page.get_attribute("#code", "aria-invalid") == "true"

    page.fill("#code", mint_code())
    page.press("#code", "Enter")
    page.wait_for_selector("#answer .doubt")


def test_without_scripts_the_page_says_what_to_do(live: DemoTown, browser: Any, tmp_path: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live.url}/status?lang=de")

    assert page.is_visible("noscript p")
    assert not page.is_visible("#lookup")
    context.close()
