"""Folders that the archive reads: they come, and go again."""

from __future__ import annotations

import multiprocessing
import os
import stat
from pathlib import Path

import pytest

from iact.archive.dataroots import DataRoot
from iact.archive.rootchanges import add_data_root, remove_data_root
from iact.archive.site import SiteConfig
from iact.errors import ConfigError


def data(tmp_path: Path, name: str) -> Path:
    folder = tmp_path / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def test_adding_a_root_keeps_the_operators_own_file_as_it_is(config, tmp_path):
    config.write_text(config.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    before = config.read_bytes()
    site = add_data_root(config, data(tmp_path, "runs"))
    assert config.read_bytes() == before
    assert site.data_roots == (DataRoot("runs", tmp_path / "runs"),)
    assert SiteConfig.load(config) == site
    assert stat.S_IMODE(config.with_name("data-roots.yaml").stat().st_mode) == 0o640
    assert sorted(path.name for path in config.parent.iterdir()) == ["cta.yaml", "data-roots.yaml"]


@pytest.mark.parametrize("name", ["1e3", "007", "null", "a: b #c", "ünï [x]", 'q"\\', "-", "n\nl"])
def test_a_root_may_have_any_name(config, tmp_path, name):
    site = add_data_root(config, data(tmp_path, name))
    assert site.data_roots[0].path == tmp_path / name
    assert SiteConfig.load(config) == site


def test_a_root_whose_path_would_not_come_back_is_refused(config, tmp_path):
    with pytest.raises(ConfigError, match="white space"):
        add_data_root(config, data(tmp_path, "blank "))
    assert SiteConfig.load(config).data_roots == ()


def test_a_folder_in_a_root_is_that_root(config, tmp_path, monkeypatch):
    first = add_data_root(config, data(tmp_path, "runs"))
    inner = data(tmp_path, "runs/2026/a")
    (tmp_path / "link").symlink_to(inner)
    monkeypatch.chdir(inner)
    for folder in (inner, tmp_path / "runs", tmp_path / "link", Path(".."), f"{inner}/"):
        assert add_data_root(config, folder) == first
        assert first.root_of(folder) == first.data_roots[0]


def test_names_that_only_begin_alike_are_different_roots(config, tmp_path):
    add_data_root(config, data(tmp_path, "runs"))
    site = add_data_root(config, data(tmp_path, "runs2"))
    assert [root.name for root in site.data_roots] == ["runs", "runs2"]


def test_folders_of_one_name_get_different_root_names(config, tmp_path):
    for number in range(3):
        site = add_data_root(config, data(tmp_path, f"{number}/runs"))
    assert [root.name for root in site.data_roots] == ["runs", "runs-2", "runs-3"]


def test_a_folder_above_a_root_is_refused(config, tmp_path):
    add_data_root(config, data(tmp_path, "all/runs"))
    with pytest.raises(ConfigError, match=r"all lies above the data root .*all/runs"):
        add_data_root(config, tmp_path / "all")


def test_a_folder_that_holds_the_archives_state_is_refused(config, tmp_path):
    with pytest.raises(ConfigError, match="own state"):
        add_data_root(config, tmp_path)
    inside = data(tmp_path, "var/sim")
    assert add_data_root(config, inside).data_roots[0].path == inside


@pytest.mark.parametrize("name", ["absent", "file.fits"])
def test_what_is_no_folder_is_refused(config, tmp_path, name):
    (tmp_path / "file.fits").touch()
    with pytest.raises(ConfigError, match="is not a folder"):
        add_data_root(config, tmp_path / name)


def test_a_root_that_is_gone_does_not_stop_the_archive(config, tmp_path):
    add_data_root(config, data(tmp_path, "disk"))
    (tmp_path / "disk").rmdir()
    assert SiteConfig.load(config).data_roots == (DataRoot("disk", tmp_path / "disk"),)
    assert len(add_data_root(config, data(tmp_path, "other")).data_roots) == 2
    assert add_data_root(config, tmp_path / "disk").root_of(tmp_path / "disk") is not None


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_list_that_cannot_be_written_is_reported(config, tmp_path):
    config.parent.chmod(0o500)
    try:
        with pytest.raises(ConfigError, match="cannot be written"):
            add_data_root(config, data(tmp_path, "runs"))
    finally:
        config.parent.chmod(0o700)


def test_two_that_add_roots_at_once_lose_none(config, tmp_path):
    folders = [data(tmp_path, f"runs{number}") for number in range(12)]
    with multiprocessing.get_context("fork").Pool(4) as pool:
        pool.starmap(add_data_root, [(config, folder) for folder in folders])
    roots = {root.path for root in SiteConfig.load(config).data_roots}
    assert roots == set(folders)


def test_a_data_root_can_be_taken_out_and_the_last_one_too(tmp_path):
    config = tmp_path / "cta.yaml"
    SiteConfig.create(config)
    folders = [tmp_path / "data" / name for name in ("a", "b")]
    for folder in folders:
        folder.mkdir(parents=True)
        add_data_root(config, folder)
    assert [root.name for root in remove_data_root(config, "a").data_roots] == ["b"]
    assert remove_data_root(config, "nothing").data_roots != ()
    assert remove_data_root(config, "b").data_roots == ()
    assert add_data_root(config, folders[0]).root_of(folders[0]) is not None
