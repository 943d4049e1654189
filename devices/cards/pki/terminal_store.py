"""What a terminal has to be let in by German cards: a folder of certificates *.cvcert and signer.toml.

signer.toml says where the private key is; {holder} stands for the holder reference of the terminal certificate, as
each certificate that replaces another has a key of its own:
    kind = "file"                 kind = "pkcs11"
    key = "{holder}.pkcs8"        module = "/usr/lib/…/vendor.so"
                                  token = "rathaus"
                                  label = "{holder}"
                                  pin_file = "/run/credentials/kiosk/pin"
Without the file it is the first form. Relative paths start at the folder.

Rules
  1. The folder is read again when something in it changed: a renewed certificate needs no restart.
  2. Terminal authentication is done with one certificate, the newest of those that are valid today; its key signs.

Not for several threads at a time.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from devices.cards.pki.chain import is_valid, order_chain
from devices.cards.pki.chat import ROLE_AUTHENTICATION_TERMINAL, HolderRole
from devices.cards.pki.cv_certificate import CvCertificate, parse_cv_certificate
from devices.cards.pki.folder import FolderFile, read_file, read_folder
from devices.cards.pki.pkcs11_signer import Pkcs11Key, Pkcs11Signer
from devices.cards.pki.signatures import Scheme
from devices.cards.pki.signer import Signer, load_file_signer
from kiosk.errors import CardError, EacError

SUFFIX: Final = ".cvcert"
SETTINGS: Final = "signer.toml"
LONGEST_FILE: Final = 65536
_DEFAULT: Final = {"kind": "file", "key": "{holder}.pkcs8"}
_KEYS: Final = {"file": {"key"}, "pkcs11": {"module", "token", "label", "pin_file"}}


def _utc_today() -> date:
    return datetime.now(UTC).date()


@dataclass(slots=True)
class _Contents:
    """What the folder held when its files were `files`."""

    files: tuple[FolderFile, ...] = ()
    certificates: tuple[CvCertificate, ...] = ()
    signers: dict[str, Signer] = field(default_factory=dict)


class TerminalStore:
    """`folder` None, or one that is not there, is a terminal without certificates."""

    def __init__(self, folder: Path | None, today: Callable[[], date] = _utc_today) -> None:
        """Raises EacError EAC-01 for a malformed certificate."""
        self._folder = folder
        self._today = today
        self._contents = _Contents()
        self._refresh()

    @property
    def certificates(self) -> tuple[CvCertificate, ...]:
        """Every certificate, by file name. Raises EacError EAC-01."""
        self._refresh()
        return self._contents.certificates

    @property
    def current(self) -> CvCertificate | None:
        """The terminal certificate in use; an expired or a later one where none is valid. Raises EacError EAC-01."""
        own = [item for item in self.certificates if is_own(item)]
        return max(own, key=lambda item: (is_valid(item, self._today()), item.effective), default=None)

    @property
    def signer(self) -> Signer:
        """With the key of `current`. Raises CardError CARD-12, EacError EAC-01 or EAC-03."""
        own = self._own()
        if own.chr not in self._contents.signers:
            self._contents.signers[own.chr] = self._load_signer(own)
        return self._contents.signers[own.chr]

    def chain_for(self, cars: Iterable[str]) -> tuple[CvCertificate, ...]:
        """From the first of the card's trust anchors that fits, link certificates included, down to `current`.

        Raises CardError CARD-12 where none fits, EacError EAC-01.
        """
        own = self._own()
        others = [item for item in self.certificates if item.chat.holder is not HolderRole.TERMINAL]
        for car in cars:
            if chain := order_chain((*others, own), car, self._today()):
                return chain
        raise CardError("CARD-12", "no chain from the trust anchor of the card")

    def _own(self) -> CvCertificate:
        own = self.current
        if own is None:
            raise CardError("CARD-12")
        return own

    def _refresh(self) -> None:
        files = read_folder(self._folder)
        if files != self._contents.files:
            certificates = tuple(_load(file.path) for file in files if file.path.suffix == SUFFIX)
            self._contents = _Contents(files, certificates)

    def _load_signer(self, own: CvCertificate) -> Signer:
        folder = self._folder or Path()
        settings = _load_settings(folder)
        values = {name: text.replace("{holder}", file_stem(own.chr)) for name, text in settings.items()}
        scheme: Scheme = own.public_key.scheme
        if values["kind"] == "file":
            return load_file_signer(folder / values["key"], scheme)
        label = settings["label"].replace("{holder}", own.chr)
        pin_file = folder / values["pin_file"]
        return Pkcs11Signer(Pkcs11Key(Path(values["module"]), values["token"], label, pin_file), scheme)


def is_own(certificate: CvCertificate) -> bool:
    """Whether it is for a terminal that reads the eID application."""
    return (certificate.chat.holder, certificate.chat.role_oid) == (
        HolderRole.TERMINAL,
        ROLE_AUTHENTICATION_TERMINAL,
    )


def file_stem(holder: str) -> str:
    """A holder reference as part of a file's name: what is no letter or digit becomes an underscore."""
    return re.sub(r"[^A-Za-z0-9]", "_", holder)


def _load(path: Path) -> CvCertificate:
    try:
        return parse_cv_certificate(read_file(path, LONGEST_FILE))
    except CardError as error:
        raise EacError("EAC-01", f"{path.name}: {error.detail}") from None


def _load_settings(folder: Path) -> Mapping[str, str]:
    """Raises EacError EAC-03."""
    try:
        settings = tomllib.loads((folder / SETTINGS).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return _DEFAULT
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise EacError("EAC-03", f"{SETTINGS}: {type(error).__name__}") from None
    wanted = _KEYS.get(str(settings.get("kind")))
    if wanted is None or set(settings) != wanted | {"kind"}:
        raise EacError("EAC-03", f"{SETTINGS}: kind 'file' with key, or 'pkcs11' with module, token, label, pin_file")
    if not all(isinstance(value, str) for value in settings.values()):
        raise EacError("EAC-03", f"{SETTINGS}: every value is a text")
    return settings
