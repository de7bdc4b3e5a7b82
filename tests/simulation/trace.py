"""The trace of a simulation: all that happened, in order, and what should not have happened."""

from hashlib import sha256

from tests.simulation.clock import true_time


class Trace:
    """The events of a simulation. `violations` are those that break a promise."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.violations: list[str] = []

    def note(self, who: str, what: str) -> None:
        """Add an event."""
        self.lines.append(f"{true_time():10.4f} {who}: {what}")

    def violate(self, what: str) -> None:
        """Add a violation."""
        self.violations.append(what)
        self.note("VIOLATION", what)

    @property
    def digest(self) -> str:
        """A digest of all events. It is equal for two simulations that are the same."""
        return sha256("\n".join(self.lines).encode()).hexdigest()
