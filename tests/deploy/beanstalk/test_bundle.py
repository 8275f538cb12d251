from __future__ import annotations

import io
import json
import subprocess
import zipfile
from pathlib import Path

import pytest
import yaml

from pymacaron.deploy.beanstalk.bundle import Bundle, bundle, extensions, worker_bundle
from pymacaron.deploy.beanstalk.release import label_of
from pymacaron.deploy.failures import DeployError

IMAGE = "repo.example.com/shop@sha256:" + "a" * 64
COMMON = {
    "image": IMAGE,
    "env_file": [".env"],
    "restart": "always",
    "read_only": True,
    "tmpfs": ["/tmp"],
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges:true"],
    "stop_grace_period": "60s",
}


def files(made: Bundle) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(made.content)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_one_container_is_a_dockerrun() -> None:
    found = files(bundle(IMAGE))
    assert {name: json.loads(text) for name, text in found.items()} == {
        "Dockerrun.aws.json": {
            "AWSEBDockerrunVersion": "1",
            "Image": {"Name": IMAGE, "Update": "true"},
            "Ports": [{"ContainerPort": 8080}],
        }
    }


def test_a_registry_that_asks_who_it_is_finds_that_in_the_bucket() -> None:
    made = json.loads(files(bundle(IMAGE, login=("bucket", "dockercfg")))["Dockerrun.aws.json"])
    assert made["Authentication"] == {"Bucket": "bucket", "Key": "dockercfg"}


def test_with_a_worker_beside_it_the_login_is_a_dockerrun_of_version_3() -> None:
    found = files(bundle(IMAGE, workers="sidecar", login=("bucket", "dockercfg")))
    assert "docker-compose.yml" in found
    assert json.loads(found["Dockerrun.aws.json"]) == {
        "AWSEBDockerrunVersion": "3",
        "Authentication": {"bucket": "bucket", "key": "dockercfg"},
    }


def test_a_worker_beside_it_makes_it_a_compose_file_and_no_dockerrun() -> None:
    found = files(bundle(IMAGE, workers="sidecar", live_url="https://api.example.com"))
    hook = "00_pymacaron_healthd.sh"
    assert list(found) == [
        f".platform/confighooks/prebuild/{hook}",
        f".platform/hooks/prebuild/{hook}",
        "docker-compose.yml",
    ]
    assert yaml.safe_load(found["docker-compose.yml"])["services"] == {
        "web": {
            **COMMON,
            "ports": ["80:8080"],
            "environment": {"PYM_HEALTHD_LOG": "/var/log/nginx/healthd"},
            "volumes": ["/var/log/nginx/healthd:/var/log/nginx/healthd"],
        },
        "worker": {
            **COMMON,
            "command": ["pymacaron", "worker", "--when-live", "https://api.example.com"],
            "healthcheck": {"disable": True},
        },
    }


def test_the_folder_of_the_healthd_log_is_made_for_whoever_the_container_runs_as(tmp_path: Path) -> None:
    made = bundle(IMAGE, workers="sidecar")
    name = ".platform/hooks/prebuild/00_pymacaron_healthd.sh"
    with zipfile.ZipFile(io.BytesIO(made.content)) as archive:
        assert archive.getinfo(name).external_attr >> 16 == 0o100755
    script = files(made)[name].replace("/var/log/nginx", str(tmp_path))
    subprocess.run(["sh", "-c", script], check=True)
    assert (tmp_path / "healthd").stat().st_mode == 0o41777


def test_workers_of_an_environment_of_their_own_are_the_image_with_another_command() -> None:
    given = {"login": ("bucket", "dockercfg"), "files": {".platform/hooks/a": b"a"}}
    found = files(worker_bundle(IMAGE, live_url="https://api.example.com", **given))
    assert list(found) == [".platform/hooks/a", "Dockerrun.aws.json"]
    assert json.loads(found["Dockerrun.aws.json"]) == {
        **json.loads(files(bundle(IMAGE, **given))["Dockerrun.aws.json"]),
        "Command": "pymacaron worker --when-live https://api.example.com --probe 8080",
    }


def test_port_80_leads_to_443() -> None:
    found = files(bundle(IMAGE, is_secure=True))
    listener = json.loads(found[".ebextensions/pymacaron-redirect.config"])["Resources"]["AWSEBV2LoadBalancerListener"]
    assert listener["Properties"]["DefaultActions"][0]["RedirectConfig"]["Port"] == "443"


def test_the_same_makes_the_same_bytes_and_so_the_same_key(tmp_path: Path) -> None:
    for name in ("b", "a"):
        (tmp_path / ".platform" / "hooks").mkdir(parents=True, exist_ok=True)
        (tmp_path / ".platform" / "hooks" / name).write_text(name)
    made = [bundle(IMAGE, files=extensions(tmp_path)) for _ in range(2)]
    assert made[0].content == made[1].content
    assert made[0].key("p") == f"p/bundles/{made[0].digest}.zip"
    assert list(files(made[0])) == [".platform/hooks/a", ".platform/hooks/b", "Dockerrun.aws.json"]
    assert bundle(IMAGE).digest == "304d4f4dacf3b987fe6cbf48f8eccbdc0d7ec8b0e7ade7859215c06fffc4451b"


def test_an_image_by_its_tag_and_a_file_of_variables_are_refused() -> None:
    with pytest.raises(DeployError, match="is not named by its digest"):
        bundle("shop:latest")
    with pytest.raises(DeployError, match=r"must have no \.env"):
        bundle(IMAGE, files={".env": b"A=1"})


def test_a_label_is_another_where_the_bundle_or_an_option_is() -> None:
    commit, option = "c" * 12, ("aws:x", "Y", "1")
    labels = [label_of(commit, b"1", ()), label_of(commit, b"2", ()), label_of(commit, b"1", (option,))]
    assert len(set(labels)) == 3
    assert all(one.startswith("c" * 12 + "-") and len(one) == 21 for one in labels)
    assert label_of(commit, b"1", ()) == labels[0]
