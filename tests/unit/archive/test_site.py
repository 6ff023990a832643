"""The archive's own configuration, and the folders that it reads."""

from __future__ import annotations

import stat

import pytest

from iact.archive.site import SiteConfig
from iact.errors import ConfigError

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
