"""
`python -m flask_suite`: the tests of the Flask that is installed, from its source distribution, once as it is and once
with our dispatch on every app. Ends with 1 if a test has another outcome. The distribution is fetched with pip, once.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from importlib.metadata import version
from pathlib import Path
from xml.etree import ElementTree

#: dict: test -> why it is another's outcome in every service of ours, whichever the dispatch
EXCEPTED = {
    "tests.test_basic::test_app_freed_on_zero_refcount": "app.extensions holds the API, which holds the app",
}

BUILD = Path(__file__).parents[2] / "build" / "flask-suite"


def main() -> int:
    suite = _suite(version("flask"))
    stock, direct = _outcomes(suite, "stock"), _outcomes(suite, "direct")
    others = sorted(name for name in stock | direct if stock.get(name) != direct.get(name))
    for name in [one for one in others if one in EXCEPTED]:
        print(f"{name}: {EXCEPTED[name]}")
        others.remove(name)
    for name in others:
        print(f"{name}: {stock.get(name, 'missing')}, with our dispatch {direct.get(name, 'missing')}")
    count = {outcome: list(stock.values()).count(outcome) for outcome in dict.fromkeys(stock.values())}
    told = ", ".join(f"{number} {outcome}" for outcome, number in count.items())
    print(f"{len(stock)} tests of Flask {version('flask')} ({told}): {len(others)} differences")
    return 1 if others or not stock else 0


def _suite(wanted: str) -> Path:
    """The unpacked source distribution."""
    folder = BUILD / f"flask-{wanted}"
    if not folder.is_dir():
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet", "--no-deps"]
        subprocess.run([*pip, "--no-binary", "flask", "--dest", str(BUILD), f"flask=={wanted}"], check=True)
        with tarfile.open(BUILD / f"flask-{wanted}.tar.gz") as archive:
            archive.extractall(BUILD, filter="data")
    return folder


def _path() -> list[str]:
    """
    What Python looks for modules in: this folder without its neighbours, some of which have the names of libraries that
    Flask uses where they are there.
    """
    here, alone = Path(__file__).resolve().parent, BUILD / "alone"
    alone.mkdir(parents=True, exist_ok=True)
    if not (alone / here.name).exists():
        (alone / here.name).symlink_to(here)
    return [str(alone), *(folder for folder in sys.path if folder and Path(folder).resolve() != here.parent)]


def _outcomes(suite: Path, dispatch: str) -> dict[str, str]:
    """dict: test -> passed, skipped, failed or error."""
    report = BUILD / f"{dispatch}.xml"
    report.unlink(missing_ok=True)
    environment = {**os.environ, "FLASK_SUITE": dispatch, "PYTHONPATH": os.pathsep.join(_path())}
    pytest = [sys.executable, "-m", "pytest", "-q", "-p", "flask_suite.everyapp", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*pytest, "--tb=short", f"--junitxml={report}", "tests"],
        cwd=suite,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if not report.exists():
        sys.exit(done.stdout + done.stderr)
    (BUILD / f"{dispatch}.txt").write_text(done.stdout)
    print(f"{dispatch}: {done.stdout.splitlines()[-1]}")
    found: dict[str, str] = {}
    for case in ElementTree.parse(report).iter("testcase"):
        kinds = {child.tag for child in case}
        outcome = next((kind for kind in ("error", "failure", "skipped") if kind in kinds), "passed")
        found[f"{case.get('classname')}::{case.get('name')}"] = outcome
    return found


if __name__ == "__main__":
    sys.exit(main())
