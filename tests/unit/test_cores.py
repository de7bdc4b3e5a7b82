"""The cores that a process may use, with the files of control groups as Linux writes them."""

from pathlib import Path

import pytest

from service.cores import usable_cores

CORES = 8
"""The cores that the affinity of the process allows."""


@pytest.fixture(autouse=True)
def affinity(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(CORES)), raising=False)


def cores(folder: Path, membership: str, maxima: dict[str, str]) -> int:
    """Return the usable cores of a process in these groups of version 2. `maxima` has the contents
    of their files `cpu.max`.
    """
    (folder / "membership").write_text(membership)
    for group, content in maxima.items():
        file = folder / "groups" / group / "cpu.max"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    return usable_cores(folder / "membership", folder / "groups")


def version_1(folder: Path, path: str, quota: str) -> int:
    """Return the usable cores of a process in a group of version 1 with this quota."""
    group = folder / "groups" / "cpu" / path
    group.mkdir(parents=True)
    (group / "cpu.cfs_quota_us").write_text(f"{quota}\n")
    (group / "cpu.cfs_period_us").write_text("100000\n")
    return cores(folder, "5:memory:/other\n4:cpu,cpuacct:/docker/abc\n", {})


def test_without_control_groups_the_affinity_counts(tmp_path: Path) -> None:
    assert usable_cores(tmp_path / "membership", tmp_path / "groups") == CORES


def test_where_there_is_no_affinity_the_cores_of_the_machine_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("os.sched_getaffinity")
    monkeypatch.setattr("os.cpu_count", lambda: 3)

    assert usable_cores(tmp_path / "membership", tmp_path / "groups") == 3


def test_a_quota_of_two_cores_gives_two(tmp_path: Path) -> None:
    assert cores(tmp_path, "0::/\n", {"": "200000 100000\n"}) == 2


def test_a_quota_of_one_and_a_half_cores_gives_two(tmp_path: Path) -> None:
    assert cores(tmp_path, "0::/\n", {"": "150000 100000\n"}) == 2


def test_a_quota_of_a_tenth_of_a_core_gives_one(tmp_path: Path) -> None:
    assert cores(tmp_path, "0::/\n", {"": "10000 100000\n"}) == 1


def test_a_group_without_a_quota_limits_nothing(tmp_path: Path) -> None:
    assert cores(tmp_path, "0::/\n", {"": "max 100000\n"}) == CORES


def test_a_quota_above_the_affinity_changes_nothing(tmp_path: Path) -> None:
    assert cores(tmp_path, "0::/\n", {"": "6400000 100000\n"}) == CORES


def test_the_quota_of_a_parent_limits_its_groups(tmp_path: Path) -> None:
    assert (
        cores(
            tmp_path,
            "0::/slice/unit\n",
            {"slice": "300000 100000\n", "slice/unit": "max 100000\n"},
        )
        == 3
    )


def test_the_quota_of_another_group_changes_nothing(tmp_path: Path) -> None:
    assert cores(tmp_path, "0::/mine\n", {"other": "100000 100000\n"}) == CORES


def test_a_quota_of_version_1_limits_its_group(tmp_path: Path) -> None:
    assert version_1(tmp_path, "docker/abc", "250000") == 3


def test_a_container_of_version_1_sees_its_quota_at_the_root(tmp_path: Path) -> None:
    assert version_1(tmp_path, "", "250000") == 3


def test_a_negative_quota_of_version_1_limits_nothing(tmp_path: Path) -> None:
    assert version_1(tmp_path, "docker/abc", "-1") == CORES


@pytest.mark.parametrize(
    "content", ["", "\n", "many 100000", "200000", "1 2 3", "200000 0", "0 100000", "-1 100000"]
)
def test_a_file_that_linux_would_not_write_limits_nothing(tmp_path: Path, content: str) -> None:
    assert cores(tmp_path, "0::/\n", {"": content}) == CORES


@pytest.mark.parametrize("membership", ["", "\n", "0:", "rubbish", "0::\n:::"])
def test_a_membership_that_linux_would_not_write_limits_nothing(
    tmp_path: Path, membership: str
) -> None:
    assert cores(tmp_path, membership, {}) == CORES


def test_a_directory_in_place_of_a_quota_limits_nothing(tmp_path: Path) -> None:
    (tmp_path / "groups" / "cpu.max").mkdir(parents=True)

    assert cores(tmp_path, "0::/\n", {}) == CORES
