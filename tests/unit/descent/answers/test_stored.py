"""The answers of jobs, built from their stored events."""

import pickle

import pytest
from orjson import dumps, loads

from service.descent.answers.stored import built, in_answer
from service.descent.questions.asked import StoredAnswer

DONE = b'{"type":"done","result":{"steps":3,"params":[1.5]}}'
STARTED = b'{"type":"started"}'
STEPS = [dumps({"type": "steps", "loss": losses}) for losses in ([3.5], [2.5, 1.5])]
LOG = [in_answer("fit", event) for event in (STARTED, *STEPS)]


def stored(*fields: str) -> StoredAnswer:
    """A fit of which all fields are asked for, or these."""
    return StoredAnswer("fit", LOG, [DONE[:9], DONE[9:]], frozenset(fields) or None)


def test_a_fit_has_the_losses_of_its_log_before_the_rest() -> None:
    assert built(stored()) == b'{"losses":[3.5,2.5,1.5],"steps":3,"params":[1.5]}'


@pytest.mark.parametrize("fields", [{"losses"}, {"steps", "params"}, {"other"}])
def test_only_the_fields_that_are_asked_for_are_built(fields: set[str]) -> None:
    assert loads(built(stored(*fields))).keys() == fields - {"other"}


def test_a_sweep_has_no_log() -> None:
    assert built(StoredAnswer("sweep", [], [DONE], None)) == b'{"steps":3,"params":[1.5]}'


def test_the_columns_of_series_are_joined() -> None:
    blocks = [
        {"type": "rows", "first": 0, "last": 0, "loss": [1.5], "params": {"a": [1.0]}},
        {"type": "rows", "first": 1, "last": 1, "loss": [2.5], "params": {"a": [None]}},
    ]
    done = b'{"type":"done","result":{"series":2,"failed":0,"steps":7}}'
    answer = built(StoredAnswer("series", [*map(dumps, blocks)], [done], None))
    assert answer == b'{"loss":[1.5,2.5],"params":{"a":[1.0,null]},"steps":7}'


def test_pickle_leaves_the_events_where_they_are() -> None:
    question = stored()
    kept: list[pickle.PickleBuffer] = []
    sent = pickle.dumps(question, pickle.HIGHEST_PROTOCOL, buffer_callback=kept.append)
    assert DONE[:9] not in sent
    assert built(pickle.loads(sent, buffers=[each.raw() for each in kept])) == built(question)
