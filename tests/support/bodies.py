"""Hostile bodies for POST /fit: what is sent, and what each must be told."""

from typing import NamedTuple

import httpx

JSON = {"Content-Type": "application/json"}


class Hostile(NamedTuple):
    """A body, and the status, code and first pointer of its problem; None where it points
    nowhere.
    """

    body: bytes
    status: int
    code: str
    pointer: str | None = None

    @property
    def refusal(self) -> tuple[int, str, str | None]:
        return self.status, self.code, self.pointer


def refusal(answer: httpx.Response) -> tuple[int, str, str | None]:
    """The status, code and first pointer of an answer that is a problem."""
    problem = answer.json()
    first, *_ = problem.get("errors", [{}])
    return answer.status_code, problem["code"], first.get("pointer")


def fit(**fields: str) -> bytes:
    """A legal request in JSON text, with some fields put in place of others; an empty text leaves
    one out.
    """
    legal = {"data": '{"t": [0, 1, 2], "y": [1, 2, 5]}', "lr": "0.1", "steps": "5"} | fields
    return (
        "{" + ", ".join(f'"{name}": {text}' for name, text in legal.items() if text) + "}"
    ).encode()


def data(t: str, y: str = "[1, 2, 5]") -> bytes:
    return fit(data=f'{{"t": {t}, "y": {y}}}')


