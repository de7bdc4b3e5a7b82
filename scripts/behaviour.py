"""Record what a service answers to random requests, and compare two records.

A change of structure must not change an answer. Record a service before and after it::

    python -m scripts.behaviour record before.jsonl --url http://127.0.0.1:8000
    python -m scripts.behaviour compare before.jsonl after.jsonl

The same seed draws the same requests each time: legal ones to every endpoint, refusals, streams
and jobs. A record holds one exchange a line. Times and identifiers, which differ between two
runs of the same code, are replaced by their names. `compare --but-words` also leaves out the
texts for people, so that a better sentence is no difference.
"""

import argparse
import json
import math
import random
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx

Json = dict[str, Any]
Random = random.Random

SEED = 16
SECONDS = 120
"""How long one answer, or one job, may take."""
VOLATILE = {
    "elapsed_ms",
    "request_id",
    "created_at",
    "started_at",
    "finished_at",
    "expires_at",
}
"""Fields that differ between two runs of the same code."""
WORDS = {"title", "detail", "message", "messages", "headline", "suggestion", "summary"}
"""Fields whose text is for people."""
SVG = "image/svg+xml"
TYPES = ("application/json", "text/event-stream", "application/x-ndjson", SVG)


class Asked(NamedTuple):
    """A request: `kind` groups it in the report."""

    kind: str
    path: str
    body: str
    accept: str = TYPES[0]


def log_uniform(chance: Random, low: float, high: float) -> float:
    """Return a number between two bounds, with each decade as likely as any other."""
    return float(f"{math.exp(chance.uniform(math.log(low), math.log(high))):.6g}")


def maybe(chance: Random, share: float, name: str, draw: Callable[[], object]) -> Json:
    """Return a field with a drawn value in a share of all cases, and otherwise nothing."""
    return {name: draw()} if chance.random() < share else {}


def points(chance: Random) -> Json:
    """Return points of the synthetic roller coaster, or noisy points of a random curve."""
    if chance.random() < 0.5:
        fields = {
            **maybe(chance, 0.7, "points", lambda: chance.randint(2, 60)),
            **maybe(chance, 0.4, "noise", lambda: chance.uniform(0, 30)),
            **maybe(chance, 0.3, "spacing", lambda: log_uniform(chance, 0.01, 10)),
            **maybe(chance, 0.2, "start", lambda: chance.uniform(-50, 50)),
        }
        return {"synthetic": fields}
    count = chance.choice([1, 2, 3, 5, 12, 20, 40])
    center, spread = chance.choice([0.0, 12.5, -300.0]), log_uniform(chance, 0.1, 100)
    t = [center + spread * chance.uniform(-1, 1) for _ in range(count)]
    size = log_uniform(chance, 1e-3, 1e3)
    return {"data": {"t": t, "y": [size * chance.gauss(0, 1) for _ in t]}}


def model(chance: Random) -> Json:
    """Return a polynomial or a small network."""
    if chance.random() < 0.75:
        return {"kind": "polynomial", "degree": chance.randint(1, 6)}
    sizes = [chance.randint(1, 6) for _ in range(chance.randint(1, 2))]
    return {
        "kind": "mlp",
        "hidden": sizes,
        **maybe(chance, 0.6, "activation", lambda: chance.choice(["tanh", "relu", "gelu"])),
    }


def optimizer(chance: Random) -> Json:
    """Return an optimizer of every kind, with some of its options."""
    kind = chance.choice(["sgd", "sgd", "momentum", "decay", "adam", "adamw", "rmsprop"])
    if kind == "momentum":
        momentum = chance.choice([0.5, 0.9, 0.99])
        return {"kind": "sgd", "momentum": momentum, "nesterov": chance.random() < 0.5}
    if kind == "decay":
        return {"kind": "sgd", "weight_decay": log_uniform(chance, 1e-4, 0.3)}
    if kind in ("adam", "adamw"):
        betas = [chance.choice([0.8, 0.9]), chance.choice([0.99, 0.999])]
        return {"kind": kind, "betas": betas, "amsgrad": chance.random() < 0.3}
    if kind == "rmsprop":
        return {
            "kind": kind,
            "centered": chance.random() < 0.5,
            "momentum": chance.choice([0, 0.9]),
        }
    return {"kind": kind}


