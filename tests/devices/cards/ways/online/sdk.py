"""The real AusweisApp2 for a test, spoken to by our client: commands out, messages waited for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any

from devices.cards.ways.online import commands as say
from devices.cards.ways.online.client import SdkClient
from devices.cards.ways.online.conversation import Citizen, Inbox, Line, converse
from devices.cards.ways.online.dialogue_state import Dialogue, EnterNewPin, PinChange
from devices.cards.ways.online.process import running
from kiosk.identity import Secret
from kiosk.online import EnterCan, EnterPin, EnterPuk, InsertCard, OnlineAnswer

PATIENCE_S = 30.0
SIMULATOR = "Simulator"


class Talk:
    """One client of a real AusweisApp."""

    def __init__(self, client: SdkClient, inbox: Inbox) -> None:
        self.client = client
        self.inbox: SimpleQueue[Any] = inbox
        self.heard: list[object] = []

    def says(self, command: say.Command) -> Talk:
        self.client.send(command)
        return self

    def hears(self, kind: type) -> Any:
        """The next message of this kind; what comes before is passed over."""
        while True:
            message = self.inbox.get(timeout=PATIENCE_S)
            self.heard.append(message)
            if isinstance(message, kind):
                return message


@contextmanager
def ausweisapp() -> Iterator[Talk]:
    inbox = Inbox()
    with running() as port, SdkClient(port, inbox.put) as client:
        yield Talk(client, inbox)


def changes_pin(
    talk: Talk,
    *typed: str | Callable[[], object],
    lay: Callable[[], object] = lambda: None,
    spend_last_try: bool = False,
) -> list[object]:
    """The questions of a change of the PIN: `lay` answers the one for a card, the next of `typed` all others.

    What is typed may be something done instead of typing. Raises what ends it.
    """
    questions: list[object] = []
    left = list(typed)

    def ask(question: object) -> None:
        questions.append(question)
        match question:
            case InsertCard():
                lay()
            case EnterPin() | EnterCan() | EnterPuk() | EnterNewPin() if not question.on_reader:
                answer = left.pop(0)
                if isinstance(answer, str):
                    talk.inbox.put(OnlineAnswer(Secret(answer)))
                else:
                    answer()

    line = Line(talk.client.send, talk.inbox, PATIENCE_S)
    converse(Dialogue(PinChange(), spend_last_try), line, Citizen(ask, lambda phase: None))
    return questions
