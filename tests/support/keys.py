"""API keys as an operator makes them."""

from collections.abc import Sequence
from pathlib import Path

from service.api.keys import made


def key_file(folder: Path, names: Sequence[str]) -> tuple[Path, dict[str, str]]:
    """A file of keys of these names, and the keys."""
    keys = {name: made(name) for name in names}
    file = folder / "keys"
    file.write_text("# Who may ask.\n\n" + "".join(f"{line}\n" for _, line in keys.values()))
    return file, {name: key for name, (key, _) in keys.items()}


def bearer(key: str) -> dict[str, str]:
    """The header that shows a key."""
    return {"Authorization": f"Bearer {key}"}
