"""What a process gives up for itself and all that it starts: new rights, and core files."""

import ctypes
import os
import resource

#: Of prctl(2); it cannot be taken back.
_SET_NO_NEW_PRIVS = 38


def stay_unprivileged() -> None:
    """Take no rights from programs such as sudo any more, and leave no memory in files.

    Processes that this one starts are bound in the same way.

    Raises
    ------
    OSError
        The system does not know it.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    # A core file would have keys, passwords and files of members in it.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
