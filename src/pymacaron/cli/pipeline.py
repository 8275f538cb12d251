"""
`deploy_pipeline`: from a clone to live in one command. What each part does is a command of its own, run in a process;
the order of them is deploy/pipeline.py.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping

import click

from pymacaron.cli.compatible import demand_compatible
from pymacaron.cli.deploying import Desk, image_of, opened, passed_gates, pushed_image, spotless
from pymacaron.cli.releases import carry_out, live_label, overrules, overruling, release_of
from pymacaron.deploy.failures import DeployError
from pymacaron.deploy.pipeline import Asked, Pipeline

__all__ = ["deploy_pipeline", "main"]

_TESTS = ("test", "tests")
_NO_TESTS = 5  # pytest's exit code where it has found none


@click.command(short_help="Test, build, push and release the service.")
@click.option("--push", is_flag=True, help="Push the image to the registry.")
@click.option("--deploy", is_flag=True, help="Push, and release on AWS.")
@click.option("--no-build", is_flag=True, help="With --deploy: no tests and no image; what was pushed is released.")
@click.option("--test", is_flag=True, help="The tests alone, as without any option.")
@click.option("--with-downtime", is_flag=True, help="With --deploy: in what is live, all instances at once.")
@click.option("--debug", is_flag=True, help="Leave an environment that fails its tests, and say what took how long.")
@click.option("--allow-breaking", is_flag=True, help="With --deploy: also where callers of what is live would break.")
@overrules
def deploy_pipeline(
    push: bool,
    deploy: bool,
    no_build: bool,
    test: bool,
    with_downtime: bool,
    debug: bool,
    allow_breaking: bool,
    **flags: bool,
) -> None:
    """
    Unit tests, image, acceptance tests on the container; with --push, the image into the registry; with --deploy, that
    and a release: acceptance tests on a new environment, swap, smoke test, soak, clean. Whatever ends it, run it again.

    \b
    Examples:
      deploy_pipeline --test
      deploy_pipeline --push --deploy
      deploy_pipeline --no-build --deploy
    """
    if test and (push or deploy or no_build):
        raise click.UsageError("--test runs the tests alone. Leave it out to push or to deploy")
    if no_build and not deploy:
        raise click.UsageError("--no-build leaves nothing to do. It goes with --deploy")
    if (with_downtime or allow_breaking) and not deploy:
        said = "--with-downtime" if with_downtime else "--allow-breaking"
        raise click.UsageError(f"{said} says how it is released. It goes with --deploy")
    with opened() as desk:
        if deploy:
            passed_gates(desk, overruling(flags), builds=not no_build)  # before anything takes minutes
        works = _Works(desk, deploy, with_downtime, debug, {**flags, "allow_breaking": allow_breaking})
        asked = Asked(tests=not no_build, builds=not no_build, pushes=push, deploys=deploy)
        done = Pipeline(works, _told).run(asked)
        if debug:
            for one in done:
                click.echo(f"{one.seconds:7.1f} s  {one.name}", err=True)


def main() -> None:
    """The command `deploy_pipeline`."""
    deploy_pipeline.main(prog_name="deploy_pipeline")


def _told(name: str, seconds: float | None) -> None:
    if seconds is None:
        click.echo(click.style(f"== {name}", bold=True), err=True)
    else:
        click.echo(f"== {name}: done in {seconds:.1f} s", err=True)


class _Works:
    def __init__(self, desk: Desk, deploys: bool, with_downtime: bool, keeps_failed: bool, flags: Mapping[str, bool]):
        self._desk, self._deploys, self._with_downtime = desk, deploys, with_downtime
        self._keeps_failed, self._flags = keeps_failed, flags

    def demand_compatible(self) -> None:
        demand_compatible(self._desk, live_label(self._desk), self._flags["allow_breaking"])

    def unit_tests(self) -> bool:
        """Those of the first of the usual folders; a service without any passes."""
        folder = next((name for name in _TESTS if (self._desk.folder / name).is_dir()), None)
        if folder is None:
            click.echo(f"there are no unit tests in {' or '.join(_TESTS)}/", err=True)
            return True
        command = [sys.executable, "-m", "pytest", folder]
        ran = subprocess.run(command, cwd=self._desk.folder, env=spotless(), stdout=sys.stderr, check=False)
        return ran.returncode in (0, _NO_TESTS)

    def build(self) -> str:
        if self._deploys:
            passed_gates(self._desk, overruling(self._flags), builds=True)  # again: tests may have left files
        return str(image_of(self._desk.folder)["image"])

    def accept(self, image: str) -> bool:
        if not (self._desk.folder / "testaccept").is_dir():
            click.echo("there are no acceptance tests in testaccept/", err=True)
            return True
        command = [sys.executable, "-m", "pymacaron", "test", "--image", image]
        ran = subprocess.run(command, cwd=self._desk.folder, env=spotless(), stdout=sys.stderr, check=False)
        return ran.returncode == 0

    def push(self, image: str) -> str:
        return pushed_image(self._desk.folder)

    def pushed(self) -> str:
        from pymacaron.deploy import git
        from pymacaron.deploy.image.docker import Docker
        from pymacaron.deploy.image.registries import pushed

        desk, revision = self._desk, git.revision(self._desk.folder)
        if revision is None:
            fact = "this folder is no clone with a commit, so there is no image of it"
            raise DeployError(fact, "Commit the service, or leave --no-build out")
        return pushed(desk.wanted, lambda: desk.account, revision.commit[:12], Docker(os.environ))

    def release(self, reference: str) -> None:
        downtime, flags = self._with_downtime, self._flags
        release = release_of(self._desk, reference, with_downtime=downtime, flags=flags, is_compatible=True)
        carry_out(self._desk, release, False, keeps_failed=self._keeps_failed)
