"""
All of it in a process of its own: `PYTHONPATH=tests python -m cloud`, for people who try a release by hand; and
`Remote`, by which a test says there what it says to a Cloud, with values that JSON has.

The process writes one line of JSON: the environment variables of a client, and `control`, where it is told what to do.
"""

from __future__ import annotations

import json
import tempfile
import threading
import urllib.request
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cloud.here import Cloud, cloud

__all__ = ["Remote", "serve"]

#: What may be said from outside
_SAID = {"advance", "fail", "forget", "heal", "kill_after", "red", "swap_goes"}
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Remote:
    """*control*: the URL that the process wrote. Has methods of a Cloud, and `calls`, `writes` and `environments`."""

    def __init__(self, control: str) -> None:
        self._control = control

    def __getattr__(self, name: str) -> Any:
        if name in _SAID:
            return lambda *arguments, **named: self._ask({"do": name, "arguments": arguments, "named": named})
        if name in ("calls", "environments", "writes"):
            return self._ask({"tell": name})
        raise AttributeError(f"{name} is nothing that a process can be told: there are {', '.join(sorted(_SAID))}")

    def _ask(self, said: dict[str, Any]) -> Any:
        with _OPENER.open(self._control, json.dumps(said).encode(), timeout=60) as answer:
            told = json.load(answer)
        if "error" in told:
            raise ValueError(told["error"])
        return told["result"]


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def log_message(self, *arguments: Any) -> None:
        pass

    def do_POST(self) -> None:
        said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        try:
            told = {"result": _done(self.server.aws, said)}
        except (AssertionError, KeyError, TypeError, ValueError) as error:
            told = {"error": str(error)}
        content = json.dumps(told, default=str).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, aws: Cloud) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.aws = aws


def _done(aws: Cloud, said: dict[str, Any]) -> Any:
    match said:
        case {"tell": "calls"}:
            return [asdict(call) for call in aws.calls]
        case {"tell": "writes"}:
            return aws.writes
        case {"tell": "environments"}:
            return aws.beanstalk.environments
        case {"do": name, "arguments": arguments, "named": named} if name in _SAID:
            getattr(aws, name)(*arguments, **named)
            return None
    raise ValueError(f"Not understood: {said}")


def serve(scale: float, docker: str = "") -> None:
    """Until the process is ended."""
    with tempfile.TemporaryDirectory() as folder, cloud(Path(folder), scale=scale, docker=docker) as aws:
        server = _Server(aws)
        variables = {name: value for name, value in aws.environ.items() if name.startswith("AWS_")}
        proxy = {"HTTP_PROXY": aws.balancer.url} if aws.balancer else {}
        told = {"environ": variables | proxy, "control": f"http://127.0.0.1:{server.server_address[1]}/"}
        print(json.dumps(told), flush=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        threading.Event().wait()
