"""The embedded scorer's calls beside each other, in a process of their own: TensorFlow's threads are set once."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import asyncio, sys
from pathlib import Path
import numpy as np
from model.bundle import Bundle
from service.adaptive_limit import AdaptiveLimit
from service.crowd import Crowd
from service.deadline import Deadline
from service.scorers.embedded import EmbeddedScorer
from service.scorers.scoring_threads import ScoringThreads
from service.slots import Slots
from service.turnstile import Turnstile

async def count() -> int:
    crowd = Crowd(AdaptiveLimit(9, 1.0), Turnstile())
    scorer = EmbeddedScorer(1, ScoringThreads(int(sys.argv[2]), 200, crowd, Slots()))
    await scorer.start()
    bundle = Bundle.open(Path(sys.argv[1]))
    version = await scorer.open(bundle)
    shape = (bundle.table.fields, bundle.table.width)
    many, one = (np.zeros((rows, *shape), np.float32) for rows in (400_000, 1))
    ample = Deadline.after_ms(600_000)
    large = asyncio.create_task(version.score(many, ample))
    await asyncio.sleep(0.01)  # it is in its thread by now
    done = 0
    while not large.done():
        await version.score(one, ample)
        await asyncio.sleep(0)
        done += 1
    assert (await large).shape == (400_000,)
    await scorer.close()
    return done

print(asyncio.run(count()))
"""


@pytest.mark.parametrize("workers", [1, 2])
def test_calls_on_the_event_loop_do_not_wait_for_one_in_a_thread(
    module_releases: Path, workers: int
):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(module_releases / "dynint" / "1"), str(workers)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= 10  # behind it, one or two would be done
