"""``bin/cta doctor``: looks at a data centre as an experienced operator would.

Each check is a function of its own that takes a `iact.operate.doctor.case.Case` and yields
what it finds. `run` has them in their order.
"""
