"""Accessible SVG: drawings that screen readers can read aloud."""

from xml.sax.saxutils import escape
from zlib import crc32


def accessible(svg: str, *, title: str, description: str) -> bytes:
    """Return the drawing as an image with a title and a description, without a document type, so
    that nothing in it refers to other documents.

    In a narrower window the image shrinks. The ids of the title and the description are derived
    from the text, because a page may contain several pictures.
    """
    inside = svg[svg.index("<svg ") + len("<svg ") :]
    attributes, _, drawing = inside.partition(">")
    mark = f"{crc32(f'{title} {description}'.encode()):08x}"
    words = (
        f'<title id="title-{mark}">{escape(title)}</title>\n'
        f' <desc id="desc-{mark}">{escape(description)}</desc>'
    )
    root = (
        f'<svg role="img" aria-labelledby="title-{mark} desc-{mark}" '
        f'style="max-width: 100%; height: auto" {attributes}>'
    )
    return f'<?xml version="1.0" encoding="utf-8"?>\n{root}\n {words}{drawing}'.encode()
