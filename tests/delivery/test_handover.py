"""`kiosk outbox export` and `import`: a dead terminal's submissions reach their department over another one, once."""

from __future__ import annotations

import json
import os
import resource
import stat
from dataclasses import replace
from uuid import uuid4

import pytest

from kiosk.__main__ import main
from kiosk.delivery.courier import Courier
from kiosk.delivery.fitconnect import FitConnect
from kiosk.delivery.handover import Source, export, export_damaged, take_in
from kiosk.delivery.outbox import KEPT_DAYS, Outbox, RowState
from kiosk.delivery.outbox_file import ASIDE, held_alone
from kiosk.delivery.tokens import open_sealed
from kiosk.errors import DeliveryError, OutboxError

CLIENT = "terminal-1"


@pytest.fixture
def dead(tmp_path):
    """The terminal that cannot deliver."""
    return Source(tmp_path / "dead" / "outbox.sqlite", CLIENT)


@pytest.fixture
def alive(tmp_path):
    """The one that takes over."""
    return Source(tmp_path / "alive" / "outbox.sqlite", CLIENT)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "stick" / "export"


@pytest.fixture(autouse=True)
def stick(file):
    file.parent.mkdir()


def opened(source, work):
    box = Outbox(source.path)
    try:
        return work(box)
    finally:
        box.close()


def put(source, *rows):
    opened(source, lambda box: box.put(rows))
    return rows


def states(source):
    return {row.id: (row.state, row.last_error) for row in opened(source, lambda box: box.all_rows())}


def deliver_all(source, config):
    """What `kiosk sync` would do with everything due; the codes of what failed."""
    codes = []

    def go(box):
        courier = Courier(FitConnect(config.delivery), lambda work: work(box))
        for row in box.due(now=0, limit=1000):
            try:
                courier.deliver(row.id)
            except DeliveryError as error:
                codes.append(error.code)

    opened(source, go)
    return codes


def assert_arrived_once(service, rows):
    held = sorted(service.contents[submission] for submission in service.arrived)
    assert held == sorted((row.sealed.metadata, row.sealed.data) for row in rows)


# ---- once -------------------------------------------------------------------------------------


def test_a_dead_terminals_submissions_arrive_once_even_if_it_comes_back_to_life(
    dead, alive, file, new_row, service, config
):
    rows = put(dead, new_row(2), new_row(0), new_row(1))
    done = export(dead, file)
    assert [row.id for row in done.rows] == [row.id for row in rows]
    assert take_in(alive, file).taken == tuple(row.reference for row in rows)
    for source in (dead, alive, dead):
        assert deliver_all(source, config) == []
    assert_arrived_once(service, rows)
    assert set(states(dead).values()) == {(RowState.QUARANTINED, "OUTBOX-05")}


@pytest.mark.parametrize("how", ["swallow", "cut"])
@pytest.mark.parametrize("call", [".*/attachments/.*", "/v2/submissions/[^/]+"], ids=["attachment", "complete"])
def test_one_that_was_under_way_goes_on_under_the_ids_it_has(call, how, dead, alive, file, new_row, service, config):
    """The dead terminal's last call may have come through: announcing anew would make it two."""
    (row,) = put(dead, new_row(1))
    service.fails("PUT", call, how)
    assert deliver_all(dead, config) == ["DELIV-01"]
    export(dead, file)
    take_in(alive, file)
    assert deliver_all(alive, config) == []
    assert_arrived_once(service, [row])
    assert service.calls.count(("POST", "/v2/submissions")) == 1


def test_one_that_may_have_arrived_is_not_taken_by_another_client(dead, alive, file, new_row, service, config):
    """Only the client that announced it may ask for it again; the rest is taken."""
    begun, fresh = put(dead, new_row(1), new_row(1))
    opened(dead, lambda box: box.acknowledge_announced(begun.id, uuid4(), uuid4()))
    export(dead, file)
    done = take_in(replace(alive, client_id="terminal-2"), file)
    assert (done.taken, done.left) == ((fresh.reference,), (begun.reference,))
    assert take_in(alive, file).taken == (begun.reference,)


def test_an_export_is_taken_in_once_however_often_it_is_tried(dead, alive, file, new_row, service, config):
    rows = put(dead, new_row(1), new_row(1))
    export(dead, file)
    take_in(alive, file)
    assert len(take_in(alive, file).known) == 2
    deliver_all(alive, config)
    later = rows[0].created_day.replace(year=rows[0].created_day.year + 1)
    assert opened(alive, lambda box: box.bury(later)) == 2
    assert KEPT_DAYS < 365
    assert len(take_in(alive, file).known) == 2  # a tombstone counts
    assert states(alive) == {}
    assert_arrived_once(service, rows)


