"""Clients of all kinds, many at once: what each asks for, and what it is answered with."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

#: Statuses that a server under whatever load may answer with; 4xx come besides.
GOOD = frozenset({200, 204, 206, 303, 304, 503})
#: Seconds after which a request that is not answered is one that hangs.
PATIENCE = 90.0
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Request:
    """What a client asks for.

    Parameters
    ----------
    kind
        A short name of it, for reports.
    path
        With parameters that are in the address.
    body
        Parameters of a POST; None where it is a GET.
    """

    kind: str
    path: str
    body: str | None = None

    def encoded(self, host: str) -> bytes:
        """Return it as it is sent."""
        method, extra = "GET", ""
        if self.body is not None:
            method = "POST"
            extra = f"Content-Type: {_FORM}\r\nContent-Length: {len(self.body)}\r\n"
        head = f"{method} {self.path} HTTP/1.1\r\nHost: {host}\r\n{extra}Connection: close\r\n\r\n"
        return (head + (self.body or "")).encode("ascii")


@dataclass(frozen=True)
class Answer:
    """What comes back.

    Parameters
    ----------
    kind
        Of the request.
    status
        0 where the connection was refused or closed without an answer, -1 where it hung.
    head, body
        As they came.
    begun, seconds
        When it was asked for (`time.monotonic`), and how long it took.
    """

    kind: str
    status: int
    head: bytes
    body: bytes
    begun: float
    seconds: float

    @property
    def is_good(self) -> bool:
        """Whether it may come from a server under load."""
        return self.status in GOOD or 400 <= self.status < 500

    @property
    def location(self) -> str:
        """Where it leads to."""
        for line in self.head.decode("latin-1").split("\r\n"):
            name, _, value = line.partition(":")
            if name.lower() == "location":
                return value.strip()
        return ""


@dataclass
class Visitors:
    """Asks one server, and keeps the answers.

    Parameters
    ----------
    url
        Of the server.
    """

    url: str
    answers: list[Answer] = field(default_factory=list)

    @property
    def _place(self) -> tuple[str, int]:
        parts = urlsplit(self.url)
        assert parts.hostname and parts.port
        return parts.hostname, parts.port

    async def ask(self, request: Request, patience: float = PATIENCE) -> Answer:
        """Ask for something, note the answer and return it."""
        host, port = self._place
        begun = time.monotonic()
        status, head, body = -1, b"", b""
        writer = None
        try:
            async with asyncio.timeout(patience):
                reader, writer = await asyncio.open_connection(host, port)
                writer.write(request.encoded(f"{host}:{port}"))
                await writer.drain()
                head, _, body = (await reader.read(-1)).partition(b"\r\n\r\n")
                status = int(head.split()[1]) if head else 0
        except TimeoutError:
            status = -1
        except ConnectionError:
            status = 0
        finally:
            if writer is not None:
                writer.close()
        answer = Answer(request.kind, status, head, body, begun, time.monotonic() - begun)
        self.answers.append(answer)
        return answer

    async def keep_asking(self, requests: Sequence[Request], until: float, pause: float) -> None:
        """Ask for one thing after the other, again and again, until a moment."""
        while time.monotonic() < until:
            for request in requests:
                if time.monotonic() >= until:
                    break
                await self.ask(request)
                await asyncio.sleep(pause)


def tap(kind: str, query: str, **more: str) -> Request:
    """Return a synchronous query."""
    values = {"LANG": "ADQL", "QUERY": query, "FORMAT": "csv"} | more
    return Request(kind, "/tap/sync", urlencode(values))


def of_all_kinds(did: str, obs_id: str) -> list[Request]:
    """Return one request of each kind that needs the server, its database or its processes.

    Parameters
    ----------
    did, obs_id
        Identifiers of a simulated event list that everybody may read.
    """
    one = urlencode({"ID": did})
    package = urlencode(
        {"QUERY": f"SELECT obs_publisher_did FROM cta.vo_obscore WHERE obs_id = '{obs_id}'"}
    )
    file = f"/dl3/SIM-CTAO-N/{obs_id}"
    return [
        tap("tap", "SELECT TOP 3 obs_id FROM cta.vo_obscore"),
        tap("obscore", "SELECT COUNT(*) AS n FROM ivoa.obscore"),
        Request("job", "/tap/async", urlencode({"LANG": "ADQL", "QUERY": "SELECT 1 AS a"})),
        Request("jobs", "/tap/async"),
        Request("links", f"/cta/dl/links/dlmeta?{one}"),
        Request("file", f"{file}/events.fits.gz"),
        Request("cut", f"/cta/dl/soda/dlget?{one}&HDU=gti"),
        Request("form", "/cta/q/form/form?__nevow_form__=genForm&MAXREC=3"),
        Request("cone", "/cta/q/cone/scs.xml?RA=83.6&DEC=22&SR=1"),
        Request("package", f"/cta/dl/package/custom?{package}"),
        Request("preview", f"{file}/thumbnail.png"),
        Request("registry", "/oai.xml?verb=Identify"),
        Request("records", "/oai.xml?verb=ListIdentifiers&metadataPrefix=ivo_vor"),
        Request("availability", "/tap/availability"),
        Request("capabilities", "/tap/capabilities"),
        Request("tables", "/tap/tables"),
        Request("examples", "/tap/examples"),
        Request("coverage", "/coverage/SIM-CTAO-N/moc.fits"),
        Request("home", "/"),
    ]


def bad(answers: Iterable[Answer]) -> list[str]:
    """Return what is wrong with answers, each kind of fault once."""
    return sorted(
        {f"{answer.kind}: {answer.status} {answer.body[:300]!r}" for answer in answers
         if not answer.is_good}
    )  # fmt: skip
