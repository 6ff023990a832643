"""The archive's own configuration, and the folders that it reads."""

from __future__ import annotations

import multiprocessing
import os
import stat
from pathlib import Path

import pytest

from iact.archive.site import DataRoot, SiteConfig, add_data_root, remove_data_root
from iact.errors import ConfigError


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "var" / "etc" / "cta.yaml"
    path.parent.mkdir(parents=True)
    SiteConfig.create(path)
    return path


def data(tmp_path: Path, name: str) -> Path:
    folder = tmp_path / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


# Wrong files


def test_a_missing_configuration_says_what_to_run(tmp_path):
    with pytest.raises(ConfigError, match=r"cta\.yaml: is missing: run `cta setup`"):
        SiteConfig.load(tmp_path / "cta.yaml")


@pytest.mark.parametrize(
    ("old", "new", "key", "reason"),
    [
        ("authority:", "autority:", "autority", "did you mean 'authority'"),
        ('"cta-demo.unregistered"', "ab", "authority", "IVOA authority"),
        ('"cta-demo.unregistered"', "-abc", "authority", "IVOA authority"),
        ('"cta-demo.unregistered"', "ivo://abc", "authority", "IVOA authority"),
        ('"cta-demo.unregistered"', "a b c", "authority", "IVOA authority"),
        ('"cta-demo.unregistered"', "ümlaut", "authority", "IVOA authority"),
        ('"cta-demo.unregistered"', "1234", "authority", "put it in quotes"),
        ('"rec"', "Hea", "profile", "did you mean 'hea'?"),
        ('"operator@example.org"', "nobody", "contact.email", "an e-mail address"),
        ('default: "proprietary"', "default: free", "rights.default", "expected one of"),
        ('public_url: ""', "public_url: archive.example.org", "public_url", "http://"),
        ('public_url: ""', "public_url: https://a.org/tap", "public_url", "without a path"),
        ('public_url: ""', "hea_table_utype: obscore#hea", "hea_table_utype", "an IVOID"),
        ('public_url: ""', "data_roots: []", "data_roots", "not a key"),
        ('"application/fits"', "text/html", "files.media_type", "expected one of"),
        ("cache_gb: 4", "cache_gb: -1", "files.cache_gb", "gigabytes"),
        ("cache_gb: 4", "cache_gb: much", "files.cache_gb", "gigabytes"),
        ("cache_gb: 4", "cache_tb: 4", "files.cache_tb", "did you mean 'cache_gb'?"),
    ],
)
def test_a_wrong_value_is_named_with_its_key(config, old, new, key, reason):
    text = config.read_text(encoding="utf-8")
    assert old in text
    config.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        SiteConfig.load(config)
    assert (caught.value.path, caught.value.key) == (str(config), key)
    assert reason in caught.value.reason


@pytest.mark.parametrize(
    ("roots", "key", "reason"),
    [
        ("- {name: a, path: data}", "data_roots[0].path", "absolute"),
        ("- {name: a, path: /x/../y}", "data_roots[0].path", "'..'"),
        ("- {name: a}", "data_roots[0].path", "is missing"),
        ("- {name: a/b, path: /x}", "data_roots[0].name", "letters"),
        ("- {name: a, path: /x}\n- {name: a, path: /y}", "data_roots[1].name", "twice"),
        ("- {name: a, path: /x}\n- {name: b, path: /x/y}", "data_roots[1].path", "in each other"),
        ("- {name: a, path: /x/y}\n- {name: b, path: /x}", "data_roots[1].path", "in each other"),
        ("- {name: a, path: /x}\n- {name: b, path: /x/}", "data_roots[1].path", "in each other"),
    ],
)
def test_wrong_data_roots_are_named(config, roots, key, reason):
    path = config.with_name("data-roots.yaml")
    path.write_text(f"data_roots:\n{roots}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        SiteConfig.load(config)
    assert (caught.value.path, caught.value.key) == (str(path), key)
    assert reason in caught.value.reason


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({"authority": "x"}, "authority"),
        ({"contact_email": "x"}, "contact.email"),
        ({"title": ""}, "title"),
        ({"profil": "hea"}, "profil"),
        ({"data_roots": "x"}, "data_roots"),
    ],
)
def test_a_wrong_configuration_is_not_written(tmp_path, values, key):
    with pytest.raises(ConfigError) as caught:
        SiteConfig.create(tmp_path / "cta.yaml", **values)
    assert caught.value.key == key
    assert list(tmp_path.iterdir()) == []


def test_files_have_settings_that_an_older_configuration_lacks(config):
    text = config.read_text(encoding="utf-8")
    config.write_text(
        text.replace('"application/fits"', "application/x-fits-gadf").replace("gb: 4", "gb: 0.5")
    )
    found = SiteConfig.load(config)
    assert (found.media_type, found.cache_bytes) == ("application/x-fits-gadf", 500_000_000)
    config.write_text(text[: text.index("files:")])
    found = SiteConfig.load(config)
    assert (found.media_type, found.cache_bytes) == ("application/fits", 4_000_000_000)


def test_a_configuration_that_is_there_is_not_overwritten(config):
    before = config.read_bytes()
    with pytest.raises(ConfigError, match="is there already"):
        SiteConfig.create(config, title="Other")
    assert config.read_bytes() == before


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="cannot be written"):
        SiteConfig.create(tmp_path / "absent" / "cta.yaml")


# The configuration


def test_the_default_is_an_unregistered_demonstration_that_publishes_nothing_unasked(config):
    site = SiteConfig.load(config)
    assert site.authority == "cta-demo.unregistered"
    assert (site.profile, site.default_rights, site.public_url) == ("rec", "proprietary", "")
    assert site.data_roots == ()


@pytest.mark.parametrize(
    "title", ['He said: "no" # \\ {x} %', "two\nlines", "- 'a'", "ünï ☄", "x" * 300, "1e3", "off"]
)
def test_any_text_comes_back_as_it_was_given(tmp_path, title):
    path = tmp_path / "cta.yaml"
    made = SiteConfig.create(
        path, title=title, authority="org.example+a~1", profile="hea",
        public_url="https://a.example.org:8443/",
    )  # fmt: skip
    assert SiteConfig.load(path) == made
    assert (made.title, made.public_url) == (title, "https://a.example.org:8443")


def test_an_archive_with_an_authority_is_no_demonstration(tmp_path):
    site = SiteConfig.create(tmp_path / "cta.yaml", authority="example.org")
    assert (site.name, site.title) == ("example.org", "Cherenkov telescope data archive")
    named = SiteConfig.create(tmp_path / "other.yaml", authority="example.org", name="E")
    assert named.name == "E"


def test_a_misspelt_key_is_named_before_the_one_that_is_missing(config):
    config.write_text(config.read_text().replace("\nname:", "\nnmae:"))
    with pytest.raises(ConfigError, match=r"nmae: .*did you mean 'name'.*and 1 more"):
        SiteConfig.load(config)


def test_what_is_written_explains_itself_and_is_closed_to_others(config):
    text = config.read_text(encoding="utf-8")
    assert text.count("#") > 8
    assert stat.S_IMODE(config.stat().st_mode) == 0o640


def test_optional_keys_may_be_left_out(tmp_path):
    path = tmp_path / "cta.yaml"
    path.write_text(
        "authority: org.example\nname: a\ntitle: b\ncontact: {name: c, email: d@e}\n",
        encoding="utf-8",
    )
    site = SiteConfig.load(path)
    assert (site.description, site.profile, site.default_rights) == ("", "rec", "proprietary")


# Data roots


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
