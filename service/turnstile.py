"""One request starts per turn of the event loop."""

import asyncio
from collections import deque


class Turnstile:
    """Lets requests start in the order they came, with a look at the sockets between two of them.

    Without it, all requests that arrived together would be worked on before anything else is read:
    refusals would come late, and health checks too.
    """

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._turning = False

    @property
    def is_turning(self) -> bool:
        """Whether a request started in this turn of the event loop, or starts in the next."""
        return self._turning

    async def enter(self) -> None:
        """Wait for the turn; at once if nobody else is about to start."""
        loop = asyncio.get_running_loop()
        if not self._turning:
            self._turning = True
            loop.call_soon(self._turn, loop)
            return
        turn = loop.create_future()
        self._waiting.append(turn)
        await turn

    def _turn(self, loop: asyncio.AbstractEventLoop) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():  # cancelled: its client has gone
                turn.set_result(None)
                loop.call_soon(self._turn, loop)
                return
        self._turning = False
