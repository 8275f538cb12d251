"""
Security schemes that no token of the service opens -> the text of a module with a function for each of them.

They let everybody in while it is development, so that every operation can be called, and nobody elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping

from pymacaron.spec.model import SecurityScheme
from pymacaron.spec.names import attribute
from pymacaron.stubs.classes import docstring, quoted

__all__ = ["module_text"]

_HEAD = '''"""
Who may call: a function for each security scheme of {description} that no token of this service opens.

Each gets what a caller shows and the scopes that the operation asks for. It gives the caller's claims, a dict with the
user as `sub`, or None to refuse. Compare secrets with hmac.compare_digest, as bytes: it takes the same time for all.
Until they are written, everybody gets in while PYM_ENV is dev, and nobody elsewhere.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

_DEVELOPER = {{"sub": "developer"}}
'''
_FUNCTION = """

def {name}({argument}, scopes: tuple[str, ...]) -> dict[str, Any] | None:
{docstring}
    return _DEVELOPER if os.environ.get("PYM_ENV") == "dev" else None
"""


def module_text(schemes: Mapping[str, SecurityScheme | None], description: str) -> str:
    """The module for *schemes*, dict of name -> the scheme, None where the *description* does not declare it."""
    names: dict[str, str] = {}
    for scheme in schemes:
        name = attribute(scheme)
        while name in names or name in (
            "os",
            "Any",
            "Callable",
            "AUTHENTICATORS",
            "annotations",
            "dict",
            "str",
            "tuple",
        ):
            name += "_"
        names[name] = scheme
    functions = [
        _FUNCTION.format(name=name, argument=argument, docstring="\n".join(docstring(text, "    ")))
        for name, scheme in names.items()
        for argument, text in [_told(schemes[scheme])]
    ]
    listed = "".join(f"    {quoted(scheme)}: {name},\n" for name, scheme in names.items())
    return (
        _HEAD.format(description=description)
        + "".join(functions)
        + f"\n\n#: dict: name of a security scheme -> who looks at what it asks for\n"
        f"AUTHENTICATORS: dict[str, Callable[..., dict[str, Any] | None]] = {{\n{listed}}}\n"
    )


def _told(scheme: SecurityScheme | None) -> tuple[str, str]:
    """The argument that gets what a caller shows, and a line on what that is."""
    if scheme is None:
        return "call: Any", "The description does not declare this scheme: the call itself."
    if scheme.type == "apiKey":
        return "key: str", f"A key in the {scheme.location} {scheme.key}."
    if scheme.type == "http" and scheme.scheme == "basic":
        return "user_and_password: tuple[str, str]", "HTTP Basic."
    return "call: Any", f"{scheme.type} {scheme.scheme}".strip() + ": the call, with its headers."
