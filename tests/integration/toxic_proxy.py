"""A TCP proxy that spoils connections: what Toxiproxy does, in the tests' process.

with ToxicProxy("127.0.0.1:8500") as proxy:
    ...  # connect to proxy.target
    with proxy.toxic(Latency(100), "downstream"):
        ...  # every open and every new connection suffers it
    with proxy.down():
        ...  # connections are refused
"""

import asyncio
import random
import socket
import struct
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Literal, Self, TypeVar

from tests.integration.toxics import (
    Bandwidth,
    BitFlip,
    Latency,
    LimitData,
    ResetPeer,
    Slicer,
    Timeout,
    Toxic,
)

Stream = Literal["upstream", "downstream"]
Kind = TypeVar("Kind")

_PIECE = 64 * 1024
_RESET = struct.pack("ii", 1, 0)


@dataclass(eq=False)
class _Applied:
    """A toxic that is in force, and how many bytes it has seen of each connection."""

    toxic: Toxic
    stream: Stream
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    seen: dict["_Connection", int] = field(default_factory=dict)


class ToxicProxy:
    """Listens on a port of its own and forwards to ``target``, spoiled by the toxics in force.

    Args:
        target: ``host:port`` of the server; it need not be up.

    Attributes:
        target: ``host:port`` to connect to instead.
        accepted: connections so far.
    """

    def __init__(self, target: str) -> None:
        host, _, port = target.rpartition(":")
        self.upstream = host, int(port)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self._port = listener.getsockname()[1]
        self.target = f"127.0.0.1:{self._port}"
        self.accepted = 0
        self.applied: list[_Applied] = []
        self._open: set[_Connection] = set()
        self._server: asyncio.Server | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    @property
    def connections(self) -> int:
        """Connections that are open."""
        return len(self._open)

    @contextmanager
    def toxic(self, toxic: Toxic, stream: Stream = "downstream") -> Iterator[None]:
        """Put a toxic in force for the length of a block."""
        applied = self._run(self._add(toxic, stream))
        try:
            yield
        finally:
            self._run(self._remove(applied))

    @contextmanager
    def down(self) -> Iterator[None]:
        """Refuse connections, and close those that are open, for the length of a block."""
        self._run(self._stop())
        try:
            yield
        finally:
            self._run(self._start())

    def close_all(self) -> None:
        """Close every connection; new ones are accepted."""
        self._run(self._close_all())

    def __enter__(self) -> Self:
        self._thread.start()
        self._run(self._start())
        return self

    def __exit__(self, *_: object) -> None:
        self._run(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, Kind]) -> Kind:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _start(self) -> None:
        self._server = await asyncio.start_server(
            self._accept, "127.0.0.1", self._port, reuse_address=True, limit=_PIECE
        )

    async def _stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        await self._close_all()

    async def _close_all(self) -> None:
        for connection in list(self._open):
            connection.close()
        while self._open:
            await asyncio.sleep(0)

    async def _add(self, toxic: Toxic, stream: Stream) -> _Applied:
        applied = _Applied(toxic, stream)
        self.applied.append(applied)
        for connection in self._open:
            connection.suffer(applied)
        return applied

    async def _remove(self, applied: _Applied) -> None:
        self.applied.remove(applied)
        applied.gone.set()
        if isinstance(applied.toxic, Timeout):  # what it held back cannot be made up for
            for connection in applied.seen:
                connection.close()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        try:
            back, forth = await asyncio.open_connection(*self.upstream, limit=_PIECE)
        except OSError:
            writer.close()
            return
        connection = _Connection(self, (reader, forth), (back, writer))
        self._open.add(connection)
        try:
            await connection.run()
        finally:
            self._open.discard(connection)
            for applied in self.applied:
                applied.seen.pop(connection, None)


