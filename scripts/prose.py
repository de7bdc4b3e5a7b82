"""Check that docstrings are sentences and that texts use the words of the field.

    python -m scripts.prose [PATH ...]

A docstring starts with a verb or a noun phrase and ends with a period, so that it makes sense
without the name above it. Docstrings, comments and other strings avoid the words of `AVOIDED`, and
so do documents outside of their code blocks.
"""

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
CHECKED = [
    ROOT / "service",
    ROOT / "client",
    ROOT / "docs",
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
]
FRAGMENT = re.compile(
    r"(Of|What|Those|Where|Who|Whoever|That|Than|As|By|Which|How|Whether|In|On|With|Without|From|To)\b"
)
"""First words of a docstring that leaves out its verb or its noun."""
AVOIDED = {
    r"told|tells?|telling": "reported, sent, returned, included",
    r"owed": "pending",
    r"beside": "next to, in addition to",
    r"who(m)?ever|somebody|nobody": "a client, a person, no one: name them",
    r"as may( be)?": "at most",
    r"is none": "there is no, is not set",
    r"by chance": "at random",
    r"he|him|his": "they, the client",
}
WORDS = {re.compile(rf"\b({words})\b", re.IGNORECASE): better for words, better in AVOIDED.items()}
END = re.compile(r"[.!?:)`\"]$")


def docstrings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield the line and the text of every docstring, also of those below constants and fields."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if not isinstance(body, list):
            continue
        for statement in body:
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
                text = statement.value.value
                if isinstance(text, str):
                    yield statement.lineno, text.strip()


def texts(source: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the text of every comment and string."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type in (tokenize.COMMENT, tokenize.STRING):
            for number, line in enumerate(token.string.splitlines()):
                yield token.start[0] + number, line


def lines(document: str) -> Iterator[tuple[int, str]]:
    """Yield the number and the text of every line of Markdown outside of code blocks."""
    in_code = False
    for number, line in enumerate(document.splitlines(), 1):
        if line.lstrip().startswith("```"):
            in_code = not in_code
        elif not in_code:
            yield number, line


def fragments(source: str) -> Iterator[tuple[int, str]]:
    """Yield the line of every docstring that is not a sentence, and the reason."""
    for number, text in docstrings(ast.parse(source)):
        if FRAGMENT.match(text):
            yield number, f"starts as a fragment: {text.splitlines()[0]}"
        if text and not END.search(text):
            yield number, f"ends without a period: {text.splitlines()[-1]}"


def avoided(texts: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Yield the line of every word to avoid, and the words to use instead."""
    for number, text in texts:
        for words, better in WORDS.items():
            if found := words.search(text):
                yield number, f"{found[0]!r}: rather {better}"


def complaints(path: Path) -> Iterator[str]:
    """Yield a line for everything in a module or a document that breaks a rule."""
    source = path.read_text()
    if path.suffix == ".md":
        found = [*avoided(lines(source))]
    else:
        found = [*fragments(source), *avoided(texts(source))]
    for number, reason in found:
        yield f"{path.relative_to(ROOT)}:{number}: {reason}"


def files(path: Path) -> list[Path]:
    """Return a file, or the modules and documents of a folder."""
    if path.is_file():
        return [path]
    return [*path.rglob("*.py"), *path.rglob("*.md")]


def main() -> None:
    """Print every complaint about these paths, and fail if there is one."""
    paths = [Path(path).resolve() for path in sys.argv[1:]] or CHECKED
    found = [
        complaint
        for path in paths
        for file in sorted(files(path))
        for complaint in complaints(file)
    ]
    print(*found, sep="\n")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
