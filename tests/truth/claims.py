"""The claims of an answer: its sentences, the facts of its verdict, and the fields of a program."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import isclose

from tests.truth.facts import FACTS
from tests.truth.fields import FIELDS
from tests.truth.runs import Run
from tests.truth.sentences import SENTENCES, Said
from tests.truth.wording import numbers, written


@dataclass(frozen=True)
class Claim:
    """A claim of an answer, and whether it is true."""

    kind: str
    text: str
    true: bool


def claims(run: Run) -> Iterator[Claim]:
    """Yield every claim of an answer."""
    message, facts = run.verdict["message"], run.facts
    rest = message["en"]
    while rest:
        found = [(each, match) for each in SENTENCES if (match := each.pattern.match(rest))]
        yield Claim("a sentence is understood", rest, len(found) == 1)
        if len(found) != 1:
            break
        ((sentence, match),) = found
        rest = rest[match.end() :]
        for name, text in match.groupdict().items():
            if text is not None:
                yield Claim("a number in a sentence", f"{name} {text}", shows(name, text, facts))
        for said in sentence.said:
            yield Claim(f"words: {described(said)}", sentence.text, said(run))
    same = numbers(message["en"]) == numbers(message["ko"])
    yield Claim("the Korean numbers are the English ones", message["ko"], same)
    for name, value in facts.items():
        yield Claim(f"fact: {name}", f"{value}", FACTS[name](run, value))
    for name, check in FIELDS.items():
        yield Claim(f"field: {name}", f"{run.verdict.get(name, run.answer.get(name))}", check(run))


def shows(name: str, text: str, facts: dict[str, float]) -> bool:
    """Return whether a number in a sentence is its fact."""
    decays = "weight_decay" in facts
    if name == "way":
        return (text == "falls") == (facts["loss"] < facts["start_loss"])
    if name == "stays":
        return isclose(facts["loss"], facts["start_loss"], rel_tol=0.0101)
    if name == "goal":
        return (text != "the best fit") == decays
    if name in {"lowest", "lowest_there"} and (name == "lowest_there") != decays:
        return False
    fact = name.removesuffix("_percent") if name == "r2_percent" else name.removesuffix("_there")
    return fact in facts and written(name, text, facts[fact])


def described(said: Said) -> str:
    """Return what a condition says."""
    return (said.__doc__ or "").partition("\n")[0].rstrip(".")
