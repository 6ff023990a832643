"""VAR and its folders: who may write there, and what root makes for the user who serves."""

from __future__ import annotations

import contextlib
import os
import pwd
import stat
from pathlib import Path

from iact.errors import CtaError
from iact.operate import account
from iact.operate.layout import SYSTEM_VAR, Layout


def make_for(layout: Layout, user: pwd.struct_passwd) -> None:
    """Make VAR for root's data centre and give the user what it writes to.

    VAR itself and the code stay root's, so that a server that has been broken
    into cannot change what root runs.

    Parameters
    ----------
    layout
        The data centre.
    user
        Who serves.

    Raises
    ------
    CtaError
        VAR is not safe for root, or holds folders of another user.
    """
    for place in [*reversed(layout.var.parents), layout.var]:
        with contextlib.suppress(FileExistsError):
            place.mkdir(mode=0o755)
    check_only_root_writes(layout.var)
    var = os.open(layout.var, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        for folder in layout.owned_folders:
            # Root has no business in folders that the user can change: what lies
            # deeper is made by the user, in make_own.
            if folder.parent == layout.var:
                _make_folder(var, folder, user)
    finally:
        os.close(var)


def _make_folder(var: int, folder: Path, user: pwd.struct_passwd) -> None:
    """Make a folder of the user's in VAR, given as an open folder; follow no link."""
    name = folder.name
    try:
        os.mkdir(name, 0o700, dir_fd=var)
        os.chown(name, user.pw_uid, user.pw_gid, dir_fd=var, follow_symlinks=False)
    except FileExistsError:
        found = os.stat(name, dir_fd=var, follow_symlinks=False)
        if not stat.S_ISDIR(found.st_mode):
            what = "a link" if stat.S_ISLNK(found.st_mode) else "a file"
            raise CtaError(
                f"{folder} is {what}; put the folder itself there and set up again."
            ) from None
        if found.st_uid != user.pw_uid:
            owner = account.owner_of(folder)
            raise CtaError(
                f"{folder} belongs to {owner}, not to {user.pw_name}: run the command as"
                f" {owner}, or choose another folder with --var."
            ) from None


def check_only_root_writes(var: Path) -> None:
    """Refuse a VAR in which anybody but root could exchange what root works on.

    Parameters
    ----------
    var
        The folder, absolute; it need not exist yet.

    Raises
    ------
    CtaError
        The folder, or one above it, is a link, belongs to somebody else, or is open
        for others to write to. A folder such as ``/var/tmp``, in which everybody can
        only remove their own, may lie above it.
    """
    advice = f"choose a folder of root's with --var, for example --var {SYSTEM_VAR}."
    for place in [*reversed(var.parents), var]:
        try:
            found = place.lstat()
        except FileNotFoundError:
            return
        if stat.S_ISLNK(found.st_mode):
            raise CtaError(
                f"{place} is a link: name the folder itself with --var {var.resolve()}, or {advice}"
            )
        if found.st_uid not in (0, os.geteuid()):
            owner = account.owner_of(place)
            raise CtaError(
                f"{place} belongs to {owner}, who could exchange what root works on there: run"
                f" the command as that user, or {advice}"
            )
        is_shared = place != var and found.st_mode & stat.S_ISVTX
        if found.st_mode & 0o022 and not is_shared:
            raise CtaError(
                f"{place} is open for others to write to ({stat.filemode(found.st_mode)}), who"
                f" could exchange what root works on there: run chmod go-w {place}, or {advice}"
            )


def make_own(layout: Layout) -> None:
    """Make the folders that the present user writes to, and close them to others."""
    for folder in layout.owned_folders:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # DaCHS opens the folder of its logs to its group at every start.
        others = 0o007 if folder == layout.log else 0o077
        if folder.stat().st_mode & others:
            folder.chmod(0o700)
