"""The system user that serves when root sets up a data centre, and what it may read."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from iact.errors import CtaError
from iact.operate import mark
from iact.operate.layout import PYTHON, Layout
from iact.operate.process import run

NAME = "cta-archive"
_ANSWER_SECONDS = 20.0

_PROBE = (
    "import os, sys\n"
    "folder = sys.argv[1]\n"
    "print(int(os.access(folder, os.X_OK)), int(os.access(folder, os.R_OK)))\n"
)


def find(name: str = NAME) -> pwd.struct_passwd | None:
    """Return a user's entry, None where there is no such user."""
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def current() -> pwd.struct_passwd:
    """Return the entry of the user who runs this process."""
    return pwd.getpwuid(os.getuid())


def ensure(say: Callable[[str], None]) -> pwd.struct_passwd:
    """Return the system user's entry, and make the user where it is missing.

    Parameters
    ----------
    say
        Takes progress lines.

    Raises
    ------
    CtaError
        The user cannot be made.
    """
    user = find()
    if user is None:
        say(f"Making the system user {NAME}.")
        command = ["useradd", "--system", "--user-group", "--no-create-home"]
        command += ["--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin", NAME]
        run(command, f"Making the system user {NAME}")
        user = find()
    if user is None:
        raise CtaError(f"The user {NAME} is not there after useradd; see /etc/passwd.")
    return user


def owner_of(path: Path) -> str:
    """Return the name of a path's owner, or the number where it has no name."""
    uid = path.lstat().st_uid
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def check_owner(layout: Layout) -> None:
    """Refuse to work on a data centre that belongs to another user.

    Raises
    ------
    CtaError
        It does.
    """
    if layout.etc.exists() and layout.etc.stat().st_uid != os.getuid():
        raise CtaError(
            f"The data centre in {layout.var} belongs to {owner_of(layout.etc)}: run the command"
            " as that user or as root, or choose another folder with --var."
        )


def read_as(user: pwd.struct_passwd, path: Path) -> str | None:
    """Read a mark below a folder that a user can write to, with no more rights than theirs.

    Parameters
    ----------
    user
        The folder's owner.
    path
        The file.

    Returns
    -------
    str or None
        As from `iact.operate.mark.read`.

    Raises
    ------
    CtaError
        It is no plain file.
    """
    # Given on standard input: the user may not be able to read the checkout.
    with Path(mark.__file__).open("rb") as program:
        try:
            answer = subprocess.run(
                [PYTHON, "-I", "-", str(path)],
                stdin=program,
                capture_output=True,
                text=True,
                check=False,
                cwd="/",
                timeout=_ANSWER_SECONDS,
                **_rights(user),
            )
        except subprocess.TimeoutExpired as error:
            raise CtaError(f"{path} cannot be read; put a plain file there.") from error
    if answer.stderr.strip():
        raise CtaError(answer.stderr.strip())
    return answer.stdout.strip() if answer.returncode == 0 else None


def become(user: pwd.struct_passwd) -> None:
    """Give up root's rights for good.

    Parameters
    ----------
    user
        Who this process is from now on.
    """
    os.setgroups([])
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)


def check_readable_by(user: pwd.struct_passwd, folder: Path) -> None:
    """Refuse a folder that a user cannot list.

    Parameters
    ----------
    user
        Who has to read it.
    folder
        The folder, absolute.

    Raises
    ------
    CtaError
        It is not there, or closed: the message names the first folder in the way
        and the line that opens it.
    """
    for place in [*reversed(folder.parents), folder]:
        if not place.is_dir():
            raise CtaError(f"{place} is not a folder; name an existing folder.")
        can_enter, can_list = _access(user, place)
        if not can_enter or (place == folder and not can_list):
            raise CtaError(closed_message(user.pw_name, place, folder))


def check_reachable_by(user: pwd.struct_passwd, var: Path) -> None:
    """Refuse a VAR below a folder that its user cannot enter.

    Parameters
    ----------
    user
        Who serves.
    var
        The folder, absolute; it need not exist yet.

    Raises
    ------
    CtaError
        A folder above it, or the folder itself, is closed.
    """
    for place in [*reversed(var.parents), var]:
        if place.is_dir() and not _access(user, place)[0]:
            raise CtaError(
                f"{var} cannot hold the data centre: {place} is closed to the user"
                f" {user.pw_name}, who serves. Choose another folder with --var, for example"
                " --var /var/lib/cta-archive."
            )


def closed_message(name: str, place: Path, folder: Path) -> str:
    """Say which folder is closed to a user, and the line that opens it.

    Parameters
    ----------
    name
        The user's name.
    place
        The first folder in the way.
    folder
        The folder that is to be read.
    """
    rights = "rX" if place == folder else "x"
    recursive = " -R" if place == folder else ""
    if shutil.which("setfacl"):
        line = f"setfacl{recursive} -m u:{name}:{rights} {place}"
    else:
        line = f"chmod{recursive} o+{rights} {place}"
    mode = stat.filemode(place.stat().st_mode)
    return (
        f"The user {name} cannot read {folder}: {place} is closed to it ({mode}, owner"
        f" {owner_of(place)}). As its owner or root, run: {line}"
    )


def _rights(user: pwd.struct_passwd) -> dict[str, Any]:
    """Return what makes a child process run as a user, for `subprocess.run`."""
    if user.pw_uid == os.geteuid():
        return {}
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _access(user: pwd.struct_passwd, place: Path) -> tuple[bool, bool]:
    """Tell whether a user can enter and list a folder.

    The system is asked as that user, since access lists and mounts decide too.
    """
    if user.pw_uid == os.getuid():
        return os.access(place, os.X_OK), os.access(place, os.R_OK)
    answer = subprocess.run(
        [PYTHON, "-I", "-c", _PROBE, str(place)],
        capture_output=True,
        text=True,
        check=True,
        cwd="/",
        **_rights(user),
    )
    can_enter, can_list = answer.stdout.split()
    return can_enter == "1", can_list == "1"
