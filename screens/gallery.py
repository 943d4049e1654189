"""Which screen draws which state. Screens are imported when they are first needed: the first frame waits for one."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from kiosk.visit import model as visit

SCREENS: dict[type, str] = {
    visit.Idle: "screens.start:StartScreen",
    visit.Choosing: "screens.start:StartScreen",
    visit.Informing: "screens.informing:InformingScreen",
    visit.Identifying: "screens.identifying:IdentifyingScreen",
    visit.IdentifyingOnline: "screens.identifying_online:IdentifyingOnlineScreen",
    visit.Confirming: "screens.confirming:ConfirmingScreen",
    visit.Answering: "screens.answering:AnsweringScreen",
    visit.Reviewing: "screens.reviewing:ReviewingScreen",
    visit.Consenting: "screens.consenting:ConsentingScreen",
    visit.Saving: "screens.waiting:SavingScreen",
    visit.Printing: "screens.waiting:PrintingScreen",
    visit.Finished: "screens.finished:FinishedScreen",
    visit.LookingUp: "screens.looking_up:LookingUpScreen",
    visit.TakeCard: "screens.take_card:TakeCardScreen",
    visit.OutOfService: "screens.out_of_service:OutOfServiceScreen",
}


def screen_class(state: Any) -> Any:
    """The Screen class for a state (for `Interrupted`, ask with its `previous`)."""
    module, name = SCREENS[type(state)].split(":")
    return getattr(import_module(module), name)
