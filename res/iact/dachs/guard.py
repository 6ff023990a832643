"""What every request goes through before DaCHS sees it.

- Paths that lead upwards, however they are encoded, end here. Stock DaCHS compares the
  beginnings of paths in some places, by which a folder's neighbours are open, too.
- Signatures are taken out, so that nothing writes them to a log. Stock DaCHS logs whole URLs.
- Other versions of HTTP than those that this server speaks are refused, not spoken.
- Credentials are verified, whatever is asked for. Who is told so learns of a wrong password
  at once, and is not answered as somebody unknown (draft AuthVO 1.0).
- The host that somebody else's X-Forwarded-Host claims does not count.
"""

import re
from urllib.parse import urlsplit

from gavo import base
from gavo.protocols import creds
from gavo.web import root
from twisted.internet import threads
from twisted.web import http, server

from iact.access.logged import without_signatures
from iact.access.paths import leads_upwards
from iact.access.signing import SIGNATURE
from iact.dachs import browsers, cors, identity, known
from iact.dachs.refusals import WRONG_CREDENTIALS, challenge, refuse, say_failure

#: As DaCHS 2.7, 2.11 and 2.13 have it.
KNOWN = known.Known(
    "how passwords are verified and signatures kept out of logs",
    {
        "gavo.web.common:Request": {"33b5c77d8820191e", "b8f75a52fbff2845", "acbf0629e3791fa2"},
        "gavo.protocols.creds:hasCredentials": {"5d9970990a1ac34f"},
    },
    "see what others can get before you serve protected data with it",
    protects=True,
)
#: DaCHS's own, whatever it is called.
_Stock = root.site.requestFactory
#: A second slash or a backslash would begin the name of a host.
_OWN_PATH = re.compile(r"/(?![/\\])[^\x00-\x20\\]*")
#: Who is sent there wants the browser to forget their password, which it does on 401 only.
_LOGOUT = b"/login"
_FORWARDED = b"x-forwarded-host"
#: What this server speaks, and what it answers others in.
_SPOKEN, _ANSWERED = (b"HTTP/1.1", b"HTTP/1.0"), b"HTTP/1.1"
_METHODS = (b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS")
_VERSION = re.compile(rb"HTTP/[0-9]+(?:\.[0-9]+)?")


def watch_requests():
    """Look at paths and verify credentials before DaCHS has a request."""
    KNOWN.fits()
    root.site.requestFactory = Request
    identity.takes_signed = True


class Request(_Stock):
    """A request whose path and credentials have been looked at.

    `asker` is the name of the user whose credentials came with it, empty for nobody; `signed`
    has the parameters of a signed address, where there is a signature.
    """

    asker, signed, refused_version = "", None, None

    def requestReceived(self, command, path, version):
        """Take a request; the answer to one of another version of HTTP is in one of ours."""
        if version not in _SPOKEN:
            self.refused_version, version = version, _ANSWERED
        _Stock.requestReceived(self, command, path, version)

    def process(self):
        """Look at the request; hand it to DaCHS, in the end."""
        # Else the end of an answer waits up to 40 ms for the client's receipt of what came before
        # (RFC 9293, section 3.7.4).
        self.channel.transport.setTcpNoDelay(True)
        self._take_signature()
        cors.allow(self)
        if self.refused_version is not None:
            self._refuse_version()
            return
        if self.method not in _METHODS:
            # RFC 9110, section 15.6.2; DaCHS takes all others for GET.
            self._end(501, "This server does not know this method: use GET, HEAD, POST or DELETE.")
            return
        if cors.is_question(self):
            cors.say_yes(self)
            return
        if self.requestHeaders.hasHeader(_FORWARDED):
            here = urlsplit(base.getConfig("web", "serverURL")).netloc
            self.requestHeaders.setRawHeaders(_FORWARDED, [here.encode("ascii")])
        if leads_upwards(self.path):
            self._end(400, "A path must not have NUL or .. in it: ask for the address without.")
        elif not all(map(leads_here, self.args.get(b"nextURL", ()))):
            self._end(400, "nextURL must be the path of a page of this server.")
        elif self.getUser() is None:
            _Stock.process(self)
        else:
            threads.deferToThread(self._verify).addCallback(self._go_on).addErrback(self._fail)

    def getUser(self):
        """Return the name that came with the request, or None.

        It is in UTF-8, as our challenge asks for (RFC 7617, section 2.1); stock DaCHS leaves
        out what is not ASCII, so that one name stands for another. What cannot be read becomes
        a name that nobody has.
        """
        return _text(server.Request.getUser(self)) or None

    def getPassword(self):
        """Return the password that came with the request, in UTF-8."""
        return _text(server.Request.getPassword(self))

    def getAuthUser(self):
        """Return the name of the user whose credentials have been verified, or None."""
        return self.asker or None

    def setResponseCode(self, code, message=None):
        """Set the status; who has signed in is not told to do so again.

        Stock DaCHS answers members of the wrong group like somebody unknown (RFC 9110,
        sections 15.5.2 and 15.5.4).
        """
        if code == 401 and self.asker and self.path != _LOGOUT:
            code = 403
        _Stock.setResponseCode(self, code, message)

    def write(self, payload):
        """Write a part of the answer."""
        if not self.startedWriting:
            # On Debian 13, DaCHS's cache of pages keeps it with the page, and then sends pages
            # that are not in chunks. Twisted sets it where it holds, after this.
            self.responseHeaders.removeHeader(b"transfer-encoding")
            if self.code == 401:
                # DaCHS's own does not say in which letters names and passwords are to come.
                self.setHeader("www-authenticate", challenge())
            browsers.instruct(self)
        _Stock.write(self, payload)

    def tell_asker(self, name):
        """Say in the answer for whom it is, and that others must not get it from a cache."""
        self.setHeader("x-vo-authenticated", name)
        self.setHeader("cache-control", "private")
        self.responseHeaders.addRawHeader(b"vary", b"Authorization")

    def _refuse_version(self):
        if _VERSION.fullmatch(self.refused_version):
            # RFC 9110, section 15.6.6.
            self._end(505, "This server speaks HTTP/1.1 and HTTP/1.0.")
        else:
            self._end(400, "The request does not begin as one of HTTP/1.1 does.")

    def _take_signature(self):
        query = http.parse_qs(self.uri.partition(b"?")[2], keep_blank_values=True)
        if SIGNATURE.encode() in query:
            self.signed = {
                _text(name): [_text(value) for value in values] for name, values in query.items()
            }
        for name in [name for name in self.args if SIGNATURE.encode() in name.lower()]:
            del self.args[name]
        self.uri = without_signatures(self.uri)

    def _verify(self):
        # PostgreSQL has no texts with NUL. Of passwords that are too long, stock DaCHS says so
        # only where there is a user of that name.
        name, password = self.getUser(), self.getPassword()
        if "\0" in name or len(password) > creds.MAX_PASSWORD_LENGTH:
            return None
        # Not by the method of DaCHS's request: that of 2.13 takes the operator's name with an
        # empty password where none is configured.
        return name if creds.hasCredentials(name, password, None) else None

    def _go_on(self, asker):
        if self.channel is None:
            # Whoever asked has hung up.
            return
        if not asker:
            self._end(401, WRONG_CREDENTIALS)
            return
        self.asker = asker
        self.tell_asker(asker)
        _Stock.process(self)

    def _fail(self, failure):
        if self.channel is not None:
            say_failure(failure, self, gone=())

    def _end(self, status, sentence):
        if self.channel is not None:
            self.write(refuse(self, status, sentence))
            self.finish()


def _text(value):
    # What is not UTF-8 fits no signature, and must not end as an error of ours.
    return value.decode("utf-8", "replace")


def leads_here(address):
    """Tell whether an address is a page of this server, to which people go after signing in.

    Stock DaCHS sends them wherever the address of the login page says, which may be anybody's.
    """
    text = _text(address)
    here = base.getConfig("web", "serverURL").rstrip("/")
    path = text[len(here) :] if text.startswith(f"{here}/") else text
    return bool(_OWN_PATH.fullmatch(path))
