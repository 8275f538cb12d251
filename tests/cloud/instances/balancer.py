"""
The load balancers of all environments, and the DNS before them, as one proxy of 127.0.0.1: a request goes to the
environment that has the CNAME that it names. A child process asks by the name itself, with HTTP_PROXY set to `url`.
"""

from __future__ import annotations

import http.client
import itertools
import threading
from collections import Counter
from contextlib import suppress
from urllib.parse import urlsplit

from cloud.beanstalk.world import Environment, World
from cloud.instances.containers import Containers, Instance
from cloud.quiet import QuietHandler, QuietServer

__all__ = ["Balancer"]

_OF_A_CONNECTION = {"connection", "keep-alive", "proxy-connection", "transfer-encoding", "content-length"}


class Balancer:
    """`answered`: (name of the environment, or "", and status) -> how often."""

    def __init__(self, world: World, containers: Containers) -> None:
        self._world, self._containers = world, containers
        self._turn = itertools.count()
        self.answered: Counter[tuple[str, int]] = Counter()
        self._lock = threading.Lock()
        self._server = _Server(self)
        self.port = self._server.port
        self.url = f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        self._server.close()

    def environment(self, host: str) -> Environment | None:
        """The one that DNS leads to: where a swap is half done, that which has the name already."""
        with self._world.lock:
            self._world.clock.run()
            found = [one for one in self._world.environments.values() if one.there and one.cname == host.lower()]
        return max(found, key=lambda one: one.created, default=None)

    def instance(self, environment: Environment) -> Instance | None:
        """One in turn, of those that are healthy; it is counted as asked."""
        running = [one for one in self._containers.instances.get(environment.id, []) if one.healthy]
        first = next(self._turn)
        for number in range(len(running)):
            chosen = running[(first + number) % len(running)]
            with chosen.lock:
                if not chosen.draining:
                    chosen.active += 1
                    return chosen
        return None

    def note(self, environment: Environment | None, status: int) -> None:
        with self._lock:
            self.answered[environment.name if environment else "", status] += 1


class _Server(QuietServer):
    def __init__(self, balancer: Balancer) -> None:
        self.balancer = balancer
        super().__init__(_Handler)


class _Handler(QuietHandler):
    server: _Server

    def setup(self) -> None:
        super().setup()
        self._resolved: dict[str, Environment] = {}  # a connection stays where it was opened to

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = urlsplit(self.path)
        host = str(parts.hostname or self.headers.get("Host", "")).partition(":")[0]
        balancer = self.server.balancer
        environment = self._resolved.get(host) or balancer.environment(host)
        if environment is None:
            return self._send(None, 502, [], f"no environment has the CNAME {host}\n".encode(), close=True)
        self._resolved[host] = environment
        instance = balancer.instance(environment)
        if instance is None:
            return self._send(environment, 503, [], b"no healthy instance\n", close=True)
        try:
            status, headers, content = self._asked(
                instance, parts.path + (f"?{parts.query}" if parts.query else ""), body
            )
        except (OSError, http.client.HTTPException):
            return self._send(environment, 502, [], b"the instance gave no answer\n", close=True)
        finally:
            with instance.lock:
                instance.active -= 1
        return self._send(
            environment, status, headers, content, close=instance.draining or environment.status != "Ready"
        )

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = do_OPTIONS = _answer

    def _asked(self, instance: Instance, path: str, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", instance.port, timeout=60)
        try:
            sent = {name: value for name, value in self.headers.items() if name.lower() not in _OF_A_CONNECTION}
            sent |= {"X-Forwarded-For": self.client_address[0], "X-Forwarded-Proto": "http", "Connection": "close"}
            connection.request(self.command, path or "/", body, sent)
            response = connection.getresponse()
            return response.status, response.getheaders(), response.read()
        finally:
            connection.close()

    def _send(
        self, environment: Environment | None, status: int, headers: list[tuple[str, str]], content: bytes, close: bool
    ) -> None:
        self.server.balancer.note(environment, status)
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in _OF_A_CONNECTION:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        if close:
            self.send_header("Connection", "close")
            self.close_connection = True
        with suppress(OSError):
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)
