"""The proxy that the fault tests rely on, between a client and an echo server."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from tests.integration.processes import wait_until
from tests.integration.toxic_proxy import ToxicProxy
from tests.integration.toxics import (
    Bandwidth,
    BitFlip,
    Latency,
    LimitData,
    ResetPeer,
    Slicer,
    Timeout,
)


@pytest.fixture
def proxy() -> Iterator[ToxicProxy]:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def echo(connection: socket.socket) -> None:
            with connection:
                try:
                    while data := connection.recv(65536):
                        connection.sendall(data)
                except OSError:
                    return

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=echo, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        with ToxicProxy(f"127.0.0.1:{listener.getsockname()[1]}") as running:
            yield running
        listener.shutdown(socket.SHUT_RDWR)


def connect(proxy: ToxicProxy) -> socket.socket:
    host, port = proxy.target.split(":")
    return socket.create_connection((host, int(port)), 5)


def receive(client: socket.socket, count: int) -> bytes:
    got = b""
    while len(got) < count and (piece := client.recv(count - len(got))):
        got += piece
    return got


def echo(client: socket.socket, data: bytes) -> tuple[bytes, float]:
    """Return what comes back and after how many seconds."""
    start = time.monotonic()
    client.sendall(data)
    return receive(client, len(data)), time.monotonic() - start


def test_without_toxics_bytes_and_ends_pass(proxy: ToxicProxy):
    data = bytes(range(256)) * 4096
    with connect(proxy) as client:
        sender = threading.Thread(target=client.sendall, args=(data,))
        sender.start()
        assert receive(client, len(data)) == data
        sender.join()
        client.shutdown(socket.SHUT_WR)
        assert client.recv(1) == b""
    wait_until(lambda: proxy.connections == 0)
    assert proxy.accepted == 1


@pytest.mark.parametrize("stream", ["upstream", "downstream"])
def test_latency_delays_open_and_new_connections_and_goes_again(proxy: ToxicProxy, stream):
    with connect(proxy) as client:
        echo(client, b"x")
        with proxy.toxic(Latency(150, 10), stream), connect(proxy) as new:
            assert echo(client, b"abc")[0] == b"abc"
            assert echo(client, b"abc")[1] >= 0.14
            assert echo(new, b"abc")[1] >= 0.14
        assert echo(client, b"abc")[1] < 0.14


def test_timeout_lets_nothing_pass_and_closes_after_its_time(proxy: ToxicProxy):
    with connect(proxy) as client, proxy.toxic(Timeout(200), "upstream"):
        start = time.monotonic()
        assert echo(client, b"abc")[0] == b""
        assert time.monotonic() - start >= 0.15


def test_a_black_hole_closes_what_it_has_swallowed_when_it_goes(proxy: ToxicProxy):
    with connect(proxy) as client:
        echo(client, b"x")
        with proxy.toxic(Timeout()):
            client.sendall(b"abc")
            client.settimeout(0.2)
            with pytest.raises(TimeoutError):
                client.recv(1)
        client.settimeout(5)
        assert client.recv(1) == b""
        with connect(proxy) as again:
            assert echo(again, b"abc")[0] == b"abc"


def test_reset_peer_resets(proxy: ToxicProxy):
    with connect(proxy) as client:
        echo(client, b"x")
        with proxy.toxic(ResetPeer()), pytest.raises(ConnectionResetError):
            client.recv(1)


def test_slicer_sends_slices(proxy: ToxicProxy):
    with connect(proxy) as client, proxy.toxic(Slicer(2, 20)):
        got, seconds = echo(client, b"abcdefghij")
        assert got == b"abcdefghij"
        assert seconds >= 0.07


def test_limit_data_closes_after_so_many_bytes(proxy: ToxicProxy):
    with connect(proxy) as client, proxy.toxic(LimitData(5)):
        assert echo(client, b"abcdefghij")[0] == b"abcde"


def test_bandwidth_takes_its_time(proxy: ToxicProxy):
    with connect(proxy) as client, proxy.toxic(Bandwidth(10_000)):
        got, seconds = echo(client, bytes(2000))
        assert got == bytes(2000)
        assert seconds >= 0.15


def test_bit_flip_spoils_every_nth_byte(proxy: ToxicProxy):
    with connect(proxy) as client, proxy.toxic(BitFlip(4)):
        assert echo(client, bytes(6))[0] == b"\0\0\0\1\0\0"
        assert echo(client, bytes(6))[0] == b"\0\1\0\0\0\1"
    with connect(proxy) as client:
        assert echo(client, bytes(6))[0] == bytes(6)


def test_down_refuses_and_closes(proxy: ToxicProxy):
    with connect(proxy) as client:
        echo(client, b"x")
        with proxy.down():
            assert client.recv(1) == b""
            with pytest.raises(ConnectionRefusedError):
                connect(proxy)
        with connect(proxy) as again:
            assert echo(again, b"abc")[0] == b"abc"
