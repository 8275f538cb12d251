"""
The Dockerfile of a service, where it has none of its own.

Plain instructions only, so that BuildKit, the builder before it and whatever reads a Dockerfile do the same; and no
`# syntax` line, which would be fetched. Files are put together in stages of their own, with one time, and copied as a
whole: the layers of an image are the same wherever they are made. What changes most stands last.
"""

from __future__ import annotations

from pymacaron.deploy.image.archive import FIXED_TIME
from pymacaron.deploy.settings import Wanted

__all__ = ["PORT", "text"]

#: Where the service listens; a user that is not root may
PORT = 8080
#: Whom it runs as: no user of the base, nor of the machine
_USER = 10001

_SERVERS = {
    "gunicorn": '["python", "-m", "gunicorn", "--config", "python:pymacaron.gunicorn", "server:app"]',
    # Which becomes pymacaron.granian, with as many workers as the CPU quota allows
    "granian": '["python", "-m", "pymacaron", "run", "--server", "granian", "--host", "0.0.0.0"]',
}


def text(wanted: Wanted, base: str) -> str:
    """The Dockerfile of what is *wanted*, on *base*, a name of an image."""
    packages = " ".join(sorted(wanted.system_packages))
    stage = "base" if packages else "${BASE}"
    first = _packages(packages) if packages else ""
    return f"""\
# The image of {wanted.name}, by `pymacaron image`
ARG BASE={base}
{first}
FROM {stage} AS packages
WORKDIR /lock
COPY lock/ ./
ARG PIP_INDEX_URL
ARG PIP_EXTRA_INDEX_URL
ARG PIP_TRUSTED_HOST
RUN python -m venv --without-pip /venv \\
 && python -m pip --python /venv/bin/python --disable-pip-version-check --no-cache-dir install \\
    --no-compile --no-deps --require-hashes --requirement requirements.txt \\
 && python -m pip --python /venv/bin/python --disable-pip-version-check check \\
 && PYTHONHASHSEED=0 /venv/bin/python -m compileall -q -j 1 --invalidation-mode unchecked-hash /venv/lib \\
 && python -c "import os, shutil; os.makedirs('/out/app'); shutil.move('/venv', '/out/venv')" \\
 && find /out -exec touch --no-dereference --date=@{FIXED_TIME} {{}} +

FROM {stage} AS source
COPY app/ /out/app/
RUN find /out -exec touch --no-dereference --date=@{FIXED_TIME} {{}} +

FROM {stage}
COPY --from=packages /out/ /
WORKDIR /app
ENV PATH=/venv/bin:${{PATH}} HOME=/tmp PORT={PORT} PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER {_USER}:{_USER}
EXPOSE {PORT}
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["python", "-ISc", "{_probe(wanted)}"]
CMD {_SERVERS[wanted.server]}
COPY --from=source /out/ /
ARG PYM_CONTAINER_VERSION
ENV PYM_CONTAINER_VERSION=${{PYM_CONTAINER_VERSION}}
"""


def _packages(packages: str) -> str:
    return f"""
FROM ${{BASE}} AS base
RUN apt-get update \\
 && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends {packages} \\
 && rm -rf /var/lib/apt/lists/* /var/log/* /var/cache/ldconfig/aux-cache
"""


def _probe(wanted: Wanted) -> str:
    """Python that ends with 0 where the service is ready. It runs every 10 seconds, so without site-packages."""
    return (
        "import http.client, os, sys; "
        f"asked = http.client.HTTPConnection('127.0.0.1', int(os.environ.get('PORT') or {PORT}), timeout=4); "
        f"asked.request('GET', '{wanted.health_path}'); "
        "sys.exit(asked.getresponse().status != 200)"
    )
