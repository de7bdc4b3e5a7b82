"""How many examples a property test takes, as a share of what the profile allows."""

from hypothesis import settings


def fewer(divisor: int) -> settings:
    """A share of the profile's examples, for tests whose examples are expensive."""
    default = settings.default
    assert default is not None
    return settings(max_examples=max(1, default.max_examples // divisor))
