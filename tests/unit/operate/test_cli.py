import os
import subprocess
import sys
from pathlib import Path

import pytest

from iact.errors import CtaError
from iact.operate import arguments, cli, commands
from iact.operate.arguments import split
from iact.operate.cli import main
from iact.operate.layout import VERSION, checkout

needs_no_root = pytest.mark.skipif(
    os.geteuid() == 0, reason="as root the command becomes the system user"
)


@pytest.fixture
def var(layout):
    return str(layout.var)


@pytest.fixture
def set_up(layout):
    """The mark that setup leaves, without a data centre."""
    layout.etc.mkdir(parents=True)
    layout.version_file.write_text(f"{VERSION}\n")
    return layout


@pytest.mark.parametrize(
    ("words", "own", "passed_on"),
    [
        (["dachs", "imp", "--help"], ["dachs"], ["imp", "--help"]),
        (["dachs", "--var", "v", "imp", "q"], ["dachs", "--var", "v"], ["imp", "q"]),
        (["psql", "--var=v", "-c", "x"], ["psql", "--var=v"], ["-c", "x"]),
        (["psql", "--help"], ["psql", "--help"], []),
        (["start", "--public"], ["start", "--public"], []),
        ([], [], []),
    ],
)
def test_words_for_other_programs_are_left_to_them(words, own, passed_on):
    assert split(words) == (own, passed_on)


@pytest.mark.parametrize("words", [[], ["fly"], ["start", "--fast"], ["setup", "--port", "http"]])
def test_wrong_usage_ends_with_code_two(words, capsys):
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert "usage: cta" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["foo bar", "", "a", "_ab", "ivo://example.org"])
def test_an_authority_that_cannot_be_is_wrong_usage(name, capsys):
    with pytest.raises(SystemExit):
        main(["setup", "--authority", name])
    assert f"argument --authority: is {name!r}, expected a letter" in capsys.readouterr().err


@pytest.mark.parametrize("port", ["22", "0", "99999"])
def test_a_port_that_cannot_be_served_is_wrong_usage(port, capsys):
    with pytest.raises(SystemExit):
        main(["setup", "--port", port])
    assert f"argument --port: is {port}, expected 1024 to 65535" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["start", "stop", "status", "ingest", "files", "psql", "dachs"])
def test_every_command_leads_to_setup_where_there_is_nothing(command, var, capsys):
    assert main([command, "--var", var]) == 1
    message = capsys.readouterr().err
    assert message.startswith("cta: There is no")
    assert f"bin/cta setup --var {var}" in message


@needs_no_root
def test_a_var_of_newer_software_is_refused_by_setup(set_up, capsys):
    set_up.version_file.write_text(f"{VERSION + 1}\n")
    assert main(["setup", "--var", str(set_up.var)]) == 1
    assert "newer software" in capsys.readouterr().err


def test_a_path_too_long_for_a_socket_is_refused(tmp_path, capsys):
    assert main(["setup", "--var", str(tmp_path / ("x" * 100))]) == 1
    assert "--var /var/tmp/cta" in capsys.readouterr().err


@needs_no_root
def test_an_unreadable_data_folder_is_refused_with_the_remedy(set_up, tmp_path, capsys):
    folder = tmp_path / "data"
    folder.mkdir(mode=0)
    assert main(["ingest", str(folder), "--var", str(set_up.var)]) == 1
    folder.chmod(0o700)
    assert f"{folder} is closed" in capsys.readouterr().err


@needs_no_root
def test_a_folder_that_cannot_be_made_is_named(layout, capsys):
    layout.var.parent.chmod(0o500)
    assert main(["setup", "--var", str(layout.var)]) == 1
    layout.var.parent.chmod(0o700)
    assert f"{layout.var}: Permission denied" in capsys.readouterr().err


@needs_no_root
def test_an_interruption_leads_to_the_same_command_again(set_up, monkeypatch, capsys):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(commands.server, "stop", interrupted)
    assert main(["stop", "--var", str(set_up.var)]) == 130
    assert "run the same command again" in capsys.readouterr().err


@needs_no_root
def test_var_comes_from_the_environment_too(set_up, monkeypatch, capsys):
    monkeypatch.chdir(set_up.var.parent)
    monkeypatch.setenv("VAR", "var")
    assert main(["stop"]) == 0
    assert "Nothing was running" in capsys.readouterr().out


def test_an_empty_folder_name_is_wrong_usage(capsys):
    with pytest.raises(SystemExit):
        main(["ingest", " "])
    assert "expected a folder" in capsys.readouterr().err


def test_paths_are_seen_from_where_root_stood(monkeypatch):
    monkeypatch.setenv(arguments.CALLERS_FOLDER, "/root/data")
    assert arguments.absolute("../files") == Path("/root/files")
    assert arguments.absolute("/srv") == Path("/srv")


class Replaced(Exception):
    """Stands for the new process image."""


@pytest.fixture
def as_root(monkeypatch, tmp_path):
    """Root's part of a command, up to the change of user; returns what it would run."""
    seen = {}

    def replace(program, words, env):
        seen.update(words=words, env=env, cwd=Path.cwd())
        raise Replaced

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cli, "_is_root", lambda: True)
    monkeypatch.setattr(cli.account, "find", cli.account.current)
    monkeypatch.setattr(cli.account, "become", lambda user: seen.update(user=user))
    monkeypatch.setattr(os, "execve", replace)
    return seen


