"""The Dockerfile, the label of a release, and what an image says of itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from pymacaron.deploy.git import Revision
from pymacaron.deploy.image.bases import Base
from pymacaron.deploy.image.dockerfile import text
from pymacaron.deploy.image.labels import label, said
from pymacaron.deploy.settings import Wanted

SHOP = Wanted(name="shop", application="shop", cname="shop", live_url="https://shop.example.com", health_path="/ready")
COMMIT = "0123456789abcdef0123456789abcdef01234567"
CLEAN = Revision(COMMIT, datetime.fromisoformat("2026-01-02T03:04:05+01:00"), (), True, "https://git.example.com/shop")
PRINT = "abcdef0123456789"


def test_what_runs_is_not_root_and_is_asked_whether_it_is_ready() -> None:
    last = text(SHOP, "python:3.13").split("\nFROM ")[-1]
    assert (
        last
        == """\
${BASE}
COPY --from=packages /out/ /
WORKDIR /app
ENV PATH=/venv/bin:${PATH} HOME=/tmp PORT=8080 PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER 10001:10001
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["python", "-ISc", "import http.client, os, \
sys; asked = http.client.HTTPConnection('127.0.0.1', int(os.environ.get('PORT') or 8080), timeout=4); \
asked.request('GET', '/ready'); sys.exit(asked.getresponse().status != 200)"]
CMD ["python", "-m", "gunicorn", "--config", "python:pymacaron.gunicorn", "server:app"]
COPY --from=source /out/ /
ARG PYM_CONTAINER_VERSION
ENV PYM_CONTAINER_VERSION=${PYM_CONTAINER_VERSION}
"""
    )


def test_granian_runs_where_it_is_wanted() -> None:
    lines = text(replace(SHOP, server="granian"), "python:3.13").splitlines()
    assert 'CMD ["python", "-m", "pymacaron", "run", "--server", "granian", "--host", "0.0.0.0"]' in lines


def test_packages_of_the_system_are_in_every_stage() -> None:
    lines = text(replace(SHOP, system_packages=("libpq5", "ffmpeg")), "python:3.13").splitlines()
    assert [line for line in lines if line.startswith("FROM ")] == [
        "FROM ${BASE} AS base",
        "FROM base AS packages",
        "FROM base AS source",
        "FROM base",
    ]
    assert " && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends ffmpeg libpq5 \\" in lines


def test_the_label_tells_the_commit_and_the_content() -> None:
    assert label(CLEAN, PRINT) == "0123456789ab-abcdef01"
    assert label(replace(CLEAN, dirty=("a",)), PRINT) == "0123456789ab-dirty-abcdef01"
    assert label(None, PRINT) == "unversioned-abcdef01"


def test_an_image_says_what_it_was_made_of() -> None:
    base = Base("python:3.13", "sha256:1", "python@sha256:1", "sha256:1")
    assert said("shop", "one", CLEAN, base) == {
        "org.opencontainers.image.title": "shop",
        "org.opencontainers.image.version": "one",
        "org.opencontainers.image.revision": COMMIT,
        "org.opencontainers.image.created": "2026-01-02T02:04:05+00:00",
        "org.opencontainers.image.source": "https://git.example.com/shop",
        "org.opencontainers.image.base.name": "python:3.13",
        "org.opencontainers.image.base.digest": "sha256:1",
    }
    assert list(said("shop", "one", None, None)) == [
        "org.opencontainers.image.title",
        "org.opencontainers.image.version",
    ]
