"""
What AWS cannot tell of a release: which trials an environment has passed, and what was live before. An S3 object for
each label; it holds no secret. Losing it costs trials that are held again, and a rollback has to be told where to.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from pymacaron.deploy.failures import DeployError, RefusedError, UnknownOutcomeError

if TYPE_CHECKING:
    from pymacaron.deploy.target import Cloud

__all__ = ["Journal", "Journals"]

_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Journal:
    """
    Of one label. `healthy`, `accepted`, `smoked`, `soaked`, `failed`: id of the environment that has passed, or failed;
    `failed_at`: the trial, `reason` why. `previous_id`, `previous_name`, `previous_label`: what was live before;
    `previous_options`: what an update in place has changed. `asked_at`, `smoked_at`: when the swap was asked for, and
    when its smoke test had passed, in seconds since 1970. `hosts`: how many green was made with where that is more than
    is wanted. `is_first`: it was made where nothing was live, and callers have not reached it yet. `rolled_back_from`:
    the label that was live when it was rolled back to this one. `workers`: id of the environment whose workers have
    passed.
    """

    label: str
    healthy: str = ""
    accepted: str = ""
    smoked: str = ""
    soaked: str = ""
    failed: str = ""
    failed_at: str = ""
    reason: str = ""
    previous_id: str = ""
    previous_name: str = ""
    previous_label: str = ""
    previous_options: tuple[tuple[str, str, str], ...] = ()
    asked_at: float = 0.0
    smoked_at: float = 0.0
    hosts: int = 0
    is_first: bool = False
    rolled_back_from: str = ""
    workers: str = ""

    def noted(self, notes: Mapping[str, Any]) -> Journal:
        """With *notes*, dict of field -> value."""
        return replace(self, **notes) if notes else self


class Journals:
    """The journals in *bucket*, under *prefix*."""

    def __init__(self, cloud: Cloud, bucket: str, prefix: str):
        self._cloud, self._bucket, self._prefix = cloud, bucket, prefix

    def key(self, label: str) -> str:
        """Where that of *label* lies."""
        return f"{self._prefix}/journal/{label}.json"

    def read(self, label: str) -> Journal:
        """That of *label*; an empty one where there is none, or no bucket. Makes one call that changes nothing."""
        try:
            answer = self._cloud.call("s3", "GetObject", Bucket=self._bucket, Key=self.key(label))
        except RefusedError as error:
            if error.code in ("NoSuchKey", "NoSuchBucket", "404"):
                return Journal(label)
            raise
        try:
            return _from_json(label, json.loads(answer["Body"].read()))
        except (ValueError, TypeError):
            where = f"s3://{self._bucket}/{self.key(label)}"
            raise DeployError(f"{where} is no journal of a release", f"Look at it, or: aws s3 rm {where}") from None

    def write(self, journal: Journal) -> None:
        """Keep *journal*: also where an answer was lost, since writing it twice changes nothing."""
        body = json.dumps(asdict(journal), indent=2, sort_keys=True).encode()
        for attempt in range(_ATTEMPTS):
            try:
                self._cloud.call(
                    "s3",
                    "PutObject",
                    Bucket=self._bucket,
                    Key=self.key(journal.label),
                    Body=body,
                    ContentType="application/json",
                )
                return
            except UnknownOutcomeError:
                if attempt == _ATTEMPTS - 1:
                    raise


def _from_json(label: str, found: Any) -> Journal:
    """Keys that are not known, of a later version, are left out. Raises TypeError where it is no map."""
    if not isinstance(found, dict):
        raise TypeError("no map")
    known = {field.name for field in fields(Journal)}
    values = {key: value for key, value in found.items() if key in known}
    if "previous_options" in values:
        values["previous_options"] = tuple((str(a), str(b), str(c)) for a, b, c in values["previous_options"])
    return Journal(**{**values, "label": label})
