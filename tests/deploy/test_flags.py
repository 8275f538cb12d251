"""
The options of `deploy_pipeline`, alone and together: which parts are carried out, what docker is asked for, and what
becomes of AWS. docker is a script that says what docker would; with the real one it is test_live.py's.
"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cloud.here import Cloud, cloud, moto
from releases.served import clone, commit, live
from upstreams.aws import Aws

_SOURCE = Path(__file__).resolve().parents[2] / "src"
_DIGESTS = [f"sha256:{letter * 64}" for letter in "ab"]
#: What is in `pushed`, one file for each tag, is in the registry; `next` has the digest of the next push
_DOCKER = """\
#!/bin/sh
here=$(dirname "$0")
tag() { echo "$1" | sed 's/.*://'; }
echo "$1" >> "$here/asked"
case "$1" in
build) cat > /dev/null ;;
image) echo '[{"Id": "sha256:1", "Size": 1000000, "RootFS": {"Layers": []}}]' ;;
push) cp "$here/next" "$here/pushed/$(tag "$2")"; echo "x: digest: $(cat "$here/next") size: 1" ;;
manifest)
    for last; do :; done
    if [ -f "$here/pushed/$(tag "$last")" ]; then
        echo "{\\"Descriptor\\": {\\"digest\\": \\"$(cat "$here/pushed/$(tag "$last")")\\"}}"
    else
        echo "no such manifest: $last" >&2; exit 1
    fi ;;
esac
"""
_MANIFEST = {
    "schemaVersion": 2,
    "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
    "layers": [],
}
_API = """\
openapi: 3.1.0
info: {{title: Shop, version: "1"}}
paths:
  /{path}:
    get: {{operationId: shop.api.get, responses: {{"200": {{description: It}}}}}}
