"""Threads of their own for what takes long, with a limit of how much waits for them."""

from twisted.internet import defer, reactor, threads
from twisted.python import threadpool

from iact.dachs.refusals import Refusal

#: Seconds after which whoever finds no place may try again.
_RETRY_AFTER = 30


class Workers:
    """Does things for requests, some at a time: other requests must not wait for them.

    To be made in the reactor's thread.

    Parameters
    ----------
    name
        Of the threads; it is told to those who find no place, so in the plural.
    number
        Of threads.
    places
        For requests that are worked on or wait. Those of clients that have hung up are free as
        soon as a thread comes to them.
    """

    def __init__(self, name, number, places):
        self._name, self._places, self._taken = name, places, 0
        self._pool = threadpool.ThreadPool(0, number, name=name)
        self._pool.start()
        reactor.addSystemEventTrigger("before", "shutdown", self._pool.stop)

    def do(self, gone, function, *arguments):
        """Have a function called in a thread; called in the reactor's thread.

        Parameters
        ----------
        gone
            Not empty as soon as whoever asked has hung up; then nothing is done.
        function, arguments
            What to call.

        Returns
        -------
        Deferred
            Of what the function returns, None where nothing is done; a `Refusal` where no place
            is free.
        """
        if self._taken >= self._places:
            sentence = f"Too many {self._name} are asked for now; ask again in a minute."
            return defer.fail(Refusal(503, sentence, _RETRY_AFTER))
        self._taken += 1
        work = threads.deferToThreadPool(
            reactor, self._pool, lambda: None if gone else function(*arguments)
        )
        return work.addBoth(self._leave)

    def _leave(self, outcome):
        self._taken -= 1
        return outcome
