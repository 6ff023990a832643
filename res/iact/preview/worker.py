"""The process in which a server has previews drawn: ``python3 -m iact.preview.worker``.

Drawing takes a second of a core, and memory that a server would never give back. Requests
come as lines of JSON on the standard input, one at a time; the answer is a line too.
"""

from __future__ import annotations

import json
import os
import select
import sys
from pathlib import Path

from iact.errors import DL3Error
from iact.preview.stored import Source, make
from iact.preview.subject import Subject

#: Seconds without a request after which the process ends.
IDLE_SECONDS = 60.0

#: Answers are given priority over pictures.
_NICENESS = 10


def request_of(folder: Path, source: Source) -> str:
    """Return the line that has the previews of a source made in a folder."""
    subject = source.subject
    return json.dumps(
        {
            "folder": str(folder),
            "source": [str(source.root), source.path, source.sha256],
            "subject": [subject.collection, subject.obs_id, subject.event_type, subject.target],
            "pointing": subject.pointing,
        }
    )


def answer_to(line: str) -> str:
    """Make what a line asks for; return what went wrong, empty if nothing did."""
    request = json.loads(line)
    root, path, sha256 = request["source"]
    pointing = request["pointing"] and tuple(request["pointing"])
    collection, obs_id, event_type, target = request["subject"]
    subject = Subject(collection, obs_id, event_type, target, pointing)
    try:
        make(Path(request["folder"]), Source(Path(root), path, sha256, subject))
    except (DL3Error, OSError) as error:
        return str(error)
    return ""


def main() -> None:
    """Serve until there are no requests for `IDLE_SECONDS`, or whoever sends them has ended."""
    os.nice(_NICENESS)
    while select.select([sys.stdin], [], [], IDLE_SECONDS)[0]:
        # One line at a time is sent, so none waits in a buffer that select does not see.
        line = sys.stdin.readline()
        if not line:
            break
        print(json.dumps(answer_to(line)), flush=True)


if __name__ == "__main__":
    main()