"""

GATE, UNIT, IMAGE, ACCEPT, PUSH = (
    "what has changed of the API",
    "unit tests",
    "image",
    "acceptance tests on the container",
    "push",
)
LOOK, RELEASE = "look for the image", "release"
TESTED = [UNIT, IMAGE, ACCEPT]
BUILT, SENT, LOOKED = ["build"], ["build", "build", "push", "tag", "push"], ["manifest"]


@dataclass
class Shop:
    """A clone, the AWS that it is released on, and a docker command in a folder of its own."""

    aws: Cloud
    folder: Path
    tools: Path

    def run(self, flags: str) -> subprocess.CompletedProcess[str]:
        self.aws.forget()
        (self.tools / "asked").unlink(missing_ok=True)
        environ = {
            **self.aws.environ,
            "PATH": f"{self.tools}:{os.environ['PATH']}",
            "PYMACARON_DEPLOY_PAUSE_S": "0.02",
            "PYTHONPATH": str(_SOURCE),
        }
        command = [sys.executable, "-c", "from pymacaron.cli.pipeline import main; main()", *flags.split()]
        return subprocess.run(
            command, cwd=self.folder, env=environ, capture_output=True, text=True, check=False, timeout=120
        )

    def asked(self) -> list[str]:
        """What docker did; where it did nothing, what it was asked of a registry."""
        asked = self.tools / "asked"
        said = asked.read_text().split() if asked.is_file() else []
        done = [verb for verb in said if verb in ("build", "push", "run", "tag")]
        return done or [verb for verb in said if verb == "manifest"]

    def made(self) -> list[str]:
        """What of environments was written."""
        return [one.partition(":")[2] for one in self.aws.writes if "Environment" in one]

    def change(self, digest: str = _DIGESTS[1], path: str = "products", name: str = "more.py") -> str:
        """Another commit, whose image has *digest*: its first 12 digits."""
        (self.folder / name).write_text(f"# {digest}\n")
        (self.folder / "apis" / "shop.yaml").write_text(_API.format(path=path))
        (self.tools / "next").write_text(digest)
        commit(self.folder)
        command = ["git", "rev-parse", "--short=12", "HEAD"]
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=True).stdout.strip()

    def bundled(self) -> str:
        """The digest of the image that is live."""
        [one] = [one for one in self.aws.beanstalk.environments.values() if one["CNAME"].startswith("shop-live.")]
        name = {"ApplicationName": "shop", "VersionLabels": [one["VersionLabel"]]}
        client = self.aws.client("elasticbeanstalk")
        [version] = client.describe_application_versions(**name)["ApplicationVersions"]
        source = version["SourceBundle"]
        body = self.aws.client("s3").get_object(Bucket=source["S3Bucket"], Key=source["S3Key"])["Body"].read()
        found = re.search(rb"sha256:[0-9a-f]{64}", _unzipped(body))
        assert found is not None
        return found[0].decode()


def _unzipped(content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return b"".join(archive.read(name) for name in archive.namelist())


def parts(done: subprocess.CompletedProcess[str]) -> list[str]:
    told = [line.removeprefix("== ") for line in done.stderr.splitlines() if line.startswith("== ")]
    return [one for one in told if "done in" not in one]


@pytest.fixture(scope="module")
def own_moto() -> Iterator[Aws]:
    with moto(policies=False) as running:
        yield running


@pytest.fixture
def shop(own_moto: Aws, tmp_path: Path) -> Iterator[Shop]:
    with cloud(tmp_path, own_moto, scale=1000) as aws, live(aws) as url:
        tools = tmp_path / "tools"
        (tools / "pushed").mkdir(parents=True)
        (tools / "docker").write_text(_DOCKER)
        (tools / "docker").chmod(0o755)
        folder = clone(tmp_path, url)
        config = folder / "pym-config.yaml"
        config.write_text(f"docker_repo: 127.0.0.1:1/shops\n{config.read_text()}")
        (folder / "Dockerfile").write_text("FROM scratch\nARG PYM_CONTAINER_VERSION\n")
        for name in ("apis", "test"):
            (folder / name).mkdir()
        (folder / "test" / "test_it.py").write_text("def test_it():\n    pass\n")
        (folder / ".gitignore").write_text(".pytest_cache/\n")
        made = Shop(aws, folder, tools)
        made.change(_DIGESTS[0])
        yield made


@pytest.mark.parametrize(
    ("flags", "carried_out", "asked"),
    [
        ("", TESTED, BUILT),
        ("--test", TESTED, BUILT),
        ("--debug", TESTED, BUILT),
        ("--push", [*TESTED, PUSH], SENT),
        ("--deploy", [GATE, *TESTED, PUSH, RELEASE], SENT),
        ("--push --deploy", [GATE, *TESTED, PUSH, RELEASE], SENT),
        ("--push --deploy --debug --with-downtime --allow-breaking", [GATE, *TESTED, PUSH, RELEASE], SENT),
    ],
)
def test_each_option_adds_its_parts(shop: Shop, flags: str, carried_out: list[str], asked: list[str]) -> None:
    done = shop.run(flags)
    assert done.returncode == 0, done.stderr
    assert (parts(done), shop.asked()) == (carried_out, asked)
    timed = re.findall(r"^ +\d+\.\d s  (.+)$", done.stderr, re.MULTILINE)
    assert timed == (carried_out if "--debug" in flags else [])
    # The first one has nobody whose name it could take
    assert shop.made() == (["CreateEnvironment"] if "--deploy" in flags else [])
    assert "--deploy" in flags or shop.aws.writes == []


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ("--test --push", "--test runs the tests alone. Leave it out to push or to deploy"),
        ("--test --deploy", "--test runs the tests alone. Leave it out to push or to deploy"),
        ("--test --no-build", "--test runs the tests alone. Leave it out to push or to deploy"),
        ("--no-build", "--no-build leaves nothing to do. It goes with --deploy"),
        ("--no-build --push", "--no-build leaves nothing to do. It goes with --deploy"),
        ("--with-downtime", "--with-downtime says how it is released. It goes with --deploy"),
        ("--push --with-downtime", "--with-downtime says how it is released. It goes with --deploy"),
        ("--test --allow-breaking", "--allow-breaking says how it is released. It goes with --deploy"),
    ],
)
def test_options_that_do_not_go_together_are_told(tmp_path: Path, flags: str, message: str) -> None:
    command = [sys.executable, "-c", "from pymacaron.cli.pipeline import main; main()", *flags.split()]
    environ = {**os.environ, "PYTHONPATH": str(_SOURCE)}
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.splitlines()[-1]) == (2, f"Error: {message}")


@pytest.mark.parametrize("flags", ["--no-build --deploy", "--no-build --push --deploy"])
def test_without_a_build_what_was_pushed_of_this_commit_is_released(shop: Shop, flags: str) -> None:
    assert shop.run("--push").returncode == 0
    (shop.tools / "next").write_text("sha256:" + "c" * 64)  # of an image that was built again
    (shop.folder / "test" / "test_it.py").write_text("def test_it():\n    assert False\n")
    commit(shop.folder)
    refused = shop.run(flags)
    head = shop.change(_DIGESTS[1])
    assert (refused.returncode, shop.aws.writes) == (1, [])
    assert refused.stderr.splitlines()[-1].startswith("error: no image of commit ")
    (shop.tools / "pushed" / head).write_text(_DIGESTS[1])
    done = shop.run(flags)
    assert done.returncode == 0, done.stderr
    assert (parts(done), shop.asked()) == ([GATE, LOOK, RELEASE], LOOKED)
    assert (shop.made(), shop.bundled()) == (["CreateEnvironment"], _DIGESTS[1])
    again = shop.run(flags)
    assert (again.returncode, shop.aws.writes) == (0, []), again.stderr


def test_an_image_that_nobody_has_pushed_is_told_with_the_mend(shop: Shop) -> None:
    head = shop.change()
    done = shop.run("--no-build --deploy")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (
        1,
        f"error: no image of commit {head} is in 127.0.0.1:1/shops/shop. "
        "Have it made: deploy_pipeline --push, or leave --no-build out",
    )
    assert (shop.aws.writes, shop.asked()) == ([], LOOKED)


def test_without_a_build_amazons_own_registry_tells_which_was_pushed_last(shop: Shop) -> None:
    config = shop.folder / "pym-config.yaml"
    config.write_text(config.read_text().replace("docker_repo: 127.0.0.1:1/shops\n", ""))
    head = shop.change()
    done = shop.run("--no-build --deploy")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (
        1,
        f"error: no image of commit {head} is in the repository shop of ECR, which is not there. "
        "Have it made: deploy_pipeline --push, or leave --no-build out",
    )
    assert shop.aws.writes == []  # and none is made
    client = shop.aws.client("ecr")
    client.create_repository(repositoryName="shop")
    digests = {}
    for tag in (f"{head}-dirty-00000000", f"{head}-00000000", "000000000000-00000000"):
        manifest = {**_MANIFEST, "config": {"mediaType": "x", "size": 1, "digest": tag}}
        told = client.put_image(repositoryName="shop", imageManifest=json.dumps(manifest), imageTag=tag)
        digests[tag] = told["image"]["imageId"]["imageDigest"]
    shutil.rmtree(shop.tools)  # docker is not needed where nothing is built
    shop.tools.mkdir()
    done = shop.run("--no-build --deploy")
    assert done.returncode == 0, done.stderr
    assert (shop.asked(), shop.bundled()) == ([], digests[f"{head}-00000000"])


def test_with_downtime_what_is_live_is_updated_all_at_once(shop: Shop) -> None:
    assert shop.run("--deploy").returncode == 0
    shop.change()
    done = shop.run("--deploy --with-downtime")
    assert done.returncode == 0, done.stderr
    assert (shop.made(), shop.bundled()) == (["UpdateEnvironment"], _DIGESTS[1])
    shop.change("sha256:" + "c" * 64)
    assert shop.run("--deploy").returncode == 0
    assert shop.made() == ["CreateEnvironment", "SwapEnvironmentCNAMEs", "TerminateEnvironment"]


def test_an_api_that_breaks_callers_is_refused_before_any_test_and_allowed(shop: Shop) -> None:
    assert shop.run("--deploy").returncode == 0
    shop.change(path="things")
    refused = shop.run("--push --deploy")
    assert (refused.returncode, shop.aws.writes, shop.asked()) == (1, [], [])
    assert parts(refused) == [GATE]
    assert "breaking[operation-removed]: GET /products is " in refused.stderr
    assert refused.stderr.endswith(
        "error: what has changed of the API: not passed, callers would break. Mend it, or allow it: --allow-breaking, "
        "or deploy: {allow_breaking: true}\n"
    )
    done = shop.run("--push --deploy --allow-breaking")
    assert done.returncode == 0, done.stderr
    assert (shop.bundled(), shop.made()[-1]) == (_DIGESTS[1], "TerminateEnvironment")


@pytest.mark.parametrize(("flags", "left"), [("", 0), ("--debug", 1)])
def test_an_environment_that_fails_its_tests_is_left_for_debugging_alone(shop: Shop, flags: str, left: int) -> None:
    (shop.folder / "testaccept").mkdir()
    (shop.folder / "testaccept" / "test_it.py").write_text("def test_it():\n    assert False\n")
    (shop.tools / "pushed" / shop.change()).write_text(_DIGESTS[1])
    done = shop.run(f"--no-build --deploy {flags}")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert len(shop.aws.beanstalk.environments) == left, done.stderr
