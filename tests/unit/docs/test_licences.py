from scripts.licences import LICENCES, packages, table
from scripts.parts import part


def test_the_licences_are_those_of_what_is_installed() -> None:
    assert part(LICENCES.read_text(), "licences") == table()


def test_every_pinned_package_has_one() -> None:
    rows = [row.split(" | ") for row in table().splitlines()[2:]]

    assert [row[0].removeprefix("| ") for row in rows] == packages()
    assert all(licence.rstrip(" |") not in {"", "UNKNOWN"} for _, licence in rows)
