"""Connections of clients: how long the address of a request may be, and what is told beyond.

Stock DaCHS closes the connection without a word at 16 kB, which a few hundred identifiers need.
What serves clients is `iact.dachs.receiving.Channel`, which is derived from the one here.
"""

from twisted.web import http

from iact.dachs import cors

#: Room for the address of a thousand datasets' links.
MOST_ADDRESS = 128 * 1024
_MOST_HEADERS = 16 * 1024
#: For so many seconds, what a client still sends is read and thrown away: it would not read the
#: answer if its connection were reset (RFC 9112, section 9.6).
_LINGER = 5


class Channel(http.HTTPChannel):
    """A client's connection."""

    MAX_LENGTH = MOST_ADDRESS
    totalHeadersSize = MOST_ADDRESS + _MOST_HEADERS

    def lineLengthExceeded(self, line):
        """Say what is too long (RFC 9110, section 15.5.15; RFC 6585, section 5)."""
        # What an address has begun is a request; so has what follows it.
        if self._receivedHeaderSize:
            status, sentence = "431 Request Header Fields Too Large", "A header is too long."
        else:
            status, sentence = (
                "414 URI Too Long",
                (
                    f"The address has more than {MOST_ADDRESS // 1024} kB:"
                    " send its parameters by POST instead."
                ),
            )
        self.refuse(status, sentence)

    def refuse(self, status, sentence, headers=()):
        """Answer what is not taken as a request, and end the connection.

        Parameters
        ----------
        status
            Number and words.
        sentence
            In ASCII.
        headers
            Names and values of further ones.
        """
        told = "".join(f"{name}: {value}\r\n" for name, value in (*cors.HEADERS.items(), *headers))
        self.transport.write(
            f"HTTP/1.1 {status}\r\n"
            "Content-Type: text/plain; charset=utf-8\r\n"
            f"{told}"
            "Connection: close\r\n"
            f"Content-Length: {len(sentence) + 1}\r\n"
            f"\r\n{sentence}\n".encode("ascii")
        )
        self.transport.loseWriteConnection()
        # Also what has come already and is still to be read.
        self.dataReceived = self.lineReceived = self.rawDataReceived = _ignore
        self.setTimeout(_LINGER)


def _ignore(data):
    """Take what a client sends that has got its answer."""
