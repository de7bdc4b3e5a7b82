"""Break the service one line at a time and count the breaks that the tests notice.

Each mutant is one small change of one line: a sign, a bound, an off-by-one, a negation, an
exception that is swallowed. A fixed seed draws them, spread over all packages. The tests run in a
copy of the checkout, first those of the mutant's own package, then all of `make test`; survivors
also meet the tests of `make test-all` with `--all`.
"""

import argparse
import ast
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parent.parent
SWAPS: dict[type[ast.AST], str] = {
    ast.Add: "-",
    ast.Sub: "+",
    ast.Mult: "/",
    ast.Div: "*",
    ast.Lt: "<=",
    ast.LtE: "<",
    ast.Gt: ">=",
    ast.GtE: ">",
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.Is: "is not",
    ast.IsNot: "is",
    ast.In: "not in",
    ast.NotIn: "in",
    ast.And: "or",
    ast.Or: "and",
}
QUICK = ["tests/unit", "tests/smoke"]
ALL = [*QUICK, "tests/integration", "tests/system"]
SECONDS = 600
"""A run of the tests that takes longer hangs, which a person would notice."""


@dataclass(frozen=True)
class Mutant:
    """One change: the text from `start` to `end` of the file becomes `after`."""

    file: Path
    line: int
    start: int
    end: int
    before: str
    after: str

    @property
    def package(self) -> str:
        """The name of the package below `service`, or nothing for a module at its top."""
        return self.file.parts[1] if len(self.file.parts) > 2 else ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}  {self.before}  ->  {self.after.strip()}"


class Finder(ast.NodeVisitor):
    """Every possible mutant of one file.

    Annotations, docstrings, log lines and f-strings stay as they are. So do the numbers of a
    module's constants: they are tuning, or the contract holds them.
    """

    def __init__(self, file: Path) -> None:
        self.mutants: list[Mutant] = []
        self._file = file
        self._source = (ROOT / file).read_bytes()
        self._starts = [0]
        for line in self._source.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))
        self.visit(ast.parse(self._source))

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """Visit the body and the defaults of a function, which hold its behaviour."""
        for part in [*node.args.defaults, *node.args.kw_defaults, *node.body]:
            if part is not None:
                self.visit(part)

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815 - ast's name

    def visit_Module(self, node: ast.Module) -> None:
        """Visit everything but the constants."""
        for statement in node.body:
            if not isinstance(statement, ast.Assign | ast.AnnAssign):
                self.visit(statement)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """Pass over a text, whose parts have no exact place."""

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        """Visit the value alone."""
        if node.value:
            self.visit(node.value)

    def visit_Assert(self, node: ast.Assert) -> None:
        """Pass over what narrows a type."""

    def visit_Expr(self, node: ast.Expr) -> None:
        """Pass over docstrings and log lines."""
        text = self._text(node)
        if not isinstance(node.value, ast.Constant) and not text.startswith("log."):
            self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        """Turn a plus into a minus, and the like."""
        self._swap(node.left, node.op, node.right)
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        """Turn the first `and` into an `or`, and the reverse."""
        self._swap(node.values[0], node.op, node.values[1])
        self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        """Move a bound or turn a comparison round."""
        for left, op, right in zip(
            [node.left, *node.comparators], node.ops, node.comparators, strict=False
        ):
            self._swap(left, op, right)
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        """Drop a minus or a `not`."""
        if isinstance(node.op, ast.USub | ast.Not):
            self._replace(node, self._text(node.operand))
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        """Add one to an integer."""
        if type(node.value) is int:
            self._replace(node, str(node.value + 1))

    def visit_Raise(self, node: ast.Raise) -> None:
        """Swallow an exception."""
        self._replace(node, "pass")

    def _swap(self, left: ast.expr, op: ast.AST, right: ast.expr) -> None:
        after = SWAPS.get(type(op))
        start, end = self._end(left), self._start(right)
        before = self._source[start:end].decode()
        if after and before.strip(" ()\n"):
            operator = before.strip(" ()\n")
            self._add(left, start, end, before.replace(operator, after, 1))

    def _replace(self, node: ast.expr | ast.stmt, after: str) -> None:
        self._add(node, self._start(node), self._end(node), after)

    def _add(self, node: ast.expr | ast.stmt, start: int, end: int, after: str) -> None:
        before = self._source[start:end].decode()
        self.mutants.append(Mutant(self._file, node.lineno, start, end, before.strip(), after))

    def _text(self, node: ast.expr | ast.stmt) -> str:
        return self._source[self._start(node) : self._end(node)].decode()

    def _start(self, node: ast.expr | ast.stmt) -> int:
        return self._starts[node.lineno - 1] + node.col_offset

    def _end(self, node: ast.expr | ast.stmt) -> int:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self._starts[node.end_lineno - 1] + node.end_col_offset


