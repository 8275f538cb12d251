"""`pymacaron image` as people call it, with a docker that answers as a script says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import Command

CONFIG = "name: shop\nlive_host: https://shop.example.com\nenv_secrets: [SHOP_KEY]\n"
DIGEST = f"sha256:{'a' * 64}"
LOCK = f"pymacaron==3.0.0 --hash={DIGEST}\ngunicorn==23.0.0 --hash={DIGEST}\n"
KNOWN = [{"Id": "sha256:1", "Size": 90_000_000, "RepoDigests": [f"python@{DIGEST}"], "RootFS": {"Layers": []}}]
#: What a docker says that has the base, and builds
DOCKER = f"""
case $1 in
    image) echo '{json.dumps(KNOWN)}';;
    version) echo 20.10;;
    buildx) exit 1;;
    build) cat > /dev/null; echo "$@" > said;;
esac
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pym-config.yaml").write_text(CONFIG)
    (tmp_path / "server.py").write_text("app = None\n")
    (tmp_path / "requirements.txt").write_text(LOCK)
    return tmp_path


def path(folder: Path, script: str) -> str:
    """A PATH whose docker does what *script* says."""
    program = folder / ".bin" / "docker"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return f"{program.parent}:/usr/bin:/bin"


def test_an_image_is_built(pymacaron: Command, folder: Path) -> None:
    done = pymacaron("image", PATH=path(folder, DOCKER))
    assert done.stderr == (
        f"note: python:3.13-slim-bookworm is {DIGEST} today. To stay with it: "
        f"deploy: {{base_image: python:3.13-slim-bookworm@{DIGEST}}}\n"
        "note: this folder is no clone of git with a commit: nobody will know what the image was made of\n"
    )
    name, _, rest = done.stdout.partition(" ")
    assert (done.returncode, name.partition("-")[0], rest) == (0, "shop:unversioned", "built, 90 MB\n")
    label = name.partition(":")[2]
    said = (folder / "said").read_text()
    assert said.startswith(f"build --tag {name} --build-arg PYM_CONTAINER_VERSION={label} ")
    assert f"--build-arg BASE=python@{DIGEST} --label org.opencontainers.image.title=shop " in said


def test_a_tag_of_ones_own(pymacaron: Command, folder: Path) -> None:
    told = json.loads(pymacaron("image", "--tag", "try", "--json", PATH=path(folder, DOCKER)).stdout)
    assert (told["image"], told["label"].partition("-")[0]) == ("shop:try", "unversioned")
    done = pymacaron("image", "--tag", "a b")
    assert (done.returncode, "'a b' is no tag: letters, digits, '_', '.' and '-'." in done.stderr) == (2, True)


def test_the_dockerfile_is_shown_without_docker(pymacaron: Command, folder: Path) -> None:
    done = pymacaron("image", "--show", PATH="/nowhere")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("# The image of shop, by `pymacaron image`\nARG BASE=python:3.13-slim-bookworm\n")
    told = json.loads(pymacaron("image", "--show", "--json").stdout)
    assert told == {"dockerfile": done.stdout}
    assert pymacaron("image", "--show", "--push").returncode == 2


@pytest.mark.parametrize(
    ("files", "told"),
    [
        (
            {"server.py": "KEY = 'sesame-sesame'\n"},
            "a secret would be in the image: server.py:1 has the value of SHOP_KEY. "
            "Read it from the environment, or use another value",
        ),
        (
            {"pym-config.yaml": CONFIG + "deploy: {server: granian}\n"},
            "requirements.txt lacks granian, which the image runs. Add pymacaron[granian]",
        ),
        (
            {".dockerignore": "server.py"},
            "there is no server.py in FOLDER, which the image is to run. Go to the service's folder",
        ),
    ],
)
def test_what_keeps_an_image_from_being_built(
    pymacaron: Command, folder: Path, files: dict[str, str], told: str
) -> None:
    for name, text in files.items():
        (folder / name).write_text(text)
    done = pymacaron("image", PATH=path(folder, DOCKER), SHOP_KEY="sesame-sesame")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1].replace(str(folder), "FOLDER") == f"error: {told}"
    assert not (folder / "said").exists()


def test_what_a_step_writes_is_told_without_secrets(pymacaron: Command, folder: Path) -> None:
    script = DOCKER.replace('echo "$@" > said', "echo Step 2/3 : RUN pip; echo pip asks sesame-sesame; exit 1")
    done = pymacaron("image", PATH=path(folder, script), PIP_INDEX_URL="sesame-sesame")
    assert done.stderr.splitlines()[-2:] == ["  pip asks ********", "error: this step of the image failed: RUN pip"]


def test_without_docker_it_says_so(pymacaron: Command, folder: Path) -> None:
    done = pymacaron("image", PATH="/nowhere")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "error: docker is not installed, and an image needs it. Look at https://docs.docker.com/engine/install\n"
    )


def test_without_a_config_it_says_so(pymacaron: Command, tmp_path: Path) -> None:
    done = pymacaron("image", PYM_CONFIG_FILE="")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: there is no pym-config.yaml here")


def test_a_queue_that_no_container_can_write_is_told(pymacaron: Command, folder: Path) -> None:
    (folder / "pym-config.yaml").write_text(f"{CONFIG}with_async: true\nstore_url: sqlite:shop.sqlite3\n")
    told = json.loads(pymacaron("image", "--json", PATH=path(folder, DOCKER)).stdout)
    assert told["notes"][:2] == [
        "tasks wait in a file of the container, which is gone with it, and cannot be written: set broker_url",
        "models are kept in a file of the container, which is gone with it, and cannot be written: set store_url",
    ]


def test_tasks_and_models_that_nothing_is_set_for_are_told_whatever_this_machine_says(
    pymacaron: Command, folder: Path
) -> None:
    (folder / "work.py").write_text("@asynctask\ndef work(): ...\n")
    (folder / "shop.yaml").write_text("Order: {x-persist: {table: orders}}\n")
    elsewhere = {"PYM_BROKER_URL": "sqs://", "PYM_STORE_URL": "dynamodb://"}
    there = path(folder, DOCKER)
    told = json.loads(pymacaron("image", "--json", PATH=there, **elsewhere).stdout)
    assert [note[:5] for note in told["notes"][:2]] == ["tasks", "model"]
    config = (folder / "pym-config.yaml").read_text()
    (folder / "pym-config.yaml").write_text(f"{config}broker_url: sqs://\nstore_url: dynamodb://\n")
    told = json.loads(pymacaron("image", "--json", PATH=there, PYM_STORE_URL="sqlite:///x").stdout)
    assert not any("in a file of the container" in note for note in told["notes"])


def test_a_config_that_is_wrong_is_told_before_anything_happens(pymacaron: Command, folder: Path) -> None:
    (folder / "pym-config.yaml").write_text("name: shop\naws_hosts_min: 0\n")
    done = pymacaron("image", PATH=path(folder, DOCKER))
    assert done.returncode == 1
    assert "error[missing-setting]: live_host is not set" in done.stderr
    assert "error[deploy-setting]: aws_hosts_min is 0" in done.stderr
