"""The script of DaCHS's pages: it is whole, and does without making scripts out of texts.

Stock DaCHS puts it together from parts of jQuery UI. One of these is for jQuery 1.7 and gone with
jQuery UI 1.13 (Debian 12): the script is an error then, and no page's script does anything.

Its plots show names of columns, which whoever asks has given, as markup; here they are texts.

Its templates are functions that are compiled in the browser, and jQuery runs what it loads as a
text. Neither is allowed to our pages (`iact.access.pagepolicy`), since whoever gets markup into a
page could put a template there.
"""

import io
import sys
from pathlib import Path

import gavo
from gavo import base
from gavo.web import ifpages

_GONE = "jquery-ui/ui/jquery-1-7.js"
#: What comes first when a page is ready is what is asked for first, here.
_WITHOUT_COMPILING = """
(function ($) {
    function escaped(value) {
        return String(value).replace(/&/g, "&amp;").replace(/"/g, "&quot;")
            .replace(/'/g, "&#39;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
    }
    function filled(templateId, data) {
        var text = document.getElementById(templateId).innerHTML;
        return text.replace(/\\$(!?)([a-zA-Z_]+)/g, function (found, isMarkup, name) {
            var value = data[name];
            if (!isMarkup) {
                return escaped(value);
            }
            return value && value.html ? value.html() : value;
        }).trim();
    }
    $.ajaxPrefilter("script", function (options) {
        options.crossDomain = true;
    });
    $(function () {
        window.renderTemplate = filled;
    });
})(jQuery);
"""

#: In which of DaCHS's files what stands there becomes something else.
_INSTEAD = {
    # What is declared by let could not be replaced (ECMAScript, section 9.1.1.4).
    "sodapars.js": (b"let renderTemplate=", b"var renderTemplate="),
    "flotplot.js": (
        b"""$('<option value="'+index+'">'+$(head).text()+'</option>')""",
        b"$('<option/>').val(index).text($(head).text())",
    ),
}


def mend():
    """Put the script together from what is there, and make texts of what is none."""
    script = ifpages.GavoJquery
    if _GONE in script.PARTS and not (Path(script.INSTALL_ROOT) / _GONE).exists():
        script.PARTS = [part for part in script.PARTS if part != _GONE]
    script.PARTS = [*script.PARTS, io.StringIO(_WITHOUT_COMPILING)]
    processors = ifpages.StaticFile.processors
    for misfit in misfits():
        print(misfit, file=sys.stderr, flush=True)
    stock = processors.get(".js", _as_it_is)

    def mended(request, path):
        script = stock(request, path)
        for theirs, ours in _INSTEAD.values():
            script = script.replace(theirs, ours)
        return script

    ifpages.StaticFile.processors = processors | {".js": mended}


def _as_it_is(request, path):
    return Path(path).read_bytes()


def misfits():
    """Return a sentence for each file of DaCHS's that is not as this module knows it."""
    sent = ifpages.StaticFile.processors.get(".js", _as_it_is)
    folder = Path(gavo.__file__).parent / "resources" / "web" / "js"
    return [
        f"DaCHS {base.getVersion()} has another {name} than this software knows, or none: names of"
        " columns may be markup of its pages."
        for name, (theirs, _) in _INSTEAD.items()
        if not (folder / name).exists() or theirs not in sent(None, str(folder / name))
    ]
