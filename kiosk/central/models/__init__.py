"""What central stores, one concept a module. Sealed parts are text; nothing here is clear text of a citizen."""

from kiosk.central.models.audit import AuditBatch, AuditHead, AuditRecord
from kiosk.central.models.client import Client
from kiosk.central.models.destination import Department, Destination, DestinationKey
from kiosk.central.models.event import Event
from kiosk.central.models.holdings import Holdings
from kiosk.central.models.key_list import SignedKeyList
from kiosk.central.models.opened import Opened
from kiosk.central.models.submission import Attachment, Case, SealedContent, Submission
from kiosk.central.models.throttle import Guess

__all__ = [
    "Attachment",
    "AuditBatch",
    "AuditHead",
    "AuditRecord",
    "Case",
    "Client",
    "Department",
    "Destination",
    "DestinationKey",
    "Event",
    "Guess",
    "Holdings",
    "Opened",
    "SealedContent",
    "SignedKeyList",
    "Submission",
]