def test_a_terminal_that_takes_its_own_export_back_knows_it(dead, file, new_row):
    put(dead, new_row(1))
    export(dead, file)
    assert len(take_in(dead, file).known) == 1
    assert {state for state, _ in states(dead).values()} == {RowState.QUARANTINED}


def test_nothing_is_given_away_while_sync_is_running(dead, file, new_row):
    put(dead, new_row(1))
    with held_alone(dead.path), pytest.raises(OutboxError, match="OUTBOX-01"):
        export(dead, file)
    assert not file.exists()
    assert {state for state, _ in states(dead).values()} == {RowState.SEALED}


def test_what_is_delivered_stays_and_what_was_handed_over_goes_again_only_by_name(dead, file, new_row):
    delivered, waiting = put(dead, new_row(0), new_row(0))
    opened(dead, lambda box: _deliver(box, delivered))
    assert [row.id for row in export(dead, file).rows] == [waiting.id]
    second = file.with_name("second")
    assert export(dead, second).rows == ()
    assert not second.exists()
    assert [row.id for row in export(dead, second, [waiting.reference]).rows] == [waiting.id]


def _deliver(box, row):
    box.acknowledge_announced(row.id, uuid4(), uuid4())
    box.acknowledge(row.id, RowState.UPLOADING)
    box.acknowledge(row.id, RowState.SUBMITTED)
    box.acknowledge_delivered(row.id, row.created_day)


# ---- the file ---------------------------------------------------------------------------------


def test_an_export_is_for_its_owner_and_readable_by_the_department_only(
    dead, file, new_row, department_key, department_public
):
    (row,) = put(dead, new_row(1, clear=b"Ada Beispiel aus der Beispielgasse"))
    before = os.umask(0)
    try:
        export(dead, file)
    finally:
        os.umask(before)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    content = file.read_bytes()
    assert b"Beispiel" not in content
    assert row.reference.encode() in content
    sealed = json.loads(content.splitlines()[1])["parcel"].split("\n")[1]
    assert open_sealed(sealed, department_key, 1000) == b"Ada Beispiel aus der Beispielgasse"
    assert list(file.parent.iterdir()) == [file]


def test_an_export_overwrites_nothing(dead, file, new_row):
    put(dead, new_row(1))
    file.write_bytes(b"something dear")
    with pytest.raises(OutboxError, match="OUTBOX-04"):
        export(dead, file)
    assert file.read_bytes() == b"something dear"
    assert list(file.parent.iterdir()) == [file]
    assert {state for state, _ in states(dead).values()} == {RowState.SEALED}


def test_an_export_that_cannot_be_written_gives_nothing_away(dead, file, new_row):
    put(dead, new_row(1))
    with pytest.raises(OutboxError, match="OUTBOX-04"):
        export(dead, file / "no" / "folder")
    assert {state for state, _ in states(dead).values()} == {RowState.SEALED}


def test_an_export_that_does_not_fit_gives_nothing_away_and_leaves_nothing_behind(dead, file, new_row):
    put(dead, *(new_row(2) for _ in range(20)))
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(OutboxError, match="OUTBOX-04"):
            export(dead, file)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    assert list(file.parent.iterdir()) == []
    assert {state for state, _ in states(dead).values()} == {RowState.SEALED}


@pytest.mark.parametrize("how", ["cut", "changed", "empty", "no-head", "other", "no-file", "swapped"])
def test_a_file_that_is_no_whole_export_is_refused_before_anything_is_taken(how, dead, alive, file, new_row):
    put(dead, new_row(0), new_row(0))
    export(dead, file)
    lines = file.read_bytes().splitlines(keepends=True)
    if how == "no-file":
        file.unlink()
    else:
        content = {
            "cut": b"".join(lines)[:-200],
            "changed": b"".join(lines).replace(b"dog-tax", b"cat-tax"),
            "empty": b"",
            "no-head": b"".join(lines[1:]),
            "other": b"\xff\xfe\n" * 10,
            "swapped": b"".join([lines[0], lines[2], lines[1], lines[3]]),
        }[how]
        file.write_bytes(content)
    with pytest.raises(OutboxError, match="OUTBOX-04"):
        take_in(alive, file)
    assert not alive.path.exists()


# ---- damaged ----------------------------------------------------------------------------------


def test_what_is_readable_of_a_damaged_file_is_exported_and_the_rest_is_named(dead, alive, file, new_row):
    rows = put(dead, *(new_row(2) for _ in range(40)))
    clean = dead.path.read_bytes()
    hit = clean.index(rows[7].sealed.data[:200].encode()) // 4096 * 4096
    dead.path.write_bytes(clean[:hit] + b"\xff" * 4096 + clean[hit + 4096 :])
    aside = replace(dead, path=dead.path.with_name(dead.path.name + ASIDE))
    if not damaged_aside(dead):
        dead.path.rename(aside.path)  # quick_check reads no sealed parts; the digest does
    before = {
        part.name: part.read_bytes() for part in dead.path.parent.iterdir() if part.name.startswith(aside.path.name)
    }
    done = export_damaged(aside, file)
    assert 30 < len(done.rows) < 40
    assert len(done.rows) + len(done.lost) == 40
    assert str(rows[7].id) in done.lost
    after = {
        part.name: part.read_bytes() for part in dead.path.parent.iterdir() if part.name.startswith(aside.path.name)
    }
    assert after == before
    assert len(take_in(alive, file).taken) == len(done.rows)
    kept = {row.id: row.sealed for row in rows}
    assert opened(alive, lambda box: all(box.sealed(row.id) == kept[row.id] for row in box.all_rows()))


