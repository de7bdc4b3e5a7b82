"""Where the files lie that tests look at."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
CLIENT = ROOT / "client"
WEB = ROOT / "service" / "web"
DATA = Path(__file__).parent / "data"
