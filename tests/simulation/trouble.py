"""What goes wrong in a simulation at present."""

from dataclasses import dataclass, field


@dataclass
class Trouble:
    """Shares of what is lost or fails, and states of the database. By default, all is well."""

    delay: float = 0.002
    """The mean time of a way over the network or of a transaction, in seconds."""
    event_seconds: float = 0.4
    """The mean time between two events of a worker, in seconds."""
    cut: float = 0.0
    """The share of messages between clients and machines that are lost."""
    lost_hints: float = 0.0
    doubled_hints: float = 0.0
    lost_notices: float = 0.0
    stalls: float = 0.0
    """The share of parts of answers in which a worker stalls."""
    lost_workers: float = 0.0
    """The share of events before which a worker is lost."""
    refusals: float = 0.0
    """The share of parts of answers at which the pool gives up."""
    locked: bool = False
    """Whether every transaction waits for a lock in vain."""
    full: bool = False
    """Whether no change can be committed."""
    unanswered: float = 0.0
    """The share of transactions that are committed but reported as failed."""
    cut_off: set[str] = field(default_factory=set)
    """The names of the machines that do not reach the database."""
