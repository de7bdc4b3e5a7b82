"""python -m service: begins the command line, as fast as it can."""

import os
import sys

from service.imports import imported

COMMAND = "service.command"
"""By name: its import waits until it can be fast."""


def main(arguments: list[str]) -> int:
    """The exit code. pydantic looks for no plugins among all that is installed, unless it is told to."""
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "true")
    code: int = imported(COMMAND).main(arguments)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
