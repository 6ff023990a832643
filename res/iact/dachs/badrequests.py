"""Requests that stock DaCHS takes for a mistake of its own are told what is wrong with them."""

from gavo import base

from iact.dachs import known
from iact.dachs.refusals import NOT_UTF8

#: As DaCHS 2.7, 2.11 and 2.13 have it.
KNOWN = known.Known(
    "how clients are told of mistakes in their requests",
    {
        "gavo.formal.form:FormsResourceBehaviour.locateForm": {"7779ee91275b6d9c"},
        "gavo.web.productrender:ProductRenderer.render": {"55774591947030d4", "20ff451fa3465744"},
        "gavo.web.ifpages:LoginPage.render": {"2c518e2f6b082d0d"},
        # DaCHS's own is that of ServiceBasedPage.
        "gavo.web.syncrender:SyncRenderer.getChild": {"1e0e765381633c03", "e8f0ea3be6090608"},
    },
    "mistakes in requests are answered with status 500, and queries at /tap/sync/ are lost",
)


def tell():
    """Answer bad requests with a status that says so; return whether this is done."""
    if not KNOWN.fits():
        return False
    known.replace("gavo.formal.form:FormsResourceBehaviour.locateForm", _of_forms)
    known.replace("gavo.web.productrender:ProductRenderer.render", _of_products)
    known.replace("gavo.web.ifpages:LoginPage.render", _of_sign_in)
    known.replace("gavo.web.syncrender:SyncRenderer.getChild", _with_a_slash)
    return True


def _of_forms(stock):
    def locate(behaviour, request, name):
        try:
            return stock(behaviour, request, name)
        except Exception as error:
            if type(error) is not Exception:
                raise
            # Stock DaCHS takes what somebody sends for a mistake of its own.
            raise base.ValidationError(
                "There is no such form on this page: fill in the page's own.", "__nevow_form__"
            ) from error

    return locate


def _of_sign_in(stock):
    def render(page, request):
        try:
            return stock(page, request)
        except ValueError as error:
            raise base.ValidationError(
                "relog is True or False: leave it out, or give one of them.", "relog"
            ) from error

    return render


def _of_products(stock):
    def render(page, request):
        values = [value for name in ("key", "accref") for value in request.strargs.get(name, ())]
        if not all(isinstance(value, str) for value in values):
            raise base.ValidationError(NOT_UTF8, "accref")
        return stock(page, request)

    return render


def _with_a_slash(stock):
    def child(page, name, request):
        # Stock DaCHS leads to the page above, by which what was posted is lost, too.
        is_slash = name == b"" and not request.postpath
        return page if is_slash else stock(page, name, request)

    return child
