"""The methods that are registered, so that a test need not list them."""

from dataclasses import MISSING, fields
from typing import Any, get_args


def registered(union: Any) -> list[Any]:
    """Return each method of `Optimizer`, `Schedule`, `Loss` or `Model` with its defaults. Methods
    with a required option are left out.
    """
    members = get_args(get_args(union)[0])
    kinds = [(get_args(member) or (member,))[0] for member in members]
    return [kind() for kind in kinds if not any(map(required, fields(kind)))]


def required(option: Any) -> bool:
    return option.default is MISSING and option.default_factory is MISSING