def schedule(chance: Random, steps: int) -> Json:
    """Return a schedule of every kind."""
    kind = chance.choice(["constant", "step", "cosine", "one_cycle", "list"])
    if kind == "step":
        return {"kind": kind, "step_size": chance.randint(1, 20)}
    if kind == "list":
        return {"kind": kind, "lrs": [log_uniform(chance, 1e-6, 1e-2) for _ in range(steps)]}
    return {"kind": kind}


def loss(chance: Random) -> Json:
    """Return a loss of every kind."""
    kind = chance.choice(["mse", "mae", "huber"])
    return (
        {"kind": kind, "delta": log_uniform(chance, 0.01, 100)}
        if kind == "huber"
        else {"kind": kind}
    )


def setting(chance: Random) -> Json:
    """Return points and a way to descend, whose options may exclude each other."""
    steps = chance.choice([1, 3, 10, 30, 100, 1000])
    return {
        **points(chance),
        "seed": chance.randint(0, 2**53 - 1),
        "steps": steps,
        **maybe(chance, 0.5, "model", lambda: model(chance)),
        **maybe(chance, 0.4, "optimizer", lambda: optimizer(chance)),
        **maybe(chance, 0.2, "schedule", lambda: schedule(chance, steps)),
        **maybe(chance, 0.2, "loss", lambda: loss(chance)),
        **maybe(chance, 0.2, "batch_size", lambda: chance.randint(1, 8)),
        **maybe(chance, 0.3, "init", lambda: chance.choice(["random", "zeros"])),
        **maybe(
            chance,
            0.6,
            "scale",
            lambda: chance.choice(["auto", "none", "standardize", "orthonormal"]),
        ),
    }


def descent(chance: Random) -> Json:
    """Return options of a descent that is made: of fits and sweeps, not of analyses."""
    return {
        **maybe(chance, 0.3, "solver", lambda: chance.choice(["auto", "loop", "exact"])),
        **maybe(chance, 0.3, "record_every", lambda: chance.randint(1, 60)),
        **maybe(
            chance,
            0.25,
            "validation",
            lambda: {
                "fraction": chance.choice([0.2, 0.5]),
                "split": chance.choice(["random", "tail", "interleaved"]),
            },
        ),
        **maybe(chance, 0.1, "precision", lambda: "float32"),
    }


def rate(chance: Random) -> float | str:
    """Return a learning rate, from far too small to far too large, or the best."""
    return "best" if chance.random() < 0.2 else log_uniform(chance, 1e-9, 10)


def fit(chance: Random) -> Json:
    """Return the body of a fit."""
    included = ["params", "gradients", "predictions", "data"]
    return {
        **setting(chance),
        **descent(chance),
        "lr": rate(chance),
        **maybe(chance, 0.4, "include", lambda: chance.sample(included, chance.randint(0, 4))),
        **maybe(chance, 0.2, "at", lambda: [chance.uniform(-50, 50) for _ in range(3)]),
        **maybe(
            chance,
            0.25,
            "stop",
            lambda: chance.choice(
                [
                    {"gap": log_uniform(chance, 1e-6, 100)},
                    {"gradient": log_uniform(chance, 1e-6, 100)},
                    {"patience": chance.randint(1, 5)},
                    {"min_improvement": log_uniform(chance, 1e-6, 0.1)},
                ]
            ),
        ),
    }


def sweep(chance: Random) -> Json:
    """Return the body of a sweep."""
    lrs = sorted({log_uniform(chance, 1e-9, 10) for _ in range(chance.randint(1, 6))})
    return {
        **setting(chance),
        **descent(chance),
        "lrs": lrs,
        **maybe(chance, 0.3, "include", lambda: ["losses"]),
    }


def analysis(chance: Random) -> Json:
    """Return the body of an analysis, with or without a rate."""
    return {**setting(chance), **maybe(chance, 0.6, "lr", lambda: rate(chance))}


