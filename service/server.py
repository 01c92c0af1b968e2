"""The gateway as a process: one uvicorn worker that drains before it ends."""

import shlex
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from ipaddress import ip_address
from time import monotonic
from types import FrameType

import structlog
import uvicorn
from starlette.types import ASGIApp

from model.console import say
from model.errors import InvalidInputError
from service.announcer import Announcer
from service.gateway import Gateway
from service.http_protocol import protocol_for
from service.logs import configure_logs
from service.main import create_app
from service.settings import Settings

_KEEP_ALIVE_S = 75
"""Longer than the 60 s after which load balancers drop idle connections."""

_DOORS = 16

_NO_KEYS = (
    "whoever reaches this address may ask: set DYNINT_API_KEYS_FILE, or let a proxy or a network "
    "policy decide (docs/secure.md)"
)

_log = structlog.get_logger()


class Server(uvicorn.Server):
    """Uvicorn's server, which after SIGTERM or SIGINT drains and then ends with 0.

    While it drains, /readyz says no and each answer closes its connection, so that nobody sends
    into a closed door. A second signal ends it at once.

    Args:
        config: uvicorn's.
        app: what is served.
        drain_s: how long requests are still taken, in seconds.
    """

    def __init__(self, config: uvicorn.Config, app: Gateway, drain_s: float) -> None:
        super().__init__(config)
        self._app = app
        self._drain_s = drain_s
        self._exit_at_s: float | None = None

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Handle the signals that mean the end, and do not raise them again afterwards."""
        before = {
            number: signal.signal(number, self.handle_exit)
            for number in (signal.SIGTERM, signal.SIGINT)
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to drain, or end at once if that has begun."""
        if self._exit_at_s is not None:
            self.should_exit = self.force_exit = True
            return
        self._app.components.draining = True
        self._exit_at_s = monotonic() + self._drain_s

    async def on_tick(self, counter: int) -> bool:
        """End when the drain has."""
        if self._exit_at_s is not None and monotonic() >= self._exit_at_s:
            self.should_exit = True
        return await super().on_tick(counter)


def serve(settings: Settings, wrap: Callable[[Gateway], ASGIApp] | None = None) -> None:
    """Run the gateway until a signal ends it.

    Args:
        settings: of the gateway.
        wrap: puts something around the application, such as a benchmark's route.

    Raises:
        InvalidInputError: if the address cannot be listened on, or the settings ask for what is not
            installed.
    """
    configure_logs(settings.log_level, settings.log_format)
    app = create_app(settings)
    with ExitStack() as opened:
        listener = opened.enter_context(listen(settings.host, settings.port))
        sockets, url = doors(listener), _url(settings.host, listener)
        admin_url = url
        if settings.admin_port is not None:
            admin = opened.enter_context(
                listen(settings.admin_host, settings.admin_port, "admin_host and admin_port")
            )
            sockets.append(admin)
            app.components.admin_port = admin.getsockname()[1]
            admin_url = _url(settings.admin_host, admin)
        say(f"starting on {url.removeprefix('http://')}")
        if admin_url != url:
            say(f"admin on {admin_url.removeprefix('http://')}")
        if settings.api_keys_file is None and not is_loopback(settings.host):
            _log.warning("no_api_keys", host=settings.host, text=_NO_KEYS)
        releases = app.components.releases
        releases.on_live.append(Announcer(url, settings, admin_url))
        releases.on_problem.append(lambda problem: _tell(problem, url, settings))
        config = uvicorn.Config(
            app if wrap is None else wrap(app),
            loop="uvloop",
            http=protocol_for(app.components),
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=bool(settings.trusted_proxies),
            forwarded_allow_ips=settings.trusted_proxies,
            timeout_keep_alive=_KEEP_ALIVE_S,
            timeout_graceful_shutdown=-(-settings.shutdown_timeout_ms // 1000),
        )
        Server(config, app, settings.drain_ms / 1e3).run(sockets=sockets)
    say("stopped")


def _tell(problem: str, url: str, settings: Settings) -> None:
    """Say what is in the way, with the paths that are kept from HTTP."""
    root, folder = settings.release_root.absolute(), settings.model_dir.absolute()
    say(f"not ready: {problem.replace('--root ROOT', f'--root {shlex.quote(str(root))}')}")
    if not folder.is_dir():
        missing = folder if root.is_dir() else root
        why = "is no folder" if missing.exists() else "does not exist"
        say(f"waiting for: {missing}, which {why}")
    say(f"listening: {url}")


def is_loopback(host: str) -> bool:
    """Tell whether an address to listen on is reached from this machine only."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _url(host: str, listener: socket.socket) -> str:
    named = f"[{host}]" if ":" in host else host
    return f"http://{named}:{listener.getsockname()[1]}"


def listen(host: str, port: int, names: str = "host and port") -> socket.socket:
    """Open a listening socket.

    Args:
        host: address to listen on.
        port: 0 takes a free one.
        names: of the settings that say so.

    Raises:
        InvalidInputError: if the address is not ours or the port is taken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        # Python adds what it did, in brackets; a name that is not known has a number of its own.
        reason = str(error.strerror).partition(" (while attempting")[0]
        raise InvalidInputError(
            f"{names}: must be free to listen on; {host}:{port} is not ({reason}). "
            f"{'--port 0' if names == 'host and port' else 'Port 0'} takes a free port"
        ) from error


def doors(listener: socket.socket) -> list[socket.socket]:
    """Give the event loop the listening socket several times over.

    In one turn libuv accepts one connection from each. Under load a turn takes up to 50 ms: from one
    socket, a hundred connections that come together would be accepted within five seconds, and a
    health check's behind them.
    """
    return [listener, *(listener.dup() for _ in range(_DOORS - 1))]
