"""The operator's command line: commands and their options."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable
from pathlib import Path

from iact.operate import commands
from iact.operate.layout import Layout

MIN_PORT, MAX_PORT = 1024, 65535
"""Lower ports are root's, and the web server never runs as root."""

FILE_CLASSES = ("observation", "response", "index", "other", "duplicate", "quarantined")

PROFILES = ("rec", "hea")
PASSED_ON = ("dachs", "psql")
"""Commands whose further words are another program's."""

CALLERS_FOLDER = "CTA_CALLERS_FOLDER"
"""Where root stood before it became the system user: paths are relative to it."""


def split(words: list[str]) -> tuple[list[str], list[str]]:
    """Return our own part of a command line, and what is for `dachs` or `psql`.

    Parameters
    ----------
    words
        The command line.
    """
    if not words or words[0] not in PASSED_ON:
        return words, []
    if words[1:2] == ["--var"]:
        own = 3
    elif words[1:2] in (["-h"], ["--help"]) or (words[1:] and words[1].startswith("--var=")):
        own = 2
    else:
        own = 1
    return words[:own], words[own:]


def absolute(text: str) -> Path:
    """Return a path of the command line as seen from where the operator stood.

    Raises
    ------
    argparse.ArgumentTypeError
        It is empty.
    """
    if not text.strip():
        raise argparse.ArgumentTypeError("is empty, expected a folder")
    start = os.environ.get(CALLERS_FOLDER) or Path.cwd()
    return Path(os.path.normpath(Path(start) / text))


def _at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"is {number}, expected a number from 1 on")
    return number


def _port(text: str) -> int:
    number = int(text)
    if not MIN_PORT <= number <= MAX_PORT:
        raise argparse.ArgumentTypeError(
            f"is {number}, expected {MIN_PORT} to {MAX_PORT}; for a lower one put a reverse"
            " proxy before the server"
        )
    return number


def _authority(text: str) -> str:
    # IVOA Identifiers 2.0, section 2.3.1; the schema of cta.yaml has it, too, but is read only
    # after much has been made.
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.!~*'()+=-]{2,}", text):
        raise argparse.ArgumentTypeError(
            f"is {text!r}, expected a letter or digit, then at least two letters, digits or"
            " characters of -_.!~*'()+="
        )
    return text


def _path(text: str) -> Path:
    if not text.strip():
        raise argparse.ArgumentTypeError("is empty, expected a file or folder")
    return Path(text)


def parser() -> argparse.ArgumentParser:
    """Return what reads the command line."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--var",
        type=absolute,
        metavar="FOLDER",
        help="where the data centre lives (default: $VAR, else ./var of the checkout, or"
        " /var/lib/cta-archive as root)",
    )
    made = argparse.ArgumentParser(
        prog="cta", description="Run an archive of Cherenkov-telescope data."
    )
    subparsers = made.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(
        name: str, run: Callable[[Layout, argparse.Namespace], int], text: str
    ) -> argparse.ArgumentParser:
        command = subparsers.add_parser(name, parents=[common], help=text, description=text)
        command.set_defaults(run=run, makes_data_centre=False)
        return command

    _setup_options(add("setup", commands.setup, "make the data centre, or complete it"))
    started = add("start", commands.start, "start the database and the web server")
    started.add_argument("--public", action="store_true", help="serve other machines too")
    add("stop", commands.stop, "stop both")
    shown = add("status", commands.status, "show versions, addresses, contents and room")
    shown.add_argument(
        "--tables", action="store_true", help="see too that the tables agree with each other"
    )
    examined = add("doctor", commands.doctor, "look for what is wrong, and say what mends it")
    examined.add_argument("--json", action="store_true", help="print one JSON document")
    listed = add("files", commands.files, "list what became of every file, as CSV")
    listed.add_argument(
        "--class", dest="kind", choices=FILE_CLASSES, help="only files of this class"
    )
    switched = add("profile", commands.profile, "show or switch the vocabulary of ObsCore rows")
    switched.add_argument(
        "name", nargs="?", choices=PROFILES, help="rec: ObsCore 1.1; hea: high-energy extension"
    )
    _ingest_options(add("ingest", commands.ingest, "read a folder of DL3 files into the archive"))
    forgotten = add("forget", commands.forget, "remove what came from a data root, and the root")
    forgotten.add_argument(
        "folder", metavar="ROOT", help="name or folder of the data root, as `cta status` shows it"
    )
    drawn = add("previews", commands.previews, "draw the pictures of event lists that are missing")
    drawn.add_argument(
        "folder",
        metavar="ROOT",
        nargs="?",
        help="only of what came from this data root, by its name or folder",
    )
    drawn.add_argument(
        "--jobs", type=_at_least_one, metavar="N", help="processes (default: all cores)"
    )
    registered = add(
        "publish", commands.publish, "publish the archive's records for the VO Registry"
    )
    registered.add_argument(
        "--withdraw", action="store_true", help="mark them as deleted; the archive goes on"
    )
    renewed = add("newkey", commands.newkey, "make a new key that signs addresses of files")
    renewed.add_argument(
        "--only", action="store_true", help="remove the older ones: what they signed ends now"
    )
    _check_options(subparsers)
    _demo_options(add("demo", commands.demo, "make, fill and start a data centre"))
    add("dachs", commands.dachs, "run a command of GAVO DaCHS: cta dachs [--var FOLDER] ...")
    add("psql", commands.psql, "talk to the database: cta psql [--var FOLDER] ...")
    return made


def _setup_options(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(makes_data_centre=True)
    parser.add_argument("--authority", type=_authority, help="IVOA authority, without ivo://")
    parser.add_argument("--name", help="short name of the site")
    parser.add_argument("--url", help="the server's address as the world sees it")
    parser.add_argument("--port", type=_port, help="TCP port of the web server (first time: 8080)")
    parser.add_argument("--no-apt", action="store_true", help="never install Debian packages")
    parser.add_argument(
        "--workers", action="store_true", help="also make VAR/.venv with pyvo and gammapy"
    )
    parser.add_argument(
        "--remake-tables",
        action="store_true",
        help="drop the archive's tables and make them anew; `bin/cta ingest` afterwards reads all"
        " data again",
    )


def _ingest_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folder",
        type=absolute,
        metavar="FOLDER",
        nargs="?",
        help="the folder to read (default: all that were read before)",
    )
    parser.add_argument("--prune", action="store_true", help="remove what is gone from the folder")
    parser.add_argument("--verify", action="store_true", help="compare checksums of all files")
    parser.add_argument("--reread", action="store_true", help="read all files again")
    parser.add_argument(
        "--jobs", type=_at_least_one, metavar="N", help="processes (default: all cores)"
    )


def _check_options(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``check``, which knows no data centre: producers of files have none."""
    text = "check files before they are sent to an archive"
    parser = subparsers.add_parser("check", help=text, description=text)
    parser.add_argument(
        "paths",
        type=_path,
        metavar="FILE",
        nargs="+",
        help="a FITS file, or a folder: all FITS files below it, with the indexes there",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def _demo_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data",
        type=absolute,
        metavar="FOLDER",
        help="a folder of DL3 files (default: simulated ones are made)",
    )
    parser.add_argument("--port", type=_port, help="TCP port of the web server")
    parser.set_defaults(
        makes_data_centre=True,
        authority=None,
        name=None,
        url=None,
        no_apt=False,
        workers=False,
        remake_tables=False,
        prune=False,
        verify=False,
        reread=False,
        jobs=None,
    )
