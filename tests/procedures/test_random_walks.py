"""Whatever a citizen does in whatever order: nothing raises, and no department sees more than its own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.language import load
from kiosk.procedures.journey import Accepted, accept, journey
from kiosk.procedures.loader import load_all
from kiosk.procedures.model import Answers, Field, Procedure
from kiosk.procedures.samples import branches, samples
from kiosk.procedures.summary import fee_cents, summary

from .conftest import TODAY

GERMAN = load("de")
PROCEDURES = load_all()


def texts_for(field: Field) -> st.SearchStrategy[str]:
    likely = [*samples(field, TODAY), *branches(field)]
    return st.sampled_from(likely * 3 + ["", "😀", "x" * 200])


def one_touch(data: st.DataObject, procedure: Procedure, answers: Answers) -> Answers:
    """Answer one of the pages shown, the next one more often than the others."""
    way = journey(procedure, answers, TODAY)
    nearest = [way.next] * 3 if way.next else []
    step = data.draw(st.sampled_from([*nearest, *way.steps]))
    texts = {step.path(field): data.draw(texts_for(field)) for field in step.fields}
    result = accept(procedure, answers, step.key, texts, TODAY)
    return result.answers if isinstance(result, Accepted) else answers


def entitled_only(procedure: Procedure, answers: Answers) -> bool:
    """Whether every destination sees visible answers of its own list and nothing else."""
    visible = {step.path(field) for step in journey(procedure, answers, TODAY).steps for field in step.fields}
    for destination in procedure.destinations:
        for section in summary(procedure, answers, TODAY, GERMAN, destination):
            for row in section.rows:
                group, _, rest = row.path.partition(".")
                pattern = f"{group}.*.{rest.partition('.')[2]}" if rest else row.path
                if pattern not in destination.fields or row.path not in visible:
                    return False
    return True


@pytest.mark.parametrize("name", PROCEDURES)
@given(data=st.data())
def test_any_order_of_answers_leaves_a_whole_journey(name: str, data: st.DataObject) -> None:
    procedure = PROCEDURES[name]
    answers: Answers = {}
    for _ in range(12):
        answers = one_touch(data, procedure, answers)

    way = journey(procedure, answers, TODAY)
    keys = [step.key for step in way.steps]
    assert len(keys) == len(set(keys))
    assert way.next is None or way.next.key in keys
    assert all(way.step(key) is not None and 1 <= way.position(key)[0] <= way.position(key)[1] for key in keys)
    assert entitled_only(procedure, answers)
    fee_cents(procedure, answers)
