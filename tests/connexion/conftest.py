"""The services below are not tests of ours: they are run with their own tests, as they are and as they are moved."""

from __future__ import annotations

collect_ignore_glob = ["services/*"]
