"""What Prometheus is told by real servers with two workers, read by its own parser."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families

DURATION = "http_server_request_duration_seconds"
ORDER = {"api": "shop", "operation": "shop.order", "http_route": "/v1/orders/{id}", "http_request_method": "GET"}
METRICS = "metrics: /metrics\nreport_call_exceeding_ms: 0\n"

pytestmark = pytest.mark.parametrize("server", ["gunicorn", "granian"])


def samples(service: Any, **headers: str) -> list[Any]:
    status, _, body = service.get("/metrics", **headers)
    assert status == 200
    return [one for family in text_string_to_metric_families(body.decode()) for one in family.samples]


def value(found: list[Any], name: str, **labels: str) -> float:
    """The sum of the samples of that *name* that have all of *labels*."""
    return sum(float(one.value) for one in found if one.name == name and labels.items() <= one.labels.items())


def labels_of(found: list[Any], name: str) -> Iterator[tuple[str, ...]]:
    keys = ("operation", "http_route", "http_request_method", "http_response_status_code")
    return (tuple(one.labels[key] for key in keys) for one in found if one.name == name)


def test_a_scrape_gives_the_sum_of_all_workers_by_operation(server: str, served: Any) -> None:
    with served(server, METRICS) as service:
        calls = both_have_answered(service)
        for number in range(10):
            service.get(f"/v1/orders/{number}?token=sesame")
            service.get(f"/missing/sesame/{number}")
            service.get(f"/own/{number}")
            service.call("BREW", f"/v1/orders/{number}")
            service.call("HEAD", f"/v1/orders/{number}")
            service.call("OPTIONS", f"/v1/orders/{number}")
            service.get("/readyz")
        service.call("PUT", "/v1/orders/1", b'{"a": 1}')
        service.get("/v1/orders/gone")
        service.get("/v1/orders/fails")
        service.get("/v1/lines")
        found = service.until(lambda: complete(samples(service)))
        text = service.get("/metrics")[2].decode()
    assert sorted(labels_of(found, f"{DURATION}_count")) == sorted(
        [
            ("shop.order", "/v1/orders/{id}", "GET", "200"),
            ("shop.order", "/v1/orders/{id}", "GET", "410"),
            ("shop.order", "/v1/orders/{id}", "GET", "500"),
            ("shop.order", "/v1/orders/{id}", "HEAD", "200"),
            ("", "/v1/orders/{id}", "OPTIONS", "200"),
            ("", "", "_OTHER", "405"),
            ("shop.put_order", "/v1/orders/{id}", "PUT", "200"),
            ("shop.lines", "/v1/lines", "GET", "200"),
            ("", "", "GET", "404"),
            ("", "/own/<int:number>", "GET", "200"),
        ]
    )
    assert value(found, f"{DURATION}_count", **ORDER, http_response_status_code="200") == calls + 10
    assert value(found, f"{DURATION}_count", http_route="", http_response_status_code="404") == 10
    assert value(found, f"{DURATION}_count", http_request_method="_OTHER") == 10
    assert value(found, f"{DURATION}_bucket", **ORDER, http_response_status_code="200", le="+Inf") == calls + 10
    assert value(found, "pymacaron_errors_total", operation="shop.order", code="ORDER_GONE") == 1
    assert value(found, "pymacaron_errors_total", operation="shop.order", code="UNHANDLED_SERVER_ERROR") == 1
    assert value(found, "http_server_request_body_size_bytes_sum", operation="shop.put_order") == 8
    assert value(found, "http_server_response_body_size_bytes_sum", operation="shop.lines") == 4
    assert value(found, "http_server_active_requests") == 0
    assert value(found, "pymacaron_slow_calls_total") == 1
    assert value(found, "pymacaron_slow_calls_total", operation="shop.lines") == 1
    assert value(found, "process_resident_memory_bytes") > 10_000_000
    assert len([one for one in found if one.name == "process_cpu_seconds_total"]) == 2
    assert "sesame" not in text
    assert "/readyz" not in text
    assert "/metrics" not in text


def both_have_answered(service: Any) -> int:
    """How many calls it took, many at a time, until each of the two workers had answered one."""
    pids: list[bytes] = []

    def call() -> None:
        pids.extend(service.get("/v1/orders/pid")[2] for _ in range(10))

    def batch() -> bool:
        callers = [threading.Thread(target=call) for _ in range(16)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
        return len(set(pids)) == 2

    service.until(batch)
    return len(pids)


def complete(found: list[Any]) -> list[Any]:
    """*found*, once the end of the stream is counted, and the report was sent: both follow the last byte."""
    is_done = value(found, f"{DURATION}_count", operation="shop.lines") and value(
        found, "pymacaron_reports_total", destination="the log", outcome="sent"
    )
    return found if is_done else []


def test_what_is_in_flight_is_told(server: str, served: Any) -> None:
    with served(server, METRICS) as service:
        callers = [threading.Thread(target=service.get, args=("/v1/waits",)) for _ in range(3)]
        for caller in callers:
            caller.start()
        route = {"http_route": "/v1/waits", "http_request_method": "GET", "operation": "shop.waits"}
        service.until(lambda: value(samples(service), "http_server_active_requests", **route) == 3)
        (service.folder / "go").touch()
        for caller in callers:
            caller.join()
        service.until(lambda: value(samples(service), "http_server_active_requests", **route) == 0)


def test_what_a_worker_counted_is_kept_when_it_dies(server: str, served: Any) -> None:
    with served(server, METRICS) as service:
        for number in range(20):
            service.get(f"/v1/orders/{number}")
        pid = int(service.get("/v1/orders/pid")[2].decode().partition('"id":"')[2].partition('"')[0])
        os.kill(pid, signal.SIGKILL)

        def fresh() -> list[Any]:
            try:
                found = samples(service)
            except OSError:
                return []
            pids = {one.labels["pid"] for one in found if one.name == "process_open_fds"}
            return found if str(pid) not in pids and len(pids) == 2 else []

        found = service.until(fresh)
        assert value(found, f"{DURATION}_count", operation="shop.order") == 21
        assert value(samples(service), f"{DURATION}_count", operation="shop.order") == 21


def test_openmetrics_is_sent_to_who_asks_for_it(server: str, served: Any) -> None:
    with served(server, METRICS) as service:
        service.get("/v1/orders/1")
        status, headers, body = service.get("/metrics", Accept="application/openmetrics-text; version=1.0.0")
        assert (status, headers.get_content_type()) == (200, "application/openmetrics-text")
        families = {one.name: one for one in openmetrics.text_string_to_metric_families(body.decode())}
        assert families[DURATION].type == "histogram"
        assert headers["Cache-Control"] == "no-store"
        assert service.get("/metrics")[1]["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"


def test_where_there_is_a_token_only_who_has_it_is_answered(server: str, served: Any, secret: str) -> None:
    config = f"{METRICS}metrics_token: METRICS_TOKEN\nenv_secrets: [METRICS_TOKEN]\naccess_log: true\n"
    with served(server, config, {"METRICS_TOKEN": secret}) as service:
        for headers in ({}, {"Authorization": "Bearer other"}, {"Authorization": f"Basic {secret}"}):
            status, told, _ = service.get("/metrics", **headers)
            assert (status, told["WWW-Authenticate"]) == (401, "Bearer")
        assert service.get("/metrics", Authorization=f"Bearer {secret}")[0] == 200
        log = service.log.read_text()
        assert secret not in log
        assert "pymacaron.access" not in log


def test_a_call_too_many_is_counted(server: str, served: Any) -> None:
    with served(server, METRICS, workers=1) as service:
        assert [service.get("/v1/often")[0] for _ in range(3)] == [200, 429, 429]
        found = samples(service)
        assert value(found, "pymacaron_rate_limited_total", operation="shop.often") == 2
        assert value(found, "pymacaron_errors_total", operation="shop.often", code="TOO_MANY_REQUESTS") == 2


def test_the_folder_of_the_workers_is_gone_with_them(server: str, served: Any) -> None:
    with served(server, METRICS) as service:
        folder = Path(json.loads(service.get("/v1/orders/folder")[2])["id"])
        assert folder.is_dir()
    assert not folder.exists()


def test_a_folder_that_is_given_is_emptied_and_kept(server: str, served: Any, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "counter_1.db").write_bytes(b"of another run")
    with served(server, METRICS, {"PROMETHEUS_MULTIPROC_DIR": str(kept)}) as service:
        service.get("/v1/orders/1")
        assert value(samples(service), f"{DURATION}_count", operation="shop.order") == 1
        assert not (kept / "counter_1.db").exists()
    assert kept.is_dir()