_Pipe = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class _Connection:
    """One client's connection and the one to the server that belongs to it."""

    def __init__(self, proxy: ToxicProxy, up: _Pipe, down: _Pipe) -> None:
        self._proxy = proxy
        self._pipes: dict[Stream, _Pipe] = {"upstream": up, "downstream": down}
        self._timers: list[asyncio.TimerHandle] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def run(self) -> None:
        """Forward both ways until both ends are done."""
        for applied in self._proxy.applied:
            self.suffer(applied)
        self._tasks = [
            asyncio.create_task(task)
            for stream in self._pipes
            for task in self._forward(stream, asyncio.Queue(64))
        ]
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for timer in self._timers:
            timer.cancel()
        for _, writer in self._pipes.values():
            writer.close()

    def suffer(self, applied: _Applied) -> None:
        """Start what a toxic does without any bytes passing."""
        applied.seen.setdefault(self, 0)
        end: Callable[[], None] | None = None
        match applied.toxic:
            case ResetPeer(ms):
                end = self.reset
            case Timeout(ms) if ms:
                end = self.close
        if end is not None:

            def unless_gone(end: Callable[[], None] = end) -> None:
                if not applied.gone.is_set():
                    end()

            loop = asyncio.get_running_loop()
            self._timers.append(loop.call_later(ms / 1e3, unless_gone))

    def close(self) -> None:
        """Close both ends."""
        for task in self._tasks:
            task.cancel()
        for _, writer in self._pipes.values():
            writer.close()

    def reset(self) -> None:
        """Abort both ends, with a reset instead of an end."""
        for _, writer in self._pipes.values():
            raw = writer.get_extra_info("socket")
            if raw is not None and raw.fileno() >= 0:
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            writer.transport.abort()
        self.close()

    def _forward(
        self, stream: Stream, queue: asyncio.Queue[tuple[float, bytes]]
    ) -> tuple[Coroutine[Any, Any, None], Coroutine[Any, Any, None]]:
        return self._read(stream, queue), self._write(stream, queue)

    async def _read(self, stream: Stream, queue: asyncio.Queue[tuple[float, bytes]]) -> None:
        """Stamp each piece with the time at which it may pass."""
        reader, _ = self._pipes[stream]
        loop = asyncio.get_running_loop()
        piece = b"none yet"
        while piece:
            try:
                piece = await reader.read(_PIECE)
            except OSError:
                piece = b""
            late = sum(
                toxic.ms + random.uniform(-toxic.jitter_ms, toxic.jitter_ms)
                for toxic in (applied.toxic for applied in self._of(stream))
                if isinstance(toxic, Latency)
            )
            await queue.put((loop.time() + late / 1e3, piece))

    async def _write(self, stream: Stream, queue: asyncio.Queue[tuple[float, bytes]]) -> None:
        _, writer = self._pipes[stream]
        loop = asyncio.get_running_loop()
        with suppress(OSError):
            while True:
                due_s, piece = await queue.get()
                await asyncio.sleep(max(due_s - loop.time(), 0.0))
                if not piece:
                    writer.write_eof()
                    return
                for part, delay_s in await self._spoiled(stream, piece):
                    writer.write(part)
                    await writer.drain()
                    await asyncio.sleep(delay_s)

    async def _spoiled(self, stream: Stream, piece: bytes) -> list[tuple[bytes, float]]:
        """Return what passes of a piece, each part with the pause after it in seconds."""
        size, delay_s = len(piece), 0.0
        for applied in list(self._of(stream)):
            seen = applied.seen.get(self, 0)
            applied.seen[self] = seen + len(piece)
            match applied.toxic:
                case Timeout():
                    await applied.gone.wait()
                case LimitData(limit) if seen + len(piece) > limit:
                    _, writer = self._pipes[stream]
                    writer.write(piece[: limit - seen])
                    await writer.drain()
                    self.close()
                    return []
                case BitFlip(every):
                    spoiled = bytearray(piece)
                    for place in range(every - 1 - seen % every, len(piece), every):
                        spoiled[place] ^= 1
                    piece = bytes(spoiled)
                case Bandwidth(bytes_per_s):
                    await asyncio.sleep(len(piece) / bytes_per_s)
                case Slicer(slice_size, pause_ms):
                    size, delay_s = slice_size, pause_ms / 1e3
        return [(piece[start : start + size], delay_s) for start in range(0, len(piece), size)]

    def _of(self, stream: Stream) -> Iterator[_Applied]:
        return (applied for applied in self._proxy.applied if applied.stream == stream)
