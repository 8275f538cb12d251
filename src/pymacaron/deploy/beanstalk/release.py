"""What one release is: a label, what it is made of, and the names that follow, so that a re-run finds its work."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from pymacaron.deploy.settings import Wanted

__all__ = ["CNAME_TAG", "PLATFORM_BRANCH", "WORKERS_TAG", "Release", "label_of", "workers_label"]

#: The tag that says which name's environments we have made; its value is the name's first label
CNAME_TAG = "pymacaron:cname"
#: The same of those that run tasks, which nobody calls
WORKERS_TAG = "pymacaron:workers"
#: Never a version of it, which ends about monthly: the newest that is recommended is looked up
PLATFORM_BRANCH = "Docker running on 64bit Amazon Linux 2023"

#: Of an environment's name, and of the first label of its CNAME. Source: API Reference, CreateEnvironment
_NAME, _CNAME = 40, 63
_WORKERS, _LABEL = "-workers", 100


@dataclass(frozen=True, slots=True)
class Release:
    """
    `options`: (namespace, name, value) that a new environment is made with; `bundle`: the zip, None where Beanstalk has
    the version already. `bucket` has the bundle under `key`, the lock and the journals. `cleans`: whether what is not
    live any more is ended. Seconds: `soak`. `worker_bundle`, under `worker_key`: of an environment that runs its tasks;
    None where it has none, or Beanstalk has its version already.
    """

    wanted: Wanted
    label: str
    account: str
    region: str
    bucket: str
    key: str = ""
    bundle: bytes | None = field(default=None, repr=False)
    options: tuple[tuple[str, str, str], ...] = ()
    strategy: str = "blue-green"
    has_acceptance: bool = True
    has_smoke: bool = True
    keeps_failed: bool = False
    keeps_previous: bool = False
    cleans: bool = True
    soak: float = 600
    worker_key: str = ""
    worker_bundle: bytes | None = field(default=None, repr=False)

    @property
    def application(self) -> str:
        return self.wanted.application

    @property
    def cname(self) -> str:
        """First label of the name that callers reach, in lower case, as Beanstalk gives it."""
        return self.wanted.cname.lower()

    @property
    def host(self) -> str:
        """Name that the live environment answers at."""
        return f"{self.cname}.{self.region}.elasticbeanstalk.com"

    @property
    def prefix(self) -> str:
        """Where in the bucket the release keeps what it keeps."""
        return f"pymacaron/{self.application}"

    def names(self) -> Iterator[str]:
        """What its environment may be called: the first that no other has."""
        return self._names(self.label)

    def worker_names(self) -> Iterator[str]:
        """The same of the environment that runs its tasks."""
        return self._names(workers_label(self.label))

    def green_cname(self, name: str) -> str:
        """First label of the CNAME that environment *name* has until it is live."""
        digest = name.rpartition("-")[2]
        return f"{self.cname[: _CNAME - 9]}-{digest}"

    def tags(self, whose: str = CNAME_TAG) -> list[dict[str, str]]:
        own = {whose: self.cname, "pymacaron:service": self.wanted.name}
        return [{"Key": key, "Value": value} for key, value in {**self.wanted.tags, **own}.items()]

    def _names(self, label: str) -> Iterator[str]:
        for number in range(1, 100):
            text = label if number == 1 else f"{label}/{number}"
            digest = hashlib.sha256(text.encode()).hexdigest()[:8]
            yield f"{self.application[: _NAME - 9].rstrip('-')}-{digest}"


def workers_label(label: str) -> str:
    """What the version that runs the tasks of the release *label* is called."""
    return f"{label[: _LABEL - len(_WORKERS)]}{_WORKERS}"


def label_of(name: str, bundle: bytes, options: tuple[tuple[str, str, str], ...]) -> str:
    """
    The label of a release of the commit *name*, as a Revision has it: it is another where the bundle, in which is the
    digest of the image, or an option of the environment is.
    """
    digest = hashlib.sha256(bundle)
    digest.update(repr(sorted(options)).encode())
    return f"{name}-{digest.hexdigest()[:8]}"
