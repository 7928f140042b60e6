"""The one cookie of the chat: who this browser is, signed, given on the first answer and never before."""

import secrets
from dataclasses import dataclass

from itsdangerous import BadSignature, Signer
from starlette.requests import Request
from starlette.responses import Response

DAYS = 90


@dataclass(frozen=True)
class PersonCookie:
    """Reads and gives the cookie. Over HTTPS it is Secure and carries the __Host- prefix."""

    secret: str
    secure: bool

    @property
    def name(self) -> str:
        """The cookie's name."""
        return "__Host-servicelotsen" if self.secure else "servicelotsen"

    def read(self, request: Request) -> str | None:
        """The address in a request's cookie; None without one or with a forged one."""
        try:
            return self._signer().unsign(request.cookies.get(self.name, "")).decode("ascii")
        except (BadSignature, UnicodeDecodeError, UnicodeEncodeError):
            return None

    def give(self, response: Response, address: str) -> None:
        """Set the cookie, the same for the same address each time."""
        response.set_cookie(
            self.name,
            self._signer().sign(address).decode("ascii"),
            max_age=DAYS * 86400,
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="lax",
        )

    def take(self, response: Response) -> None:
        """Remove the cookie."""
        response.delete_cookie(self.name, path="/", secure=self.secure, httponly=True, samesite="lax")

    def _signer(self) -> Signer:
        return Signer(self.secret, salt="person")


def fresh_address() -> str:
    """A new address: 160 random bits."""
    return secrets.token_urlsafe(20)
