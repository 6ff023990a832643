"""Publishing a table in an ivoa.obscore that has the extended columns, or has not."""

#: The mixin of DaCHS that takes ObsCore's columns from columns of the same names.
_OBSCORE_LIKE = "//obscore#publishObscoreLike"
_COLUMNS = "cta/ext#extension"


def publish(table, context, parameters):
    """Apply DaCHS's mixin to a table, with the extended columns that it has parameters for.

    Parameters
    ----------
    table
        The table definition; it has, or will have, columns named like ObsCore's.
    context
        Of the descriptor's parser.
    parameters
        Of ``cta/ext#publish``: what DaCHS's mixin gets besides, where it is not empty.
    """
    mixin = context.resolveId(_OBSCORE_LIKE)
    # None of them, where userconfig.rd of the server does not feed them in.
    known = {parameter.key for parameter in mixin.pars}
    extended = [column.name for column in context.resolveId(_COLUMNS)]
    given = {name: value for name, value in parameters.items() if value}
    mixin.applyTo(table, context, {name: name for name in extended if name in known} | given)
