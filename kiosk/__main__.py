"""The command line: `kiosk <command>`. It parses words and hands over; every command imports only what it needs.

A `KioskError` ends with its code and what to do on standard error and exit status 1, never with a traceback.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import resource
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.central import command_line
from kiosk.console import say
from kiosk.errors import KioskError

if TYPE_CHECKING:
    from kiosk.config import TerminalConfig

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

CAN_HELP = (
    'six digits, or "number birth expiry" of a passport; - asks for them (default), so that they stand in no shell '
    "history and no list of processes"
)
Run = Callable[[argparse.Namespace], int | None]


def main(words: Sequence[str] | None = None) -> int:
    """Run one command. Returns the exit status."""
    arguments = parser().parse_args(words)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s", stream=sys.stderr)
    os.umask(0o007)
    # A core file would hold what the memory holds.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        return int(arguments.run(arguments) or 0)
    except KioskError as error:
        say(f"{error}\n  what to do: {error.entry.remedy}", sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # whoever read, `head` for instance, has enough; nothing more is written at the end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def parser() -> argparse.ArgumentParser:
    """All commands and their words."""
    top = argparse.ArgumentParser(prog="kiosk", description="Self-service terminal for town halls.")
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    _terminal(commands)
    _demo(commands)
    _card(commands)
    _eac(commands)
    _outbox(commands)
    command_line.add_commands(commands, _add)
    return top


def _add(commands: Commands, name: str, text: str, run: Run, *, config: bool = True) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=text, description=text)
    if config:
        command.add_argument("--config", type=Path, required=True, metavar="FILE", help="TOML configuration")
    command.set_defaults(run=run)
    return command


# ---- a terminal -------------------------------------------------------------------------------


def _terminal(commands: Commands) -> None:
    _add(commands, "run", "the citizen's window", _run)
    _add(commands, "sync", "deliver what waits in the outbox", _sync)
    _add(commands, "ausweisapp", "lend AusweisApp to one visit; systemd starts it", _ausweisapp, config=False)
    doctor = _add(commands, "doctor", "say what is the case, what it means and what to do", _doctor)
    doctor.add_argument("--json", action="store_true", help="one JSON document for a monitoring system")
    check = _add(commands, "check", "check procedures and texts", _check, config=False)
    check.add_argument("--procedures", type=Path, metavar="DIR", help="another folder of procedures")


def _run(arguments: argparse.Namespace) -> int:
    from kiosk.terminal import run

    return run(arguments.config)


def _sync(arguments: argparse.Namespace) -> None:
    from kiosk.config import load_terminal
    from kiosk.delivery.sync import run

    run(load_terminal(arguments.config))


def _ausweisapp(arguments: argparse.Namespace) -> None:
    from devices.cards.ways.online.process import running
    from kiosk.ausweisapp import lend_standard_input

    lend_standard_input(running)


def _doctor(arguments: argparse.Namespace) -> int:
    from kiosk.doctor import examine, healthy, report

    findings = examine(arguments.config)
    say(json.dumps([finding.as_json() for finding in findings], indent=1) if arguments.json else report(findings))
    return 0 if healthy(findings) else 1


def _check(arguments: argparse.Namespace) -> int:
    from kiosk.language import ASSETS, LOCALES, load_all
    from kiosk.procedures.check import complaints

    languages = load_all(path.stem for path in sorted(LOCALES.glob("*.po")))
    found = complaints(arguments.procedures or ASSETS / "procedures", languages)
    for complaint in found:
        say(complaint, sys.stderr)
    say("procedures and texts are complete" if not found else f"{len(found)} complaints")
    return 1 if found else 0


# ---- the demo ---------------------------------------------------------------------------------


def _demo(commands: Commands) -> None:
    demo = _add(commands, "demo", "central, delivery and a terminal with simulated devices", _play, config=False)
    demo.add_argument("--headless", action="store_true", help="play one whole visit without a window")
    demo.add_argument("--out", type=Path, metavar="DIR", help="where the scripted visit leaves its pictures")
    demo.add_argument("--state", type=Path, metavar="DIR", help="folder of the demo")
    demo.add_argument("--port", type=int, default=8000, help="port of central, 0 for any")
    simulate = _add(commands, "simulate", "work the demo's devices: people, insert PERSON …", _simulate, config=False)
    simulate.add_argument("words", nargs="+", metavar="WORD")
    simulate.add_argument("--state", type=Path, metavar="DIR", help="folder of the demo")


def _play(arguments: argparse.Namespace) -> int:
    from kiosk.demo.play import play

    return play(arguments.state, arguments.port, headless=arguments.headless, out=arguments.out)


def _simulate(arguments: argparse.Namespace) -> None:
    from kiosk.demo.play import simulate

    say(simulate(arguments.state, arguments.words))


# ---- cards ------------------------------------------------------------------------------------


def _card(commands: Commands) -> None:
    card = commands.add_parser("card", help="try reader, card and certificates")
    verbs = card.add_subparsers(required=True, metavar="VERB")
    _add(verbs, "watch", "say when cards come and go", _card_watch)
    _add(verbs, "info", "what the card is, what it would need, what is missing here", _card_info)
    read = _add(verbs, "read", "read the card; test cards only, or with the person's consent", _card_read)
    read.add_argument("--can", default="-", metavar="CAN", help=CAN_HELP)
    read.add_argument("--way", choices=["on_site", "travel_document"], help="default: what fits the card")
    read.add_argument("--json", action="store_true", help="one JSON document")
    insert = _add(verbs, "insert", "put a test person's card into vpcd's virtual reader", _card_insert, config=False)
    insert.add_argument("person")
    insert.add_argument("fault", nargs="?")
    insert.add_argument("--pki", type=Path, required=True, metavar="DIR", help="the test PKI, made if missing")


def _card_watch(arguments: argparse.Namespace) -> int:
    from kiosk.card_commands import open_slot, watch

    return watch(open_slot(_terminal_config(arguments).reader))


def _card_info(arguments: argparse.Namespace) -> int:
    from devices.cards.ways.configured import load_certificates
    from kiosk.card_commands import info, open_slot

    settings = _terminal_config(arguments).reader
    return info(open_slot(settings), load_certificates(settings.eac_dir, settings.csca_dir))


def _card_read(arguments: argparse.Namespace) -> int:
    from devices.cards.ways.configured import load_certificates
    from kiosk.card_commands import ReadOrder, open_slot, read
    from kiosk.identity import Way

    settings = _terminal_config(arguments).reader
    order = ReadOrder(arguments.can, Way(arguments.way) if arguments.way else None, as_json=arguments.json)
    return read(open_slot(settings), load_certificates(settings.eac_dir, settings.csca_dir), order)


def _card_insert(arguments: argparse.Namespace) -> int:
    from kiosk.card_commands import insert, virtual_card

    return insert(virtual_card(arguments.person, arguments.fault, arguments.pki))


def _eac(commands: Commands) -> None:
    eac = commands.add_parser("eac", help="certificates: what lets this terminal read cards, and whom it trusts")
    verbs = eac.add_subparsers(required=True, metavar="VERB")
    take = _add(verbs, "import", "take certificates, keys and lists, all files or none", _eac_import)
    take.add_argument("files", nargs="+", type=Path, metavar="FILE")
    _add(verbs, "list", "every certificate and list", _eac_list)
    check = _add(verbs, "check", "what is missing, broken or expires soon; exit status 1 with findings", _eac_check)
    check.add_argument("--days", type=int, default=14, help="warn so many days ahead (default 14)")


def _eac_import(arguments: argparse.Namespace) -> int:
    from kiosk.eac_commands import import_files

    settings = _terminal_config(arguments).reader
    return import_files(settings.eac_dir, settings.csca_dir, arguments.files)


def _eac_list(arguments: argparse.Namespace) -> int:
    from kiosk.eac_commands import list_all

    settings = _terminal_config(arguments).reader
    return list_all(settings.eac_dir, settings.csca_dir)


def _eac_check(arguments: argparse.Namespace) -> int:
    from kiosk.eac_commands import check

    settings = _terminal_config(arguments).reader
    return check(settings.eac_dir, settings.csca_dir, arguments.days)


def _terminal_config(arguments: argparse.Namespace) -> TerminalConfig:
    from kiosk.config import load_terminal

    return load_terminal(arguments.config)


# ---- the outbox -------------------------------------------------------------------------------


def _outbox(commands: Commands) -> None:
    outbox = commands.add_parser("outbox", help="look at what waits; it can be read by nobody here")
    verbs = outbox.add_subparsers(required=True, metavar="VERB")
    _add(verbs, "list", "every submission, its state and last error", _outbox_list)
    _add(verbs, "show", "one submission", _outbox_show).add_argument("id")
    _add(verbs, "retry", "try a refused submission again, or all of them", _outbox_retry).add_argument(
        "id", nargs="?", default=""
    )
    remove = _add(verbs, "remove", "let go of one that another terminal has delivered", _outbox_remove)
    remove.add_argument("id")
    export = _add(verbs, "export", "give undelivered ones to another terminal; stop kiosk-sync first", _outbox_export)
    export.add_argument("file", type=Path)
    export.add_argument("id", nargs="*", help="only these, by reference or the beginning of the id")
    export.add_argument(
        "--damaged", type=Path, metavar="OUTBOX", help="what is readable in this file, which stays as it is"
    )
    take_in = _add(verbs, "import", "take what another terminal exported, and deliver it", _outbox_import)
    take_in.add_argument("file", type=Path)


def _outbox_list(arguments: argparse.Namespace) -> None:
    from kiosk.delivery.inspect import as_lines, listed

    for line in as_lines(listed(_outbox_path(arguments))):
        say(line)


def _outbox_show(arguments: argparse.Namespace) -> int:
    from kiosk.delivery.inspect import as_details, found

    rows = found(_outbox_path(arguments), arguments.id)
    for row in rows:
        say("\n".join(as_details(row)))
    return 0 if rows else _no_such_submission()


def _outbox_retry(arguments: argparse.Namespace) -> int:
    from kiosk.delivery.inspect import retry

    tried = retry(_outbox_path(arguments), arguments.id)
    if arguments.id and not tried:
        return _no_such_submission()
    say(f"{tried} submissions will be tried again")
    return 0


def _outbox_remove(arguments: argparse.Namespace) -> int:
    from kiosk.delivery.inspect import remove

    removed = remove(_outbox_path(arguments), arguments.id)
    if not removed:
        say("no such submission, or it was not handed over: see `kiosk outbox list`", sys.stderr)
        return 1
    say(f"{removed} submissions removed")
    return 0


def _outbox_export(arguments: argparse.Namespace) -> int:
    from kiosk.delivery.handover import Source, export, export_damaged

    path, client_id = arguments.damaged or _outbox_path(arguments), _terminal_config(arguments).delivery.client_id
    give = export_damaged if arguments.damaged else export
    done = give(Source(path, client_id), arguments.file, arguments.id)
    say("\n".join(done.lines(arguments.file)))
    return 0 if done.rows and not done.lost else 1


def _outbox_import(arguments: argparse.Namespace) -> int:
    from kiosk.delivery.handover import Source, take_in

    client_id = _terminal_config(arguments).delivery.client_id
    done = take_in(Source(_outbox_path(arguments), client_id), arguments.file)
    say("\n".join(done.lines()))
    return 1 if done.left else 0


def _no_such_submission() -> int:
    say("no such submission, or nothing to try again: see `kiosk outbox list`", sys.stderr)
    return 1


def _outbox_path(arguments: argparse.Namespace) -> Path:
    return _terminal_config(arguments).outbox.path


if __name__ == "__main__":
    sys.exit(main())
