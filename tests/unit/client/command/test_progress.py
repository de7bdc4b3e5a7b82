import io

from coaster_client.command.progress import Progress, sparkline, steps_line


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_bar_is_as_full_as_the_job() -> None:
    line = steps_line(500, 1000, [9.0, 1.0])

    assert line == "[###############...............] 500 of 1,000  █▁  loss 1"


def test_a_sparkline_falls_with_the_loss() -> None:
    assert sparkline([1e4, 1e3, 1e2, 1e1], width=4) == "█▆▃▁"


def test_a_sparkline_of_many_losses_ends_with_the_last() -> None:
    assert sparkline([1.0] * 999 + [1e-9], width=5) == "████▁"


def test_a_loss_of_zero_has_a_height() -> None:
    assert sparkline([1.0, 0.0]) == "█▁"


def test_a_terminal_shows_one_line_that_changes() -> None:
    terminal = Terminal()

    with Progress(terminal) as progress:
        progress.show("half")
        progress.show("done")

    assert terminal.getvalue() == "\rhalf\033[K\rdone\033[K\n"


def test_a_pipe_shows_nothing() -> None:
    pipe = io.StringIO()

    with Progress(pipe) as progress:
        progress.show("half")

    assert pipe.getvalue() == ""
