"""The limit of the fits that one client has running and waiting."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from service.api.problems import Code, ProblemError


class Fits:
    """The fits that run and wait: at most `most` for each client, or any number if not set."""

    def __init__(self, most: int | None) -> None:
        self._most = most
        self._of: Counter[str] = Counter()

    def __len__(self) -> int:
        return self._of.total()

    @contextmanager
    def place(self, client: str) -> Iterator[None]:
        """Hold a slot for a fit of a client while it waits and runs.

        Raises ProblemError.
        """
        if self._most is not None and self._of[client] >= self._most:
            raise ProblemError(
                Code.TOO_MANY_FITS,
                (
                    "You have reached your limit of concurrent fits. Retry after the time in "
                    "Retry-After."
                ),
                limit=self._most,
            )
        self._of[client] += 1
        try:
            yield
        finally:
            self._of[client] -= 1
            if not self._of[client]:
                del self._of[client]
