"""The core behind /cta/q/form/form."""

from iact.archive import search
from iact.dachs.search import SearchCore, resolve


class Core(SearchCore):
    """Answers what people ask by the form."""

    def select(self, parameters):
        """Take what is filled in; names are looked up."""
        return search.form(parameters, resolve)
