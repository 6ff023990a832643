# Run a data centre, and test the software. Everything else is done by bin/cta.
#
#   make demo [DATA=folder] [PORT=8080] [VAR=folder]

quote = '$(subst ','\'',$(1))'
option = $(if $(strip $($(2))),$(1) $(call quote,$($(2))))
var = $(call option,--var,VAR)

.PHONY: help demo stop status test test-debian13 test-newest lint unit service drill upgrade bench bench-check bench-stress clean

help:
	@echo "make demo     make a data centre, fill it with DATA=folder (or simulated data), start it"
	@echo "make stop     stop it"
	@echo "make status   show its addresses and contents"
	@echo "make test     run all tests on a throw-away data centre"
	@echo "make test-debian13  run unit, service and upgrade tests in a Debian 13 below VAR (root)"
	@echo "make test-newest    the same with the DaCHS of Debian's testing"
	@echo "make lint     check style and types"
	@echo "make unit     run the unit tests under both interpreters"
	@echo "make service  run the tests against a live server"
	@echo "make upgrade  bring data centres that are in use to another version"
	@echo "make drill    kill what takes part in ingestions DRILL_KILLS=20 times each; needs minutes"
	@echo "make bench    measure against rivals, write docs/benchmarks.md; an hour, or only some"
	@echo "              sections: CTA_BENCH_SECTIONS=discovery make bench"
	@echo "make bench-check  try each section of the bench with next to nothing to measure"
	@echo "make bench-stress  the same queries among ten times the observations; an hour or two"
	@echo "make clean    remove the caches of tools from the checkout; data centres stay"
	@echo "Variables of demo, stop, status, test-debian13 and test-newest: VAR=folder; of demo: DATA=folder PORT=8080"

demo:
	@bin/cta demo $(var) $(call option,--data,DATA) $(call option,--port,PORT)

stop:
	@bin/cta stop $(var)

status:
	@bin/cta status $(var)

test:
	@tests/run lint unit service drill upgrade bench-check

test-debian13:
	@tests/run debian13 $(var)

test-newest:
	@tests/run debian13 --newest $(var)

lint unit service upgrade bench bench-check bench-stress:
	@tests/run $@

drill:
	@DRILL_KILLS="$${DRILL_KILLS:-20}" tests/run drill

clean:
	rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage build
	find res tests -name __pycache__ -type d -prune -exec rm -rf {} +
