import signal
import subprocess
import sys

import pytest

#: Gets a signal while Python takes an object away, and says whether it went on.
_PROGRAM = """
import os, sys, time
from iact.operate import interrupts

class Passing:
    def __del__(self):
        os.kill(os.getpid(), {number})
        time.sleep(0.1)

interrupts.heed()
try:
    Passing()
    time.sleep(5)
    print("went on")
except interrupts.Terminated:
    print("terminated")
except KeyboardInterrupt:
    print("interrupted")
"""


@pytest.mark.parametrize(
    ("number", "word"), [(signal.SIGINT, "interrupted"), (signal.SIGTERM, "terminated")]
)
def test_a_signal_in_a_destructor_is_not_lost(number, word):
    program = _PROGRAM.format(number=int(number))
    line = ["env", "--default-signal=INT", sys.executable, "-c", program]
    done = subprocess.run(line, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == (f"{word}\n", "")


def test_other_errors_in_destructors_are_shown():
    program = _PROGRAM.replace("os.kill(os.getpid(), {number})", "raise ValueError('spoilt')")
    program = program.replace("time.sleep(5)", "pass")
    line = [sys.executable, "-c", program]
    done = subprocess.run(line, capture_output=True, text=True, check=True)
    assert "ValueError: spoilt" in done.stderr
    assert done.stdout == "went on\n"
