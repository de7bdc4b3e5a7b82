"""Write openapi/openapi.json and the answers of its examples.

    python -m scripts.contract [--check]

With `--check`, only check whether the document is that of the application.
"""

import asyncio
import json
import sys
from pathlib import Path

from scripts.answers import kept
from scripts.running import running
from service.api.contract.document import document
from service.api.endpoints import ENDPOINTS, SERIES
from service.api.routes.contract import DOCUMENT
from service.app import create_app
from service.settings import Settings

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "service" / "api" / "contract" / "examples.json"
PATHS = {endpoint.name: endpoint.path for endpoint in ENDPOINTS} | {SERIES.name: SERIES.path}


def made() -> str:
    """Return the contract of the application."""
    contract = document(create_app(Settings(workers=1)))
    return json.dumps(contract, indent=1, ensure_ascii=False) + "\n"


async def answered() -> str:
    """Return the examples with new answers. Answers that still hold keep their digits."""
    examples = json.loads(EXAMPLES.read_text())
    async with running() as client:
        for name, group in examples.items():
            for example in group.values():
                headers = {"X-Request-ID": "example"}
                answer = await client.post(
                    PATHS.get(name, "/fit"), json=example["request"], headers=headers
                )
                example["answer"] = kept(example.get("answer"), answer.json())
    return json.dumps(examples, indent=1, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> int:
    """Write the files, or return 1 if `--check` finds a difference."""
    if "--check" not in arguments:
        EXAMPLES.write_text(asyncio.run(answered()))
        DOCUMENT.write_text(made())
        return 0
    if DOCUMENT.read_text() == made():
        return 0
    print(f"{DOCUMENT.relative_to(ROOT)} differs from the application: run make openapi")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
