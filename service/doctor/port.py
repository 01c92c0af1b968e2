"""Whether the gateway's ports are free, and if not, who has them."""

from collections.abc import Iterator
from pathlib import Path

from model.errors import InvalidInputError
from service.doctor.case import Case
from service.doctor.finding import Finding, failed, ok, skipped
from service.doctor.http_probe import get
from service.server import listen

_PROC = Path("/proc")
_LISTENING = "0A"


def check_port(case: Case) -> Iterator[Finding]:
    """Try to listen."""
    host, port = case.settings.host, case.settings.port
    yield _listen(f"port {port}", host, port, "HOST", "PORT")


def check_admin_port(case: Case) -> Iterator[Finding]:
    """Try to listen there too, if there is one."""
    host, port = case.settings.admin_host, case.settings.admin_port
    if port is None:
        yield skipped("admin port", "DYNINT_ADMIN_PORT is not set: all is at one port")
        return
    yield _listen(f"admin port {port}", host, port, "ADMIN_HOST", "ADMIN_PORT")


def _listen(check: str, host: str, port: int, hosts: str, ports: str) -> Finding:
    """Try; ``hosts`` and ``ports`` end the names of the variables."""
    try:
        listen(host, port, f"DYNINT_{hosts} and DYNINT_{ports}").close()
    except InvalidInputError as error:
        if not port or port not in listening_ports():
            do = f"Set DYNINT_{hosts} to an address of this machine"
            return failed(check, str(error), do)
        who = holder(port)
        if is_gateway(host, port):
            return ok(check, f"a DynInt gateway is there already{who}")
        do = f"End that, or set DYNINT_{ports} to another port"
        return failed(check, f"{host}:{port} is in use{who}", do)
    return ok(check, f"free on {host}" if port else f"a free one is taken on {host}")


def is_gateway(host: str, port: int) -> bool:
    """Ask who is there."""
    near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 (nothing listens)
    address = f"[{near}]" if ":" in near else near
    try:
        status, body = get(f"http://{address}:{port}/livez", 2.0)
    except OSError:
        return False
    return status == 200 and b'"alive"' in body


def listening_ports() -> dict[int, set[str]]:
    """List the TCP ports that somebody listens on, each with its sockets' inodes."""
    ports: dict[int, set[str]] = {}
    for name in ("tcp", "tcp6"):
        try:
            lines = (_PROC / "net" / name).read_text().splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            words = line.split()
            if words[3] == _LISTENING:
                ports.setdefault(int(words[1].rpartition(":")[2], 16), set()).add(words[9])
    return ports


def holder(port: int) -> str:
    """Name the process that listens on a port, if it may be seen: `` (process 7, name)``."""
    sockets = {f"socket:[{inode}]" for inode in listening_ports().get(port, ())}
    for process in _PROC.iterdir():
        if not process.name.isdecimal():
            continue
        try:
            for entry in (process / "fd").iterdir():
                if str(entry.readlink()) in sockets:
                    name = (process / "comm").read_text().strip()
                    return f" (process {process.name}, {name})"
        except OSError:
            continue
    return ""