def damaged_aside(source):
    try:
        Outbox(source.path).close()
    except OutboxError:
        return True
    return False


@pytest.mark.parametrize("share", [0.3, 0.9])
def test_a_truncated_file_gives_what_is_left_of_it(share, dead, file, new_row):
    rows = put(dead, *(new_row(1) for _ in range(60)))
    clean = dead.path.read_bytes()
    dead.path.write_bytes(clean[: int(len(clean) * share)])
    assert damaged_aside(dead)
    done = export_damaged(replace(dead, path=dead.path.with_name(dead.path.name + ASIDE)), file)
    assert {row.id for row in done.rows} <= {row.id for row in rows}
    assert done.lost
    assert bool(done.rows) == file.exists()


def test_what_still_lies_in_the_log_is_rescued_too(dead, file, new_row, tmp_path):
    box = Outbox(dead.path)
    rows = [new_row(1), new_row(0)]
    box.put(rows)
    copy = tmp_path / "copy"
    copy.mkdir()
    for suffix in ("", "-wal"):
        (copy / f"outbox{suffix}").write_bytes(dead.path.with_name(dead.path.name + suffix).read_bytes())
    box.close()
    done = export_damaged(replace(dead, path=copy / "outbox"), file)
    assert ([row.id for row in done.rows], done.lost) == ([row.id for row in rows], ())


def test_a_file_in_which_nothing_can_be_read_says_so(dead, file):
    dead.path.parent.mkdir()
    dead.path.write_bytes(b"garbage" * 1000)
    with pytest.raises(OutboxError, match="OUTBOX-04"):
        export_damaged(dead, file)
    assert not file.exists()


# ---- the commands -----------------------------------------------------------------------------


def kiosk(config_file, *words):
    return main(["outbox", *map(str, words), "--config", str(config_file)])


def test_the_commands_export_import_and_let_go(config, config_file, file, new_row, capsys):
    mine = Source(config.outbox.path, CLIENT)
    rows = put(mine, new_row(1), new_row(1))
    assert kiosk(config_file, "export", file, rows[0].reference) == 0
    assert f"1 submissions in {file}" in capsys.readouterr().out
    assert kiosk(config_file, "show", rows[0].reference) == 0
    assert "OUTBOX-05: handed over" in capsys.readouterr().out
    assert kiosk(config_file, "retry") == 0
    assert "0 submissions" in capsys.readouterr().out
    assert kiosk(config_file, "remove", rows[1].reference) == 1  # it was not handed over
    assert kiosk(config_file, "remove", rows[0].reference) == 0
    assert [row.id for row in opened(mine, lambda box: box.all_rows())] == [rows[1].id]
    assert kiosk(config_file, "import", file) == 0
    assert "0 submissions taken, 1 were here before" in capsys.readouterr().out


def test_the_commands_say_what_could_not_be_done(config, config_file, file, new_row, capsys):
    assert kiosk(config_file, "export", file) == 1
    assert "nothing to export" in capsys.readouterr().out
    assert not config.outbox.path.exists()
    (row,) = put(Source(config.outbox.path, CLIENT), new_row(1))
    assert kiosk(config_file, "export", file, "--damaged", config.outbox.path) == 0
    assert kiosk(config_file, "export", file) == 1
    assert "OUTBOX-04" in capsys.readouterr().err
    config_file.write_text(config_file.read_text().replace('client_id = "terminal-1"', 'client_id = "terminal-2"'))
    opened(Source(config.outbox.path, CLIENT), lambda box: box.acknowledge_announced(row.id, uuid4(), uuid4()))
    second = file.with_name("second")
    export(Source(config.outbox.path, CLIENT), second)
    config.outbox.path.rename(config.outbox.path.with_name("elsewhere"))
    assert kiosk(config_file, "import", second) == 1
    assert row.reference in capsys.readouterr().out


def test_one_who_lost_the_export_can_deliver_by_name_after_all(config, config_file, file, new_row):
    mine = Source(config.outbox.path, CLIENT)
    (row,) = put(mine, new_row(0))
    export(mine, file)
    assert kiosk(config_file, "retry", row.reference) == 0
    assert states(mine) == {row.id: (RowState.SEALED, None)}
