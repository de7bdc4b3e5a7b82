"""Results of fits that can draw themselves."""

from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from html import escape
from os import PathLike
from pathlib import Path
from typing import Any, Generic, TypeVar

from coaster_client import calls
from coaster_client.calls import Call
from coaster_client.errors import CoasterError
from coaster_client.models import FitResult
from coaster_client.points import Points, as_points
from coaster_client.uploads import is_file

S = TypeVar("S")


@dataclass(frozen=True)
class Picture:
    """A picture of a fit as SVG. A notebook shows it."""

    svg: str = field(repr=False)

    @classmethod
    def read(cls, body: bytes) -> "Picture":
        """Return the picture in the body of an answer."""
        return cls(body.decode())

    def save(self, path: str | PathLike[str]) -> None:
        """Write the picture to a file."""
        Path(path).write_text(self.svg, encoding="utf-8")

    def _repr_svg_(self) -> str:
        return self.svg


class _Drawn(FitResult, Generic[S]):
    """A result that knows the points of its request, and how to send a call."""

    __slots__ = ("_points", "_send")

    def __init__(self, raw: dict[str, Any], points: Mapping[str, Any] | None, send: S) -> None:
        super().__init__(raw)
        self._points = points
        self._send = send

    def _drawing(self, data: Points | None) -> Call[Picture]:
        """Return the call that draws this fit. Raises ValueError if the points are not known."""
        if "resolved" not in self.raw:
            raise ValueError("A fit without its field `resolved` cannot be drawn.")
        if is_file(data):
            raise ValueError("A picture takes no file: read the file, and pass its columns.")
        resolved = self.raw["resolved"]
        points = self._points if data is None else as_points(data)
        if points is None and self.data is not None:
            points = {"t": self.data.t, "y": self.data.y}
        if points is not None:
            return calls.picture(Picture.read, resolved | {"data": points})
        if "synthetic" in resolved:
            return calls.picture(Picture.read, resolved)
        raise ValueError(
            "The result of a job or a file does not have its points. Pass them, plot(data=...), or "
            'send the request with include=["data"].'
        )

    def _repr_html_(self) -> str:
        sentence = self.verdict.message.en if "verdict" in self.raw else repr(self)
        return f"<p>{escape(sentence)}</p>"


class Fit(_Drawn[Callable[[Call[Picture]], Picture]]):
    """The result of a fit. A notebook shows its picture and the sentence of its verdict."""

    __slots__ = ()

    def plot(self, data: Points | None = None) -> Picture:
        """Return the picture that the service draws of this fit.

        The result of a job or a file does not have its points: pass them as `data`, but not as a
        file, or send the request with `include=["data"]`. Raises ValueError if they are missing,
        and CoasterError if the service does not draw the picture.
        """
        return self._send(self._drawing(data))

    def _repr_html_(self) -> str:
        sentence = super()._repr_html_()
        try:
            svg = self.plot().svg
        except (ValueError, CoasterError):  # the result itself is still worth showing
            return sentence
        source = f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"
        return f'<img src="{source}" alt="The curve, the loss and the descent">\n{sentence}'


class AsyncFit(_Drawn[Callable[[Call[Picture]], Awaitable[Picture]]]):
    """The result of a fit. A notebook shows the sentence of its verdict.

    It cannot wait for the picture. `await fit.plot()` as the last line of a cell shows it.
    """

    __slots__ = ()

    async def plot(self, data: Points | None = None) -> Picture:
        """Return the picture that the service draws of this fit, like `Fit.plot`."""
        return await self._send(self._drawing(data))
