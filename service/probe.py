"""``python -m service.probe [/livez]``: asks the gateway of this machine; the image's health check.

``python -m service.probe grpc:8500`` asks a model server. It imports next to nothing, as it runs
every few seconds beside what it asks.
"""

import http.client
import os
import sys

_TIMEOUT_S = 2.5
_SERVING = b"\x08\x01"


def main(target: str = "/readyz") -> int:
    """Ask once.

    Args:
        target: a path of the gateway at ``DYNINT_PORT``, or ``grpc:`` and a port.

    Returns:
        0 if the gateway answers 200, or the model server SERVING; else 1, with one line on standard
        error.
    """
    ask = _ask_model_server if target.startswith("grpc:") else _ask_gateway
    problem = ask(target)
    if problem:
        print(f"{target}: {problem}", file=sys.stderr)
    return 1 if problem else 0


def _ask_gateway(path: str) -> str:
    port = int(os.environ.get("DYNINT_PORT", "8080"))
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_S)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        text = response.read(500).decode("utf-8", "replace")
    except (OSError, http.client.HTTPException) as error:
        return f"no answer on port {port}: {error}"
    finally:
        connection.close()
    return "" if response.status == http.client.OK else f"{response.status} {text}"


def _ask_model_server(target: str) -> str:
    import grpc

    with grpc.insecure_channel(f"127.0.0.1:{target.removeprefix('grpc:')}") as channel:
        try:
            answer = channel.unary_unary("/grpc.health.v1.Health/Check")(b"", timeout=_TIMEOUT_S)
        except grpc.RpcError as error:
            return str(error.code().name)
    return "" if answer == _SERVING else "not serving"


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
