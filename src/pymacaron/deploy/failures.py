"""What keeps a release from going on: each says the fact and the mend, for the terminal, and never has a secret."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = [
    "DeniedError",
    "DeployError",
    "DockerError",
    "ExpiredError",
    "HeldError",
    "RefusedError",
    "TrialError",
    "UnknownOutcomeError",
]


class DeployError(Exception):
    """A release cannot go on. The text says what has happened; `mend` what to do."""

    def __init__(self, fact: str, mend: str = ""):
        super().__init__(fact)
        self.mend = mend

    def __str__(self) -> str:
        fact = super().__str__()
        return f"{fact}. {self.mend}" if self.mend else fact


class DockerError(DeployError):
    """Docker has not done it. `lines`: the last that it, or the step that has failed, wrote."""

    def __init__(self, fact: str, mend: str = "", lines: Sequence[str] = ()):
        super().__init__(fact, mend)
        self.lines = tuple(lines)


class RefusedError(DeployError):
    """AWS has answered that it does not do it. `code`: AWS's name of the error."""

    def __init__(self, fact: str, mend: str = "", *, code: str = "", told: str = ""):
        super().__init__(fact, mend)
        self.code = code
        #: AWS's own words
        self.told = told


class DeniedError(RefusedError):
    """Whoever asks may not. `action`: as policies name it, such as elasticbeanstalk:SwapEnvironmentCNAMEs."""

    def __init__(self, fact: str, mend: str = "", *, action: str, code: str = "", told: str = ""):
        super().__init__(fact, mend, code=code, told=told)
        self.action = action


class ExpiredError(RefusedError):
    """The credentials are over, or unknown: the same command goes on where this one has stopped."""


class UnknownOutcomeError(DeployError):
    """A write was sent, and no answer came: it may have been carried out. Look before it is made again."""


class HeldError(DeployError):
    """Somebody else releases just now, or has taken over."""


class TrialError(DeployError):
    """What was released has not passed. `trial`: health, acceptance, smoke or soak."""

    def __init__(self, fact: str, mend: str = "", *, trial: str):
        super().__init__(fact, mend)
        self.trial = trial
