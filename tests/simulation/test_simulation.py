"""Simulations can be replayed."""

import os
import subprocess
import sys

import pytest

from tests.simulation.__main__ import replay
from tests.simulation.bugs import lost_append
from tests.simulation.simulation import simulate
from tests.support.paths import ROOT

SEED = 7


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_a_seed_gives_the_same_trace_in_every_process(hash_seed: str) -> None:
    command = [sys.executable, "-m", "tests.simulation", str(SEED)]
    replayed = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )

    assert simulate(SEED).digest in replayed.stdout


def test_seeds_give_different_traces() -> None:
    assert simulate(SEED).digest != simulate(SEED + 1).digest


def test_a_replay_prints_the_violations(capsys: pytest.CaptureFixture[str]) -> None:
    with lost_append():
        assert replay(SEED)

    assert "VIOLATION: " in capsys.readouterr().out
