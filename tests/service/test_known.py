"""A version of DaCHS that has renamed or removed what our adapters build upon."""

from __future__ import annotations

import ast
import json
import re

import pytest

from iact.operate.layout import checkout
from service.livearchive import LiveArchive


def pieces_of(path):
    """Return the names of the pieces of DaCHS that a module's adapter knows."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    constants = {}
    for each in tree.body:
        if isinstance(each, ast.Assign) and isinstance(each.value, ast.Constant):
            constants[each.targets[0].id] = each.value.value
    (known,) = (
        call.args[1]
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "known.Known"
    )
    # Some are made of a constant: the name of a class, say.
    return [eval(ast.unparse(key), {}, constants) for key in known.keys]


PIECES = sorted(
    {
        name
        for path in (checkout() / "res" / "iact" / "dachs").glob("*.py")
        if "known.Known(" in path.read_text(encoding="utf-8")
        for name in pieces_of(path)
    }
)

#: Each in a process of its own, which has loaded DaCHS already: that takes longest.
WITHOUT_EACH = """
import contextlib, io, json, os, sys, traceback
from importlib import import_module
from gavo import api
from gavo.user import cli
from gavo.web import root

def without(name):
    module, _, path = name.partition(":")
    *owners, last = path.split(".")
    owner = import_module(module)
    for part in owners:
        owner = getattr(owner, part)
    # What a class inherits is its base class's.
    having = [each for each in getattr(owner, "__mro__", [owner]) if last in vars(each)]
    delattr(having[0], last)
    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        from iact.dachs import examine, loading, saying, serve
        misfits = examine.misfits()
        # What takes long and comes last; and what would write past the redirection.
        loading.load_all = saying.go_on = cli.main = lambda: None
        serve.main()
    return {"misfits": misfits, "said": said.getvalue()}

for name in sys.argv[1:]:
    import_module(name.partition(":")[0])
# What takes long, and is the same for all.
import astropy.io.fits
from iact.dachs import known
for name in sys.argv[1:]:
    known.digest(known.piece(name))
for name in sys.argv[1:]:
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            result = without(name)
        except BaseException:
            result = {"failed": traceback.format_exc()}
        os.write(writing, json.dumps(result).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        print(json.dumps([name, json.load(stream)]))
    os.waitpid(child, 0)
"""

KNOWN = """
import json
from iact.dachs import known, serve
print(json.dumps([list(each.code) for each in known.made]))
"""


@pytest.fixture(scope="module")
def without(archive: LiveArchive) -> dict[str, dict]:
    """What the server and the doctor say where one piece is missing, by its name."""
    return dict(map(json.loads, archive.gavo_python(WITHOUT_EACH, *PIECES).splitlines()))


def test_all_pieces_are_tried(archive):
    listed = json.loads(archive.gavo_python(KNOWN))
    assert set(PIECES) == {name for names in listed for name in names}


@pytest.mark.parametrize("name", PIECES)
def test_without_a_piece_of_dachs_the_server_starts_and_names_it(without, name):
    found = without[name]
    assert "failed" not in found, found["failed"]
    # Where a base class has one of the same name, it is another.
    said = re.compile(rf"has (?:no|another) [^:]*\b{re.escape(name.partition(':')[2])}\b")
    assert any(said.search(sentence) for sentence in found["misfits"]), found
    assert said.search(found["said"])
