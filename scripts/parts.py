"""The generated parts of the documents: what stands between `<!-- name -->` and `<!-- /name
-->`.
"""


def part(document: str, name: str) -> str:
    """The text of one."""
    return _split(document, name)[1]


def with_part(document: str, name: str, text: str) -> str:
    """The document with another text there."""
    before, _, after = _split(document, name)
    return before + text + after


def _split(document: str, name: str) -> tuple[str, str, str]:
    """What stands before the text, the text, and what follows; the markers are with the outer
    two.
    """
    begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    assert begin in document, f"no part {name}"
    before, _, rest = document.partition(begin)
    text, _, after = rest.partition(end)
    return before + begin, text, end + after