def test_root_goes_on_as_the_system_user_with_the_copied_code(as_root, set_up, tmp_path):
    with pytest.raises(Replaced):
        main(["stop", "--var", str(set_up.var)])
    assert as_root["words"][-3:] == ["stop", "--var", str(set_up.var)]
    assert as_root["env"]["PYTHONPATH"] == str(set_up.installed_code / "res")
    assert as_root["env"][arguments.CALLERS_FOLDER] == str(tmp_path)
    assert as_root["cwd"] == set_up.var
    assert as_root["user"].pw_uid == os.getuid()


def test_root_is_told_when_the_copy_is_older(as_root, set_up, capsys):
    with pytest.raises(Replaced):
        main(["stop", "--var", str(set_up.var)])
    said = capsys.readouterr()
    assert "runs other code than" in said.err
    assert said.out == ""


def test_root_does_not_touch_a_data_centre_of_an_ordinary_user(
    as_root, set_up, monkeypatch, capsys
):
    other = cli.account.find()
    stranger = type(other)((other.pw_name, "x", os.getuid() + 1, 1, "", "/", "/bin/sh"))
    monkeypatch.setattr(cli.account, "find", lambda: stranger)
    assert main(["stop", "--var", str(set_up.var)]) == 1
    assert "run the command as that user" in capsys.readouterr().err


def test_root_has_the_marks_read_by_their_owner(as_root, set_up, monkeypatch, capsys):
    asked = []
    monkeypatch.setattr(
        cli.account, "read_as", lambda user, path: asked.append((user.pw_uid, path)) or "99"
    )
    assert main(["setup", "--var", str(set_up.var)]) == 1
    assert asked == [(os.getuid(), set_up.version_file)]
    assert "newer software" in capsys.readouterr().err


def test_root_is_not_held_up_by_a_pipe_in_place_of_a_mark(as_root, layout, capsys):
    layout.etc.mkdir(parents=True)
    os.mkfifo(layout.version_file)
    assert main(["setup", "--var", str(layout.var)]) == 1
    assert "version is no plain file" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["setup", "demo", "start", "stop", "psql"])
def test_root_refuses_a_var_that_others_can_write_to(as_root, set_up, command, capsys):
    set_up.var.chmod(0o777)
    assert main([command, "--var", str(set_up.var)]) == 1
    assert "open for others to write to" in capsys.readouterr().err


def test_setup_by_root_prepares_folders_and_code(as_root, layout, monkeypatch):
    user = cli.account.current()
    monkeypatch.setattr(cli.setup.account, "ensure", lambda say: user)
    monkeypatch.setattr(cli.setup.packages, "install", lambda choose, allowed, say: None)
    for _ in range(2):
        with pytest.raises(Replaced):
            main(["setup", "--var", str(layout.var)])
    assert (layout.installed_code / "rd").is_dir()
    assert not cli.installed_code.differs(checkout(), layout.installed_code)


def test_root_may_forbid_apt(as_root, layout, monkeypatch):
    def refuse(choose, allowed, say):
        raise CtaError(f"allowed: {allowed}")

    monkeypatch.setattr(cli.setup.packages, "install", refuse)
    assert main(["setup", "--var", str(layout.var), "--no-apt"]) == 1


def test_the_program_itself_explains_its_commands():
    done = subprocess.run(
        [checkout() / "bin" / "cta", "--help"], capture_output=True, text=True, check=True
    )
    for command in ("setup", "start", "stop", "status", "ingest", "demo", "dachs", "psql"):
        assert f"\n    {command} " in done.stdout


def test_the_program_uses_the_systems_python_whatever_is_in_the_path(tmp_path):
    false = tmp_path / "python3"
    false.write_text("#!/bin/sh\nexit 99\n")
    false.chmod(0o755)
    env = {"PATH": f"{tmp_path}:/usr/bin:/bin", "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [checkout() / "bin" / "cta", "--help"],
        env=env,
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0


def test_compiled_modules_go_to_the_cache_where_there_is_one(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "pycache_prefix", None)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    cli.keep_bytecode(tmp_path / "none")
    assert sys.dont_write_bytecode
    cli.keep_bytecode(tmp_path)
    assert sys.pycache_prefix == str(tmp_path / "pycache")
    assert not sys.dont_write_bytecode


def test_the_command_begins_on_a_bare_system():
    """Set-up installs what all the rest needs, so that must not be needed before."""
    program = (
        "import sys\n"
        "for name in ('astropy', 'numpy', 'psycopg2', 'yaml', 'jsonschema', 'erfa'):\n"
        "    sys.modules[name] = None\n"
        "import iact.operate.cli, iact.operate.setup\n"
    )
    path = {"PYTHONPATH": str(checkout() / "res"), "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([sys.executable, "-c", program], env=path, check=True)


@pytest.mark.parametrize("jobs", ["0", "-3", "two"])
def test_a_number_of_processes_is_at_least_one(var, jobs, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["ingest", "--var", var, "--jobs", jobs])
    assert caught.value.code == 2
    assert "--jobs" in capsys.readouterr().err


def test_nobody_is_told_that_he_has_read_enough(tmp_path):
    (tmp_path / "empty.fits").write_bytes(b"")
    words = [str(checkout() / "bin" / "cta"), "check", str(tmp_path)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        child.stdout.close()
        assert child.stderr.read() == b""
