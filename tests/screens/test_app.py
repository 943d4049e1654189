"""The application around the screens: left screens go, the watchdog is fed, dialogs and the strip work."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace

import pytest
from kivy.config import Config

from kiosk.errors import ScreenError
from kiosk.visit.model import Look, Touched
from screens.app import Hooks, KioskApp
from screens.environment import TOUCH_PROVIDER, density, open_window
from screens.theme import CONTRAST, LIGHT, theme
from screens.widgets.icons import lines, strokes


def test_a_left_screen_is_freed(bench, session, states):
    left = []
    for state in states(session).values():
        bench.show(state)
        left.append(weakref.ref(bench.screen))
    bench.show(states(session)["start"])
    bench.settle()
    gc.collect()

    alive = [ref() for ref in left if ref() is not None and ref() is not bench.screen]
    assert alive == []


def test_the_same_page_is_drawn_in_place(bench, session, ask):
    page = ask(session, "birth")
    bench.show(page)
    screen = bench.screen

    bench.show(replace(page, session=replace(session, language="en")))
    assert bench.screen is screen

    bench.show(ask(session, "address"))
    assert bench.screen is not screen


def test_the_warning_counts_down_over_the_page(bench, session, states):
    warning = states(session)["interrupted"]
    bench.show(warning)
    assert any("12 Sekunden" in node.label for node in bench.nodes())

    bench.show(replace(warning, session=replace(session, now=1007.2)))
    assert any("5 Sekunden" in node.label for node in bench.nodes())

    bench.show(warning.previous)
    assert bench.app.stage.dialog is None


def test_help_says_what_this_page_wants(bench, session, ask):
    bench.show(ask(session, "birth"))
    bench.tap("help")
    texts = [node.label for node in bench.nodes()]

    assert "Hilfe" in texts
    assert any("Weiter" in text for text in texts)
    bench.tap("help-dialog.1")
    assert bench.app.stage.dialog is None


def test_ending_asks_once_and_can_be_taken_back(bench, session, ask):
    bench.show(ask(session, "birth"))
    bench.tap("end")
    bench.tap("end-dialog.1")

    assert bench.sent == []
    assert bench.app.stage.dialog is None


def test_there_is_nothing_to_end_where_nobody_is(bench, session, states):
    for name in ("start", "take-card", "out-of-service", "printing"):
        bench.show(states(session)[name])
        assert "end" not in [node.id for node in bench.nodes()], name


def test_any_touch_keeps_the_visit_alive_but_not_every_one(bench, session, ask):
    told = []
    bench.app.send = told.append
    bench.show(ask(session, "birth"))
    bench.tap_widget(bench.screen.heading)
    bench.tap_widget(bench.screen.heading, hurried=True)

    assert told == [Touched()]


def test_the_look_switches_live(bench, session, idle):
    bench.show(idle)
    assert tuple(theme.background) == (1, 1, 1, 1)

    bench.show(replace(idle, session=replace(session, look=Look(contrast=True, large=True))))

    assert tuple(theme.background) == (0, 0, 0, 1)
    assert bench.find("contrast").spoken_value()


def _luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("tokens", [LIGHT, CONTRAST], ids=["light", "contrast"])
def test_colours_are_told_apart(tokens):
    for ink, paper in [
        ("text", "background"),
        ("text", "tinted"),
        ("muted", "background"),
        ("muted", "tinted"),
        ("action", "background"),
        ("action_ink", "action"),
        ("text", "keyboard"),
        ("text", "key"),
        ("text", "key_special"),
        ("danger", "background"),
        ("danger", "danger_tint"),
        ("success", "success_tint"),
        ("text", "warning_tint"),
        ("text", "info_tint"),
    ]:
        assert contrast(tokens[ink], tokens[paper]) >= 4.5, (ink, paper)
    for edge in ("line", "input_edge", "danger", "action"):
        assert contrast(tokens[edge], tokens["background"]) >= 3, edge


def test_the_strip_of_the_simulation_stands_under_the_panel(bench, languages, idle):
    done = []
    app = KioskApp(
        languages, lambda _event: None, bench.app.display, Hooks(strip=(("Papier leer", lambda: done.append(1)),))
    )
    root = app.build()
    bench.app.window.add_widget(root)
    app.show(idle)
    bench.settle()

    bench.tap_widget(app._strip.children[0])
    bench.app.window.remove_widget(root)

    assert done == [1]
    assert app.stage.y >= app._strip.top - 1


def test_one_touch_provider_and_no_more(bench):
    assert [value for _, value in Config.items("input")] == [TOUCH_PROVIDER]
    Config.set("input", "second", "probesysfs")
    try:
        with pytest.raises(ScreenError, match="one touch provider"):
            open_window()
    finally:
        Config.remove_option("input", "second")


@pytest.mark.parametrize(
    ("configured", "told", "expected"), [(81.0, 96, 81.0), (0, 120, 120.0), (0, 96, 81.6), (0, 9999, 81.6)]
)
def test_the_density_is_configured_told_or_assumed(configured, told, expected):
    class Panel:
        dpi = told

    assert density(Panel(), configured, 81.6) == expected


def test_every_icon_can_be_drawn():
    for name, path in strokes().items():
        polylines, circles = lines(path)
        points = [point for line in polylines for point in line] + [(x, y) for x, y, _, _ in circles]
        assert points, name
        assert all(0 <= x <= 24 and 0 <= y <= 24 for x, y in points), name


def test_a_procedures_icon_exists(procedures):
    assert {procedure.icon for procedure in procedures.values()} <= set(strokes())
