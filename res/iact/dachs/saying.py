"""What the server says goes on when there is no room for it: the answer must not wait for that.

DaCHS and Twisted write errors to standard error in the middle of answering. Where that raises an
exception, because the disk with the log is full, the client gets no answer at all.
"""

import io
import os
import sys


class LossyStream(io.TextIOBase):
    """A stream that writes to a file, and leaves out what there is no room for.

    Parameters
    ----------
    number
        Of an open file.
    """

    encoding = "utf-8"

    def __init__(self, number):
        self._number = number

    def fileno(self):
        """Return the number of the file."""
        return self._number

    def writable(self):
        """Tell that it can be written to."""
        return True

    def write(self, text):
        """Write a text, as much of it as there is room for."""
        left = text.encode(self.encoding, "backslashreplace")
        try:
            while left:
                left = left[os.write(self._number, left) :]
        except OSError:
            # There is nowhere left to report it.
            pass
        return len(text)


def go_on():
    """Leave out what standard output and error have no room for."""
    if sys.stdout is sys.__stdout__:
        sys.stdout = LossyStream(1)
    if sys.stderr is sys.__stderr__:
        sys.stderr = LossyStream(2)
