"""What is older than its time goes, whoever left it there."""

import time

from explorer.platform.clearing import clear


def test_files_and_folders_go_by_their_age(tmp_path):
    (tmp_path / "upload-1" / "abc").mkdir(parents=True)
    (tmp_path / "upload-1" / "abc" / "face.jpg").write_bytes(b"face")
    (tmp_path / "tmp4x").write_bytes(b"of an upload that broke off")
    (tmp_path / "empty").mkdir()
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "old.glb").write_bytes(b"head")
    clear(tmp_path, older_than=3600)
    assert len(list(tmp_path.rglob("*"))) == 7
    time.sleep(0.1)  # clocks of file systems are coarse
    now = time.time()
    time.sleep(0.1)
    (tmp_path / "used" / "new.glb").write_bytes(b"head")
    clear(tmp_path, older_than=time.time() - now)
    assert [path.name for path in tmp_path.rglob("*")] == ["used", "new.glb"]
    clear(tmp_path, older_than=-1)
    assert list(tmp_path.rglob("*")) == []
