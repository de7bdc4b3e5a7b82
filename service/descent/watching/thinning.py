"""The records of a trajectory on their way to a client: rules end them, the best step is kept, and
the rest is thinned.
"""

from collections.abc import Iterable, Iterator

from service.descent.answers.results import Rule
from service.descent.watching.recording import Record, Records
from service.descent.watching.stopping import Repeated, first_stop


class Walk:
    """The records to report, as an iterable. `every` thins a trajectory of all steps.

    `best`, `last` and `stopped_by` are the best record, the last record and the rule that ended the
    trajectory, as far as it has been read.
    """

    def __init__(
        self, trajectory: Iterable[Records], rules: Iterable[Repeated], *, every: int
    ) -> None:
        self._trajectory = trajectory
        self._rules = list(rules)
        self._every = every
        self.best: Record | None = None
        self.last: Record | None = None
        self.stopped_by: Rule | None = None

    def __iter__(self) -> Iterator[Records]:
        records = None
        for records in self._until_stopped():
            self._remember(records)
            thinned = self._thinned(records)
            if thinned.step:
                yield thinned
        if records and records.step[-1] % self._every:
            yield records.part(slice(-1, None))

    def _until_stopped(self) -> Iterator[Records]:
        for records in self._trajectory:
            if self._rules and (stopped := first_stop(self._rules, records)):
                self.stopped_by = stopped.by
                yield records.part(slice(stopped.at + 1))
                return
            yield records

    def _remember(self, records: Records) -> None:
        best = records.best()
        if self.best is None or best.loss < self.best.loss:
            self.best = best
        self.last = records.last()

    def _thinned(self, records: Records) -> Records:
        if self._every == 1:
            return records
        return records.part(slice(-records.step[0] % self._every, None, self._every))
