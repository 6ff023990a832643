"""Entry point of ``python3 -m iact.operate``."""

import sys

from iact.operate.cli import main

sys.exit(main())
