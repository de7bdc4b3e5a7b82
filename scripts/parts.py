"""The generated parts of documents: the text between `<!-- name -->` and `<!-- /name -->`."""


def part(document: str, name: str) -> str:
    """Return the text of a part."""
    return _split(document, name)[1]


def with_part(document: str, name: str, text: str) -> str:
    """Return the document with another text in a part."""
    before, _, after = _split(document, name)
    return before + text + after


def _split(document: str, name: str) -> tuple[str, str, str]:
    """Return the text before a part, the part, and the text after it. The markers belong to the
    outer texts.
    """
    begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    assert begin in document, f"no part {name}"
    before, _, rest = document.partition(begin)
    text, _, after = rest.partition(end)
    return before + begin, text, end + after
