"""Nothing is cut, nothing overlaps, everything is large enough: every screen, measured as it stands."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import combinations

import pytest
from kivy.core.text import DEFAULT_FONT
from kivy.core.text import Label as CoreLabel
from kivy.uix.label import Label

from screens.theme import CAPITAL_PER_EM, KEY_MM, MM_PER_INCH, TARGET_MM, theme
from screens.widgets.buttons import Tile
from screens.widgets.field import TextField
from screens.widgets.keyboard import Key
from screens.widgets.layout import ScrollArea

PORTRAIT = (1080, 1920, 81.6)
LANDSCAPE = (1920, 1080, 81.6)
OLD_PANEL = (1280, 1024, 86.3)
SLACK_PX = 1.5

LOOKS = {
    "portrait": (PORTRAIT, {}),
    "portrait-large-contrast": (PORTRAIT, {"large": True, "contrast": True}),
    "portrait-low": (PORTRAIT, {"low": True}),
    "portrait-large-low": (PORTRAIT, {"large": True, "low": True}),
    "landscape": (LANDSCAPE, {}),
    "landscape-large": (LANDSCAPE, {"large": True}),
    "old-panel": (OLD_PANEL, {}),
    "old-panel-large": (OLD_PANEL, {"large": True}),
}


def visible_box(widget):
    """Where a widget can be seen, as (left, bottom, right, top); None if it is scrolled away."""
    left, bottom, right, top = widget.x, widget.y, widget.right, widget.top
    parent = widget.parent
    while parent is not None and parent is not parent.parent:
        if isinstance(parent, ScrollArea) and widget is not parent.pager and widget.parent is not parent.pager:
            view = parent.view
            left, bottom = max(left, view.x), max(bottom, view.y)
            right, top = min(right, view.right), min(top, view.top)
        parent = parent.parent
    return (left, bottom, right, top) if right - left > 1 and top - bottom > 1 else None


def overlap(one, other):
    return (
        min(one[2], other[2]) - max(one[0], other[0]) > SLACK_PX
        and min(one[3], other[3]) - max(one[1], other[1]) > SLACK_PX
    )


def leaves(bench):
    """Everything with words or to press on the front layer, without containers."""
    found = []
    for layer in bench.app.stage.front():
        for widget in layer.walk(restrict=True):
            if isinstance(widget, Key):
                continue
            if (isinstance(widget, Label) and widget.text) or isinstance(widget, TextField):
                found.append(widget)
    return found


def broken_word(label):
    """A word that is wider than its label, None if there is none. Names nobody wrote for this panel may break."""
    room = label.width - label.padding[0] - label.padding[2]
    core = CoreLabel(font_name=DEFAULT_FONT, font_size=label.font_size, bold=label.bold)
    words = [] if label.private else re.sub(r"\[/?[a-z]+(=[0-9a-f]+)?\]", "", label.text).split()
    return next((word for word in words if len(word) < 30 and core.get_extents(word)[0] > room + SLACK_PX), None)


def complaints_about(bench, name):
    """Every reason why a screen is badly laid out."""
    found = [f"{name}: the sign {icon} stands alone" for icon in bench.lone_signs()]
    boxes = {}
    for widget in leaves(bench):
        what = f"{name}: {getattr(widget, 'node_id', '') or getattr(widget, 'text', '')!r}"
        if isinstance(widget, Label):
            width, height = widget.texture_size
            if width > widget.width + SLACK_PX or height > widget.height + SLACK_PX:
                found.append(f"{what} is cut: {widget.texture_size} in {widget.size}")
            if broken := broken_word(widget):
                found.append(f"{what} breaks the word {broken!r}")
        box = visible_box(widget)
        if box is None:
            continue
        if box[0] < -SLACK_PX or box[2] > theme.width + SLACK_PX or box[1] < -SLACK_PX or box[3] > theme.height + 1:
            found.append(f"{what} leaves the panel: {box}")
        boxes[widget] = (what, box)
    for one, other in combinations(boxes.values(), 2):
        if overlap(one[1], other[1]):
            found.append(f"{one[0]} overlaps {other[0]}")
    return found


IN_ENGLISH = [
    pytest.param(look, "en", marks=() if look in ("portrait", "portrait-large-contrast") else pytest.mark.long)
    for look in LOOKS
]


@pytest.mark.parametrize(("look", "language"), [*((look, "de") for look in LOOKS), *IN_ENGLISH])
def test_nothing_is_cut_and_nothing_overlaps(make_bench, session, states, in_look, look, language):
    panel, wanted = LOOKS[look]
    bench = make_bench(*panel)
    found = []
    for name, state in states(replace(in_look(session, **wanted), language=language)).items():
        bench.show(state)
        found += complaints_about(bench, name)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("look", LOOKS)
def test_every_target_is_20_mm_and_every_key_15_mm(make_bench, session, states, in_look, look):
    panel, wanted = LOOKS[look]
    bench = make_bench(*panel)
    least, least_key = theme.mm(TARGET_MM) - 1, theme.mm(KEY_MM) - 1
    small = []
    for name, state in states(in_look(session, **wanted)).items():
        bench.show(state)
        for widget in bench.widgets():
            if widget.focusable and min(widget.size) < least:
                small.append(f"{name}: {widget.node_id} {widget.size}")
        keyboard = bench.app.stage.frame.keyboard
        if keyboard is not None and keyboard.parent is not None:
            small += [f"{name}: key {k.name} {k.size}" for row in keyboard.keys for k in row if min(k.size) < least_key]
    assert not small, "\n".join(small)


@pytest.mark.parametrize("page", ["letters", "sorbian", "signs", "email", "digits", "phone"])
@pytest.mark.parametrize("panel", [PORTRAIT, LANDSCAPE, OLD_PANEL])
def test_every_page_of_keys_fits(make_bench, session, ask, panel, page):
    bench = make_bench(*panel)
    bench.show(ask(session, "address"))
    keyboard = bench.app.stage.frame.keyboard
    keyboard.page = page
    bench.settle()

    keys = [key for row in keyboard.keys for key in row]

    assert all(min(key.size) >= theme.mm(KEY_MM) - 1 for key in keys)
    assert all(key.texture_size[0] <= key.width and key.font_size <= key.height for key in keys)
    boxes = [(key.x, key.y, key.right, key.top) for key in keys]
    assert not any(overlap(one, other) for one, other in combinations(boxes, 2))
    assert bench.screen.area.view.height > theme.mm(20), "the field is still in sight"


def test_in_low_reach_everything_to_touch_is_in_the_lower_half(make_bench, session, states, in_look):
    bench = make_bench(*PORTRAIT)
    high = []
    for name, state in states(in_look(session, low=True)).items():
        bench.show(state)
        for widget in bench.widgets():
            box = visible_box(widget) if widget.focusable else None
            if box is not None and box[3] > theme.height / 2 + SLACK_PX:
                high.append(f"{name}: {widget.node_id} {box}")
    assert not high, "\n".join(high)


@pytest.mark.parametrize(("large", "least_mm"), [(False, 5.0), (True, 7.3)])
def test_capitals_are_as_high_as_the_standard_asks(bench, session, states, in_look, large, least_mm):
    for name, state in states(in_look(session, large=large)).items():
        bench.show(state)
        for widget in leaves(bench):
            if isinstance(widget, Label):
                capital_mm = widget.font_size * CAPITAL_PER_EM / theme.dpi * MM_PER_INCH
                assert capital_mm >= least_mm, f"{name}: {widget.text!r}"


def test_a_capital_really_is_that_high(bench):
    label = CoreLabel(text="H", font_name=DEFAULT_FONT, font_size=theme.body, color=(1, 1, 1, 1))
    label.refresh()
    width, height = label.texture.size
    rows = [label.texture.pixels[y * width * 4 : (y + 1) * width * 4] for y in range(height)]
    drawn = [row for row in rows if max(row[3::4]) > 127]

    assert len(drawn) / theme.dpi * MM_PER_INCH >= 6.0


def test_two_type_sizes_and_two_weights_a_screen(bench, session, states):
    for name, state in states(session).items():
        bench.show(state)
        sizes = {widget.font_size for widget in leaves(bench) if isinstance(widget, Label)}
        assert sizes <= {theme.body, theme.heading}, name


def test_a_200_character_name_is_whole_on_the_screen(bench, session, ask, long_name):
    bench.show(ask(session, "address"))
    bench.type(long_name)

    field = bench.find("address")

    assert len(long_name) == 200
    assert field.text == long_name
    shown = "".join(field.text[start:end] for start, end in field.spans)
    assert shown == long_name
    assert field.height > 4 * theme.body


def test_tiles_of_one_row_are_equally_high(bench, idle):
    bench.show(idle)
    tiles = [widget for widget in bench.widgets() if isinstance(widget, Tile)]

    assert tiles[0].height == tiles[1].height
    assert tiles[0].y == tiles[1].y
