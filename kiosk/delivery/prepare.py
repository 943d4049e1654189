"""Makes an application ready while the citizen reads the review page, so that saving it is one short commit.

Everything slow happens here: ids and code minted, the status index computed (about 60 ms), the forms
rendered. The result lives in memory and is thrown away if the citizen changes an answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

from kiosk.application import Application, Draft
from kiosk.delivery.reference import mint_code, mint_reference, status_index, status_token
from kiosk.procedures.model import Destination

Render = Callable[[Application, Destination, str], bytes]


@dataclass(frozen=True, slots=True)
class ReadyMaker:
    """The Preparer port. `prefix` begins this terminal's references; `render` makes one destination's PDF."""

    prefix: str
    render: Render

    def prepare(self, application: Application) -> Draft:
        """Raises DocumentError."""
        destinations = application.procedure.destinations
        references = {destination.id: mint_reference(self.prefix) for destination in destinations}
        code = mint_code()
        return Draft(
            application_id=uuid4(),
            code=code,
            references=references,
            forms={item.id: self.render(application, item, references[item.id]) for item in destinations},
            status_index=status_index(status_token(code)),
        )
