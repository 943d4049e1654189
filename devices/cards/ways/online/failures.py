"""How an online identification failed, in this program's codes.

Rules
  1. AusweisApp's own `reason` (its published failure codes, from 1.26.3 on) is finer than the minor code of
     TR-03112-1 §4.2, so it is asked first.
  2. What nobody listed is the eID server's fault (CARD-25): nothing else is left that could have failed.
  3. AusweisApp's sentences about a failure go nowhere: the citizen reads the catalogue's.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from devices.cards.ways.online.messages import Result
from kiosk.errors import CardError

OK: Final = "http://www.bsi.bund.de/ecard/api/1.1/resultmajor#ok"
MINOR: Final = "http://www.bsi.bund.de/ecard/api/1.1/resultminor"

READER, REMOVED, UNREADABLE, EXPIRED, DEADLINE = "CARD-01", "CARD-02", "CARD-04", "CARD-05", "CARD-06"
OTHER_CARD, BLOCKED, SWITCHED_OFF = "CARD-16", "CARD-19", "CARD-20"
HELD, PROGRAM, SERVER, ENDED = "CARD-21", "CARD-24", "CARD-25", "CARD-26"

MINORS: Mapping[str, str] = MappingProxyType(
    {
        f"{MINOR}/al/common#unknownError": UNREADABLE,  # what AusweisApp says when the card does not answer
        f"{MINOR}/al/common#noPermission": SERVER,
        f"{MINOR}/al/common#internalError": SERVER,
        f"{MINOR}/al/common#parameterError": SERVER,
        f"{MINOR}/al/common#unknownAPIFunction": SERVER,
        f"{MINOR}/al/common#notInitialized": SERVER,
        f"{MINOR}/al/common#warningConnectionDisconnected": SERVER,
        f"{MINOR}/al/common#SessionTerminatedWarning": SERVER,
        f"{MINOR}/al/common#communicationError": SERVER,
        f"{MINOR}/dp#timeout": SERVER,
        f"{MINOR}/dp#unknownChannelHandle": SERVER,
        f"{MINOR}/dp#communicationError": SERVER,
        f"{MINOR}/dp#trustedChannelEstablishmentFailed": SERVER,
        f"{MINOR}/dp#unknownProtocol": SERVER,
        f"{MINOR}/dp#unknownCipherSuite": SERVER,
        f"{MINOR}/dp#unknownWebserviceBinding": SERVER,
        f"{MINOR}/dp#nodeNotReachable": SERVER,
        f"{MINOR}/ifdl#cancellationByUser": REMOVED,
        f"{MINOR}/ifdl/common#timeoutError": DEADLINE,
        f"{MINOR}/ifdl/common#invalidSlotHandle": READER,
        f"{MINOR}/ifdl/terminal#unknownSlot": READER,
        f"{MINOR}/ifdl/terminal#noCard": REMOVED,
        f"{MINOR}/ifdl/terminal#IFDSharingViolation": HELD,
        f"{MINOR}/il/signature#invalidCertificatePath": SERVER,
        f"{MINOR}/il/key#keyGenerationNotPossible": SERVER,
        f"{MINOR}/sal#cancellationByUser": ENDED,
        f"{MINOR}/sal#invalidKey": SERVER,
        f"{MINOR}/sal#securityConditionNotSatisfied": SERVER,
        f"{MINOR}/sal/mEAC#AgeVerificationFailedWarning": SERVER,
        f"{MINOR}/sal/mEAC#CommunityVerificationFailedWarning": SERVER,
        f"{MINOR}/sal/mEAC#DocumentValidityVerificationFailed": EXPIRED,
    }
)

REASONS: Mapping[str, str] = MappingProxyType(
    {
        "User_Cancelled": ENDED,
        "Card_Removed": REMOVED,
        # A real card, and AusweisApp in developer mode, which takes test cards only.
        "Pre_Verification_No_Test_Environment": OTHER_CARD,
        "Connect_Card_Connection_Failed": UNREADABLE,
        "Connect_Card_Eid_Inactive": SWITCHED_OFF,
        "Prepace_Pace_Smart_Eid_Invalidated": BLOCKED,
        # The five digits of the letter: this card has no PIN of its own yet.
        "Establish_Pace_Channel_No_Active_Pin": SWITCHED_OFF,
        "Establish_Pace_Channel_Basic_Reader_No_Pin": PROGRAM,
        "Establish_Pace_Channel_Puk_Inoperative": BLOCKED,
        "Establish_Pace_Channel_User_Cancelled": ENDED,
        "Maintain_Card_Connection_Pace_Unrecoverable": UNREADABLE,
        "Did_Authenticate_Eac1_Card_Command_Failed": UNREADABLE,
        "Did_Authenticate_Eac2_Card_Command_Failed": UNREADABLE,
        "Transmit_Card_Command_Failed": UNREADABLE,
        "Change_Pin_No_SetEidPinCommand_Response": PROGRAM,
        "Change_Pin_Input_Timeout": DEADLINE,
        "Change_Pin_User_Cancelled": ENDED,
        "Change_Pin_New_Pin_Mismatch": ENDED,
        "Change_Pin_New_Pin_Invalid_Length": ENDED,
        "Change_Pin_Unexpected_Transmit_Status": UNREADABLE,
        "Change_Pin_Card_New_Pin_Mismatch": ENDED,
        "Change_Pin_Card_User_Cancelled": ENDED,
        "Insert_Card_Unknown_Eid_Type": OTHER_CARD,
        "Insert_Card_Missing_Card": REMOVED,
    }
)


def failure(result: Result) -> CardError:
    """The error that a result other than `OK` means; `detail` names minor code and reason."""
    known = result.reason in REASONS or result.minor in MINORS
    code = REASONS.get(result.reason) or MINORS.get(result.minor, SERVER)
    if not known:
        return CardError(code, "AusweisApp ended with a code nobody listed")
    return CardError(code, " ".join(part for part in (_short(result.minor), _reason(result.reason)) if part))


def change_failure(reason: str) -> CardError:
    """Why a PIN was not changed. Before 1.26.4 AusweisApp gives no reason."""
    return CardError(REASONS.get(reason, UNREADABLE), _reason(reason) or "AusweisApp changed no PIN")


def _short(minor: str) -> str:
    return minor.removeprefix(MINOR) if minor in MINORS else ""


def _reason(reason: str) -> str:
    return reason if reason in REASONS else ""
