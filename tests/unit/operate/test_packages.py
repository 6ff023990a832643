import pytest

from iact.errors import CtaError
from iact.operate import packages

STATUS = """\
python3-gavo installed
postgresql-17 config-files
python3-yaml installed
"""


def test_all_packages_of_a_postgresql_version_are_named():
    names = packages.needed("17", test_tools=False)
    assert {"python3-gavo", "postgresql-17", "postgresql-17-pgsphere", "postgresql-17-q3c"} <= set(
        names
    )
    assert "stilts" not in names
    assert "stilts" in packages.needed("17", test_tools=True)


def test_removed_and_unknown_packages_are_missing():
    names = ["python3-gavo", "postgresql-17", "postgresql-17-q3c", "python3-yaml"]
    assert packages.without_installed(names, STATUS) == ["postgresql-17", "postgresql-17-q3c"]


def test_dpkg_is_asked():
    assert packages.missing(["dpkg", "no-such-package"]) == ["no-such-package"]


def test_an_existing_cluster_decides_on_the_version(tmp_path):
    (tmp_path / "PG_VERSION").write_text("13\n")
    assert packages.postgres_version(tmp_path) == "13"


@pytest.mark.parametrize("content", ["", ".*", "root:x:0", "-o=x", "15\n16"])
def test_a_mark_that_is_no_version_is_refused(tmp_path, content):
    (tmp_path / "PG_VERSION").write_text(content)
    with pytest.raises(CtaError, match=r"PG_VERSION says .*expected a version such as 15"):
        packages.postgres_version(tmp_path)


def test_else_the_newest_installed_version_is_used(tmp_path):
    for version in ("9.6", "15", "17"):
        (tmp_path / version / "bin").mkdir(parents=True)
        (tmp_path / version / "bin" / "initdb").touch()
    assert packages.postgres_version(tmp_path / "none", tmp_path) == "17"


def test_else_the_version_that_the_distribution_offers():
    assert packages.offered_postgres("postgresql\n  Depends: postgresql-17\n") == "17"


def test_empty_package_lists_offer_none():
    assert packages.offered_postgres("") is None


def test_no_postgresql_at_all_leads_to_the_package_lists(tmp_path, monkeypatch):
    monkeypatch.setattr(packages, "_apt_cache", lambda *_: "")
    with pytest.raises(CtaError, match="apt-get update"):
        packages.postgres_version(tmp_path, tmp_path)


def test_without_apt_one_line_says_what_to_install():
    with pytest.raises(
        CtaError, match=r"install --no-install-recommends python3-gavo postgresql-17-q3c$"
    ):
        packages.install(lambda: ["python3-gavo", "postgresql-17-q3c"], False, print)


def test_nothing_is_said_or_done_where_nothing_is_missing(capsys):
    packages.install(list, True, print)
    packages.install(list, False, print)
    assert capsys.readouterr().out == ""


@pytest.fixture
def apt(tmp_path, monkeypatch):
    """An apt-get and apt-cache that note what they are asked."""
    notes = tmp_path / "notes"
    for name, answer in (
        ("apt-get", ""),
        ("apt-cache", "python3-gavo:\n  Candidate: (none)\n"),
    ):
        script = tmp_path / name
        script.write_text(f"#!/bin/sh\necho {name} $* >> {notes}\nprintf '{answer}'\n")
        script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(packages, "keep_cluster_away", lambda say: None)
    notes.touch()
    return notes


def test_lists_are_read_again_before_a_package_that_they_do_not_have(apt, capsys):
    packages.install(lambda: ["python3-gavo"], True, print)
    calls = apt.read_text().splitlines()
    assert calls[0] == "apt-cache policy -- python3-gavo"
    assert calls[1].endswith("update")
    assert calls[2].endswith("install --yes --no-install-recommends -- python3-gavo")
    assert "Installing python3-gavo." in capsys.readouterr().out


def test_lists_are_read_again_where_they_offer_no_postgresql(apt):
    answers = iter([CtaError("no lists"), []])

    def choose():
        answer = next(answers)
        if isinstance(answer, CtaError):
            raise answer
        return answer

    packages.install(choose, True, print)
    assert apt.read_text().splitlines()[0].endswith("update")


def test_an_apt_that_fails_is_explained(apt):
    (apt.parent / "apt-get").write_text("#!/bin/sh\necho Could not resolve host >&2\nexit 100\n")
    with pytest.raises(CtaError, match="cannot be reached"):
        packages.install(lambda: ["python3-gavo"], True, print)


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        ("Err:1 Temporary failure resolving 'mirror'", "connect the machine to a network"),
        ("E: Unable to locate package python3-gavo", "sources.list"),
        ("E: Could not get lock /var/lib/dpkg/lock", "another program"),
        ("E: something else", "see its output"),
    ],
)
def test_the_reason_of_a_failure_is_recognised(output, reason):
    message = packages.apt_failure("python3-gavo", output)
    assert reason in message
    assert output in message


def test_a_first_postgresql_makes_no_cluster_of_its_own(tmp_path, capsys):
    packages.keep_cluster_away(print, tmp_path)
    made = tmp_path / "createcluster.d" / "cta-archive.conf"
    assert "create_main_cluster = false" in made.read_text()
    assert str(made) in capsys.readouterr().out


def test_an_administrators_choice_is_left_alone(tmp_path):
    (tmp_path / "createcluster.conf").touch()
    packages.keep_cluster_away(print, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["createcluster.conf"]


def test_systems_without_dpkg_or_apt_are_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CtaError, match="no dpkg"):
        packages.missing(["python3"])
    with pytest.raises(CtaError, match="no apt"):
        packages.all_known(["python3"])
