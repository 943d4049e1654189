"""Every text a citizen may read has its translation: whatever stands in t("…"), N_("…") or kv's tr.t('…')."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.errors import CATALOGUE
from kiosk.language import LOCALES, load

ROOT = Path(__file__).resolve().parents[2]
MARKS = {"t", "N_"}


def literal_texts(path: Path) -> Iterator[str]:
    """The German texts marked in a module or a layout."""
    source = path.read_text(encoding="utf-8")
    if path.suffix == ".kv":
        yield from re.findall(r"tr\.t\('([^']+)'", source)
        return
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in MARKS and isinstance(node.args[0].value, str) and node.args[0].value:
                yield node.args[0].value


def sources() -> list[Path]:
    """All modules and layouts a citizen's texts stand in. The inbox speaks German to staff."""
    found = [*(ROOT / "kiosk").rglob("*.py"), *(ROOT / "screens").rglob("*.py"), *(ROOT / "screens").rglob("*.kv")]
    citizens = [path for path in found if "central" not in path.relative_to(ROOT).parts]
    return sorted([*citizens, ROOT / "kiosk/central/status/texts.py"])


@pytest.mark.parametrize("language", [path.stem for path in LOCALES.glob("*.po")])
def test_every_text_of_screens_and_paper_is_translated(language: str) -> None:
    known = load(language).texts
    texts = {text: path.relative_to(ROOT) for path in sources() for text in literal_texts(path)}
    assert len(texts) > 100
    assert {text: str(path) for text, path in texts.items() if text not in known} == {}


@pytest.mark.parametrize("language", [path.stem for path in LOCALES.glob("*.po")])
def test_every_sentence_of_an_error_is_translated(language: str) -> None:
    known = load(language).texts
    assert [code for code, entry in CATALOGUE.items() if entry.citizen and entry.citizen not in known] == []
