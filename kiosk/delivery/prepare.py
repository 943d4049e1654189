"""Makes an application ready while the citizen reads the review page, so that saving it is one short commit.

Everything slow happens here: ids and code minted, the status index computed (about 60 ms), the data laid
out, the forms rendered. The result lives in memory and is thrown away if the citizen changes an answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import uuid4

from kiosk.application import Application, Draft
from kiosk.delivery.compose import data_for
from kiosk.delivery.reference import mint_code, mint_reference, status_index, status_token
from kiosk.language import SOURCE, load
from kiosk.procedures.model import Destination, Words

Render = Callable[[Application, Destination, str], bytes]


@dataclass(frozen=True, slots=True)
class ReadyMaker:
    """The Preparer port. `prefix` begins this terminal's references; `render` makes one destination's PDF.

    Departments read German, whatever the citizen read.
    """

    prefix: str
    render: Render
    words: Words = field(default_factory=lambda: load(SOURCE))

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
            data={item.id: data_for(application, item, self.words) for item in destinations},
        )
