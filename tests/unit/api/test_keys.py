import os
from hashlib import sha256
from pathlib import Path

import pytest

from service.api.keys import KEY_BYTES, PREFIX, Keys, KeysError, made, read
from tests.support.keys import key_file

HASH = sha256(b"secret").hexdigest()
OTHER = sha256(b"other").hexdigest()


def refusal(path: Path) -> str:
    with pytest.raises(KeysError) as refused:
        read(path)
    return str(refused.value)


def refusal_of(folder: Path, content: str) -> str:
    file = folder / "keys"
    file.write_text(content)
    return refusal(file)


def test_a_key_has_its_name(tmp_path: Path) -> None:
    file, keys = key_file(tmp_path, ["ann", "bob"])

    known = Keys(file)

    assert [known.name(key.encode()) for key in keys.values()] == ["ann", "bob"]


@pytest.mark.parametrize(
    "key",
    [b"", b"secre", b"secret ", b"SECRET", b"secret\0", HASH.encode(), b"\xff", b"x" * 100_000],
)
def test_any_other_key_has_none(tmp_path: Path, key: bytes) -> None:
    file = tmp_path / "keys"
    file.write_text(f"ann {HASH}\n")

    assert Keys(file).name(key) is None


def test_a_new_key_is_chance_alone_and_is_not_in_its_line() -> None:
    key, line = made("ann")

    assert key != made("ann")[0]
    assert len(key.removeprefix(PREFIX)) * 6 >= KEY_BYTES * 8
    assert line == f"ann {sha256(key.encode()).hexdigest()}"


@pytest.mark.parametrize("name", ["", "a b", "a\n", "#a", "é", "x" * 65, "a/b"])
def test_a_name_that_a_line_cannot_hold_makes_no_key(name: str) -> None:
    with pytest.raises(KeysError):
        made(name)


def test_comments_empty_lines_and_the_ends_of_other_systems_say_nothing(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_bytes(f"# ann's\r\n\r\n  ann\t{HASH}  \r\n   # none: {OTHER}\r\n".encode())

    assert read(file) == {"ann": HASH}


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert (
        refusal(tmp_path / "keys")
        == f"The file of the API keys, {tmp_path}/keys, cannot be read: no such file or directory."
    )


def test_a_pipe_is_no_file_of_keys(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "keys")

    assert refusal(tmp_path / "keys").endswith("/keys, is not a file.")


def test_a_file_of_keys_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    _, line = made("laptop")
    (tmp_path / "keys").write_text(line, encoding="utf-8-sig")

    assert read(tmp_path / "keys").keys() == {"laptop"}


def test_a_directory_is_no_file_of_keys(tmp_path: Path) -> None:
    assert refusal(tmp_path).endswith("cannot be read: is a directory.")


def test_a_file_that_is_no_text_is_no_file_of_keys(tmp_path: Path) -> None:
    (tmp_path / "keys").write_bytes(b"\xff\xfe\x00")

    assert refusal(tmp_path / "keys").endswith("cannot be read: it is not text.")


@pytest.mark.parametrize("content", ["", "\n\n", "# ann\n"])
def test_a_file_without_keys_lets_nobody_in_and_is_refused(tmp_path: Path, content: str) -> None:
    assert "has no key" in refusal_of(tmp_path, content)


@pytest.mark.parametrize(
    "line",
    [
        "ann",
        HASH,
        f"ann {HASH[:-1]}",
        f"ann {HASH.upper()}",
        f"ann {HASH} x",
        f"a/b {HASH}",
        "ann secret-key",
    ],
)
def test_a_line_that_is_none_is_named_by_its_number_and_not_repeated(
    tmp_path: Path, line: str
) -> None:
    refused = refusal_of(tmp_path, f"# first\nbob {OTHER}\n{line}\n")

    assert refused.startswith("Line 3 of the file of the API keys is not a name and a hash")
    assert not {part for part in line.split() if part in refused.split()} & {
        "ann",
        HASH,
        "secret-key",
    }


def test_a_name_twice_is_refused(tmp_path: Path) -> None:
    assert (
        refusal_of(tmp_path, f"ann {HASH}\nann {OTHER}\n")
        == "Line 2 of the file of the API keys repeats the name of an earlier line."
    )


def test_a_key_of_two_names_is_refused(tmp_path: Path) -> None:
    assert (
        refusal_of(tmp_path, f"ann {HASH}\nbob {HASH}\n")
        == "Line 2 of the file of the API keys repeats the key of an earlier line."
    )


@pytest.mark.parametrize(("mode", "logged"), [(0o666, ["keys_writable"]), (0o644, [])])
def test_a_file_that_every_user_can_change_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, mode: int, logged: list[str]
) -> None:
    file, _ = key_file(tmp_path, ["ann"])
    file.chmod(mode)

    read(file)

    assert [record.getMessage() for record in caplog.records] == logged
