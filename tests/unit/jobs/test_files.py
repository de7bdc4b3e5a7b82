"""How the files of jobs are cut as they arrive."""

import sys
from collections.abc import Iterable

import pytest

from service.jobs.files import Cutter, FilePart, StoredFile

PIECE = 64
ROWS = b"".join(b"%d,%d\n" % (n, n * n % 97) for n in range(100))


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a piece have some lines."""
    monkeypatch.setattr("service.jobs.files.HEAD_BYTES", PIECE)
    monkeypatch.setattr("service.jobs.files.PIECE_BYTES", PIECE)


def cut(content: bytes, cutter: Cutter, chunk: int = 7) -> list[bytes]:
    """Return the pieces of a file that arrives in chunks of this size."""
    pieces: list[bytes] = []
    for at in range(0, len(content), chunk):
        pieces += cutter.add(content[at : at + chunk])
    return [*pieces, cutter.last()]


def ends_of_lines(pieces: Iterable[bytes]) -> bool:
    return all(piece.endswith(b"\n") for piece in pieces)


@pytest.mark.parametrize("chunk", [1, 7, 64, 65, 1000])
def test_the_pieces_are_the_file(chunk: int) -> None:
    pieces = cut(ROWS, Cutter("csv"), chunk)

    assert b"".join(pieces) == ROWS
    assert max(map(len, pieces)) <= PIECE


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_csv_is_cut_at_ends_of_lines(line_end: bytes) -> None:
    pieces = cut(ROWS.replace(b"\n", line_end), Cutter("csv"))

    assert ends_of_lines(pieces)


def test_other_files_are_cut_anywhere() -> None:
    pieces = cut(ROWS, Cutter("parquet"))

    assert {len(piece) for piece in pieces[:-1]} == {PIECE}


@pytest.mark.parametrize("row", [b'1,"a\nb\n",2\n', b'1,"say ""\n""",2\n', b'"1","2","\n"\n'])
def test_csv_is_not_cut_at_line_ends_in_quotes(row: bytes) -> None:
    for before in range(PIECE):
        content = b"x" * before + b"\n" + row * 20

        pieces = cut(content, Cutter("csv"))

        assert all(piece.count(b'"') % 2 == 0 for piece in pieces)
        assert ends_of_lines(pieces)


def test_a_line_that_is_longer_than_a_piece_is_named() -> None:
    cutter = Cutter("csv")

    pieces = cut(b"1,2\n3,4\n" + b"5" * 2 * PIECE + b",6\n", cutter)

    assert cutter.uncut_line == 3
    assert b"".join(pieces).endswith(b"5,6\n")


def test_a_quote_that_is_not_closed_is_a_long_line() -> None:
    cutter = Cutter("csv")

    cut(b'1,2\n3,"4\n' + ROWS, cutter)

    assert cutter.uncut_line == 2


def test_the_steps_of_a_cut_do_not_grow_with_the_lines_in_quotes() -> None:
    events: list[str] = []
    content = b'1,2\n"' + b"\n" * 2 * PIECE
    cutter = Cutter("csv")

    sys.setprofile(lambda _frame, event, _argument: events.append(event))
    try:
        next(cutter.add(content))
    finally:
        sys.setprofile(None)

    assert events.count("c_call") < PIECE / 2


def test_each_part_has_some_pieces_and_knows_its_first_line() -> None:
    cutter = Cutter("csv")
    pieces = cut(ROWS, cutter)

    file = cutter.file(in_parts=True, max_seconds=1.0)

    lines = 1
    for part, first in zip(file.parts, range(0, len(pieces), 2), strict=True):
        content = b"".join(pieces[part.first : part.stop])
        assert (part.first, part.line) == (first, lines)
        lines += content.count(b"\n")
    assert file.pieces == len(pieces)


def test_a_part_has_no_more_lines_than_a_file_has_points(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.jobs.files.MAX_FILE_POINTS", 20)
    cutter = Cutter("csv")
    pieces = cut(ROWS, cutter)

    file = cutter.file(in_parts=True, max_seconds=1.0)

    lines = [b"".join(pieces[part.first : part.stop]).count(b"\n") for part in file.parts]
    assert max(lines) <= 20
    assert cutter.has_too_many_points


@pytest.mark.parametrize(
    "content",
    [
        b"t,y\n" + ROWS,
        b"\xef\xbb\xbfsep=;\n" + ROWS,
        b'"t (s)","y, in m"\n' + ROWS,
        b"t1,y2\n" + ROWS,
        b"t,y\r\n" + ROWS.replace(b"\n", b"\r\n"),
        b"\n\n" + ROWS.replace(b"\n", b"\n\n") + b"\n" * 3 * PIECE,
        b"t,y,note\n" + ROWS.replace(b"\n", b',"a\n\nb"\n'),
        ROWS.rstrip(),
    ],
    ids=["header", "sep", "quotes", "digits", "crlf", "empty lines", "line ends", "no last end"],
)
@pytest.mark.parametrize(("most", "too_many"), [(100, False), (99, True)])
def test_points_are_counted_and_not_lines(
    monkeypatch: pytest.MonkeyPatch, content: bytes, most: int, *, too_many: bool
) -> None:
    monkeypatch.setattr("service.jobs.files.MAX_FILE_POINTS", most)
    cutter = Cutter("csv")

    cut(content, cutter)

    assert cutter.has_too_many_points == too_many


def test_the_points_of_other_files_are_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.jobs.files.MAX_FILE_POINTS", 1)
    cutter = Cutter("npy")

    cut(ROWS, cutter)

    assert not cutter.has_too_many_points


def test_a_file_that_is_not_in_parts_is_one_part() -> None:
    cutter = Cutter("csv")
    pieces = cut(ROWS, cutter)

    file = cutter.file(in_parts=False, max_seconds=1.0)

    assert file.parts == [FilePart(0, len(pieces), 1)]
    assert not file.in_parts


def test_a_file_is_known_by_its_content_and_not_by_its_chunks() -> None:
    first, second, other = Cutter("npy"), Cutter("npy"), Cutter("npy")
    cut(ROWS, first, 5)
    cut(ROWS, second, 50)
    cut(ROWS[:-1], other)

    digests = [each.file(in_parts=False, max_seconds=1.0).digest for each in (first, second, other)]

    assert digests[0] == digests[1] != digests[2]


def test_what_is_known_of_a_file_is_stored_as_json() -> None:
    cutter = Cutter("csv")
    cut(ROWS, cutter)
    file = cutter.file(in_parts=True, max_seconds=1.0)

    assert StoredFile.from_json(file.to_json()) == file


@pytest.mark.parametrize("points", [None, b'{"t":[1],"y":[2]}', b'{"series":[]}'])
def test_other_points_are_no_file(points: bytes | None) -> None:
    assert StoredFile.from_json(points) is None
