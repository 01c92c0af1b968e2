#!/opt/dynint/bin/python
"""TF Serving's command line and status page over ``dynint model-server``, to try the stack with."""

import json
import signal
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import grpc

from model.wire import GetModelStatusRequest, GetModelStatusResponse

_STATES = {0: "UNKNOWN", 10: "START", 20: "LOADING", 30: "AVAILABLE", 40: "UNLOADING", 50: "END"}
_STATUS = "/tensorflow.serving.ModelService/GetModelStatus"


def _flags(arguments: list[str]) -> dict[str, str]:
    pairs = (argument.removeprefix("--").partition("=") for argument in arguments)
    return {name: value or "true" for name, _, value in pairs}


def _pages(port: int) -> type[BaseHTTPRequestHandler]:
    class Pages(BaseHTTPRequestHandler):
        """``/v1/models/NAME``, as TF Serving answers it; an empty metrics page."""

        def do_GET(self) -> None:
            """Answer."""
            if self.path.startswith("/monitoring/"):
                self._answer(200, "text/plain", "")
                return
            request = GetModelStatusRequest()
            request.model_spec.name = self.path.removeprefix("/v1/models/")
            with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
                ask = channel.unary_unary(
                    _STATUS, request_serializer=lambda message: message.SerializeToString()
                )
                try:
                    answer = GetModelStatusResponse.FromString(ask(request, timeout=2))
                except grpc.RpcError as error:
                    text = json.dumps({"error": error.details()})
                    self._answer(404, "application/json", text)
                    return
            states = [
                {"version": str(each.version), "state": _STATES[each.state]}
                for each in answer.model_version_status
            ]
            text = json.dumps({"model_version_status": states})
            self._answer(200, "application/json", text)

        def _answer(self, status: int, kind: str, text: str) -> None:
            self.send_response(status)
            self.send_header("content-type", kind)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *parts: object) -> None:
            """Say nothing."""

    return Pages


def main() -> int:
    """Run until SIGTERM."""
    flags = _flags(sys.argv[1:])
    port = int(flags.get("port", "8500"))
    command = ["dynint", "model-server", "--host", "0.0.0.0", "--port", str(port)]  # noqa: S104
    command += ["--model-config-file", flags["model_config_file"]]
    command += ["--poll-seconds", flags.get("model_config_file_poll_wait_seconds", "1")]
    if "allow_version_labels_for_unavailable_models" in flags:
        command.append("--early-labels")
    server = subprocess.Popen(command)  # noqa: S603  (the image's own command)
    signal.signal(signal.SIGTERM, lambda *_: server.terminate())
    pages = ThreadingHTTPServer(("", int(flags.get("rest_api_port", "8501"))), _pages(port))
    threading.Thread(target=pages.serve_forever, daemon=True).start()
    return server.wait()


if __name__ == "__main__":
    sys.exit(main())
