import subprocess
import sys

SCRIPT = """
import gc
from service.imports import imported
assert imported("service.settings").Settings().workers > 0
assert gc.isenabled()
assert gc.get_freeze_count() > 1000
"""


def test_what_was_imported_is_searched_for_garbage_never_again_and_what_comes_after_it_is() -> None:
    assert subprocess.run([sys.executable, "-c", SCRIPT], check=False).returncode == 0
