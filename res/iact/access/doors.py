"""Which of the web server's addresses are open: what resources publish, and what they need.

DaCHS knows some forty ways to show any service (its renderers), most of which only some services
need; some work with none. Each RD says which ones its services have (``allowed``). Besides these
come the pages that describe a service. Of DaCHS's own services only those below are open.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

#: What describes any service: for people, for programs (VOSI 1.1), and for the Registry.
DESCRIBING = frozenset(
    {
        "info", "howtocite", "capabilities", "availability", "tables", "tableMetadata",
        "examples", "coverage",
    }
)  # fmt: skip

#: DaCHS's own services, and how they are shown; see "What is open" in docs/operation.md.
OF_DACHS: Mapping[str, frozenset[str]] = {
    "__system__/tap#run": frozenset({"sync", "async", "uws.xml"}),
    "__system__/adql#query": frozenset({"form"}),
    # /tableinfo, /tablenote, and what the front page calls the data on this site.
    "__system__/dc_tables#show": frozenset({"tableinfo", "tablenote"}),
    "__system__/dc_tables#list": frozenset({"form"}),
    # The front page, /browse, and what it links to.
    "__system__/services#root": frozenset({"fixed"}),
    "__system__/services#overview": frozenset({"form", "rdinfo"}),
    # /oai.xml
    "__system__/services#registry": frozenset({"pubreg.xml"}),
    # /getproduct and the like, for products of other resources of the same server.
    "__system__/products#p": frozenset({"get"}),
    "__system__/products#dl": frozenset({"dlmeta"}),
    "__system__/products#getTar": frozenset({"form"}),
    "__system__/obscore#dl": frozenset({"dlmeta"}),
    "__system__/siap2#sitewide": frozenset({"siap2.xml"}),
}

#: Pages that belong to no service.
PAGES = frozenset(
    {
        "login", "static", "schemata", "robots.txt", "getRR",
        "favicon.png", "favicon.ico",
    }
)  # fmt: skip

_SYSTEM = "__system__/"


def is_open(resource: str, service: str, names: Collection[str], allowed: Collection[str]) -> bool:
    """Tell whether a service is shown in a way.

    Parameters
    ----------
    resource, service
        Ids of the RD and of the service in it.
    names
        By which DaCHS knows the renderer.
    allowed
        Renderers that the RD allows on the service.
    """
    if resource.startswith(_SYSTEM):
        if not knows_service(resource, service):
            return False
        allowed = OF_DACHS[f"{resource}#{service}"]
    return any(name in allowed or name in DESCRIBING for name in names)


def knows_service(resource: str, service: str) -> bool:
    """Tell whether users may learn of a service."""
    return not resource.startswith(_SYSTEM) or f"{resource}#{service}" in OF_DACHS


def knows_resource(resource: str) -> bool:
    """Tell whether users may learn of a resource: of DaCHS's own, those with open services."""
    return not resource.startswith(_SYSTEM) or any(
        name.startswith(f"{resource}#") for name in OF_DACHS
    )
