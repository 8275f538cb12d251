"""What an image is called, and what it says of itself. Source: OCI Image Format Specification, "Annotations"."""

from __future__ import annotations

import re
from datetime import UTC

from pymacaron.deploy.git import Revision
from pymacaron.deploy.image.bases import Base

__all__ = ["label", "of_commit", "said"]

_OCI = "org.opencontainers.image"
_OF_A_COMMIT = re.compile(r"([0-9a-f]{12})-[0-9a-f]{8}")


def label(found: Revision | None, fingerprint: str) -> str:
    """
    The label of an image: `<12 digits of the commit>-<8 of the content>`, with `-dirty-` where the content is not that
    of the commit; `unversioned-` where there is none. The same content of the same commit has the same one.
    """
    return f"{found.name if found is not None else 'unversioned'}-{fingerprint[:8]}"


def of_commit(label: str) -> str:
    """The 12 digits of the commit that has what is in an image of this *label*; '' where there is none."""
    found = _OF_A_COMMIT.fullmatch(label)
    return found[1] if found else ""


def said(title: str, label: str, found: Revision | None, base: Base | None) -> dict[str, str]:
    """dict: name -> value, of those that are known."""
    told = {f"{_OCI}.title": title, f"{_OCI}.version": label}
    if found is not None:
        told[f"{_OCI}.revision"] = found.commit
        told[f"{_OCI}.created"] = found.committed.astimezone(UTC).isoformat()
        told[f"{_OCI}.source"] = found.remote
    if base is not None:
        told[f"{_OCI}.base.name"] = base.name
        told[f"{_OCI}.base.digest"] = base.digest
    return {name: value for name, value in told.items() if value}
