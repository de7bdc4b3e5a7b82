from coaster_client.models import Adam, AdamW, Optimum, Resolved, StepsEvent
from scripts.client import MODELS, models
from scripts.schemas import contract


def test_the_models_are_those_of_the_contract() -> None:
    assert MODELS.read_text() == models(contract())


def test_a_field_has_the_class_that_its_kind_names() -> None:
    optimizers = [
        {"kind": kind, "betas": [0.9, 0.999], "eps": 1e-8, "weight_decay": 0.0, "amsgrad": False}
        for kind in ("adam", "adamw")
    ]
    classes = [type(Resolved({"optimizer": each}).optimizer) for each in optimizers]

    assert classes == [Adam, AdamW]


def test_lists_and_objects_of_objects_are_read() -> None:
    networks = [{"layers": [{"weight": [[1.0]], "bias": [2.0]}]}]
    event = StepsEvent({"params": networks})

    assert isinstance(event.params, list)
    assert event.params[0].layers[0].bias == [2.0]


def test_an_absent_field_is_none() -> None:
    assert Optimum({}).r2 is None
