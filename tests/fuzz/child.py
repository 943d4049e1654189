"""`python -m tests.fuzz.child PARSER [libFuzzer's options]`: one parser in a process of its own, under atheris.

It ends with the status libFuzzer gives: 0 when the time is up, anything else for a crash, a hang or too much memory.
"""

from __future__ import annotations

import sys

import atheris

from kiosk.errors import CardError
from tests.fuzz.parsers import PARSERS

INSTRUMENTED = ["devices", "asn1crypto", "json"]


def main(name: str, options: list[str]) -> None:
    parser = PARSERS[name]
    with atheris.instrument_imports(include=INSTRUMENTED):
        parse = parser.load()

    def one(data: bytes) -> None:
        try:
            parse(data)
        except CardError as error:
            if error.code not in parser.codes:
                raise

    atheris.Setup([sys.argv[0], *options], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
