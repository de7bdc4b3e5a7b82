"""The faults of a simulation, which come at random until they stop."""

import asyncio
from collections.abc import Mapping, Sequence

from tests.simulation.clock import true_time
from tests.simulation.machines import Machine
from tests.simulation.site import Site
from tests.simulation.trace import Trace
from tests.simulation.trouble import Trouble

BETWEEN_SECONDS = 2.0
"""The mean time between two faults, in seconds."""
LASTING_SECONDS = 4.0
"""The mean time for which a state of trouble lasts or a machine is away, in seconds."""
CUT_OFF_SECONDS = (4.0, 10.0)
"""The times for which a machine does not reach the database, in seconds. Most are a little longer
than a lease, so that the machine returns when another one has just claimed its jobs.
"""
HOUR = 3600.0
JUMPS = (-HOUR, 25 * HOUR, -2.0, 2.0)
"""The seconds by which a clock is set."""
STATES: Mapping[str, Mapping[str, object]] = {
    "slow": {"delay": 0.3},
    "cut": {"cut": 0.2},
    "lost_hints": {"lost_hints": 0.5, "doubled_hints": 0.2},
    "lost_notices": {"lost_notices": 0.7},
    "stalls": {"stalls": 0.3},
    "lost_workers": {"lost_workers": 0.2},
    "refusals": {"refusals": 0.2},
    "locked": {"locked": True},
    "full": {"full": True},
    "unanswered": {"unanswered": 0.3},
}
"""The states of trouble, by their names."""


class Faults:
    """The faults of one simulation."""

    def __init__(self, site: Site, machines: Sequence[Machine], trace: Trace) -> None:
        self._site = site
        self._random = site.random
        self._machines = machines
        self._trace = trace

    async def happen(self, until: float) -> None:
        """Let faults happen until this time. Then all machines are started again."""
        kinds = [self._kill, self._stop, self._cut_off, self._jump, self._trouble]
        async with asyncio.TaskGroup() as lasting:
            while true_time() < until:
                await asyncio.sleep(self._random.expovariate(1 / BETWEEN_SECONDS))
                lasting.create_task(self._random.choice(kinds)())
        self._trace.note("faults", "have stopped")

    async def _kill(self) -> None:
        machine = self._random.choice(self._machines)
        if machine.up:
            self._trace.note(machine.name, "is killed")
            await machine.kill()
            await self._restart(machine)

    async def _stop(self) -> None:
        machine = self._random.choice(self._machines)
        if machine.up:
            self._trace.note(machine.name, "is stopped")
            await machine.stop()
            await self._restart(machine)

    async def _restart(self, machine: Machine) -> None:
        await asyncio.sleep(self._random.expovariate(1 / LASTING_SECONDS))
        self._trace.note(machine.name, "is started")
        machine.start()

    async def _cut_off(self) -> None:
        """Cut a machine off from the database, often for longer than a lease."""
        name = self._random.choice(self._machines).name
        self._trace.note(name, "is cut off")
        self._site.trouble.cut_off.add(name)
        await asyncio.sleep(self._random.uniform(*CUT_OFF_SECONDS))
        self._trace.note(name, "is no more cut off")
        self._site.trouble.cut_off.discard(name)

    async def _jump(self) -> None:
        clocks = [self._site.database.clock, *(machine.clock for machine in self._machines)]
        clock, seconds = self._random.choice(clocks), self._random.choice(JUMPS)
        self._trace.note("clock", f"{clocks.index(clock)} is set by {seconds} s")
        clock.jump(seconds)

    async def _trouble(self) -> None:
        name = self._random.choice([*STATES])
        self._trace.note("trouble", name)
        for field, value in STATES[name].items():
            setattr(self._site.trouble, field, value)
        await asyncio.sleep(self._random.expovariate(1 / LASTING_SECONDS))
        self._trace.note("trouble", f"no more {name}")
        for field in STATES[name]:
            setattr(self._site.trouble, field, getattr(Trouble(), field))