DRAWN = {"/fit": fit, "/sweep": sweep, "/analysis": analysis, "/fit/stream": fit}


def broken(chance: Random) -> str:
    """Return the body of a fit with one mistake: a wrong type, bound, name, field or byte."""
    body = fit(chance)
    name = chance.choice(sorted(body.keys() - {"seed"}))  # without a seed each answer differs
    mistake = chance.choice(["type", "bound", "name", "missing", "twice", "text", "null"])
    if mistake == "type":
        body[name] = chance.choice(["fast", True, [], {}, 1.5])
    elif mistake == "bound":
        body |= chance.choice(
            [
                {"steps": 0},
                {"steps": 10**9},
                {"lr": 0},
                {"lr": -1},
                {"seed": -1},
                {"record_every": 0},
                {"batch_size": 0},
                {"model": {"kind": "polynomial", "degree": 11}},
                {"at": [1e200]},
                {"validation": {"fraction": 1}},
                {"stop": {"patience": 0}},
            ]
        )
    elif mistake == "name":
        body[name + chance.choice(["s", "_", "X"])] = 1
    elif mistake == "missing":
        del body[name]
    elif mistake == "twice":
        body |= {"data": {"t": [1, 2], "y": [1]}, "synthetic": {}}
    elif mistake == "null":
        body[name] = None
    text = json.dumps(body)
    return text[: chance.randrange(len(text))] if mistake == "text" else text


def drawn(path: str, kind: str, count: int, accept: str = TYPES[0]) -> Iterator[Asked]:
    """Draw this many requests; their number seeds each, so a longer record begins as a shorter."""
    for number in range(count):
        chance = random.Random(f"{SEED} {kind} {path} {accept} {number}")
        yield Asked(kind, path, json.dumps(DRAWN[path](chance)), accept)


def requests() -> Iterator[Asked]:
    """Yield all requests that are not jobs."""
    yield from drawn("/fit", "legal", 1500)
    yield from drawn("/sweep", "legal", 700)
    yield from drawn("/analysis", "legal", 500)
    yield from drawn("/fit", "picture", 60, SVG)
    yield from drawn("/fit/stream", "stream", 60)
    yield from drawn("/fit/stream", "stream", 40, TYPES[2])
    for number in range(300):
        chance = random.Random(f"{SEED} broken {number}")
        path = chance.choice(list(DRAWN))
        yield Asked("refusal", path, broken(chance))
    for number, text in enumerate(["", "[]", "1", "null", "{}", '{"lr":1,}', "[" * 1000]):
        yield Asked("refusal", list(DRAWN)[number % 4], text)


def exchanged(client: httpx.Client, asked: Asked) -> Json:
    """Send a request and return what is recorded of it."""
    answer = client.post(
        asked.path,
        content=asked.body,
        headers={"Content-Type": "application/json", "Accept": asked.accept},
    )
    return asked._asdict() | {
        "status": answer.status_code,
        "type": answer.headers["content-type"],
        "answer": answer.text,
    }


def job(client: httpx.Client, number: int) -> Json:
    """Create a job, read its events to the end, and return what is recorded of it."""
    body = fit(random.Random(f"{SEED} job {number}")) | {"metadata": {"number": str(number)}}
    made = client.post("/jobs", json=body)
    record = {"kind": "job", "path": "/jobs", "body": json.dumps(body), "accept": TYPES[0]}
    if made.status_code != 202:
        return record | {"status": made.status_code, "type": "", "answer": made.text}
    id_ = made.json()["id"]
    events = client.get(f"/jobs/{id_}/events").text
    end = time.monotonic() + SECONDS
    while client.get(f"/jobs/{id_}").json()["status"] in ("queued", "running"):
        if time.monotonic() > end:
            sys.exit(f"Job {id_} does not end.")
        time.sleep(0.02)
    told = [
        made.text,
        events,
        client.get(f"/jobs/{id_}").text,
        client.get(f"/jobs/{id_}/result").text,
    ]
    whole = "\n".join(told).replace(id_, "<id>")
    return record | {"status": made.status_code, "type": "", "answer": whole}


