"""PyMacaron: as load_clients.py, and what each method sends, and each reply that is declared, is worked out as well."""

from __future__ import annotations

import logging
from contextlib import suppress

from load_clients import clients
from measure import measure

from pymacaron.client.errors import ClientError
from pymacaron.exceptions import ValidationError


def load(path: str) -> None:
    """What the first call of every operation would do."""
    made = clients(path)
    for one in made.operations.values():
        with suppress(ValidationError):
            one.asking.asked((None,), {})
        answered = one.answers(made.options)
        for status, response in one.operation.responses.items():
            code = int(status) if status.isdigit() else 200
            for kind in response.content or ("application/json",):
                with suppress(ClientError):
                    answered.value(code, [("Content-Type", kind)], b"null")


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    measure(load)