def drawn(seed: int, count: int) -> list[Mutant]:
    """Mutants of as many different lines, each package in proportion to its size, at least one."""
    files = sorted(path.relative_to(ROOT) for path in (ROOT / "service").rglob("*.py"))
    found: dict[tuple[Path, int], list[Mutant]] = {}
    for file in files:
        for mutant in Finder(file).mutants:
            found.setdefault((mutant.file, mutant.line), []).append(mutant)
    random_ = random.Random(seed)
    lines = [random_.choice(mutants) for _, mutants in sorted(found.items())]
    random_.shuffle(lines)
    one_each = list({mutant.package: mutant for mutant in lines}.values())
    return (one_each + [mutant for mutant in lines if mutant not in one_each])[:count]


def notices(mutant: Mutant, copy: Path, suites: list[str]) -> bool:
    """Whether some test of these suites fails on the mutant."""
    original = (copy / mutant.file).read_bytes()
    broken = original[: mutant.start] + mutant.after.encode() + original[mutant.end :]
    (copy / mutant.file).write_bytes(broken)
    try:
        return any(not passes(copy, paths) for paths in runs(mutant, copy, suites))
    finally:
        (copy / mutant.file).write_bytes(original)


def runs(mutant: Mutant, copy: Path, suites: list[str]) -> Iterator[list[str]]:
    """The paths of each run of pytest: the mutant's own package first, as it fails soonest."""
    own = Path("tests/unit") / mutant.package
    if mutant.package and (copy / own).is_dir():
        yield [str(own)]
    yield suites


def passes(copy: Path, paths: list[str]) -> bool:
    """Whether all tests of these paths pass. A run that hangs does not."""
    markers = "not long and not browser and not compose and not prometheus"
    parallel = ["--numprocesses", "auto", "--dist", "worksteal"]
    command = [sys.executable, "-m", "pytest", "--exitfirst", *parallel, "-m", markers, *paths]
    try:
        ended = subprocess.run(command, cwd=copy, capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return False
    return ended.returncode == 0


def main() -> None:
    """Print a line for each mutant and the count at the end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=15)
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--all", action="store_true", help="survivors meet `make test-all` too")
    parser.add_argument("--list", action="store_true", help="print the mutants and run nothing")
    arguments = parser.parse_args()
    mutants = drawn(arguments.seed, arguments.count)
    if arguments.list:
        print(*mutants, sep="\n")
        return
    with TemporaryDirectory() as folder:
        copy = Path(folder) / "checkout"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".venv", ".git", "node_modules"))
        if not passes(copy, QUICK):
            sys.exit("The tests fail before anything is broken.")
        survivors = [mutant for mutant in mutants if not reported(mutant, copy, QUICK)]
        print(f"make test notices {len(mutants) - len(survivors)} of {len(mutants)}")
        if arguments.all:
            left = [mutant for mutant in survivors if not reported(mutant, copy, ALL)]
            print(f"make test-all notices {len(mutants) - len(left)} of {len(mutants)}")


def reported(mutant: Mutant, copy: Path, suites: list[str]) -> bool:
    """Whether the tests notice the mutant, which is printed."""
    noticed = notices(mutant, copy, suites)
    print(f"{'noticed ' if noticed else 'SURVIVES'} {mutant}", flush=True)
    return noticed


if __name__ == "__main__":
    main()
