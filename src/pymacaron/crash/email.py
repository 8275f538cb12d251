"""A report -> an e-mail, sent by an SMTP server: the title is its subject, the report its text."""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Any

__all__ = ["Email", "EmailError"]

_PORTS = {"starttls": 587, "tls": 465, "off": 25}


class EmailError(Exception):
    """The SMTP server did not take a report. The text has nothing of the password."""


@dataclass(frozen=True, slots=True)
class Email:
    """
    `email(title, message)` sends to *recipients* by the server at *host* and *port*. *security*: starttls, tls or off;
    with the first two the certificate must be good. *timeout_s*: seconds, for each answer of the server.
    """

    recipients: Sequence[str]
    sender: str
    host: str
    port: int
    security: str
    user: str | None
    password: str | None = field(repr=False)
    timeout_s: float

    @classmethod
    def of(cls, settings: Any) -> Email:
        """As *settings*, the config, say."""
        recipients, security = settings.report_email_to, settings.smtp_security
        return cls(
            recipients,
            settings.report_email_from or recipients[0],
            settings.smtp_host or "localhost",
            settings.smtp_port or _PORTS[security],
            security,
            settings.smtp_user,
            settings.smtp_password,
            settings.report_timeout_s,
        )

    def __call__(self, title: str, message: str) -> None:
        """Raises EmailError."""
        try:
            with self._connected() as server:
                if self.user:
                    server.login(self.user, self.password or "")
                refused = server.send_message(self._message(title, message))
        except (OSError, smtplib.SMTPException) as error:
            # What the server said may repeat what it was told
            code = getattr(error, "smtp_code", "")
            raise EmailError(f"the SMTP server did not take it: {type(error).__name__} {code}".rstrip()) from None
        if refused:
            raise EmailError(f"the SMTP server refused {len(refused)} of {len(self.recipients)} recipients")

    def _connected(self) -> smtplib.SMTP:
        name = socket.gethostname()  # else smtplib asks the network for it
        if self.security == "tls":
            trust = ssl.create_default_context()
            return smtplib.SMTP_SSL(self.host, self.port, name, timeout=self.timeout_s, context=trust)
        server = smtplib.SMTP(self.host, self.port, name, timeout=self.timeout_s)
        try:
            if self.security == "starttls":
                server.starttls(context=ssl.create_default_context())
        except BaseException:
            server.close()
            raise
        return server

    def _message(self, title: str, message: str) -> EmailMessage:
        mail = EmailMessage()
        mail["Subject"] = title
        mail["From"] = self.sender
        mail["To"] = ", ".join(self.recipients)
        mail["Date"] = formatdate()
        mail["Message-ID"] = make_msgid(domain=self.sender.rpartition("@")[2].rstrip("> ") or "localhost")
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message)
        return mail
