"""How everything looks: colours after the KERN design system, sizes in millimetres.

Rules
  1. A size is millimetres on the real panel; `mm` turns it into pixels by the panel's density.
  2. Two type sizes (body, heading) and two weights a screen. Capitals of body text are 6.3 mm high,
     in large mode 8 mm: EN 301 549 5.1.4 asks for 0.7°, 7.3 mm seen from 600 mm.
  3. Contrast, large and low switch live: everything here is a kivy property, widgets bind to it.

`theme` is the one instance: there is one panel in a terminal. Used on the UI thread only.
"""

from __future__ import annotations

import math
from pathlib import Path

from kivy.properties import BooleanProperty, ColorProperty, NumericProperty

from screens.followers import Followed

FONT_FOLDER = Path("/usr/share/fonts/truetype/noto")
FONT_REGULAR = FONT_FOLDER / "NotoSans-Regular.ttf"
FONT_BOLD = FONT_FOLDER / "NotoSans-Bold.ttf"
CAPITAL_PER_EM = 0.714  # sCapHeight / unitsPerEm of Noto Sans

PORTRAIT_27_INCH_DPI = math.hypot(1080, 1920) / 27
MM_PER_INCH = 25.4

BODY_CAPITAL_MM = 6.3
BODY_CAPITAL_LARGE_MM = 8.0
HEADING_CAPITAL_MM = 10.5
HEADING_CAPITAL_FLAT_MM = 9.0
HEADING_CAPITAL_LARGE_MM = 11.5

TARGET_MM = 20.0
KEY_MM = 15.0
GAP_MM = 3.0

LIGHT = {
    "text": "#131525",
    "muted": "#51577A",
    "background": "#FFFFFF",
    "tinted": "#F3F4F7",
    "action": "#2044AA",
    "action_ink": "#FFFFFF",
    "line": "#868BAC",
    "input_edge": "#1D2034",
    "keyboard": "#E6E8F0",
    "key": "#FFFFFF",
    "key_special": "#D3D6E5",
    "ring": "#FFB000",
    "ring_inner": "#131525",
    "danger": "#C31C13",
    "danger_tint": "#FEE4E0",
    "info": "#006B8C",
    "info_tint": "#E8F4F8",
    "success": "#007155",
    "success_tint": "#DDF2E6",
    "warning": "#925400",
    "warning_tint": "#FFF1DC",
    "shade": "#131525B8",
    "shield": "#C31C13",
}
CONTRAST = LIGHT | {
    "text": "#F3F4F7",
    "muted": "#B2B6CC",
    "background": "#000000",
    "tinted": "#131525",
    "action": "#97AFE1",
    "action_ink": "#000000",
    "line": "#B2B6CC",
    "input_edge": "#E8E9EF",
    "keyboard": "#131525",
    "key": "#000000",
    "key_special": "#2A2D45",
    "ring": "#FFDD00",
    "ring_inner": "#000000",
    "danger": "#EA7060",
    "danger_tint": "#131525",
    "info": "#62C4E0",
    "info_tint": "#131525",
    "success": "#5FD0A8",
    "success_tint": "#131525",
    "warning": "#FFB65C",
    "warning_tint": "#131525",
    "shade": "#000000D0",
}


class Theme(Followed):
    """Colours and sizes as live properties. `wide` is a landscape panel; `flat` one with little height.

    `revision` counts changes, after all of a change is done: what is painted by hand binds to it.
    """

    contrast = BooleanProperty(False)
    large = BooleanProperty(False)
    low = BooleanProperty(False)
    wide = BooleanProperty(False)
    flat = BooleanProperty(False)
    width = NumericProperty(1080)
    height = NumericProperty(1920)
    dpi = NumericProperty(PORTRAIT_27_INCH_DPI)
    revision = NumericProperty(0)

    body = NumericProperty(0)
    heading = NumericProperty(0)
    margin = NumericProperty(0)
    target = NumericProperty(0)
    gap = NumericProperty(0)

    text = ColorProperty()
    muted = ColorProperty()
    background = ColorProperty()
    tinted = ColorProperty()
    action = ColorProperty()
    action_ink = ColorProperty()
    line = ColorProperty()
    input_edge = ColorProperty()
    keyboard = ColorProperty()
    key = ColorProperty()
    key_special = ColorProperty()
    ring = ColorProperty()
    ring_inner = ColorProperty()
    danger = ColorProperty()
    danger_tint = ColorProperty()
    info = ColorProperty()
    info_tint = ColorProperty()
    success = ColorProperty()
    success_tint = ColorProperty()
    warning = ColorProperty()
    warning_tint = ColorProperty()
    shade = ColorProperty()
    shield = ColorProperty()

    def __init__(self) -> None:
        super().__init__()
        self._recolour()
        self._resize()

    def measure(self, width_px: int, height_px: int, dpi: float) -> None:
        """The panel as it is."""
        self.width, self.height, self.dpi = width_px, height_px, dpi
        self._resize()
        self.revision += 1

    def wear(self, *, contrast: bool, large: bool, low: bool) -> None:
        """The look a citizen wants. Low reach exists on a portrait panel only: a landscape one is low enough."""
        recolour, resize = contrast != self.contrast, large != self.large
        self.contrast, self.large = contrast, large
        self.low = low and not self.wide
        if recolour:
            self._recolour()
        if resize:
            self._resize()
        if recolour or resize:
            self.revision += 1

    def mm(self, millimetres: float) -> int:
        """Pixels, rounded up so that no minimum is missed by a rounding."""
        return math.ceil(millimetres * self._pixels_per_mm)

    def space(self, step: int) -> int:
        """One of the steps 2 4 8 16 24 32 40 48 64 80 96, given in pixels of the reference panel."""
        return round(step * self._pixels_per_step)

    def font(self, capital_mm: float) -> int:
        """The font size in pixels whose capitals are that high."""
        return math.ceil(capital_mm * self.dpi / MM_PER_INCH / CAPITAL_PER_EM)

    def _recolour(self) -> None:
        for token, value in (CONTRAST if self.contrast else LIGHT).items():
            setattr(self, token, value)

    def _resize(self) -> None:
        # Plain numbers: a page asks for sizes a thousand times, and a kivy property costs 10 µs.
        self._pixels_per_mm = self.dpi / MM_PER_INCH
        self._pixels_per_step = self.dpi / PORTRAIT_27_INCH_DPI
        self.wide = self.width > self.height
        self.flat = self.height / self.dpi * MM_PER_INCH < 420
        heading = HEADING_CAPITAL_FLAT_MM if self.flat else HEADING_CAPITAL_MM
        self.body = self.font(BODY_CAPITAL_LARGE_MM if self.large else BODY_CAPITAL_MM)
        self.heading = self.font(HEADING_CAPITAL_LARGE_MM if self.large else heading)
        self.margin = self.mm(10 if self.flat else 15)
        self.target = self.mm(TARGET_MM if self.flat else 24)
        self.gap = self.mm(4 if self.flat else 5)


theme = Theme()
