"""What services say when they refuse, each in its protocol: throttled, expired, denied, broken. No I/O here."""

from __future__ import annotations

import json
from xml.sax.saxutils import escape

from cloud.asked import Request
from cloud.refusal import Refusal

__all__ = ["KINDS", "refusal", "written"]

_USER = "arn:aws:iam::123456789012:user/deployer"
#: kind -> protocol -> code, status, text; "": of all others
KINDS: dict[str, dict[str, tuple[str, int, str]]] = {
    "throttle": {
        "": ("ThrottlingException", 400, "Rate exceeded"),
        "query": ("Throttling", 400, "Rate exceeded"),
        "s3": ("SlowDown", 503, "Please reduce your request rate."),
        "ec2": ("RequestLimitExceeded", 503, "Request limit exceeded."),
    },
    "expired": {
        "": ("ExpiredTokenException", 400, "The security token included in the request is expired"),
        "query": ("ExpiredToken", 403, "The security token included in the request is expired"),
        "s3": ("ExpiredToken", 400, "The provided token has expired."),
        "ec2": ("RequestExpired", 400, "Request has expired."),
    },
    "denied": {
        "": ("AccessDeniedException", 400, "{who} is not authorized to perform: {action}"),
        "query": ("AccessDenied", 403, "{who} is not authorized to perform: {action}"),
        "s3": ("AccessDenied", 403, "{who} is not authorized to perform: {action}"),
        "ec2": ("UnauthorizedOperation", 403, "You are not authorized to perform this operation. {who}: {action}"),
    },
    "error": {
        "": ("InternalFailure", 500, "An internal error occurred."),
        "s3": ("InternalError", 500, "We encountered an internal error. Please try again."),
        "ec2": ("InternalError", 500, "An internal error has occurred."),
    },
    "unavailable": {
        "": ("ServiceUnavailable", 503, "Service is unable to handle request."),
        "s3": ("ServiceUnavailable", 503, "Please reduce your request rate."),
        "ec2": ("Unavailable", 503, "The service is unavailable. Please try again shortly."),
    },
}
_TYPES = {"json": "application/x-amz-json-1.1", "rest": "application/json", "cbor": "application/cbor"}


def refusal(kind: str, request: Request, action: str = "") -> Refusal:
    """*kind*, as the service of *request* says it. *action*: as policies name it, where that is another name."""
    rows = KINDS[kind]
    code, status, text = rows.get(request.protocol, rows[""])
    return Refusal(code, text.format(who=f"User: {_USER}", action=action or request.action), status)


def written(refused: Refusal, request: Request, number: int) -> tuple[dict[str, str], bytes]:
    """Headers and body of the answer."""
    told = {"x-amzn-RequestId": f"refused-{number}", "Content-Type": _TYPES.get(request.protocol, "text/xml")}
    code, text = escape(refused.code), escape(refused.text)
    match request.protocol:
        case "json" | "rest":
            told["x-amzn-ErrorType"] = refused.code
            return told, json.dumps({"__type": refused.code, "message": refused.text}).encode()
        case "cbor":
            told["smithy-protocol"] = "rpc-v2-cbor"
            return told, _cbor({"__type": refused.code, "message": refused.text})
        case "s3":
            return (
                told,
                b""
                if request.method == "HEAD"
                else f"<Error><Code>{code}</Code><Message>{text}</Message></Error>".encode(),
            )
        case "ec2":
            error = f"<Errors><Error><Code>{code}</Code><Message>{text}</Message></Error></Errors>"
            return told, f"<Response>{error}<RequestID>refused-{number}</RequestID></Response>".encode()
    error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{text}</Message></Error>"
    return told, f"<ErrorResponse>{error}<RequestId>refused-{number}</RequestId></ErrorResponse>".encode()


def _cbor(texts: dict[str, str]) -> bytes:
    """A map of texts, each of less than 64 KB."""

    def one(text: str) -> bytes:
        content = text.encode()
        return b"\x79" + len(content).to_bytes(2, "big") + content

    return bytes([0xA0 + len(texts)]) + b"".join(one(name) + one(value) for name, value in texts.items())
