"""Whoever follows the theme or the language is told of changes, and forgotten when it is gone."""

from __future__ import annotations

import gc

from kivy.clock import Clock
from kivy.properties import NumericProperty

from screens.followers import Followed
from screens.text import tr
from screens.theme import theme


class Town(Followed):
    size = NumericProperty(1)


class Listener:
    def __init__(self):
        self.heard = []
        self.soon = Clock.create_trigger(self.hear)

    def hear(self, *change):
        self.heard.append(change)


def test_a_follower_is_told_once_however_often_it_asked():
    town, listener = Town(), Listener()
    town.bind(size=listener.hear)
    town.bind(size=listener.hear)

    town.size = 2

    assert listener.heard == [(town, 2)]


def test_a_trigger_is_followed_by_what_it_calls():
    town, listener = Town(), Listener()
    town.bind(size=listener.soon)

    town.size = 2

    assert len(listener.heard) == 1


def test_the_dead_are_forgotten_without_any_change():
    town = Town()
    for _ in range(100):
        town.bind(size=Listener().hear)
    gc.collect()

    assert town.followers("size") == 0


def test_screens_that_were_left_follow_nothing_any_more(bench, idle, ask, session):
    bench.show(ask(session, "address"))
    bench.show(idle)
    gc.collect()
    before = tr.followers("t"), theme.followers("revision")

    for _ in range(3):
        bench.show(ask(session, "address"))
        bench.show(idle)
    gc.collect()

    assert (tr.followers("t"), theme.followers("revision")) == before
