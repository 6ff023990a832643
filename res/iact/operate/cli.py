"""The operator's commands: the change of user, and the exit code."""

from __future__ import annotations

import argparse
import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path

from iact.errors import CtaError
from iact.operate import account, commands, folders, installed_code, interrupts, setup
from iact.operate.arguments import CALLERS_FOLDER, absolute, parser, split
from iact.operate.commands import say
from iact.operate.layout import PYTHON, Layout, checkout, default_var

INTERRUPTED = 130
TERMINATED = 143
_KEPT_VARIABLES = ("TERM", "COLUMNS", "LINES", "http_proxy", "https_proxy", "no_proxy")


def main(arguments: list[str] | None = None) -> int:
    """Run one command of the operator's.

    Parameters
    ----------
    arguments
        The command line without the program's name; `sys.argv` by default.

    Returns
    -------
    int
        0 for success, 1 for a failure that was explained or a fault that ``doctor`` found,
        2 for wrong usage, 3 from ``status`` when nothing runs, 4 if files were refused, 5 from
        ``check`` if there were warnings, 130 after an interruption, 143 after SIGTERM.
    """
    words = sys.argv[1:] if arguments is None else arguments
    own, passed_on = split(words)
    args = parser().parse_args(own)
    args.arguments, args.is_program = passed_on, arguments is None
    if args.is_program:
        interrupts.heed()
    try:
        code = _run(args, words)
        # Here, where it is known what to do if nobody reads any more.
        sys.stdout.flush()
        return code
    except CtaError as error:
        print(f"cta: {error}", file=sys.stderr)
    except BrokenPipeError:
        # Whoever read the output has seen enough; nor must Python say so at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        print(f"cta: {_os_message(error)}", file=sys.stderr)
    except KeyboardInterrupt as stop:
        print("cta: Interrupted; run the same command again to go on.", file=sys.stderr)
        return TERMINATED if isinstance(stop, interrupts.Terminated) else INTERRUPTED
    return 1


def _os_message(error: OSError) -> str:
    place = f"{error.filename}: " if error.filename else ""
    if error.errno == errno.ENOSPC:
        return f"{place}{error.strerror}. Make room there, and run the same command again."
    return f"{place}{error.strerror or error}. See that the folder exists, is yours and has room."


def _run(args: argparse.Namespace, words: list[str]) -> int:
    if args.command == "check":
        return commands.check(args)
    var = args.var or absolute(os.environ.get("VAR") or str(default_var(_is_root())))
    # One place has one name: processes are known by it. As root, links are refused later.
    layout = Layout(var if _is_root() else var.resolve())
    layout.check_paths()
    if _is_root():
        return _run_as_root(layout, args, words)
    if args.is_program:
        keep_bytecode(layout.cache)
    command: Callable[[Layout, argparse.Namespace], int] = args.run
    return command(layout, args)


def keep_bytecode(cache: Path) -> None:
    """Have this process compile modules once for all runs, and outside the checkout.

    Parameters
    ----------
    cache
        The data centre's cache folder; without it nothing is kept.
    """
    if os.access(cache, os.W_OK):
        sys.pycache_prefix, sys.dont_write_bytecode = str(cache / "pycache"), False


def _is_root() -> bool:
    return os.geteuid() == 0


def _run_as_root(layout: Layout, args: argparse.Namespace, words: list[str]) -> int:
    """Do root's part, then go on as the system user, in a new process image.

    PostgreSQL and the web server never run as root, and neither does anything
    that reads data files.
    """
    if args.makes_data_centre:
        setup.prepare_as_root(layout, args, say)
    folders.check_only_root_writes(layout.var)
    user = account.find()
    if user is None or not os.path.lexists(layout.etc):
        raise CtaError(
            f"There is no data centre of root's in {layout.var}; make it with"
            f" `bin/cta setup --var {layout.var}`."
        )
    if layout.etc.lstat().st_uid != user.pw_uid:
        raise CtaError(
            f"The data centre in {layout.var} belongs to {account.owner_of(layout.etc)}:"
            " run the command as that user."
        )
    if installed_code.differs(checkout(), layout.installed_code):
        # Not on standard output, which may be a table for another program.
        print(
            f"cta: The data centre runs other code than {checkout()};"
            " `bin/cta setup` brings it there.",
            file=sys.stderr,
        )
    code = Layout(layout.var, layout.installed_code)
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    pip = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    here = {CALLERS_FOLDER: str(Path.cwd())}
    os.chdir(layout.var)
    sys.stdout.flush()
    account.become(user)
    os.execve(
        PYTHON,
        [PYTHON, "-P", "-s", "-m", "iact.operate", *words],
        {**kept, **pip, **code.environment(), **here},
    )
