import stat

import pytest

from iact.operate import installed_code
from unit.operate.watch import Watch


@pytest.fixture
def source(tmp_path):
    root = tmp_path / "clone"
    for name in ("bin", "rd", "res/iact", "inputs/cta"):
        (root / name).mkdir(parents=True)
    (root / "bin" / "cta").write_text("#!/bin/sh\n")
    (root / "bin" / "cta").chmod(0o700)
    (root / "rd" / "q.rd").write_text("<resource/>")
    (root / "rd" / "q.rd").chmod(0o600)
    (root / "inputs" / "cta" / "q.rd").symlink_to("../../rd/q.rd")
    (root / "inputs" / "cta" / "res").symlink_to("../../res")
    (root / "res" / "iact" / "__init__.py").touch()
    (root / "pyproject.toml").touch()
    (root / "README.md").touch()
    return root


@pytest.fixture
def target(source, tmp_path):
    installed_code.refresh(source, tmp_path / "code")
    return tmp_path / "code"


def test_a_copy_is_equal(source, target):
    assert not installed_code.differs(source, target)


def test_links_stay_links_and_lead_into_the_copy(target):
    assert (target / "inputs" / "cta" / "q.rd").is_symlink()
    assert (target / "inputs" / "cta" / "res").resolve() == target / "res"


def test_the_copy_is_readable_by_everybody_and_writable_by_its_owner(target):
    assert stat.S_IMODE((target / "rd" / "q.rd").stat().st_mode) == 0o644
    assert stat.S_IMODE((target / "bin" / "cta").stat().st_mode) == 0o755
    assert stat.S_IMODE((target / "rd").stat().st_mode) == 0o755


def test_what_the_server_does_not_need_stays_behind(source, target):
    assert not (target / "README.md").exists()
    (source / "res" / "iact" / "__pycache__").mkdir()
    (source / "res" / "iact" / "__pycache__" / "x.pyc").touch()
    assert not installed_code.differs(source, target)


def test_a_changed_file_is_seen(source, target):
    (source / "rd" / "q.rd").write_text("<RESOURCE/>")
    assert installed_code.differs(source, target)
    installed_code.refresh(source, target)
    assert (target / "rd" / "q.rd").read_text() == "<RESOURCE/>"


def test_a_removed_file_goes(source, target):
    (source / "inputs" / "cta" / "q.rd").unlink()
    assert installed_code.differs(source, target)
    installed_code.refresh(source, target)
    assert not (target / "inputs" / "cta" / "q.rd").is_symlink()


def test_a_changed_link_is_seen(source, target):
    (source / "inputs" / "cta" / "q.rd").unlink()
    (source / "inputs" / "cta" / "q.rd").symlink_to("../../rd/other.rd")
    assert installed_code.differs(source, target)


def test_who_reads_meanwhile_always_finds_the_files(source, target):
    """As DaCHS does: it would remember a resource that is missing as broken."""
    with Watch(target / "rd" / "q.rd") as watch:
        for number in range(200):
            (source / "rd" / "q.rd").write_text(f"<resource>{number}</resource>")
            installed_code.refresh(source, target)
    assert watch.looked > 1000
    assert not watch.missed


def test_where_names_cannot_be_exchanged_the_copy_is_made_all_the_same(source, target, monkeypatch):
    monkeypatch.setattr(installed_code, "_exchange", lambda one, other: False)
    (source / "rd" / "q.rd").write_text("<RESOURCE/>")
    installed_code.refresh(source, target)
    assert (target / "rd" / "q.rd").read_text() == "<RESOURCE/>"
    assert sorted(path.name for path in target.parent.glob("code*")) == ["code"]


def test_an_exchange_that_fails_says_of_what(tmp_path):
    (tmp_path / "code.new").mkdir()
    with pytest.raises(FileNotFoundError, match="code"):
        installed_code._exchange(tmp_path / "code.new", tmp_path / "code")


def test_what_an_interrupted_run_left_is_no_hindrance(source, target):
    (target.parent / "code.new").mkdir()
    (target.parent / "code.old").mkdir()
    installed_code.refresh(source, target)
    assert sorted(path.name for path in target.parent.glob("code*")) == ["code"]


def test_a_checkout_does_not_differ_from_itself(source):
    assert not installed_code.differs(source, source)
