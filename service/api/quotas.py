"""How many fits one client has running and waiting."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from service.api.problems import Code, ProblemError


class Fits:
    """Those in hand: at most `most` of each client, any number where it is None."""

    def __init__(self, most: int | None) -> None:
        self._most = most
        self._of: Counter[str] = Counter()

    def __len__(self) -> int:
        return self._of.total()

    @contextmanager
    def place(self, client: str) -> Iterator[None]:
        """A place for a fit while it waits and runs.

        Raises ProblemError.
        """
        if self._most is not None and self._of[client] >= self._most:
            raise ProblemError(
                Code.TOO_MANY_FITS, "As many of your fits run and wait as may.", limit=self._most
            )
        self._of[client] += 1
        try:
            yield
        finally:
            self._of[client] -= 1
            if not self._of[client]:
                del self._of[client]
