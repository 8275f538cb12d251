"""
Secrets -> a mask, in every value and text of a report: by the names of members, by the schemas of models, by what texts
look like, and by what is known to be secret: the config's, and what the call was sent where a secret stands.

What a report looks at is bounded (Budget), whatever a caller sends. What users' objects say of themselves is asked for
carefully, since a report must not fail for it.
"""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from math import isfinite
from typing import Any

from pymacaron import config
from pymacaron.crash.known import LONGEST_KNOWN, Known, escaped
from pymacaron.crash.named import MASK, without_named
from pymacaron.schema.models import Model, shown
from pymacaron.schema.quoting import SECRET_NAMES

__all__ = ["LONGEST", "MASK", "Budget", "Scrubbing", "asked", "concealed", "escaped", "is_secret", "said", "texts"]

#: Of a text that is longer, the rest is not looked at
LONGEST = 200_000
#: How much more of a text is looked at than is kept; and how much is left out again where it was cut, since a secret
#: may be cut in two there: none is longer, and a mask is a third longer than the shortest one
_MARGIN = 2_000
_EDGE = LONGEST_KNOWN * 4 // 3 + 100

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
_KEY = 200
#: A name that is longer is taken for a secret's
_LONGEST_NAME = 1_000

_BEARER = re.compile(
    r"(?i)\b(bearer)\s{1,5}(?:(?=[A-Za-z._~+/=-]{0,40}\d)[A-Za-z0-9._~+/=-]{8,}|[A-Za-z0-9._~+/=-]{16,})"
)
_BASIC = re.compile(r"(?i)\b(basic)\s{1,5}([A-Za-z0-9+/_-]{4,}={0,2})")
#: A JWS has three parts, a JWE five; each part is read once, since another may begin at every hyphen in it
_JWT = re.compile(r"\beyJ(?=[A-Za-z0-9_-]{8})")
_JWT_PART = re.compile(r"[A-Za-z0-9_-]*+")
_JWT_PARTS = re.compile(r"(?:(?:\.|%2[eE])[A-Za-z0-9_-]*+){2,4}")
#: scheme://user:password@host; a number and a slash behind the colon are a port
_IN_URL = re.compile(r"\b([A-Za-z][A-Za-z0-9+.-]{0,30}://[^\s/?#:\"']{0,200}:)(?!\d{1,5}[/?#])[^\s\"']{1,200}@")
#: scheme://key@host; a short name is a user's, unless it has digits, or somebody asks a web server by it
_KEY_IN_URL = re.compile(r"\b([A-Za-z][A-Za-z0-9+.-]{0,30}://)([^\s/?#:@\"']{6,200})@")
_LONG_KEY = 16
_LONG_WEB_KEY = 8
#: jdbc:oracle:thin:scott/password@//host, and what sqlplus is given
_ORACLE = re.compile(r"(?i)\b(jdbc:oracle:[a-z0-9]{1,10}:[^\s/@\"']{1,100}/)[^\s\"']{1,200}@")
_EASY_CONNECT = re.compile(r"(?<![\w/.@:-])([\w$#]{1,30}/)[^\s\"'/@]{1,200}(?=@//)")
#: What urllib, and the clients that use it, say of a URL of which they cannot read a part
_UNREAD = re.compile(
    r"(?i)((?:port could not be cast to integer value as|nonnumeric port:|netloc) )(?:'[^\n]{0,300}'|\"[^\n]{0,300}\")"
)
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


@dataclass(slots=True)
class Budget:
    """How many values, and how many characters of texts, are looked at yet; what comes then is `...`."""

    nodes: int = 2_000
    characters: int = 100_000

    @property
    def is_spent(self) -> bool:
        """Whether nothing more is looked at."""
        return self.nodes <= 0 or self.characters <= 0


