"""
Secrets -> a mask, in every value and text of a report: by the names of members, by the schemas of models, by what texts
look like, and by what is known to be secret: the config's, and what the call was sent where a secret stands.

What users' objects say of themselves is asked for carefully, since a report must not fail for it.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from math import isfinite
from typing import Any
from urllib.parse import quote, quote_plus

from pymacaron import config
from pymacaron.crash.named import MASK, without_named
from pymacaron.schema.models import Model, shown
from pymacaron.schema.quoting import SECRET_NAMES

__all__ = ["LONGEST", "MASK", "Scrubbing", "asked", "concealed", "escaped", "is_secret", "said", "texts"]

#: Of a text that is longer, the rest is not looked at
LONGEST = 200_000
#: A text that is shorter stands in too many others to be masked wherever it is
_SHORTEST = 6

_SECRETS = (
    *SECRET_NAMES,
    *("cookie", "credential", "privatekey", "accesskey", "signature", "sessionid", "jwt", "csrf", "pwd"),
    *("connectionstring", "passcode", "xsrf"),
    *("accountkey", "encryptionkey", "signingkey", "authkey", "subscriptionkey"),
)
#: Names that are too short to be looked for within others: each is a whole name, or its plural
_WHOLE = frozenset(("pass", "pw", "pin", "otp", "totp", "sig", "sid", "cvv", "cvc", "auth", "bearer", "session", "dsn"))
#: The members of a JSON Web Key that are secret (RFC 7518, section 6), beside its `kty`
_KEY_MEMBERS = frozenset(("d", "p", "q", "dp", "dq", "qi", "oth", "k"))
_VALUE, _NOTHING = frozenset(("value",)), frozenset[str]()
_DEPTH = 8
_MEMBERS = 100
_TEXT = 4_000

_BEARER = re.compile(
    r"(?i)\b(bearer)\s{1,5}(?:(?=[A-Za-z._~+/=-]{0,40}\d)[A-Za-z0-9._~+/=-]{8,}|[A-Za-z0-9._~+/=-]{16,})"
)
_BASIC = re.compile(r"(?i)\b(basic)\s{1,5}([A-Za-z0-9+/_-]{4,}={0,2})")
#: A JWS has three parts, a JWE five
_JWT = re.compile(r"\beyJ[A-Za-z0-9_-]{8,}(?:(?:\.|%2[eE])[A-Za-z0-9_-]*){2,4}")
#: scheme://user:password@host; a number and a slash behind the colon are a port
_IN_URL = re.compile(r"\b([A-Za-z][A-Za-z0-9+.-]{0,30}://[^\s/?#:\"']{0,200}:)(?!\d{1,5}[/?#])[^\s\"']{1,200}@")
#: scheme://key@host
_KEY_IN_URL = re.compile(r"\b([A-Za-z][A-Za-z0-9+.-]{0,30}://)[^\s/?#:@\"']{16,200}@")
_PEM = re.compile(r"(-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----).*?(-----END|\Z)", re.DOTALL)
#: The ids of AWS keys, tokens of GitHub, GitLab, Slack, Stripe, npm, PyPI, Google, OpenAI, Anthropic, SendGrid and
#: Hugging Face; webhooks of Slack, Discord and Teams
_KEYS = re.compile(
    r"\b(?:(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b|gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|npm_\w{30,}"
    r"|xox[a-z]-[\w-]{10,}|[rs]k_(?:live|test)_\w{10,}|(?<=hooks\.slack\.com/)services/[\w/-]+"
    r"|whsec_\w{10,}|pypi-AgE[\w-]{20,}|AIza[\w-]{30,}|ya29\.[\w-]{20,}|sk-[\w-]{20,}|hf_\w{20,}"
    r"|SG\.[\w-]{16,}\.[\w-]{16,}|xapp-[\w-]{10,}|(?<=/api/)webhooks/\d+/[\w-]+"
    r"|(?<=webhook\.office\.com/)webhookb2/[\w@/-]+)"
)
#: A text without any of these is not searched for such keys: a search in C is cheaper
_KEY_HINTS = (
    *("AKIA", "ASIA", "ABIA", "ACCA", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "npm_", "xox"),
    *("k_live_", "k_test_", "hooks.slack.com/", "whsec_", "pypi-AgE", "AIza", "ya29.", "sk-", "hf_", "SG.", "xapp-"),
    *("/webhooks/", "webhook.office.com/"),
)
#: What the secret keys of AWS look like, among other things: asked again by _is_aws_key
_FORTY = re.compile(r"(?<![A-Za-z0-9/+])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])")


class Scrubbing:
    """What takes secrets out: those of the config and *known*, texts, wherever they stand; and what looks like one."""

    def __init__(self, known: Iterable[str] = ()):
        found = set(config.secret_values())
        for secret in known:
            found.update(_forms(secret))
        found = {secret for secret in found if len(secret) >= _SHORTEST}
        longest_first = sorted(found, key=lambda secret: (-len(secret), secret))
        self._known = re.compile("|".join(map(re.escape, longest_first))) if found else None

    def text(self, text: str, longest: int = _TEXT) -> str:
        """*text* with secrets masked, cut at *longest* characters."""
        cut = len(text) - longest
        text = text[:LONGEST]
        if self._known is not None:
            text = self._known.sub(MASK, text)
        if "PRIVATE KEY" in text:
            text = _PEM.sub(rf"\1{MASK}\2", text)
        lower = text.lower()
        if "bearer" in lower:
            text = _BEARER.sub(rf"\1 {MASK}", text)
        if "basic" in lower:
            text = _BASIC.sub(_without_basic, text)
        if "eyJ" in text:
            text = _JWT.sub(MASK, text)
        if "://" in text:
            text = _IN_URL.sub(rf"\1{MASK}@", text)
            text = _KEY_IN_URL.sub(rf"\1{MASK}@", text)
        if any(hint in text for hint in _KEY_HINTS):
            text = _KEYS.sub(MASK, text)
        text = _FORTY.sub(lambda match: MASK if _is_aws_key(match[0]) else match[0], text)
        text = without_named(text)
        return text if len(text) <= longest else f"{text[:longest]}... <{max(cut, 1)} more characters>"

    def value(self, value: Any, depth: int = _DEPTH) -> Any:
        """
        *value* as something that JSON can say: secrets masked, long texts and lists cut, what nests more than *depth*
        levels left out.
        """
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, int):
            return value if value.bit_length() <= 1024 else f"<int of {value.bit_length()} bits>"
        if isinstance(value, float):
            return value if isfinite(value) else str(value)
        if isinstance(value, (bytes, bytearray, memoryview)):
            return f"<{len(value)} bytes>"
        if isinstance(value, (datetime, date)):
            return value.isoformat()
        if depth <= 0:
            return f"<{type(value).__name__}>"
        if isinstance(value, Mapping):
            return self._map(value, depth)
        if isinstance(value, (list, tuple, set, frozenset)):
            items = [self.value(item, depth - 1) for item, _ in zip(value, range(_MEMBERS), strict=False)]
            return items if len(value) <= _MEMBERS else [*items, f"<{len(value) - _MEMBERS} more>"]
        if isinstance(value, Model):
            plain = shown(value)
        else:
            plain = asked(getattr(value, "to_json", None)) if not isinstance(value, type) else None
        if isinstance(plain, Mapping):
            return self._map(plain, depth)
        return self.text(said(value, repr))

    def _map(self, value: Mapping[Any, Any], depth: int) -> dict[str, Any]:
        clean: dict[str, Any] = {}
        hidden = concealed(value)
        for key, member in value.items():
            if len(clean) == _MEMBERS:
                clean["..."] = f"<{len(value) - _MEMBERS} more>"
                break
            name = said(key)
            masked = (name in hidden or is_secret(name)) and member not in (None, "")
            clean[self.text(name)[:200]] = MASK if masked else self.value(member, depth - 1)
        return clean


def is_secret(name: str) -> bool:
    """Whether *name*, of a member, a header or a parameter, says that its value is a secret."""
    plain = name if name.isascii() else unicodedata.normalize("NFKC", name)
    letters = "".join(character for character in plain.lower() if character.isalnum())
    return letters.removesuffix("s") in _WHOLE or letters in _WHOLE or any(secret in letters for secret in _SECRETS)


def concealed(value: Mapping[Any, Any]) -> frozenset[str]:
    """The members of *value* that are secrets for what others say: of a JSON Web Key, and `value` beside a `name`."""
    if "kty" in value:
        return _KEY_MEMBERS
    name = value.get("name", value.get("key")) if "value" in value else None
    return _VALUE if isinstance(name, str) and is_secret(name) else _NOTHING


def escaped(text: str) -> str:
    """*text* with what is not printable escaped as in Python."""
    return text if text.isprintable() else "".join(map(_escaped, text))


def texts(value: Any, depth: int = _DEPTH) -> Iterator[str]:
    """Every text, and every number as one, in *value*, a secret of any shape."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        if not isinstance(value, int) or value.bit_length() <= 1024:
            yield str(value)
    elif isinstance(value, (bytes, bytearray)):
        yield bytes(value[:LONGEST]).decode("utf-8", "replace")
    elif depth and isinstance(value, Mapping):
        for member in value.values():
            yield from texts(member, depth - 1)
    elif depth and isinstance(value, (list, tuple)):
        for item in value:
            yield from texts(item, depth - 1)


