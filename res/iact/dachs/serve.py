"""The web server: DaCHS's own, without what anybody could use to harm others.

``python3 -m iact.dachs.serve``; it stays in the foreground.
"""

import sys

from gavo.user import cli

from iact.dachs import slowqueries, uploads, versions


def main():
    """Serve until the process is ended."""
    # Here and not in a preloaded RD: DaCHS loads those only after it has begun to
    # answer, and goes on if they are broken.
    uploads.refuse_urls()
    slowqueries.make_room()
    versions.settle_memory()
    sys.argv[1:] = ["serve", "start", "--foreground"]
    cli.main()


if __name__ == "__main__":
    main()
