"""What is installed is known by its hash, and what is in the image is listed."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
import yaml

from scripts.torch_hashes import HASH, of_cpu_builds, with_hashes
from tests.support.paths import ROOT

pytestmark = pytest.mark.untimed

LOCKED = sorted(ROOT.glob("requirements*.txt"))
DOCKERFILE = (ROOT / "Dockerfile").read_text()
SET_UP = (ROOT / "scripts" / "set_up.sh").read_text()
SERVICES = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
IMAGES = ROOT / "scripts" / "images.sh"
FIXED = (ROOT / "images.env").read_text()
SOURCES = {"w3.org"}
"""Addresses that name a language and are not fetched."""


@pytest.mark.parametrize("file", LOCKED, ids=lambda file: file.stem)
def test_every_package_has_a_hash(file: Path, tell: Callable[[str], None]) -> None:
    requirements = re.split(r"^(?=\w)", file.read_text(), flags=re.MULTILINE)[1:]

    tell(f"{file.name}: {len(requirements)} packages, {len(HASH.findall(file.read_text()))} hashes")
    assert requirements
    assert [each for each in requirements if "==" not in each or not HASH.search(each)] == []


def test_torch_has_hashes_of_both_indexes() -> None:
    known = set(HASH.findall((ROOT / "requirements-torch.txt").read_text()))
    on_default_index = set(HASH.findall((ROOT / "requirements-cuda.txt").read_text()))

    assert known - on_default_index
    assert known & on_default_index


def test_the_hashes_of_cpu_builds_are_those_of_their_version() -> None:
    page = "".join(
        f'<a href="/whl/cpu/torch-{version}-cp311-linux.whl#sha256={digit * 64}">'
        for version, digit in [("2.13.0%2Bcpu", "a"), ("2.13.1%2Bcpu", "b"), ("2.13.0", "c")]
    )

    assert of_cpu_builds(page, "2.13.0") == {"a" * 64}


def test_hashes_are_added_to_those_of_the_default_index() -> None:
    requirement = f"torch==2.13.0 \\\n    --hash=sha256:{'b' * 64}\n    # via -r torch.in\n"

    assert with_hashes(requirement, {"a" * 64}) == (
        f"torch==2.13.0 \\\n    --hash=sha256:{'a' * 64} \\\n    --hash=sha256:{'b' * 64}\n"
    )


def test_the_image_installs_by_hash_alone() -> None:
    installs = re.findall(r"pip install .*", DOCKERFILE)

    assert len(installs) == 4
    assert [each for each in installs if "--require-hashes" not in each] == []


def test_the_development_set_up_installs_by_hash_alone() -> None:
    others = re.findall(r'^\s*(?:if ! )?"\$\{install\[@\]\}" (.*)', SET_UP, re.MULTILINE)

    assert 'locked=("${install[@]}" --require-hashes)' in SET_UP
    assert others == ["--no-build-isolation --no-deps --editable ."]


@pytest.mark.parametrize("file", ["Makefile", "Dockerfile", "scripts/set_up.sh"])
def test_no_index_competes_with_another(file: str) -> None:
    assert "extra-index-url" not in (ROOT / file).read_text()


def test_every_base_image_has_a_digest() -> None:
    stages = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    images = [service["image"] for service in SERVICES.values() if "image" in service]
    argument = SERVICES["api"]["build"]["args"]["PYTHON_IMAGE"]
    named = dict(re.findall(r"\$\{(\w+):-(\S+)\}", " ".join([argument, *images])))
    fixed = re.findall(r"^(\w+)=[\w.:-]+@sha256:[0-9a-f]{64}$", FIXED, re.MULTILINE)

    assert set(stages) == {"scratch", "${PYTHON_IMAGE}"}
    assert len(named) == 1 + len(images)
    assert sorted(fixed) == sorted(named)
    assert f"ARG PYTHON_IMAGE={named['PYTHON_IMAGE']}\n" in DOCKERFILE


def test_the_digests_are_those_of_the_images_that_are_renewed() -> None:
    renewed = re.findall(r"^(\w+_IMAGE) (\S+)$", IMAGES.read_text(), re.MULTILINE)

    assert re.findall(r"^(\w+)=(.+)@", FIXED, re.MULTILINE) == renewed


def test_images_are_fixed_by_the_digests_of_the_registry(tmp_path: Path) -> None:
    docker = tmp_path / "docker"
    docker.write_text('#!/bin/sh\necho "sha256:of-$(echo "$6" | tr : -)"\n')
    docker.chmod(0o755)

    subprocess.run([IMAGES], cwd=tmp_path, env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, check=True)

    assert (tmp_path / "images.env").read_text() == (
        "PYTHON_IMAGE=python:3.11-slim-bookworm@sha256:of-python-3.11-slim-bookworm\n"
        "NGINX_IMAGE=nginx:1-trixie@sha256:of-nginx-1-trixie\n"
        "POSTGRES_IMAGE=postgres:17@sha256:of-postgres-17\n"
    )


def test_the_image_has_its_list_of_packages_and_its_licence() -> None:
    assert "COPY --from=sbom /sbom.cdx.json ." in DOCKERFILE
    assert "COPY LICENSE ." in DOCKERFILE
    assert (ROOT / "LICENSE").read_text().startswith("MIT License")


def test_the_health_of_a_container_is_its_life() -> None:
    (check,) = re.findall(r"^HEALTHCHECK .*\n.*", DOCKERFILE, re.MULTILINE)

    assert "/livez" in check


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_a_page_loads_nothing_from_elsewhere(path: str, client: httpx.Client) -> None:
    page = client.get(path, headers={"Accept": "text/html"}).text

    followed = re.compile(r"<a\s[^>]*>")  # a link loads nothing until a reader follows it
    loaded = re.findall(r"""(?:src|href)=["'](?:https?:)?//([^/"']+)""", followed.sub("", page))
    assert [each for each in loaded if not each.endswith(tuple(SOURCES))] == []
