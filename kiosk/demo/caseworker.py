"""A caseworker of the demo: logs in to the inbox over HTTP and reads a case as the page shows it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import requests
from bs4 import BeautifulSoup

from kiosk.errors import CentralError

TIMEOUT_S = 30.0
CHROMIUM = "chromium"
# Off: everything with which a browser would speak to its maker.
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@dataclass(frozen=True, slots=True)
class CasePage:
    """One case as the inbox shows it: `seen` is the text of every answer by its path."""

    html: str = field(repr=False)
    seen: Mapping[str, str] = field(repr=False)


class Caseworker:
    """One logged-in account. Raises CentralError CENTRAL-01 if the inbox answers otherwise than expected."""

    def __init__(self, url: str, account: str, password: str) -> None:
        self._url = url
        self._session = requests.Session()
        self._post("/login", {"username": account, "password": password})

    def read(self, submission_id: str) -> CasePage:
        """Open a case; the reading is recorded."""
        html = self._get(f"/inbox/{submission_id}")
        page = BeautifulSoup(html, "html.parser")
        values = {str(tag["data-path"]): tag.get_text().strip() for tag in page.find_all(attrs={"data-path": True})}
        return CasePage(html, values)

    def accept(self, submission_id: str) -> None:
        """Take the case over."""
        self._post(f"/inbox/{submission_id}/accept", {}, at=f"/inbox/{submission_id}")

    def photograph(self, submission_id: str, picture: Path) -> bool:
        """The case page as PNG, if a Chromium is installed here."""
        chromium = shutil.which(CHROMIUM)
        if chromium is None:
            return False
        from playwright.sync_api import sync_playwright

        cookies = [{"name": c.name, "value": c.value or "", "url": self._url} for c in self._session.cookies]
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=list(QUIET))
            page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
            page.context.add_cookies(cookies)  # type: ignore[arg-type]  # plain dicts of the same shape
            page.goto(f"{self._url}/inbox/{submission_id}")
            page.screenshot(path=str(picture), full_page=True)
            browser.close()
        return True

    def _get(self, path: str) -> str:
        answer = self._session.get(self._url + path, timeout=TIMEOUT_S)
        if answer.status_code != requests.codes.ok:
            raise CentralError("CENTRAL-01", f"the inbox answered {answer.status_code}")
        return answer.text

    def _post(self, path: str, form: Mapping[str, str], at: str = "") -> None:
        page = BeautifulSoup(self._get(at or path), "html.parser")
        token = page.select_one("input[name=csrfmiddlewaretoken]")
        if token is None:
            raise CentralError("CENTRAL-01", "the inbox shows no form")
        filled = {**form, "csrfmiddlewaretoken": str(token["value"])}
        answer = self._session.post(
            self._url + path, data=filled, timeout=TIMEOUT_S, headers={"Referer": self._url + path}
        )
        if answer.status_code != requests.codes.ok or "/login" in answer.url:
            raise CentralError("CENTRAL-01", f"the inbox answered {answer.status_code}")
