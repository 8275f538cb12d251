from __future__ import annotations

import pytest

from pymacaron.deploy.failures import DeployError
from pymacaron.deploy.pipeline import Asked, Pipeline


class Works:
    def __init__(self, **answers: bool):
        self.answers, self.called = answers, list[str]()

    def _note(self, name: str) -> bool:
        self.called.append(name)
        return self.answers.get(name.split()[0], True)

    def demand_compatible(self) -> None:
        if not self._note("compatible"):
            raise DeployError("callers would break")

    def unit_tests(self) -> bool:
        return self._note("unit_tests")

    def build(self) -> str:
        self._note("build")
        return "shop:1"

    def accept(self, image: str) -> bool:
        return self._note(f"accept {image}")

    def push(self, image: str) -> str:
        self._note(f"push {image}")
        return "shop@sha256:1"

    def pushed(self) -> str:
        self._note("pushed")
        return "shop@sha256:2"

    def release(self, reference: str) -> None:
        self._note(f"release {reference}")


@pytest.mark.parametrize(
    ("asked", "called"),
    [
        (Asked(), ["unit_tests", "build", "accept shop:1"]),
        (Asked(pushes=True), ["unit_tests", "build", "accept shop:1", "push shop:1"]),
        (
            Asked(deploys=True),
            ["compatible", "unit_tests", "build", "accept shop:1", "push shop:1", "release shop@sha256:1"],
        ),
        (Asked(tests=False, builds=False, deploys=True), ["compatible", "pushed", "release shop@sha256:2"]),
    ],
)
def test_the_parts_are_in_this_order(asked: Asked, called: list[str]) -> None:
    works = Works()
    told: list[str] = []
    done = Pipeline(works, lambda name, seconds: told.append(name) if seconds is None else None).run(asked)
    assert works.called == called
    assert [one.name for one in done] == told
    assert len(told) == len(called)


@pytest.mark.parametrize(
    ("fails", "called", "message"),
    [
        ("compatible", 1, "callers would break"),
        ("unit_tests", 2, "unit tests: not passed, nothing was built"),
        ("accept", 4, "acceptance tests on the container: not passed, nothing was pushed"),
    ],
)
def test_what_fails_ends_it(fails: str, called: int, message: str) -> None:
    works = Works(**{fails: False})
    with pytest.raises(DeployError, match=message):
        Pipeline(works).run(Asked(deploys=True))
    assert len(works.called) == called
