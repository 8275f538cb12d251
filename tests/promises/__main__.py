"""
`python -m promises`: the public names of this tree beside those of the last release; exit code 1 where one is gone and
CHANGES.md does not tell of it. `--write`: public.txt anew, of this tree.
"""

from __future__ import annotations

import sys

from promises.breaking import CHANGES, MEND, is_told, snapshot, told, untold
from promises.surface import ROOT, SNAPSHOT, surface


def main(words: list[str]) -> int:
    names = told(CHANGES.read_text(encoding="utf-8"))
    now = surface()
    texts = untold(snapshot() if SNAPSHOT.exists() else [], now, names)
    if words == ["--write"] and not texts:
        SNAPSHOT.write_text("\n".join(now) + "\n", encoding="utf-8")
        print(f"{len(now)} lines in {SNAPSHOT.relative_to(ROOT)}")
    elif not words:
        known = {text.partition(" ")[0] for text in texts}
        texts += _released(names | known)
    print(*texts, sep="\n", end="\n" if texts else "")
    return 1 if texts else 0


def _released(names: set[str]) -> list[str]:
    from promises.released import breakages, last_tag

    tag = last_tag(ROOT)
    if tag is None:
        print("No release is tagged here: public names were compared with public.txt alone")
        return []
    found = [name for name in breakages(ROOT, tag) if not is_told(name, names)]
    print(f"Compared with {tag}")
    return [f"{name} is not as it was in {tag}. {MEND}`{name}`" for name in found]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
