"""
Whose tokens count, and what ours are made with: the jwt_* settings, worked out when they change.

Read when a token comes or is made, so that a service without authentication needs none of them; faults says what of
them cannot be used, for a start.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pymacaron import config
from pymacaron.auth.algorithms import HS256, Key, KeyFault, pem_key, secret_key
from pymacaron.auth.tokens import Fixed, Issuer, Signer
from pymacaron.auth.verified import Verifier
from pymacaron.exceptions import ConfigError
from pymacaron.finding import Finding

if TYPE_CHECKING:
    from pymacaron.auth.keysets import KeySet

__all__ = ["configured", "demanded", "faults", "issuers"]

_NAMES = (
    "jwt_secret",
    "jwt_algorithm",
    "jwt_key_files",
    "jwt_issuer",
    "jwt_audience",
    "jwt_issuers",
    "jwt_token_timeout",
    "jwt_leeway",
)


@dataclass(frozen=True, slots=True)
class _Worked:
    """What the settings gave. `resolved` and `values` tell whether they are still the same."""

    resolved: config.Resolved
    values: tuple[Any, ...]
    verifier: Verifier | None
    signer: Signer | None
    #: dict: setting -> why it cannot be used
    faults: dict[str, str]


_LOCK = threading.Lock()
_WORKED: _Worked | None = None


def configured() -> Verifier | None:
    """What verifies tokens; None where the config has no keys, or no issuer and audience for them."""
    worked = _WORKED
    if worked is None or worked.resolved is not config.resolved():
        worked = _renewed()
    return worked.verifier


def demanded() -> Signer:
    """What tokens are made with. Raises ConfigError, with the key and how to set it, where the config lacks one."""
    worked = _renewed()
    if worked.signer is not None:
        return worked.signer
    for name, fault in worked.faults.items():
        if name != "jwt_issuers":
            raise ConfigError(f"{name}: {fault}")
    if not config.get_config().jwt_key_files:
        config.demand("jwt_secret")
    config.demand("jwt_issuer")
    config.demand("jwt_audience")
    raise ConfigError("the first of jwt_key_files has a public key: it verifies tokens and cannot sign them")


def faults(resolved: config.Resolved | None = None, folder: str = "") -> list[Finding]:
    """
    What of the jwt_* settings cannot be used, though it is of their kinds: files, and keys in them. *resolved*: another
    config than the one in force, whose file is in *folder*.
    """
    worked = _renewed() if resolved is None else _worked_out(resolved, (), folder)
    places = worked.resolved.places  # a setting that nobody has set has no fault
    return [
        places[name].finding("unusable-key", f"{name}: {fault}", _MENDS[name]) for name, fault in worked.faults.items()
    ]


#: dict: setting -> what to do about one that cannot be used
_MENDS = {
    "jwt_algorithm": "Name PEM files, as in jwt_key_files: [keys/2027.pem], or write HS256 (docs/auth.md)",
    "jwt_key_files": "Name PEM files with keys of jwt_algorithm, as in jwt_key_files: [keys/2027.pem] (docs/auth.md)",
    "jwt_issuers": "Give each an audience, and as jwks a URL of https or a file beside pym-config.yaml (docs/auth.md)",
}


def issuers(resolved: config.Resolved | None = None) -> tuple[str, ...]:
    """Those whose tokens count, our own too; none where jwt_issuers names nobody. *resolved*: as in faults()."""
    values = (resolved or config.resolved()).values
    others = [one["issuer"] for one in values.get("jwt_issuers") or ()]
    own = values.get("jwt_issuer")
    return (*others, *([own] if own else ())) if others else ()


def _renewed() -> _Worked:
    """The settings as they are now, worked out anew if one of them is another: what was seen before is forgotten."""
    global _WORKED
    with _LOCK:
        resolved = config.resolved()
        values = tuple(_frozen(resolved.values.get(name)) for name in _NAMES)
        worked = _WORKED
        if worked is None or worked.values != values:
            worked = _worked_out(resolved, values, config.folder())
        elif worked.resolved is not resolved:
            worked = _Worked(resolved, values, worked.verifier, worked.signer, worked.faults)
        _WORKED = worked
        return worked


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return tuple((name, _frozen(member)) for name, member in value.items())
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value


def _worked_out(resolved: config.Resolved, values: tuple[Any, ...], folder: str) -> _Worked:
    """*folder*: the one in which files are that have no path of their own."""
    found: dict[str, str] = {}
    get = resolved.values.get
    issuers: dict[str, Issuer] = {}
    signer = None
    name, audience = get("jwt_issuer"), get("jwt_audience")
    keys = _own_keys(resolved, found, folder)
    if keys and name and audience:
        issuers[name] = Issuer(name, audience, Fixed(keys))
        if keys[0].private is not None:
            signer = Signer(name, audience, keys[0], get("jwt_token_timeout") or 0)
    for said in get("jwt_issuers") or ():
        source, fault = _source(said, folder)
        if fault:
            found["jwt_issuers"] = fault
        elif said["issuer"] in issuers:
            found["jwt_issuers"] = f"the issuer {said['issuer']!r} is there twice, or it is jwt_issuer"
        elif not (meant_for := said["audience"] or audience):
            found["jwt_issuers"] = f"the issuer {said['issuer']!r} has no audience, and jwt_audience is not set"
        elif source is not None:
            issuers[said["issuer"]] = Issuer(said["issuer"], meant_for, source)
    leeway_s = get("jwt_leeway")
    verifier = Verifier(issuers, 0 if leeway_s is None else leeway_s) if issuers else None
    return _Worked(resolved, values, verifier, signer, found)


def _own_keys(resolved: config.Resolved, found: dict[str, str], folder: str) -> list[Key]:
    """The keys of our own tokens, the one that signs first. None where one cannot be used; *found* says why."""
    secrets, files = resolved.values.get("jwt_secret"), resolved.values.get("jwt_key_files")
    algorithm = resolved.values.get("jwt_algorithm") or HS256
    if files:
        if secrets:
            found["jwt_key_files"] = "jwt_secret is set, too: tokens are signed by one or by the other"
        elif algorithm == HS256:
            found["jwt_key_files"] = "say by which algorithm the keys sign, as in jwt_algorithm: ES256"
        if found:
            return []
        try:
            return [_pem(file, algorithm, folder) for file in files]
        except KeyFault as fault:
            found["jwt_key_files"] = str(fault)
            return []
    if algorithm != HS256:
        found["jwt_algorithm"] = f"{algorithm} signs with the keys in jwt_key_files, and none are named"
        return []
    return [secret_key(secret) for secret in ([secrets] if isinstance(secrets, str) else secrets or ()) if secret]


def _pem(file: str, algorithm: str, folder: str) -> Key:
    try:
        return pem_key(Path(folder, file).read_bytes(), algorithm)
    except OSError as error:
        raise KeyFault(f"{file}: {error.strerror}") from None
    except KeyFault as fault:
        raise KeyFault(f"{file}: {fault}") from None


def _source(said: dict[str, Any], folder: str) -> tuple[KeySet | None, str]:
    """Where the keys of an entry of jwt_issuers come from; or why from nowhere. Loads what reads them."""
    from pymacaron.auth import fetching, keysets

    name, place, algorithms = said["issuer"], said["jwks"], said["algorithms"]
    url = place if place and "://" in place else "" if place else name
    if url and not fetching.is_safe(url):
        return None, f"keys are fetched by https only, not from {url[:80]!r}" if "://" in url else (
            f"the issuer {name!r} is no URL that could be asked for its keys: say where they are with jwks"
        )
    if not place:
        return keysets.KeySet(name, keysets.discovered(name, algorithms)), ""
    if url:
        return keysets.KeySet(name, keysets.from_url(url, algorithms)), ""
    read = keysets.from_file(Path(folder, place), algorithms)
    try:
        read()
    except KeyFault as fault:
        return None, f"{place}: {str(fault).removeprefix(f'{Path(place).name}: ')}"
    return keysets.KeySet(name, read), ""
