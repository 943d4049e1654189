"""Kivy set up for a terminal, before anything imports it.

Rules
  1. `prepare` runs before the first kivy import anywhere; kivy reads its environment only then.
  2. Exactly one touch provider: with two of them one finger makes two touches.
  3. Without a usable display there is an error that says what to install, never a silent None.

Only the UI thread comes here.
"""

from __future__ import annotations

import logging
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kiosk.errors import ScreenError

TOUCH_PROVIDER = "mouse,disable_multitouch"
CREDIBLE_DPI = range(50, 301)
LAYOUT_ROUNDS = 60
FALLBACK_FONTS = "install fonts-noto-core"


@dataclass(frozen=True, slots=True)
class Display:
    """The panel: size in pixels, real density in dots per inch (0: ask the display)."""

    width_px: int = 1080
    height_px: int = 1920
    density_dpi: float = 0.0
    fullscreen: bool = False


def prepare(display: Display, home: Path | None = None) -> None:
    """Set environment and kivy's configuration. `home` is a writable folder kivy may litter.

    Raises ScreenError if kivy was imported before: then its configuration came from elsewhere.
    """
    if "kivy" in sys.modules and os.environ.get("KIVY_LOG_MODE") != "PYTHON":
        raise ScreenError("SCREEN-01", "kivy was imported before its environment was set")
    kivy_home = home or Path(tempfile.gettempdir()) / f"rathaus-kiosk-kivy-{os.getuid()}"
    kivy_home.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings = {
        "KIVY_NO_ARGS": "1",
        "KIVY_NO_FILELOG": "1",
        "KIVY_NO_CONFIG": "1",
        "KIVY_HOME": str(kivy_home),
        # KIVY_NO_CONSOLELOG would swallow tracebacks; the Python root logger decides instead.
        "KIVY_LOG_MODE": "PYTHON",
        # One provider each: kivy would import Pillow and more to be ready for pictures nobody shows.
        "KIVY_IMAGE": "sdl2",
        "KIVY_TEXT": "sdl2",
        "KIVY_CLIPBOARD": "dummy",
    }
    os.environ.update(settings)
    # Kivy sets its own log level whenever it likes; a filter stays.
    logging.getLogger("kivy").addFilter(_worth_a_line)
    _configure(display)


def _worth_a_line(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING


def _configure(display: Display) -> None:
    from kivy.config import Config

    from screens.theme import FONT_BOLD, FONT_REGULAR

    graphics = {
        "width": display.width_px,
        "height": display.height_px,
        "fullscreen": "auto" if display.fullscreen else 0,
        "borderless": int(display.fullscreen),
        "show_cursor": int(not display.fullscreen),
        "resizable": 0,
        "maxfps": 60,
        "multisamples": 0,
        "allow_screensaver": 0,
    }
    for key, value in graphics.items():
        Config.set("graphics", key, value)
    Config.set("kivy", "exit_on_escape", 0)
    Config.set("kivy", "keyboard_mode", "")
    Config.set("kivy", "default_font", ["Noto Sans", str(FONT_REGULAR), str(FONT_REGULAR), str(FONT_BOLD)])
    for name, _ in Config.items("input"):
        Config.remove_option("input", name)
    Config.set("input", "mouse", TOUCH_PROVIDER)


def open_window() -> Any:
    """The one window. Raises ScreenError naming what to install when there is none."""
    from screens.theme import FONT_BOLD, FONT_REGULAR

    missing = [str(font) for font in (FONT_REGULAR, FONT_BOLD) if not font.is_file()]
    if missing:
        raise ScreenError("SCREEN-01", f"{', '.join(missing)} missing: {FALLBACK_FONTS}")
    from kivy.config import Config
    from kivy.core.window import Window

    if Window is None:
        raise ScreenError("SCREEN-01", "kivy found no display: install libgl1 libegl1, or start an X server")
    providers = [value for _, value in Config.items("input")]
    if providers != [TOUCH_PROVIDER]:
        raise ScreenError("SCREEN-01", f"expected one touch provider, got {len(providers)}")
    from kivy.clock import Clock

    # Heights climb from the words to the page and places come back down, one level a round.
    Clock.max_iteration = LAYOUT_ROUNDS
    _fill_fast()
    return Window


def _fill_fast() -> None:
    """Every plain surface is filled from one white texture: read unfiltered, software GL takes half the time."""
    from kivy.graphics import BindTexture

    white = BindTexture().texture
    white.mag_filter = white.min_filter = "nearest"


def density(window: Any, configured_dpi: float, default_dpi: float) -> float:
    """The panel's density: as configured, else as the display says if that is credible, else the default.

    X servers say 96 whatever the panel is, so 96 counts as "does not know".
    """
    if configured_dpi > 0:
        return configured_dpi
    told = round(float(getattr(window, "dpi", 0) or 0))
    return float(told) if told in CREDIBLE_DPI and told != 96 else default_dpi