class Scrubbing:
    """
    What takes secrets out: those of the config and *known*, texts, wherever they stand; and what looks like one.
    *is_whole*: whether *known* are all. `knows_all`: whether each of them is looked for; else who makes a report leaves
    out what they come from, and what may have been made of that: text() is a mask then, ours() is for what we say.
    """

    def __init__(self, known: Iterable[str] = (), is_whole: bool = True):
        self.known = Known(config.secret_values(), known)
        self.knows_all = is_whole and not self.known.left_out

    def ours(self) -> Scrubbing:
        """The same for texts in which nothing stands that a caller has sent."""
        if self.knows_all:
            return self
        found = object.__new__(Scrubbing)
        found.known, found.knows_all = self.known, True
        return found

    def text(self, text: str, longest: int = _TEXT) -> str:
        """*text* with secrets masked, cut at *longest* characters."""
        if not self.knows_all:
            return MASK if text else ""
        cut = len(text) - longest
        is_cut = cut > _MARGIN
        clean = self._clean(self.known.masked(text[: longest + _MARGIN] if is_cut else text))
        if is_cut:
            clean = clean[:-_EDGE]
        elif len(clean) <= longest:
            return clean
        return f"{clean[:longest]}... <{max(cut, 1)} more characters>"

    def code(self, text: str) -> str:
        """*text*, of source code, with secrets masked: literals, not what is called to get them."""
        lines = (line if len(line) <= _TEXT else f"{line[:_TEXT]}..." for line in self.known.masked(text).split("\n"))
        return self._clean("\n".join(lines), is_code=True)

    def end(self, text: str, longest: int) -> str:
        """The last *longest* characters of *text*, secrets masked, of which long lines are cut."""
        if not self.knows_all:
            return MASK if text else ""
        is_cut = len(text) > LONGEST
        text = self.known.masked(text[-LONGEST:])
        lines: list[str] = []
        room = longest + _MARGIN
        for line in reversed(text.split("\n")):
            if room <= 0:
                is_cut = True
                break
            lines.append(line if len(line) <= _TEXT else self.text(line))
            room -= len(lines[-1]) + 1
        clean = self._clean("\n".join(reversed(lines)))
        clean = clean[_EDGE:] if is_cut else clean
        return clean if len(clean) <= longest and not is_cut else f"...\n{clean[-longest:]}"

    def _clean(self, text: str, is_code: bool = False) -> str:
        """*text* without what looks like a secret, or stands beside the name of one."""
        if "PRIVATE KEY" in text:
            text = _PEM.sub(rf"\1{MASK}\2", text)
        lower = text.lower()
        if "bearer" in lower:
            text = _BEARER.sub(rf"\1 {MASK}", text)
        if "basic" in lower:
            text = _BASIC.sub(_without_basic, text)
        if "eyJ" in text:
            text = _without_jwts(text)
        if "://" in text:
            text = _IN_URL.sub(rf"\1{MASK}@", text)
            text = _KEY_IN_URL.sub(_without_key, text)
        if "jdbc:oracle" in lower:
            text = _ORACLE.sub(rf"\1{MASK}@", text)
        if "@//" in text:
            text = _EASY_CONNECT.sub(rf"\1{MASK}", text)
        if "port" in lower or "netloc" in lower:
            text = _UNREAD.sub(rf"\1{MASK}", text)
        if any(hint in text for hint in _KEY_HINTS):
            text = _KEYS.sub(MASK, text)
        text = _FORTY.sub(lambda match: MASK if _is_aws_key(match[0]) else match[0], text)
        return without_named(text, is_code)

    def value(self, value: Any, depth: int = _DEPTH, budget: Budget | None = None) -> Any:
        """
        *value* as something that JSON can say: secrets masked, long texts and lists cut, what nests more than *depth*
        levels, and what is more than *budget*, left out.
        """
        budget = budget or Budget()
        if budget.is_spent:
            return "..."
        budget.nodes -= 1
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            return self._text(value, budget)
        if isinstance(value, int):
            budget.characters -= min(value.bit_length(), 1024) // 3
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
            return self._map(value, depth, budget)
        if isinstance(value, (list, tuple, set, frozenset)):
            return self._list(value, depth, budget)
        if isinstance(value, Model):
            plain = shown(value)
        else:
            plain = asked(getattr(value, "to_json", None)) if not isinstance(value, type) else None
        if isinstance(plain, Mapping):
            return self._map(plain, depth, budget)
        return self._text(said(value, repr), budget)

    def _text(self, text: str, budget: Budget, longest: int = _TEXT) -> str:
        longest = min(longest, max(budget.characters, 1))
        budget.characters -= min(len(text), longest + _MARGIN)
        return self.text(text, longest)

    def _list(self, value: Collection[Any], depth: int, budget: Budget) -> list[Any]:
        items: list[Any] = []
        for item in value:
            if len(items) == _MEMBERS or budget.is_spent:
                items.append(f"<{len(value) - len(items)} more>")
                break
            items.append(self.value(item, depth - 1, budget))
        return items

    def _map(self, value: Mapping[Any, Any], depth: int, budget: Budget) -> dict[str, Any]:
        clean: dict[str, Any] = {}
        hidden = concealed(value)
        for key, member in value.items():
            if len(clean) == _MEMBERS or budget.is_spent:
                clean["..."] = f"<{len(value) - len(clean)} more>"
                break
            name = said(key)
            masked = (name in hidden or is_secret(name)) and member not in (None, "")
            shown_name = self._text(name, budget, _KEY)[:_KEY]
            clean[shown_name] = MASK if masked else self.value(member, depth - 1, budget)
        return clean


