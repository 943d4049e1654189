"""`kiosk outbox`: what a technician sees, and what a look must not do."""

from kiosk.__main__ import main
from kiosk.delivery.outbox import Outbox, RowState


def kiosk(config_file, *words):
    return main(["outbox", *words, "--config", str(config_file)])


def test_a_look_at_no_outbox_makes_none(config, config_file, capsys):
    assert kiosk(config_file, "list") == 0
    assert kiosk(config_file, "retry") == 0
    assert not config.outbox.path.exists()
    assert capsys.readouterr().out == "0 submissions will be tried again\n"


def test_a_submission_is_shown_by_its_reference_or_the_beginning_of_its_id(config, config_file, new_row, capsys):
    row = new_row(1)
    box = Outbox(config.outbox.path)
    box.put([row])
    box.close()
    for name in (row.reference, row.reference.lower().replace("-", ""), str(row.id)[:8]):
        assert kiosk(config_file, "show", name) == 0
        assert row.reference in capsys.readouterr().out


def test_a_name_that_fits_nothing_is_said_so(config_file, capsys):
    for words in (("show", "C2"), ("show", ""), ("retry", "C2")):
        assert kiosk(config_file, *words) == 1
        assert capsys.readouterr().err.startswith("no such submission")


def test_what_was_delivered_is_not_tried_again(config, config_file, new_row, capsys):
    row = new_row(0)
    box = Outbox(config.outbox.path)
    box.put([row])
    box.acknowledge_announced(row.id, row.id, row.id)
    box.acknowledge(row.id, RowState.UPLOADING)
    box.acknowledge(row.id, RowState.SUBMITTED)
    box.acknowledge_delivered(row.id, row.created_day)
    box.close()
    assert kiosk(config_file, "retry", row.reference) == 1
    assert kiosk(config_file, "retry") == 0
    assert "0 submissions" in capsys.readouterr().out
