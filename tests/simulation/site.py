"""What the machines of a simulation share."""

from dataclasses import dataclass
from random import Random

from service.settings import Settings
from tests.simulation.database import Database
from tests.simulation.network import Network
from tests.simulation.observer import Observer
from tests.simulation.trouble import Trouble


@dataclass(frozen=True)
class Site:
    """The surroundings of the machines. There is a `network` between them if they are a cluster."""

    random: Random
    trouble: Trouble
    database: Database
    observer: Observer
    network: Network | None
    settings: Settings
