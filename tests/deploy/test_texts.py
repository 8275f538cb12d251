"""
What the commands of a release say, word for word, where AWS, git or docker is as it should not be: the fact, the mend,
and no traceback. What the config alone is the fault of is in tests/messages.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cloud.here import Cloud, cloud, moto
from releases.served import clone, commit, live
from upstreams.aws import Aws

_SOURCE = Path(__file__).resolve().parents[2] / "src"
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop@sha256:" + "a" * 64
APPLY = f"apply --image {IMAGE}"
_WORDS = (
    (r"[0-9a-f]{12}(-dirty)?-[0-9a-f]{8}", "<label>"),
    (r"commit [0-9a-f]{12}", "commit <commit>"),
    (r"shop-[0-9a-f]{8}\b", "<environment>"),
    (r"another may begin \d+ seconds", "another may begin <number> seconds"),
)
MODEL = "components:\n  schemas:\n    A:\n      x-persist: {}\n"
BUCKET = "elasticbeanstalk-eu-west-1-123456789012"


@dataclass
class Shop:
    """A clone, the AWS that it is released on, and the variables of who releases."""

    aws: Cloud
    folder: Path
    url: str
    environ: dict[str, str] = field(default_factory=dict)

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        given = {"PYMACARON_DEPLOY_PAUSE_S": "0.02", "PYTHONPATH": str(_SOURCE)}
        return subprocess.run(
            [sys.executable, "-m", "pymacaron", "deploy", *command.split()],
            cwd=self.folder,
            env={**self.environ, **given},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def config(self, first: str = "", without: str = "", under: str = "") -> None:
        file = self.folder / "pym-config.yaml"
        file.write_text(first + file.read_text().replace(without, "") + under)
        commit(self.folder)

    def write(self, name: str, text: str) -> None:
        (self.folder / name).parent.mkdir(exist_ok=True)
        (self.folder / name).write_text(text)
        commit(self.folder)

    def released(self) -> None:
        done = self.run(APPLY)
        assert done.returncode == 0, done.stderr

    def told(self, command: str) -> str:
        """What is said of *command* once all is over, with a word in the place of what is another each time."""
        done = self.run(command)
        assert "Traceback" not in done.stderr
        # What is told while it goes on begins with its time
        lines = [line for line in done.stderr.splitlines() if re.match(r" *\d+:\d\d |i-", line) is None]
        if "apply" in command:
            lines = [line for line in lines if "does not answer" not in line]  # of the tests, whose exit code counts
        said = "\n".join([*lines, f"exit code {done.returncode}"])
        for pattern, word in _WORDS:
            said = re.sub(pattern, word, said)
        return said


@pytest.fixture(scope="module")
def own_moto() -> Iterator[Aws]:
    with moto(policies=False) as running:
        yield running


@pytest.fixture
def shop(own_moto: Aws, tmp_path: Path) -> Iterator[Shop]:
    with cloud(tmp_path, own_moto, scale=1000) as aws, live(aws) as url:
        yield Shop(aws, clone(tmp_path, url), url, aws.environ)


# ---- what is wrong


def no_clone(shop: Shop) -> None:
    shutil.rmtree(shop.folder / ".git")


def dirty(shop: Shop) -> None:
    (shop.folder / "notes.txt").write_text("mine")


def unpushed(shop: Shop) -> None:
    identity = ["-c", "user.name=Shop", "-c", "user.email=shop@example.com"]
    command = ["git", *identity, "commit", "--allow-empty", "--message", "Not pushed"]
    subprocess.run(command, cwd=shop.folder, check=True, capture_output=True)


def another_account(shop: Shop) -> None:
    shop.config(under='  account: "999999999999"\n')


def another_user(shop: Shop) -> None:
    shop.config("aws_user: releaser\n")


def missing_secrets(shop: Shop) -> None:
    shop.config("env_secrets: [JWT_SECRET, SHOP_KEY]\n")


def embedded_queue(shop: Shop) -> None:
    shop.write("work.py", "@asynctask\ndef work(): ...\n")


def embedded_store(shop: Shop) -> None:
    shop.config("store_url: sqlite:///shop.sqlite3\n")
    shop.write("apis/shop.yaml", MODEL)


def no_docker(shop: Shop) -> None:
    shop.write("requirements.txt", f"pymacaron==3.0.0 --hash=sha256:{'a' * 64}\n")
    tools = shop.folder.parent / "tools"
    tools.mkdir()
    git = shutil.which("git")
    assert git is not None
    (tools / "git").symlink_to(git)
    shop.environ["PATH"] = str(tools)


def no_credentials(shop: Shop) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        del shop.environ[name]


def no_region(shop: Shop) -> None:
    shop.config(without="aws_region: eu-west-1\n")
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        del shop.environ[name]


def no_profile(shop: Shop) -> None:
    shop.environ["AWS_PROFILE"] = "releaser"


def expired(shop: Shop) -> None:
    shop.aws.fail("expired")


def denied(shop: Shop) -> None:
    shop.aws.fail("denied", "elasticbeanstalk:CreateApplication")


def locked(shop: Shop) -> None:
    shop.released()
    holder = {"user": "ada", "host": "build-1", "process": 4711, "run": "x", "since": 0.0}
    body = json.dumps({**holder, "expires": time.time() + 10_000}).encode()
    shop.aws.client("s3").put_object(Bucket=BUCKET, Key="pymacaron/shop/lock.json", Body=body)
    shop.config(under="  tags: {team: web}\n")


def nobody_live(shop: Shop) -> None:
    """As it is."""


def one_release(shop: Shop) -> None:
    shop.released()


def acceptance(shop: Shop) -> None:
    shop.write("testaccept/test_it.py", "def test_it():\n    assert False\n")


def smoke(shop: Shop) -> None:
    shop.released()
    file = shop.folder / "pym-config.yaml"
    file.write_text(file.read_text().replace(shop.url, "http://127.0.0.1:1"))
    commit(shop.folder)


def health(shop: Shop) -> None:
    shop.aws.red("*")


NOT_CHANGED = "nothing was changed\nexit code 1"
TEXTS: list[tuple[Callable[[Shop], None], str, str]] = [
    (
        no_clone,
        APPLY,
        "error: refused[no-commit]: this folder is no clone with a commit. Commit the service: git init; git add .; "
        f"git commit, or overrule it: --dirty\n{NOT_CHANGED}",
    ),
    (
        dirty,
        APPLY,
        "error: refused[dirty]: not in commit <commit>: notes.txt. Commit or ignore it, or overrule it: --dirty\n"
        f"{NOT_CHANGED}",
    ),
    (
        unpushed,
        APPLY,
        "error: refused[unpushed]: commit <commit> is in no branch of a remote. Push it: git push, or overrule it: "
        f"--unpushed\n{NOT_CHANGED}",
    ),
    (
        another_account,
        APPLY,
        "pym-config.yaml:10:12: error: refused[account]: these credentials are of account 123456789012, and deploy: "
        f"account is 999999999999. Log in to the other, or overrule it: --any-account\n{NOT_CHANGED}",
    ),
    (
        another_user,
        APPLY,
        "pym-config.yaml:1:11: error: refused[user]: these credentials are arn:aws:sts::123456789012:user/moto's, and "
        "aws_user is releaser. Have a profile of that name: aws configure --profile releaser, and no keys in the "
        f"config, or overrule it: --any-user\n{NOT_CHANGED}",
    ),
    (
        missing_secrets,
        APPLY,
        "pym-config.yaml:1:14: error: refused[secrets]: JWT_SECRET, SHOP_KEY of env_secrets are not in "
        "Secrets Manager. "
        f"Put them there: pymacaron secrets push\n{NOT_CHANGED}",
    ),
    (
        embedded_queue,
        APPLY,
        "error: refused[embedded-queue]: tasks (work.py) wait in a file of the instance: instances come and go, and it "
        "goes with them. Set broker_url: sqs://, or the variable of env_secrets that has rediss://...\n"
        f"{NOT_CHANGED}",
    ),
    (
        embedded_store,
        APPLY,
        "pym-config.yaml:1:12: error: refused[embedded-store]: models (apis/shop.yaml) are kept in a file of the "
        f"instance: instances come and go, and it goes with them. Set store_url: dynamodb://\n{NOT_CHANGED}",
    ),
    (
        no_docker,
        "apply",
        "error: docker is not installed, and an image needs it. Look at https://docs.docker.com/engine/install\n"
        "error: there is no image: see above\nexit code 1",
    ),
    (
        no_credentials,
        "status",
        "error: there are no credentials of AWS for sts:GetCallerIdentity. Run: aws configure, or aws sso login\n"
        "exit code 1",
    ),
    (
        no_region,
        "status",
        "error: no AWS region is set. Write aws_region: eu-west-1 into pym-config.yaml, or such\nexit code 1",
    ),
    (
        no_profile,
        "status",
        "error: AWS cannot be asked: The config profile (releaser) could not be found. Look at ~/.aws/config, or run: "
        "aws configure\nexit code 1",
    ),
    (
        expired,
        "status",
        "error: AWS does not take these credentials for sts:GetCallerIdentity (ExpiredToken). Log in again, "
        "and run the "
        "same command: it goes on where this one has stopped\nexit code 1",
    ),
    (
        denied,
        APPLY,
        "error: AWS does not allow elasticbeanstalk:CreateApplication: User: "
        "arn:aws:iam::123456789012:user/deployer is "
        "not authorized to perform: elasticbeanstalk:CreateApplication. Allow it: `pymacaron infra write` has the "
        "policy of the deployer, with elasticbeanstalk:CreateApplication in it\nexit code 1",
    ),
    (
        locked,
        APPLY,
        "error: another release is under way: ada on build-1 (process 4711), since 1970-01-01 00:00:00 UTC. Wait for "
        "its end; where it was killed, another may begin <number> seconds from now\nexit code 1",
    ),
    (
        nobody_live,
        "rollback",
        "error: nobody is live at shop-live.eu-west-1.elasticbeanstalk.com. Release first: pymacaron deploy apply\n"
        "exit code 1",
    ),
    (
        one_release,
        "rollback",
        "error: nobody knows what was live before <label>. Name it: pymacaron deploy rollback --to LABEL\nexit code 1",
    ),
    (
        one_release,
        "rollback --to nowhere",
        "error: version nowhere is not in application shop any more. Release the commit again: pymacaron deploy apply "
        "in a clone of it\nexit code 1",
    ),
    (
        one_release,
        "logs --environment shop-2",
        "error: there is no environment shop-2. Those of the application: <environment>\nexit code 1",
    ),
    (
        nobody_live,
        "plan --image shop:1",
        "error: image 'shop:1' is not named by its digest. Name it as in: repo/shop@sha256:...\nexit code 1",
    ),
    (
        acceptance,
        APPLY,
        "error: release <label> has failed (acceptance): the acceptance tests have failed. What was live "
        "before was not "
        "touched. Mend it, and release again\nexit code 1",
    ),
    (
        smoke,
        APPLY,
        "error: release <label> has failed (smoke): http://127.0.0.1:1/version answers URLError, not '<label>', after "
        "0 minutes. What was live before is made live again, where it is there. Mend it, and release "
        "again\nexit code 1",
    ),
    (
        health,
        APPLY,
        "error: release <label> has failed (health): its health is Severe: 100.0 % of the requests are failing with "
        "HTTP 5xx. What is live was not touched. Mend it, and release again\nexit code 1",
    ),
]


@pytest.mark.parametrize(
    ("wrong", "command", "text"), TEXTS, ids=[f"{wrong.__name__} {command.split()[0]}" for wrong, command, _ in TEXTS]
)
def test_it_is_told_in_these_words(shop: Shop, wrong: Callable[[Shop], None], command: str, text: str) -> None:
    wrong(shop)
    assert shop.told(command) == text
