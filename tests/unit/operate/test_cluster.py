import subprocess

import pytest

from iact.errors import CtaError
from iact.operate import cluster, packages


def test_a_cluster_of_a_postgresql_that_is_gone_is_explained(layout):
    layout.pg.mkdir(parents=True)
    (layout.pg / "PG_VERSION").write_text("9.1\n")
    with pytest.raises(CtaError, match=r"needs PostgreSQL 9\.1.*postgresql-9\.1-q3c"):
        cluster.program(layout, "initdb")


def test_no_pid_file_and_a_stale_one_mean_not_running(layout):
    assert not cluster.is_running(layout)
    layout.pg.mkdir(parents=True)
    (layout.pg / "postmaster.pid").write_text("1\n")
    assert not cluster.is_running(layout)
    assert not cluster.stop(layout)


def test_nobody_answering_leads_to_start(layout):
    with pytest.raises(CtaError, match=r"does not answer.*bin/cta start"):
        cluster.connect(layout)


def test_the_packages_of_the_message_are_those_of_the_version():
    assert [part.format(17) for part in packages.POSTGRES_PARTS][-1] == "postgresql-17-q3c"


def test_processes_that_survive_a_crash_are_named(layout, monkeypatch):
    layout.pg.mkdir(parents=True)
    (layout.pg / "postmaster.pid").write_text("1\n")
    monkeypatch.setattr(cluster, "_CRASH_SECONDS", 0.0)
    with subprocess.Popen(["sleep", "60"], cwd=layout.pg) as child:
        try:
            with pytest.raises(CtaError, match=rf"still work in its folder: {child.pid}\. Wait"):
                cluster.start(layout)
        finally:
            child.kill()
    assert (layout.pg / "postmaster.pid").exists()
