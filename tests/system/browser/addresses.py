"""Addresses of the page."""

import base64
import zlib


def packed(points: list[tuple[float, float]]) -> str:
    """Return the part of an address that holds these points."""
    squeezing = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    text = ";".join(f"{t},{y}" for t, y in points).encode()
    return "data=" + base64.urlsafe_b64encode(
        squeezing.compress(text) + squeezing.flush()
    ).decode().rstrip("=")
