"""Code that others could change is found."""

import os

from iact.operate.doctor.exposure import changeable


def test_what_is_open_to_others_or_somebody_elses_is_found(tmp_path):
    (tmp_path / "package").mkdir(mode=0o755)
    module, link = tmp_path / "package" / "module.py", tmp_path / "link"
    module.touch(mode=0o644)
    link.symlink_to(module)
    tmp_path.chmod(0o755)
    assert changeable(tmp_path, os.getuid()) == []
    module.chmod(0o664)
    assert changeable(tmp_path, os.getuid()) == [module]
    (tmp_path / "package").chmod(0o777)
    assert changeable(tmp_path, os.getuid()) == [tmp_path / "package", module]
    assert changeable(tmp_path, os.getuid() + 1) == [
        tmp_path, link, tmp_path / "package", module,
    ]  # fmt: skip
