"""The process of a job: DaCHS's own, behind the gates that the server has.

``python3 -m iact.dachs.jobprocess`` takes the arguments of DaCHS's command. DaCHS starts jobs as
commands of its own, which know nothing of what the server has installed.
"""

import sys

from gavo.user import cli

from iact.dachs import inputgates, known, rowfetching

#: Debian 12 (2.7), Debian 13 (2.11) and Debian's testing (2.13).
KNOWN = known.Known(
    "how jobs are started behind the same gates as the server",
    {
        "gavo.protocols.dlasync:DLTransitions.getCommandLine": {"e18a3cb5d9f080bf"},
        "gavo.protocols.tap:TAPTransitions.getCommandLine": {
            "9ec9a295bc9b9e36",
            "42c36b3c65747e17",
        },
        "gavo.protocols.useruws:UserUWSTransitions.getCommandLine": {"630a49a39c0f7220"},
    },
    "let nobody send jobs to it",
    protects=True,
)


def install():
    """Have the server start jobs as this module."""
    KNOWN.fits()
    for name in KNOWN.code:
        known.replace(name, _as_this_module)


def _as_this_module(stock):
    def command_line(transitions, job):
        _, (_, *arguments) = stock(transitions, job)
        python = [sys.executable, "-P", "-s", "-m", __spec__.name, *arguments]
        return python[0], python

    return command_line


def main():
    """Run the job that the command line names."""
    inputgates.install()
    rowfetching.fetch_few()
    cli.main()


if __name__ == "__main__":
    main()
