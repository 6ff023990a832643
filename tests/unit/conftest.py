"""Property-based tests try the same examples in every run, so that a run tells what a
change has done. ``CTA_RANDOM=1`` has them look for new ones."""

from __future__ import annotations

import os

try:
    from hypothesis import settings
except ModuleNotFoundError:
    # The system's Python may be without it: those tests are skipped there.
    settings = None

if settings is not None:
    settings.register_profile("same", derandomize=not os.environ.get("CTA_RANDOM"))
    settings.load_profile("same")