def is_secret(name: str) -> bool:
    """Whether *name*, of a member, a header or a parameter, says that its value is a secret."""
    if len(name) > _LONGEST_NAME:
        return True
    plain = name if name.isascii() else unicodedata.normalize("NFKC", name)
    letters = "".join(character for character in plain.lower() if character.isalnum())
    return letters.removesuffix("s") in _WHOLE or letters in _WHOLE or any(secret in letters for secret in _SECRETS)


def concealed(value: Mapping[Any, Any]) -> frozenset[str]:
    """The members of *value* that are secrets for what others say: of a JSON Web Key, and `value` beside a `name`."""
    if "kty" in value:
        return _KEY_MEMBERS
    name = value.get("name", value.get("key")) if "value" in value else None
    return _VALUE if isinstance(name, str) and is_secret(name) else _NOTHING


def texts(value: Any, depth: int = _DEPTH) -> Iterator[str]:
    """Every text, and every number as one, in *value*, a secret of any shape; '' for each list and map."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield str(value) if not isinstance(value, int) or value.bit_length() <= 1024 else ""
    elif isinstance(value, (bytes, bytearray)):
        yield bytes(value[:LONGEST]).decode("utf-8", "replace")
    else:
        yield ""
        if depth and isinstance(value, (Mapping, list, tuple)):
            for item in value.values() if isinstance(value, Mapping) else value:
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


def _is_aws_key(text: str) -> bool:
    return any(map(str.isupper, text)) and any(map(str.islower, text)) and any(map(str.isdigit, text))


def _without_jwts(text: str) -> str:
    kept: list[str] = []
    at, end, rest = 0, 0, None
    for start in _JWT.finditer(text):
        if start.start() < at:
            continue
        if start.start() >= end:
            part = _JWT_PART.match(text, start.start())
            end = part.end() if part is not None else end
            rest = _JWT_PARTS.match(text, end)
        if rest is not None:
            kept += text[at : start.start()], MASK
            at = rest.end()
    return "".join([*kept, text[at:]])


def _without_key(match: re.Match[str]) -> str:
    """`scheme://` and what stands before the host; as it is where that is the name of a user."""
    key = match[2]
    is_web = match[1].lower().startswith("http") and len(key) >= _LONG_WEB_KEY
    is_key = is_web or len(key) >= _LONG_KEY or any(map(str.isdigit, key))
    return f"{match[1]}{MASK}@" if is_key else match[0]


def _without_basic(match: re.Match[str]) -> str:
    """`Basic` and credentials; as it is where what follows the word are none."""
    try:
        is_pair = b":" in base64.b64decode(match[2] + "=" * (-len(match[2]) % 4), altchars=b"-_")
    except (binascii.Error, ValueError):
        is_pair = False
    return f"{match[1]} {MASK}" if is_pair else match[0]
