"""Reports by e-mail, to an SMTP server that really listens, with STARTTLS or TLS and a login."""

from __future__ import annotations

import ipaddress
import json
import socket
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pymacaron import config, crash
from pymacaron.crash.email import Email, EmailError

#: What aiosmtpd says of a login over TLS, which it does not see
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")

PASSWORD = "correct horse battery staple"


class Inbox:
    """The handler of a server: keeps mails, refuses the recipient `nobody@example.com`."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.envelopes: list[tuple[str, list[str]]] = []
        self.port = 0

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address == "nobody@example.com":
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        mail = message_from_bytes(envelope.content, policy=default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.envelopes.append((envelope.mail_from, envelope.rcpt_tos))
        return "250 OK"


def login(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    return AuthResult(success=(data.login, data.password) == (b"ann", PASSWORD.encode()), handled=False)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for 127.0.0.1, signed by itself, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.example.com")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


Start = Callable[[str], Inbox]


@pytest.fixture
def smtp(certificate: Path) -> Iterator[Start]:
    """start(security): the Inbox of a server that speaks starttls, tls or off."""
    running: list[Controller] = []

    def start(security: str) -> Inbox:
        inbox = Inbox()
        trust = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        trust.load_cert_chain(certificate)
        options: dict[str, Any] = {"authenticator": login}
        if security == "starttls":
            options |= {"tls_context": trust, "require_starttls": True, "auth_required": True}
        elif security == "tls":
            options |= {"ssl_context": trust, "auth_require_tls": False, "auth_required": True}
        with socket.create_server(("127.0.0.1", 0)) as free:
            inbox.port = free.getsockname()[1]
        controller = Controller(inbox, hostname="127.0.0.1", port=inbox.port, **options)
        controller.start()
        running.append(controller)
        return inbox

    yield start
    for controller in running:
        controller.stop()


def email(inbox: Inbox, security: str, password: str = PASSWORD, *recipients: str) -> Email:
    user = "ann" if security != "off" else None
    to = recipients or ("ops@example.com", "dev@example.com")
    return Email(to, "shop@example.com", "127.0.0.1", inbox.port, security, user, password, 10)


@pytest.mark.parametrize("security", ["starttls", "tls", "off"])
def test_a_report_is_a_mail(smtp: Start, certificate: Path, monkeypatch: pytest.MonkeyPatch, security: str):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    inbox = smtp(security)
    email(inbox, security)("FATAL BACKEND ERROR shop: räv", '{\n    "title": "räv"\n}')
    [mail] = inbox.mails
    assert (mail["Subject"], mail["From"], mail["To"]) == (
        "FATAL BACKEND ERROR shop: räv",
        "shop@example.com",
        "ops@example.com, dev@example.com",
    )
    assert mail["Date"]
    assert mail["Message-ID"].endswith("@example.com>")
    assert mail.get_content().replace("\r\n", "\n") == '{\n    "title": "räv"\n}\n'
    assert inbox.envelopes == [("shop@example.com", ["ops@example.com", "dev@example.com"])]


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_that_nobody_signed_gets_neither_password_nor_report(smtp: Start, security: str):
    inbox = smtp(security)
    with pytest.raises(EmailError, match=r"^the SMTP server did not take it: SSLCertVerificationError"):
        email(inbox, security)("title", "{}")
    assert inbox.mails == []


def test_a_server_without_starttls_gets_neither_password_nor_report(smtp: Start):
    inbox = smtp("off")
    with pytest.raises(EmailError, match="SMTPNotSupportedError"):
        email(inbox, "starttls")("title", "{}")
    assert inbox.mails == []


def test_a_wrong_password_is_an_error_that_does_not_say_it(
    smtp: Start, certificate: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    inbox = smtp("starttls")
    wrong = email(inbox, "starttls", "wrong-password")
    with pytest.raises(EmailError, match=r"^the SMTP server did not take it: SMTPAuthenticationError 535$") as error:
        wrong("title", "{}")
    assert "wrong-password" not in f"{error.value!r} {wrong!r}"
    assert inbox.mails == []


def test_a_recipient_that_is_refused_keeps_it_from_no_other(smtp: Start):
    inbox = smtp("off")
    with pytest.raises(EmailError, match=r"^the SMTP server refused 1 of 2 recipients$"):
        email(inbox, "off", "", "ops@example.com", "nobody@example.com")("title", "{}")
    assert len(inbox.mails) == 1


def test_a_server_that_is_not_there_is_an_error():
    inbox = Inbox()
    inbox.port = 1
    with pytest.raises(EmailError, match="ConnectionRefusedError"):
        email(inbox, "off")("title", "{}")


def test_the_settings_say_who_gets_mails(smtp: Start, certificate: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    inbox = smtp("starttls")
    settings = {
        "name": "shop",
        "report_email_to": ["ops@example.com"],
        "smtp_host": "127.0.0.1",
        "smtp_port": inbox.port,
        "smtp_user": "ann",
        "smtp_password": "SMTP_PASSWORD",
        "env_secrets": ["SMTP_PASSWORD"],
    }
    config.load(start_dir="/", settings=settings, environ={"SMTP_PASSWORD": PASSWORD})
    titles: list[str] = []
    crash.set_error_reporter(lambda title, message: titles.append(title))
    crash.report_error(f"the password is {PASSWORD}")
    [mail] = inbox.mails
    assert titles == [mail["Subject"]]
    assert mail["Subject"].endswith("(): the password is ********")
    assert json.loads(mail.get_content())["title"] == mail["Subject"]
    assert list(crash.report_counts()["destinations"]) == ["the error reporter", "the e-mail"]
    crash.set_error_reporter(None)
