"""What stands in the files that an operator uses, and in the code. `make test-compose` inspects the
containers themselves.
"""

import ast
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml

from service.settings import VARIABLE_PREFIX, Settings
from tests.support.paths import ROOT
from tests.support.server import serving

pytestmark = pytest.mark.untimed

SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())[
    "services"
]
CODE = sorted((ROOT / "service").rglob("*.py"))
OWN_PIPES = ROOT / "service" / "pool" / "frames.py"
BUFFERS = {
    ROOT / "service/api/transfer/uploads.py",
    ROOT / "service/descent/questions/asked.py",
    ROOT / "service/descent/questions/table.py",
    ROOT / "service/jobs/reading.py",
}
"""They name bytes that pickle leaves where they are, and read nothing."""
"""Between a process and the workers that it has started."""
UNSAFE_MODULES = {
    "pickle",
    "marshal",
    "shelve",
    "subprocess",
    "pty",
    "code",
    "urllib",
    "requests",
    "httpx",
    "ftplib",
    "smtplib",
}
UNSAFE_CALLS = {
    "eval",
    "exec",
    "compile",
    "__import__",
    "os.system",
    "os.popen",
    "os.execv",
    "torch.load",
    "np.load",
}
DOCUMENT = json.loads((ROOT / "openapi" / "openapi.json").read_text())
FREE_TEXT = {"metadata", "Idempotency-Key", "Last-Event-ID", "after", "id", "parts"}
"""Kept and compared as they are, or read as a number."""
READ_AS_JSON = {"Coaster-Options", "options"}
"""The settings of a file, which are validated as any body is."""
TIMES = {"t", "at", "center", "every", "extent", "from", "nodes", "until"}
"""Time stamps and durations, which are read as numbers."""
COLUMNS = {"t", "y", "weights", "sigma"}
"""The names of the columns of a file, which are compared with those that it has."""
FILES = {"body"}
"""The bytes of a file, which are read as numbers."""


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_has_nothing_that_it_does_not_need(name: str) -> None:
    service = SERVICES[name]

    assert (service["read_only"], service["cap_drop"], service["security_opt"]) == (
        True,
        ["ALL"],
        ["no-new-privileges:true"],
    )
    assert not {"privileged", "cap_add", "network_mode", "pid", "devices"} & service.keys()
    assert service["mem_limit"] == service["memswap_limit"]
    assert service["pids_limit"] > 0


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_is_not_roots(name: str) -> None:
    last = re.findall(r"^USER (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)[-1]
    user = SERVICES[name].get("user") or ("build" in SERVICES[name] and last)

    assert user
    assert str(user).split(":")[0] not in {"root", "0"}


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_is_published_on_this_machine_alone(name: str) -> None:
    assert all(str(port).startswith("127.0.0.1:") for port in SERVICES[name].get("ports", []))


@pytest.mark.parametrize("name", ["api", "replica", "worker"])
def test_every_setting_reaches_a_container(name: str) -> None:
    wanted = {f"{VARIABLE_PREFIX}{setting.upper()}" for setting in Settings.model_fields} - {
        f"{VARIABLE_PREFIX}HOST",
        f"{VARIABLE_PREFIX}PORT",
    }

    assert SERVICES[name]["environment"].keys() == wanted


def test_the_service_listens_on_this_machine_alone() -> None:
    assert Settings().host == "127.0.0.1"
    with serving("--workers", "1", ready=False) as server:
        assert server.url.startswith("http://127.0.0.1:")


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield (node.module or "").split(".")[0]


def called(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def test_nothing_that_a_client_sends_can_be_run(tell: Callable[[str], None]) -> None:
    trees = {file: ast.parse(file.read_text()) for file in CODE}

    unsafe = {
        (file, name)
        for file, tree in trees.items()
        for name in UNSAFE_MODULES & set(imported(tree))
    }
    calls = {ast.unparse(call.func) for tree in trees.values() for call in called(tree)}
    shells = {
        keyword.arg for tree in trees.values() for call in called(tree) for keyword in call.keywords
    } & {"shell", "executable"}
    tell(
        f"{len(SERVICES)} containers, {len(CODE)} modules: pickle between own processes alone, no "
        "eval, no shell"
    )
    assert {file for file, _ in unsafe} == {OWN_PIPES, *BUFFERS}
    assert {name for _, name in unsafe} == {"pickle"}
    for file in BUFFERS:
        names = [
            alias.name
            for node in ast.walk(trees[file])
            if isinstance(node, ast.ImportFrom) and node.module == "pickle"
            for alias in node.names
        ]
        assert names == ["PickleBuffer"]
    assert not calls & UNSAFE_CALLS
    assert not shells


def texts(node: Any, name: str, seen: set[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The strings that a schema allows, with the name of their field; those of a few words are left
    out.
    """
    if isinstance(node, list):
        for each in node:
            yield from texts(each, name, seen)
    if not isinstance(node, dict):
        return
    if reference := node.get("$ref"):
        if reference not in seen:
            seen.add(reference)
            yield from texts(
                DOCUMENT["components"]["schemas"][reference.rpartition("/")[2]], name, seen
            )
        return
    if node.get("type") == "string" and not {"enum", "const"} & node.keys():
        yield name, node
    for key, value in node.get("properties", {}).items():
        yield from texts(value, key, seen)
    for key, value in node.items():
        if key != "properties":
            yield from texts(value, name, seen)


def test_no_request_has_a_place_for_a_url_a_path_or_code() -> None:
    found = []
    for operations in DOCUMENT["paths"].values():
        for operation in operations.values():
            found += list(texts(operation.get("requestBody"), "body", set()))
            for parameter in operation.get("parameters", []):
                found += list(texts(parameter["schema"], parameter["name"], set()))

    allowed = FREE_TEXT | READ_AS_JSON | TIMES | COLUMNS | FILES
    assert {name for name, schema in found if "pattern" not in schema} == allowed
    assert {schema["pattern"] for _, schema in found if "pattern" in schema} == {"^[0-9a-f]{26}$"}
    assert {name for name, schema in found if "format" in schema} <= FILES
