"""The script of DaCHS's pages, where Debian's jQuery UI is newer than DaCHS knows.

Stock DaCHS puts it together from parts of jQuery UI. One of these is for jQuery 1.7 and gone with
jQuery UI 1.13 (Debian 12): the script is an error then, and no page's script does anything.
"""

from pathlib import Path

from gavo.web import ifpages

_GONE = "jquery-ui/ui/jquery-1-7.js"


def leave_out_what_is_gone():
    """Have this process's server put the script together from what there is."""
    script = ifpages.GavoJquery
    if _GONE in script.PARTS and not (Path(script.INSTALL_ROOT) / _GONE).exists():
        script.PARTS = [part for part in script.PARTS if part != _GONE]