HOSTILE = {
    "nothing": Hostile(b"", 400, "malformed_json"),
    "a word": Hostile(b"fit", 400, "malformed_json"),
    "half a body": Hostile(fit()[:-5], 400, "malformed_json"),
    "two bodies": Hostile(fit() + fit(), 400, "malformed_json"),
    "a trailing comma": Hostile(b'{"lr": 1,}', 400, "malformed_json"),
    "single quotes": Hostile(b"{'lr': 1}", 400, "malformed_json"),
    "a comment": Hostile(b'{"lr": 1 /* fast */}', 400, "malformed_json"),
    "bytes that are not utf-8": Hostile(b'{"lr\xff": 1}', 400, "malformed_json"),
    "utf-16": Hostile('{"lr": 1}'.encode("utf-16"), 400, "malformed_json"),
    "a lone surrogate": Hostile(b'{"lr\\ud800": 1}', 400, "malformed_json"),
    "a null byte": Hostile(b'{"lr": 1\x00}', 400, "malformed_json"),
    "deep lists": Hostile(b"[" * 100_000, 400, "malformed_json"),
    "deep objects": Hostile(b'{"data":' * 10_000 + b"1" + b"}" * 10_000, 400, "malformed_json"),
    "deep lists in t": Hostile(data("[" * 5000 + "]" * 5000), 400, "malformed_json"),
    "an integer of 5,000 digits": Hostile(fit(steps="9" * 5000), 400, "malformed_json"),
    "a leading zero": Hostile(fit(steps="010"), 400, "malformed_json"),
    "hexadecimal": Hostile(fit(steps="0x10"), 400, "malformed_json"),
    "a list": Hostile(b"[]", 422, "wrong_type", ""),
    "a number": Hostile(b"1", 422, "wrong_type", ""),
    "a string": Hostile(b'"fit"', 422, "wrong_type", ""),
    "null": Hostile(b"null", 422, "wrong_type", ""),
    "an empty object": Hostile(b"{}", 422, "missing_field", ""),
    "lr a word": Hostile(fit(lr='"fast"'), 422, "unknown_value", "/lr"),
    "lr true": Hostile(fit(lr="true"), 422, "wrong_type", "/lr"),
    "lr a tag of ours": Hostile(fit(lr='"~number"'), 422, "unknown_value", "/lr"),
    "stop a number": Hostile(fit(stop="3"), 422, "wrong_type", "/stop"),
    "stop at a gap of 0": Hostile(fit(stop='{"gap": 0}'), 422, "out_of_range", "/stop/gap"),
    "stop without patience": Hostile(
        fit(stop='{"patience": 0}'), 422, "out_of_range", "/stop/patience"
    ),
    "stop after an improvement of 1": Hostile(
        fit(stop='{"min_improvement": 1}'), 422, "out_of_range", "/stop/min_improvement"
    ),
    "stop by the clock": Hostile(fit(stop='{"seconds": 1}'), 422, "unknown_field", "/stop"),
    "a validation that leaves nothing to see": Hostile(
        fit(validation='{"fraction": 0.9}'), 422, "out_of_range", "/validation/fraction"
    ),
    "a validation of nothing": Hostile(
        fit(validation='{"fraction": 0.1, "split": "interleaved"}'),
        422,
        "out_of_range",
        "/validation/fraction",
    ),
    "a validation of everything": Hostile(
        fit(validation='{"fraction": 1}'), 422, "out_of_range", "/validation/fraction"
    ),
    "an unknown split": Hostile(
        fit(validation='{"fraction": 0.5, "split": "head"}'),
        422,
        "unknown_value",
        "/validation/split",
    ),
    "a validation without a fraction": Hostile(
        fit(validation="{}"), 422, "missing_field", "/validation"
    ),
    "no points": Hostile(fit(data=""), 422, "missing_field", ""),
    "points twice": Hostile(fit(synthetic="{}"), 422, "conflicting_fields", ""),
    "t without y": Hostile(fit(data='{"t": [1]}'), 422, "missing_field", "/data"),
    "fewer t than y": Hostile(data("[0, 1]"), 422, "length_mismatch", "/data"),
    "more t than y": Hostile(data("[0, 1, 2, 3]"), 422, "length_mismatch", "/data"),
    "empty lists": Hostile(data("[]", "[]"), 422, "too_few_points", "/data/t"),
    "NaN": Hostile(data("[0, 1, NaN]"), 422, "out_of_range", "/data/t/2"),
    "Infinity": Hostile(data("[0, 1, Infinity]"), 422, "out_of_range", "/data/t/2"),
    "-Infinity": Hostile(data("[0, 1, -Infinity]"), 422, "out_of_range", "/data/t/2"),
    "1e309": Hostile(data("[0, 1, 1e309]"), 422, "out_of_range", "/data/t/2"),
    "1e151": Hostile(data("[0, 1, 1e151]"), 422, "out_of_range", "/data/t/2"),
    "a number as text": Hostile(data('[0, 1, "3"]'), 422, "wrong_type", "/data/t/2"),
    "nan as text": Hostile(data('[0, 1, "nan"]'), 422, "wrong_type", "/data/t/2"),
    "true": Hostile(data("[0, 1, true]"), 422, "wrong_type", "/data/t/2"),
    "nothing but nulls": Hostile(data("[null, null, null]"), 422, "out_of_range", "/data"),
    "null for a list": Hostile(data("null"), 422, "missing_field", "/data"),
    "a list among numbers": Hostile(data("[0, 1, [2]]"), 422, "wrong_type", "/data/t/2"),
    "an integer of 400 digits among numbers": Hostile(
        data(f"[0, 1, {'9' * 400}]"), 422, "out_of_range", "/data/t/2"
    ),
    "a stamp among numbers": Hostile(data('[0, "2024-02-29"]'), 422, "wrong_type", "/data/t/1"),
    "a number among stamps": Hostile(data('["2024-02-29", 0]'), 422, "wrong_type", "/data/t/1"),
    "a day that does not exist": Hostile(data('["2023-02-29"]'), 422, "wrong_type", "/data/t/0"),
    "a stamp before 1677": Hostile(data('["1500-01-01"]'), 422, "out_of_range", "/data/t/0"),
    "a stamp with a million digits": Hostile(
        data(f'["2024-02-29T00:00:00.{"0" * 1_000_000}Z"]'), 422, "wrong_type", "/data/t/0"
    ),
    "stamps at a place of numbers": Hostile(
        fit(at='["2024-02-29"]'), 422, "conflicting_fields", "/at"
    ),
    "more places in time than are possible": Hostile(
        fit(data='{"t": ["2024-02-29"], "y": [1]}', at='{"every": "1ns", "until": "2262-04-10"}'),
        422,
        "too_many_items",
        "/at",
    ),
    "t as an object": Hostile(data("{}"), 422, "wrong_type", "/data/t"),
    "data as a list": Hostile(fit(data="[[0, 1]]"), 422, "wrong_type", "/data"),
    "a path as data": Hostile(fit(data='"/etc/passwd"'), 422, "wrong_type", "/data"),
    "steps as text": Hostile(fit(steps='"3"'), 422, "wrong_type", "/steps"),
    "steps true": Hostile(fit(steps="true"), 422, "wrong_type", "/steps"),
    "steps 3.0": Hostile(fit(steps="3.0"), 422, "wrong_type", "/steps"),
    "steps 1e400": Hostile(fit(steps="1e400"), 422, "wrong_type", "/steps"),
    "steps of 400 digits": Hostile(fit(steps="9" * 400), 422, "out_of_range", "/steps"),
    "no steps at all": Hostile(fit(steps="0"), 422, "out_of_range", "/steps"),
    "steps below 0": Hostile(fit(steps="-1"), 422, "out_of_range", "/steps"),
    "lr 0": Hostile(fit(lr="0"), 422, "out_of_range", "/lr"),
    "lr below 0": Hostile(fit(lr="-1e-5"), 422, "out_of_range", "/lr"),
    "lr NaN": Hostile(fit(lr="NaN"), 422, "out_of_range", "/lr"),
    "lr a list": Hostile(fit(lr="[1]"), 422, "wrong_type", "/lr"),
    "an unknown scale": Hostile(fit(scale='"minmax"'), 422, "unknown_value", "/scale"),
    "scale a number": Hostile(fit(scale="1"), 422, "unknown_value", "/scale"),
    "an unknown column": Hostile(fit(include='["secrets"]'), 422, "unknown_value", "/include/0"),
    "an unknown model": Hostile(
        fit(model='{"kind": "forest"}'), 422, "unknown_value", "/model/kind"
    ),
    "a model of a strange kind": Hostile(
        fit(model='{"kind": [1]}'), 422, "unknown_value", "/model/kind"
    ),
    "a model as a word": Hostile(fit(model='"mlp"'), 422, "wrong_type", "/model"),
    "a network with a degree": Hostile(
        fit(model='{"kind": "mlp", "degree": 2}'), 422, "unknown_field", "/model"
    ),
    "a network without layers": Hostile(
        fit(model='{"kind": "mlp", "hidden": []}'), 422, "too_few_items", "/model/hidden"
    ),
    "a network too deep": Hostile(
        fit(model='{"kind": "mlp", "hidden": [1, 1, 1, 1, 1]}'),
        422,
        "too_many_items",
        "/model/hidden",
    ),
    "a network too wide": Hostile(
        fit(model='{"kind": "mlp", "hidden": [65]}'), 422, "out_of_range", "/model/hidden/0"
    ),
    "an unknown activation": Hostile(
        fit(model='{"kind": "mlp", "activation": "step"}'),
        422,
        "unknown_value",
        "/model/activation",
    ),
    "a network on orthonormal columns": Hostile(
        fit(model='{"kind": "mlp"}', scale='"orthonormal"'), 422, "conflicting_fields", "/scale"
    ),
    "a network in closed form": Hostile(
        fit(model='{"kind": "mlp"}', solver='"exact"'), 422, "conflicting_fields", "/solver"
    ),
    "a network at the best rate": Hostile(
        fit(model='{"kind": "mlp"}', lr='"best"'), 422, "conflicting_fields", "/lr"
    ),
    "a part of the limit of a network": Hostile(
        fit(model='{"kind": "mlp"}', lr='{"of_limit": 0.5}'), 422, "conflicting_fields", "/lr"
    ),
    "a part of the limit of adam": Hostile(
        fit(optimizer='{"kind": "adam"}', lr='{"of_limit": 0.5}'), 422, "conflicting_fields", "/lr"
    ),
    "a part of the limit of another loss": Hostile(
        fit(loss='{"kind": "mae"}', lr='{"of_limit": 0.5}'), 422, "conflicting_fields", "/lr"
    ),
    "a part of 0": Hostile(fit(lr='{"of_limit": 0}'), 422, "out_of_range", "/lr/of_limit"),
    "an infinite part": Hostile(fit(lr='{"of_limit": 1e999}'), 422, "out_of_range", "/lr/of_limit"),
    "a part as text": Hostile(fit(lr='{"of_limit": "0.5"}'), 422, "wrong_type", "/lr/of_limit"),
    "a part too small": Hostile(
        fit(lr='{"of_limit": 5e-324}', scale='"none"'), 422, "not_computable", None
    ),
    "a part of nothing": Hostile(fit(lr="{}"), 422, "missing_field", "/lr"),
    "a network that begins with a parabola": Hostile(
        fit(model='{"kind": "mlp"}', init='{"a": 1, "b": 1, "c": 1}'),
        422,
        "conflicting_fields",
        "/init",
    ),
    "a network of other layers": Hostile(
        fit(
            model='{"kind": "mlp", "hidden": [1]}',
            init='{"layers": [{"weight": [[1]], "bias": [1]}, {"weight": [[1, 2]], "bias": [1]}]}',
        ),
        422,
        "conflicting_fields",
        "/init",
    ),
    "a network with a ragged layer": Hostile(
        fit(
            model='{"kind": "mlp", "hidden": [2]}',
            init=(
                '{"layers": [{"weight": [[1], [1, 2]], "bias": [1, 1]}, '
                '{"weight": [[1, 2]], "bias": [1]}]}'
            ),
        ),
        422,
        "conflicting_fields",
        "/init",
    ),
    "a network with a row without a bias": Hostile(
        fit(
            model='{"kind": "mlp", "hidden": [1]}',
            init=(
                '{"layers": [{"weight": [[1], [2]], "bias": [1]}, {"weight": [[1]], "bias": [1]}]}'
            ),
        ),
        422,
        "conflicting_fields",
        "/init",
    ),
    "a network with words": Hostile(
        fit(
            model='{"kind": "mlp"}',
            init='{"layers": [{"weight": [["1"]], "bias": [1]}, {"weight": [[1]], "bias": [1]}]}',
        ),
        422,
        "wrong_type",
        "/init/layers/0/weight/0/0",
    ),
    "a parabola that begins with a network": Hostile(
        fit(init='{"layers": [{"weight": [[1]], "bias": [1]}, {"weight": [[1]], "bias": [1]}]}'),
        422,
        "conflicting_fields",
        "/init",
    ),
    "a gap of a network": Hostile(
        fit(model='{"kind": "mlp"}', stop='{"gap": 1}'), 422, "conflicting_fields", "/stop/gap"
    ),
    "a gap of another loss": Hostile(
        fit(loss='{"kind": "mae"}', stop='{"gap": 1}'), 422, "conflicting_fields", "/stop/gap"
    ),
    "intervals at no t": Hostile(
        fit(include='["intervals"]'), 422, "conflicting_fields", "/include"
    ),
    "intervals at an empty list": Hostile(
        fit(at="[]", include='["intervals"]'), 422, "conflicting_fields", "/include"
    ),
    "intervals of a network": Hostile(
        fit(model='{"kind": "mlp"}', at="[1]", include='["intervals"]'),
        422,
        "conflicting_fields",
        "/include",
    ),
    "degrees of a network": Hostile(
        fit(model='{"kind": "mlp"}', include='["degrees"]'), 422, "conflicting_fields", "/include"
    ),
    "a filter with momentum": Hostile(
        fit(optimizer='{"kind": "sgd", "momentum": 0.9}', include='["filter"]'),
        422,
        "conflicting_fields",
        "/include",
    ),
    "a filter of batches": Hostile(
        fit(batch_size="2", include='["filter"]'), 422, "conflicting_fields", "/include"
    ),
    "intervals of another loss": Hostile(
        fit(loss='{"kind": "mae"}', at="[1]", include='["intervals"]'),
        422,
        "conflicting_fields",
        "/include",
    ),
    "degrees of another loss": Hostile(
        fit(loss='{"kind": "huber"}', include='["degrees"]'), 422, "conflicting_fields", "/include"
    ),
    "a filter of Adam": Hostile(
        fit(optimizer='{"kind": "adam"}', include='["filter"]'),
        422,
        "conflicting_fields",
        "/include",
    ),
    "a filter with weight decay": Hostile(
        fit(optimizer='{"kind": "sgd", "weight_decay": 1}', include='["filter"]'),
        422,
        "conflicting_fields",
        "/include",
    ),
    "a filter of a schedule": Hostile(
        fit(schedule='{"kind": "cosine"}', include='["filter"]'),
        422,
        "conflicting_fields",
        "/include",
    ),
    "a filter of another loss": Hostile(
        fit(loss='{"kind": "mae"}', include='["filter"]'), 422, "conflicting_fields", "/include"
    ),
    "a filter of a network": Hostile(
        fit(model='{"kind": "mlp"}', include='["filter"]'), 422, "conflicting_fields", "/include"
    ),
    "an unknown loss": Hostile(fit(loss='{"kind": "hinge"}'), 422, "unknown_value", "/loss/kind"),
    "a loss without a kind": Hostile(fit(loss="{}"), 422, "missing_field", "/loss"),
    "a loss as a word": Hostile(fit(loss='"mae"'), 422, "wrong_type", "/loss"),
    "a delta of 0": Hostile(
        fit(loss='{"kind": "huber", "delta": 0}'), 422, "out_of_range", "/loss/delta"
    ),
    "an unknown optimizer": Hostile(
        fit(optimizer='{"kind": "lbfgs"}'), 422, "unknown_value", "/optimizer/kind"
    ),
    "an optimizer like a tag of ours": Hostile(
        fit(optimizer='{"kind": "~sgd"}'), 422, "unknown_value", "/optimizer/kind"
    ),
    "an optimizer with another's option": Hostile(
        fit(optimizer='{"kind": "sgd", "betas": [0.9, 0.999]}'), 422, "unknown_field", "/optimizer"
    ),
    "a momentum of 1": Hostile(
        fit(optimizer='{"kind": "sgd", "momentum": 1}'), 422, "out_of_range", "/optimizer/momentum"
    ),
    "nesterov without momentum": Hostile(
        fit(optimizer='{"kind": "sgd", "nesterov": true}'), 422, "conflicting_fields", "/optimizer"
    ),
    "one beta": Hostile(
        fit(optimizer='{"kind": "adam", "betas": [0.9]}'), 422, "too_few_items", "/optimizer/betas"
    ),
    "a beta of 1": Hostile(
        fit(optimizer='{"kind": "adam", "betas": [0.9, 1]}'),
        422,
        "out_of_range",
        "/optimizer/betas/1",
    ),
    "an eps of 0": Hostile(
        fit(optimizer='{"kind": "rmsprop", "eps": 0}'), 422, "out_of_range", "/optimizer/eps"
    ),
    "adam in closed form": Hostile(
        fit(optimizer='{"kind": "adam"}', solver='"exact"'), 422, "conflicting_fields", "/solver"
    ),
    "the best rate of adam": Hostile(
        fit(optimizer='{"kind": "adam"}', lr='"best"'), 422, "conflicting_fields", "/lr"
    ),
    "an unknown schedule": Hostile(
        fit(schedule='{"kind": "warmup"}'), 422, "unknown_value", "/schedule/kind"
    ),
    "a step schedule without steps": Hostile(
        fit(schedule='{"kind": "step"}'), 422, "missing_field", "/schedule"
    ),
    "a schedule of fewer rates": Hostile(
        fit(lr="", schedule='{"kind": "list", "lrs": [0.1, 0.1]}'),
        422,
        "length_mismatch",
        "/schedule/lrs",
    ),
    "a schedule of rates beside a rate": Hostile(
        fit(schedule='{"kind": "list", "lrs": [0.2, 0.1, 0.1, 0.1, 0.1]}'),
        422,
        "conflicting_fields",
        "/lr",
    ),
    "a schedule of words": Hostile(
        fit(schedule='{"kind": "list", "lrs": ["fast", 1, 1, 1, 1]}'),
        422,
        "wrong_type",
        "/schedule/lrs/0",
    ),
    "a batch of nothing": Hostile(fit(batch_size="0"), 422, "out_of_range", "/batch_size"),
    "a batch of more than all": Hostile(fit(batch_size="4"), 422, "out_of_range", "/batch_size"),
    "a batch of points held out": Hostile(
        fit(batch_size="3", validation='{"fraction": 0.3}'), 422, "out_of_range", "/batch_size"
    ),
    "batches of no size": Hostile(
        fit(batches='"independent"'), 422, "conflicting_fields", "/batches"
    ),
    "unknown batches": Hostile(
        fit(batch_size="2", batches='"stratified"'), 422, "unknown_value", "/batches"
    ),
    "batches in closed form": Hostile(
        fit(batch_size="2", solver='"exact"'), 422, "conflicting_fields", "/solver"
    ),
    "degree 0": Hostile(
        fit(model='{"kind": "polynomial", "degree": 0}'), 422, "out_of_range", "/model/degree"
    ),
    "degree 11": Hostile(
        fit(model='{"kind": "polynomial", "degree": 11}'), 422, "out_of_range", "/model/degree"
    ),
    "an unknown field": Hostile(fit(stepz="5"), 422, "unknown_field", ""),
    "an unknown field below": Hostile(
        fit(data='{"t": [1], "y": [1], "z": [1]}'), 422, "unknown_field", "/data"
    ),
    "an unknown field like a union's tag": Hostile(
        fit(data='{"t": [1], "y": [1], "~word": 1}'), 422, "unknown_field", "/data"
    ),
    "a prototype": Hostile(fit(__proto__='{"x": 1}'), 422, "unknown_field", ""),
    "an init word": Hostile(fit(init='"ones"'), 422, "unknown_value", "/init"),
    "init a number": Hostile(fit(init="3"), 422, "wrong_type", "/init"),
    "an init too short": Hostile(fit(init='{"a": 1}'), 422, "missing_field", "/init"),
    "an init of another degree": Hostile(
        fit(init='{"a": 1, "b": 1, "c": 1, "d": 1}'), 422, "unknown_field", "/init"
    ),
    "an init of words": Hostile(
        fit(init='{"a": "1", "b": 1, "c": 1}'), 422, "wrong_type", "/init/a"
    ),
    "an init of the name of another field": Hostile(
        fit(init='{"steps": 1}'), 422, "unknown_field", "/init"
    ),
    "an init of strange names": Hostile(fit(init='{"<b>": 1}'), 422, "unknown_field", "/init"),
    "a scaled init without scale": Hostile(
        fit(init='{"center": 0, "params": {}}'), 422, "missing_field", "/init"
    ),
    "a scaled init of scale 0": Hostile(
        fit(init='{"center": 0, "scale": 0, "params": {}}'), 422, "out_of_range", "/init/scale"
    ),
    "a seed below 0": Hostile(fit(seed="-1"), 422, "out_of_range", "/seed"),
    "a seed of 54 bits": Hostile(fit(seed=str(2**53)), 422, "out_of_range", "/seed"),
    "float32 in closed form": Hostile(
        fit(precision='"float32"', solver='"exact"'), 422, "conflicting_fields", ""
    ),
    "at with text": Hostile(fit(at='["now"]'), 422, "wrong_type", "/at/0"),
    "t too large for its degree": Hostile(data("[0, 1, 1e100]"), 422, "not_computable", None),
}
