import asyncio
import subprocess
import sys

import pytest

from service.daemon_thread import in_daemon_thread

HANGS = """
import asyncio, threading
from service.daemon_thread import in_daemon_thread

async def main():
    task = asyncio.create_task(in_daemon_thread(threading.Event().wait, "hangs"))
    await asyncio.sleep(0.1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    print("over", flush=True)

asyncio.run(main())
"""


def test_what_the_work_returns_or_raises_comes_back():
    assert asyncio.run(in_daemon_thread(lambda: 3, "three")) == 3
    with pytest.raises(ZeroDivisionError):
        asyncio.run(in_daemon_thread(lambda: 1 // 0, "breaks"))


def test_a_process_ends_although_the_work_does_not():
    command = [sys.executable, "-c", HANGS]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout == "over\n"
