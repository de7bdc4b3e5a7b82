"""Suggestions for names and values that the service does not know."""

import re
from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches

IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}")
"""The names that a problem repeats. Others could be of any length or contain anything."""
HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
"""The place in a camelCase name where snake_case has an underscore."""
SYNONYMS: dict[str, Sequence[str]] = {
    "alpha": ("lr",),
    "batch": ("batch_size",),
    "degree": ("model",),
    "epochs": ("steps",),
    "eta": ("lr",),
    "hidden": ("model",),
    "iterations": ("steps",),
    "learning_rate": ("lr", "lrs"),
    "learning_rates": ("lrs",),
    "max_iter": ("steps",),
    "momentum": ("optimizer",),
    "n_steps": ("steps",),
    "nesterov": ("optimizer",),
    "num_steps": ("steps",),
    "points": ("data",),
    "predict": ("at",),
    "random_state": ("seed",),
    "t": ("data",),
    "time": ("t", "data"),
    "times": ("t", "data"),
    "timestamps": ("t", "data"),
    "values": ("y", "data"),
    "weight_decay": ("optimizer",),
    "x": ("t", "data"),
    "y": ("data",),
}
"""Names that callers send as fields, and the fields that they may mean, the likeliest first."""
NONE: dict[str, Sequence[str]] = {}
"""The synonyms of names other than fields: there are none."""
OBJECTS = {
    "linear": '{"kind": "polynomial", "degree": 1}',
    "line": '{"kind": "polynomial", "degree": 1}',
    "quadratic": '{"kind": "polynomial", "degree": 2}',
    "parabola": '{"kind": "polynomial", "degree": 2}',
    "cubic": '{"kind": "polynomial", "degree": 3}',
    "network": '{"kind": "mlp"}',
    "momentum": '{"kind": "sgd", "momentum": 0.9}',
    "nesterov": '{"kind": "sgd", "momentum": 0.9, "nesterov": true}',
    "l1": '{"kind": "mae"}',
    "l2": '{"kind": "mse"}',
    "step": '{"kind": "step", "step_size": 30}',
}
"""Words that callers send for an object with a `kind`, and the object that they may mean."""
LISTED = " Known {}s: "
"""The beginning of a list of the known names of one kind."""


def unknown(
    what: str, name: str, known: Collection[str], synonyms: Mapping[str, Sequence[str]] = NONE
) -> str:
    """Return what to say about an unknown name: with the name if it is a plain identifier, and with
    the known name that is meant, or all known names.
    """
    if not IDENTIFIER.fullmatch(name):
        return f"Unknown {what}.{_listed(what, known)}"
    meant = closest(name, known, synonyms)
    if meant:
        return f"Unknown {what} `{name}`. Did you mean `{meant}`?"
    return f"Unknown {what} `{name}`.{_listed(what, known)}"


def _listed(what: str, known: Collection[str]) -> str:
    if not known:
        return ""
    return f"{LISTED.format(what)}{', '.join(known)}."


def closest(
    name: str, known: Collection[str], synonyms: Mapping[str, Sequence[str]] = NONE
) -> str | None:
    """Return the known name that an unknown one means, or None if no known name is like it."""
    if not IDENTIFIER.fullmatch(name):
        return None
    name = HUMP.sub("_", name).lower()
    for synonym in synonyms.get(name, ()):
        if synonym in known:
            return synonym
    return next(iter(get_close_matches(name, known, n=1)), None)


def one_of(name: str, allowed: Collection[str], sent: object) -> str:
    """Return what to say about a value that is not allowed, with the one that is meant."""
    meant = closest(sent, allowed) if isinstance(sent, str) else None
    return f"{name} must be one of {', '.join(allowed)}.{question(meant)}"


def question(meant: str | None) -> str:
    """Return the question whether something is meant, or nothing."""
    return f" Did you mean {meant}?" if meant else ""


def object_meant(word: str, kinds: Collection[str]) -> str | None:
    """Return the object of one of these kinds that a word means, or None if it is unknown."""
    meant = OBJECTS.get(word.lower())
    if meant and any(f'"{kind}"' in meant for kind in kinds):
        return meant
    kind = closest(word, kinds)
    return object_of(kind) if kind else None


def object_of(kind: str) -> str:
    """Return the JSON of the smallest object of a kind."""
    return f'{{"kind": "{kind}"}}'
