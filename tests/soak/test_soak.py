"""What callers send leaves nothing behind. `make soak` asks for a mix of it all, 1,000,000 times."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

#: What of each request may be held after it: objects of one kind of request, and bytes of all together
MOST_BLOCKS, MOST_BYTES = 0.7, 500

#: Of each kind; what is remembered of 64 at a time is as full at the end as at the beginning, and what msgspec and json
#: remember of names, some hundred objects in all, is little beside so many
REQUESTS = 512


def test_no_kind_of_request_leaves_anything_behind():
    command = [sys.executable, "-m", "soak", "--each", "--requests", str(REQUESTS)]
    folder = Path(__file__).parents[1]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=True)
    grown = json.loads(ran.stdout)
    assert len(grown["blocks"]) > 30
    assert {place: blocks for place, blocks in grown["blocks"].items() if blocks > MOST_BLOCKS} == {}
    assert grown["bytes"] < MOST_BYTES
