"""Check that docstrings are sentences and that texts use the words of the field.

    python -m scripts.prose [PATH ...]

A docstring starts with a verb or a noun phrase and ends with a period, so that it makes sense
without the name above it. Docstrings, comments and other strings avoid the words of `AVOIDED`.
"""

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
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


def complaints(path: Path) -> Iterator[str]:
    """Yield a line for each docstring and each word of a module that breaks a rule."""
    source = path.read_text()
    place = path.relative_to(ROOT)
    for number, text in docstrings(ast.parse(source)):
        if FRAGMENT.match(text):
            yield f"{place}:{number}: starts as a fragment: {text.splitlines()[0]}"
        if text and not END.search(text):
            yield f"{place}:{number}: ends without a period: {text.splitlines()[-1]}"
    for number, text in texts(source):
        for words, better in WORDS.items():
            if found := words.search(text):
                yield f"{place}:{number}: {found[0]!r}: rather {better}"


def main() -> None:
    """Print every complaint about the modules of these paths, and fail if there is one."""
    paths = [Path(path).resolve() for path in sys.argv[1:]] or [ROOT / "service"]
    files = [file for path in paths for file in ([path] if path.is_file() else path.rglob("*.py"))]
    found = [complaint for file in sorted(files) for complaint in complaints(file)]
    print(*found, sep="\n")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
