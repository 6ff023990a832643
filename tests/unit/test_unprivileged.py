"""A process that has given up rights has none to give to others."""

import subprocess
import sys

PROGRAM = """
import resource, subprocess
from iact.unprivileged import stay_unprivileged
stay_unprivileged()
print(open("/proc/self/status").read())
print(subprocess.run(["cat", "/proc/self/status", "/proc/self/limits"], capture_output=True,
                     text=True).stdout)
"""


def test_it_and_its_children_get_no_rights_and_leave_no_core():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    assert done.stdout.count("NoNewPrivs:\t1") == 2
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("Max core file size")]
    assert line.split()[4:6] == ["0", "0"]
