"""
The one endpoint of all services: notes each call, lets it go wrong where a test wants that, and hands it on, to the
Beanstalk of this process or to moto's server.
"""

from __future__ import annotations

import http.client
import threading
import time
from contextlib import suppress

from cloud.asked import Request, read
from cloud.beanstalk import Beanstalk
from cloud.client import kill, process
from cloud.faults import Fault, Faults
from cloud.images import Images
from cloud.journal import Call, Journal
from cloud.policy import Policy
from cloud.quiet import QuietHandler, QuietServer
from cloud.refusal import Refusal
from cloud.refusals import KINDS, refusal, written

__all__ = ["Front"]

Reply = tuple[int, dict[str, str], bytes]
_OF_A_CONNECTION = {"connection", "date", "keep-alive", "server", "transfer-encoding", "content-length", "expect"}


class Front:
    """`quiet`: what comes there is not noted, and nothing goes wrong with it. `images`: where docker is to push to."""

    def __init__(self, beanstalk: Beanstalk, moto: int) -> None:
        self.beanstalk, self.moto = beanstalk, moto
        self.journal, self.faults = Journal(), Faults()
        self.permitted: Policy | None = None
        self.images: Images | None = None
        self._in_s3 = threading.Lock()
        self._servers = [_Server(self, noted=True), _Server(self, noted=False)]
        self.port, self.quiet = (server.port for server in self._servers)

    def close(self) -> None:
        for server in self._servers:
            server.close()

    def answer(self, request: Request, noted: bool, ports: tuple[int, int]) -> Reply | None:
        """None: the connection is cut without an answer."""
        if not noted:
            return self._carried_out(request)
        call = self.journal.note(request)
        met = self.faults.of(request, call.number)
        call.faults = [fault.kind for fault in met]
        reply = self._faulty(request, call, met, ports)
        call.status = reply[0] if reply else 0
        return reply

    def _faulty(self, request: Request, call: Call, met: list[Fault], ports: tuple[int, int]) -> Reply | None:
        for fault in met:
            if fault.kind == "slow":
                time.sleep(fault.seconds)
            elif fault.kind == "meanwhile" and fault.do is not None:
                fault.do()
            elif fault.kind in KINDS:
                return _refused(request, call.number, fault.kind, code=fault.code)
            elif fault.kind == "cut":
                return None
        if self.permitted is not None and (lacking := self.permitted.lacking(request)):
            return _refused(request, call.number, "denied", lacking)
        reply = self._carried_out(request)
        call.effect = reply[0] < 400
        for fault in met:
            if fault.kind == "kill":
                kill(fault.pid or process(*ports))
            if fault.kind in ("kill", "timeout"):
                return None
        return reply

    def _carried_out(self, request: Request) -> Reply:
        if request.service == "elasticbeanstalk":
            status, content = self.beanstalk.answer(request.arguments)
            return status, {"Content-Type": "text/xml"}, content
        if request.service == "s3" and request.writes:
            with self._in_s3:  # between the look at a condition and the write there is nobody else
                return self._of_moto(request)
        if request.service == "ecr" and self.images is not None:
            return self.images.told(request, self._of_moto(request))
        return self._of_moto(request)

    def _of_moto(self, request: Request) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.moto, timeout=60)
        try:
            headers = {name: value for name, value in request.headers.items() if name not in _OF_A_CONNECTION}
            connection.request(request.method, request.target, request.body, headers)
            response = connection.getresponse()
            content = response.read()
            kept = {name: value for name, value in response.getheaders() if name.lower() not in _OF_A_CONNECTION}
            if request.method == "HEAD" and response.getheader("Content-Length"):
                kept["Content-Length"] = str(response.getheader("Content-Length"))
            return response.status, kept, content
        finally:
            connection.close()


def _refused(request: Request, number: int, kind: str, action: str = "", code: str = "") -> Reply:
    refused = refusal(kind, request, action)
    refused.code = code or refused.code
    return refused.status, *written(refused, request, number)


class _Server(QuietServer):
    def __init__(self, front: Front, noted: bool) -> None:
        self.front, self.noted = front, noted
        super().__init__(_Handler)


class _Handler(QuietHandler):
    server: _Server

    def _answer(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = read(self.command, self.path, headers, self.body())
        ports = (self.client_address[1], self.server.server_address[1])
        try:
            reply = self.server.front.answer(request, self.server.noted, (ports[0], int(ports[1])))
        except Exception as error:  # a call's end: what is wrong here is told to whoever asked
            broken = Refusal("InternalFailure", f"The stand-in broke: {error!r}", 501)
            reply = broken.status, *written(broken, request, 0)
        if reply is None:
            self.close_connection = True
            with suppress(OSError):
                self.connection.shutdown(2)
            return
        status, headers, content = reply
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if not any(name.lower() == "content-length" for name in headers):
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = _answer
