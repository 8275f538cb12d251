"""What `docker build` writes -> the step that is at hand, and the last lines of the one that has failed."""

from __future__ import annotations

import re
from collections import deque

__all__ = ["Steps"]

#: Lines of a step that are kept
_KEPT = 20
#: BuildKit: `#8 [build 4/4] RUN pip ...`, then `#8 1.204 Collecting flask`, then `#8 ERROR: ...` or `#8 DONE 3.4s`
_BUILDKIT = re.compile(r"#(\d+) (.*)")
_TIMED = re.compile(r"\d+\.\d+ ?(.*)")
#: The builder of old: `Step 4/12 : RUN pip ...`, then what it wrote
_STEP = re.compile(r"Step \d+/\d+ : (.*)")
#: What says nothing of a step
_NOISE = re.compile(r"(?:sha256:|DONE |CACHED|resolve |transferring |extracting |exporting |writing |naming |\.\.\.)")


class Steps:
    """Takes each line that docker writes."""

    def __init__(self) -> None:
        self.name = ""
        self._names: dict[str, str] = {}
        self._lines: dict[str, deque[str]] = {}
        self._at = self._failed = ""

    def take(self, line: str) -> None:
        """Take one *line*, without its end."""
        line = line.rstrip()
        if match := _STEP.match(line):
            self._begin(match[1], match[1])
        elif match := _BUILDKIT.match(line):
            self._take_buildkit(match[1], match[2])
        elif line and self._at in self._lines and not self._failed and not line.startswith((" --->", "Removing ")):
            self._lines[self._at].append(line)

    @property
    def last(self) -> tuple[str, ...]:
        """The last lines of the step that has failed, else of the one at hand."""
        return tuple(self._lines.get(self._failed or self._at, ()))

    @property
    def failed(self) -> str:
        """The step that has failed, as the Dockerfile has it; '' where docker has named none."""
        return self._names.get(self._failed or self._at, "")

    def _begin(self, key: str, name: str) -> None:
        self._at, self.name = key, name
        self._names[key] = name
        self._lines[key] = deque(maxlen=_KEPT)

    def _take_buildkit(self, key: str, said: str) -> None:
        if key not in self._names:
            self._begin(key, said)
        elif said.startswith("ERROR"):
            self._failed = self._failed or key
        elif not _NOISE.match(said):
            timed = _TIMED.fullmatch(said)
            self._lines[key].append(timed[1] if timed else said)
