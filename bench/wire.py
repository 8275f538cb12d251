"""
CPU that a server spends on a request, as the kernel counts it, under the load of wrk: the server on one core, the load
on another. All servers listen during the whole run and are loaded in turn; the least of a server's windows counts.
"""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import environments
from figures import Figures
from peers import OURS, PEERS, Peer
from servers import KINDS, Server, cores
from workloads import WORKLOADS, Workload

__all__ = ["PLACES", "lacking", "measure"]

#: dict: server that ours is measured on -> where else others are, beside it
PLACES = {"gthread": ("uvicorn", "node"), "granian": ("uvicorn", "node"), "granian-threads": ()}

_CONNECTIONS = 8

#: Who is measured on granian with several threads
_ON_THREADS = (OURS, "bare-flask", "falcon-msgspec", "raw-wsgi")
_WARM_UP_S = 0.2


def lacking() -> str:
    """What this needs and the machine does not have; empty where nothing is missing."""
    missing = [name for name in ("wrk", "taskset") if shutil.which(name) is None]
    return f"{' and '.join(missing)} not found; on Debian: apt-get install wrk util-linux" if missing else ""


def measure(figures: Figures, names: Sequence[str], rounds: int, window_s: float) -> None:
    """The peers of *names* on each server that takes them, *rounds* windows of *window_s* seconds in every workload."""
    peers = [peer for peer in PEERS if peer.name in names and peer.is_on_wire]
    for environment in dict.fromkeys(peer.environment for peer in peers if peer.environment):
        environments.install(environment)
    try:
        environments.install_fastify()
    except FileNotFoundError as error:
        print(f"Fastify is left out: {error} not found", file=sys.stderr)
        peers = [peer for peer in peers if peer.interface != "node"]
    pairs = [
        (peer, kind)
        for kind, (_, interfaces) in KINDS.items()
        for peer in peers
        if peer.interface in interfaces and (kind != "granian-threads" or peer.name in _ON_THREADS)
    ]
    with ExitStack() as stack:
        servers = {(peer.name, kind): stack.enter_context(Server(peer, kind)) for peer, kind in pairs}
        for server in servers.values():
            server.check()
        for workload in WORKLOADS.values():
            least = dict.fromkeys(servers, float("inf"))
            for _ in range(rounds):
                for key, server in servers.items():
                    least[key] = min(least[key], _cpu_us(server, workload, window_s))
            _tell(figures, workload.name, least, peers)


def _tell(figures: Figures, workload: str, least: dict[tuple[str, str], float], peers: Sequence[Peer]) -> None:
    """Beside ours on each server: the same one, where it takes the other, and the other's own."""
    for (name, kind), cpu_us in least.items():
        figures.note(kind, workload, name, cpu_us)
    for place, others in PLACES.items():
        ours = least.get((OURS, place))
        if ours is None:
            continue
        for peer in peers:
            for kind in (place, *others):
                theirs = least.get((peer.name, kind))
                if theirs is not None and peer.name != OURS:
                    name = f"{peer.name}-uvicorn" if kind == "uvicorn" else peer.name
                    figures.add(place, workload, name, theirs, ours)


def _cpu_us(server: Server, workload: Workload, window_s: float) -> float:
    """Microseconds of CPU for a request, over one window."""
    with tempfile.TemporaryDirectory() as folder:
        script = _script(Path(folder), workload)
        _load(server, script, workload, _WARM_UP_S, least=0)
        before = server.cpu_s()
        requests = _load(server, script, workload, window_s)
        return 1e6 * (server.cpu_s() - before) / requests


def _load(server: Server, script: Path, workload: Workload, seconds: float, least: int = 1) -> int:
    """Requests that were answered, *least* at least. Ends the run where a status is wrong, or connections fail."""
    command = ["taskset", "--cpu-list", str(cores()[1]), "wrk", "-t1", f"-c{_CONNECTIONS}", "-d60s", "-s", str(script)]
    process = subprocess.Popen(
        [*command, f"http://127.0.0.1:{server.port}{workload.target}"], stdout=subprocess.PIPE, text=True
    )
    time.sleep(seconds)
    process.send_signal(signal.SIGINT)  # it prints what it has done; -d knows whole seconds only
    told, _ = process.communicate()
    done = re.search(r"(\d+) requests in", told)
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", told)
    failed = re.search(r"Socket errors: (.*)", told)
    requests, others = int(done[1]) if done else 0, int(refused[1]) if refused else 0
    if requests < least or failed or others != (requests if workload.status >= 400 else 0):
        sys.exit(f"{server.peer.name} on {server.kind}, {workload.name}:\n{told}")
    return requests


def _script(folder: Path, workload: Workload) -> Path:
    """What tells wrk the method and the body, which stands in a file beside."""
    script = folder / "request.lua"
    lines = [f'wrk.method = "{workload.method}"']
    if workload.body:
        (folder / "body").write_bytes(workload.body)
        lines += [
            f'wrk.body = io.open("{folder / "body"}", "rb"):read("*a")',
            'wrk.headers["Content-Type"] = "application/json"',
        ]
    script.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return script