def said(thing: Any, by: Any = str) -> str:
    """What *thing* says of itself; objects of users may fail at that."""
    try:
        return str(by(thing))
    except Exception as error:  # where a hook of the user's ends: the report tells it instead
        return f"<{type(thing).__name__} whose {by.__name__}() raises {type(error).__name__}>"


def asked(function: Any) -> Any:
    """What *function*, of a user's object, gives; a text that names the exception where it raises."""
    if not callable(function):
        return None
    try:
        return function()
    except Exception as error:  # where a hook of the user's ends: the report tells it instead
        return f"<raises {type(error).__name__}>"


def _escaped(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode()


def _forms(secret: str) -> set[str]:
    """*secret*, and how it stands in a repr, in JSON, in a URL and where it was made printable."""
    if len(secret) > LONGEST:
        return set()
    try:
        quoted = {quote(secret), quote(secret, safe=""), quote_plus(secret)}
    except UnicodeEncodeError:
        quoted = set()
    written = {repr(secret)[1:-1], json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    return {secret, secret.strip(), escaped(secret), " ".join(secret.split()), *quoted, *written}


def _is_aws_key(text: str) -> bool:
    return any(map(str.isupper, text)) and any(map(str.islower, text)) and any(map(str.isdigit, text))


def _without_basic(match: re.Match[str]) -> str:
    """`Basic` and credentials; as it is where what follows the word are none."""
    try:
        is_pair = b":" in base64.b64decode(match[2] + "=" * (-len(match[2]) % 4), altchars=b"-_")
    except (binascii.Error, ValueError):
        is_pair = False
    return f"{match[1]} {MASK}" if is_pair else match[0]