def record(client: httpx.Client, file: Path, jobs: int) -> None:
    """Write the record of all requests and jobs to a file."""
    with file.open("w") as lines:
        for asked in requests():
            lines.write(json.dumps(exchanged(client, asked)) + "\n")
        for number in range(jobs):
            lines.write(json.dumps(job(client, number)) + "\n")


def without(names: set[str], content: object) -> object:
    """Return the content with the value of each of these fields replaced by the field's name."""
    if isinstance(content, dict):
        return {
            name: f"<{name}>" if name in names else without(names, value)
            for name, value in content.items()
        }
    if isinstance(content, list):
        return [without(names, each) for each in content]
    return content


def compared(exchange: Json, names: set[str]) -> str:
    """Return the answer without the fields of these names.

    The steps of a stream are put together and come last.
    """
    text: str = exchange["answer"]
    if exchange["type"].startswith(SVG):
        return text
    lines: list[str] = []
    steps: object = None
    for line in text.splitlines():
        try:
            content = json.loads(line.removeprefix("data: "))
        except ValueError:
            if not line.startswith(("id:", "event: steps")) and line:
                lines.append(line)
            continue
        if isinstance(content, dict) and content.get("type") == "steps":
            del content["first"]  # time decides how events are cut
            steps = joined(steps, content)
        else:
            lines.append(json.dumps(without(names, content)))
    return "\n".join([*lines, json.dumps(steps)])


def joined(one: object, other: object) -> object:
    """Return two columns end to end, the columns of objects each, and of other values the later."""
    if isinstance(one, list) and isinstance(other, list):
        return one + other
    if isinstance(one, dict) and isinstance(other, dict):
        return {name: joined(one.get(name), value) for name, value in other.items()}
    return other


def compare(before: Path, after: Path, *, but_words: bool) -> bool:
    """Print how many exchanges are equal and the first differences; return whether all are."""
    names = VOLATILE | WORDS if but_words else VOLATILE
    ours = [json.loads(line) for line in before.read_text().splitlines()]
    theirs = [json.loads(line) for line in after.read_text().splitlines()]
    counts: dict[str, list[int]] = {}
    differing = []
    for one, other in zip(ours, theirs, strict=True):
        same = (one["status"], one["type"], compared(one, names)) == (
            other["status"],
            other["type"],
            compared(other, names),
        )
        refused = one["status"] != 200 and one["kind"] == "legal"
        count = counts.setdefault("refusal" if refused else one["kind"], [0, 0])
        count[0] += same
        count[1] += 1
        if not same:
            differing.append((one, other))
    for kind, (equal, of) in counts.items():
        print(f"{kind}: {equal} of {of} equal")
    for one, other in differing[:10]:
        print(
            f"\n{one['path']} {one['body'][:300]}",
            f"\n- {one['status']} {difference(one, other, names)}",
        )
    return not differing


def difference(one: Json, other: Json, names: set[str]) -> str:
    """Return the surroundings of the first difference of two answers."""
    before, after = compared(one, names), compared(other, names)
    pairs = zip(before, after, strict=False)
    place = next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(before), len(after)))
    start = max(place - 80, 0)
    return f"{before[start : place + 120]}\n+ {other['status']} {after[start : place + 120]}"


def main() -> None:
    """Record a service, or compare two records."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    commands = parser.add_subparsers(dest="command", required=True)
    recording = commands.add_parser("record", help="write what a running service answers")
    recording.add_argument("file", type=Path)
    recording.add_argument("--url", default="http://127.0.0.1:8000")
    recording.add_argument("--jobs", type=int, default=80)
    comparing = commands.add_parser("compare", help="print the differences of two records")
    comparing.add_argument("before", type=Path)
    comparing.add_argument("after", type=Path)
    comparing.add_argument("--but-words", action="store_true", help="leave out texts for people")
    arguments = parser.parse_args()
    if arguments.command == "record":
        with httpx.Client(base_url=arguments.url, timeout=SECONDS) as client:
            record(client, arguments.file, arguments.jobs)
    else:
        same = compare(arguments.before, arguments.after, but_words=arguments.but_words)
        sys.exit(0 if same else 1)


if __name__ == "__main__":
    main()
