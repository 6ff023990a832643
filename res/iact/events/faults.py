"""What can be wrong with a request, in the words of SODA 1.0, section 5.3."""

from __future__ import annotations


class Fault(Exception):
    """Why there is no result.

    Parameters
    ----------
    word
        First word of the answer: ``UsageError``, ``MultiValuedParamNotSupported``,
        ``AuthenticationError``, ``AuthorizationError``, ``ServiceUnavailable`` or ``Error``.
    status
        Of HTTP.
    sentence
        For people: what is wrong, and what to do.
    """

    def __init__(self, word: str, status: int, sentence: str) -> None:
        super().__init__(word, status, sentence)
        self.word, self.status, self.sentence = word, status, sentence

    @property
    def text(self) -> str:
        """What the body of the answer says."""
        return f"{self.word}: {self.sentence}"


class NothingLeft(Exception):
    """No event is in the selection: an empty answer of status 204 (SODA 1.0, section 5.2)."""


def usage(sentence: str) -> Fault:
    """Make the error of a request that cannot be answered as it stands."""
    return Fault("UsageError", 400, sentence)


def unavailable(sentence: str) -> Fault:
    """Make the error of what may be answered later."""
    return Fault("ServiceUnavailable", 503, sentence)
