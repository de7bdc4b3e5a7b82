"""python -m service: begins the command line, as fast as it can."""

import os
import signal
import sys

from service.imports import imported

COMMAND = "service.cli"
"""By name: its import waits until it can be fast."""


def main() -> int:
    """Run the command line and return its exit code.

    Pydantic does not search all installed packages for plugins unless the environment asks it to.
    """
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, _ended)
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "true")
    code: int = imported(COMMAND).main(sys.argv[1:])
    return code


def _ended(*_: object) -> None:
    """Nothing has begun, so nothing is to be ended; an exception may be lost among the imports."""
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
