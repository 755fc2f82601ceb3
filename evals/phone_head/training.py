"""The training itself, in torch: connectionist temporal classification (Graves et al. 2006) of Whisper's encodings."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from tqdm import tqdm

from core.speech.heard_phones import BLANK
from core.speech.phone_head import PhoneNetwork
from core.speech.phones import SYMBOLS
from evals.phone_head.examples import Example

HIDDEN = 192
REACH = 5  # frames: two before and two after, 100 ms in all
LEFT_OUT = ((0.0, 0.1), (0.2, 0.2), (0.35, 0.2))  # of each network's input and of its first layer, at random
BATCH = 32
EPOCHS = 6
RATE = 3e-3
WEIGHT_DECAY = 1e-2
LONGEST_SLOPE = 5.0
Batch = tuple[Tensor, Tensor, Tensor, Tensor]


class Network(nn.Module):
    """What `core.speech.phone_head.PhoneNetwork` computes, over encodings of mean 0 and deviation 1."""

    def __init__(self, width: int, left_out: tuple[float, float]) -> None:
        super().__init__()
        self.before, self.dropout = (nn.Dropout(share) for share in left_out)
        self.inner = nn.Linear(width, HIDDEN)
        self.around = nn.Conv1d(HIDDEN, HIDDEN, REACH, padding=REACH // 2)
        self.outer = nn.Linear(HIDDEN, 1 + len(SYMBOLS))

    def forward(self, encoded: Tensor) -> Tensor:
        """Log chances: (clips, frames, width) to (clips, frames, 1 + phones)."""
        inner = self.dropout(torch.relu(self.inner(self.before(encoded))))
        around = torch.relu(self.around(inner.transpose(1, 2)).transpose(1, 2))
        return torch.log_softmax(self.outer(inner + around), dim=-1)


def train(examples: Sequence[Example]) -> dict[str, NDArray[np.float16]]:
    """The weights by the names of `core.speech.phone_head.PhoneNetwork`, those of all networks together."""
    usable = [one for one in examples if 0 < len(one.phones) < len(one.encoded)]
    batches = _group(usable)
    mean, deviation = _mean_and_deviation(usable)
    networks = [_train_one(batches, mean, deviation, left_out) for left_out in LEFT_OUT]
    return {name: np.stack([network[name] for network in networks]) for name in PhoneNetwork._fields}


def _train_one(
    batches: Sequence[Sequence[Example]],
    mean: NDArray[np.float32],
    deviation: NDArray[np.float32],
    left_out: tuple[float, float],
) -> dict[str, NDArray[np.float16]]:
    torch.manual_seed(0)
    network = Network(len(mean), left_out)
    loss = nn.CTCLoss(blank=BLANK, zero_infinity=True)
    optimiser = torch.optim.AdamW(network.parameters(), weight_decay=WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=EPOCHS * len(batches), pct_start=0.1)
    for encoded, phones, frames, lengths in tqdm(
        _serve(batches, mean, deviation), total=EPOCHS * len(batches), disable=None
    ):
        optimiser.zero_grad()
        loss(network(encoded).transpose(0, 1), phones, frames, lengths).backward()
        nn.utils.clip_grad_norm_(network.parameters(), LONGEST_SLOPE)
        optimiser.step()
        schedule.step()
    return _export({name: value.numpy() for name, value in network.state_dict().items()}, mean, deviation)


def _mean_and_deviation(examples: Sequence[Example]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Over all frames, of each of the encoder's outputs: shapes (width,)."""
    frames = np.concatenate([one.encoded for one in examples[:: max(1, len(examples) // 1000)]]).astype(np.float32)
    return frames.mean(axis=0), frames.std(axis=0)


def _group(examples: Sequence[Example]) -> list[list[Example]]:
    """Clips of about one length stand together, so that little is padded."""
    ordered = sorted(examples, key=lambda one: len(one.encoded))
    return [ordered[start : start + BATCH] for start in range(0, len(ordered), BATCH)]


def _serve(
    batches: Sequence[Sequence[Example]], mean: NDArray[np.float32], deviation: NDArray[np.float32]
) -> Iterator[Batch]:
    rng = np.random.default_rng(0)
    for _ in range(EPOCHS):
        for place in rng.permutation(len(batches)):
            batch = batches[place]
            encoded = np.zeros((len(batch), max(len(one.encoded) for one in batch), len(mean)), dtype=np.float32)
            for row, one in zip(encoded, batch, strict=True):
                row[: len(one.encoded)] = (one.encoded - mean) / deviation
            labels = torch.tensor(np.concatenate([one.phones + 1 for one in batch]))
            frames, lengths = (
                torch.tensor([len(sequence) for sequence in sequences])
                for sequences in ([one.encoded for one in batch], [one.phones for one in batch])
            )
            yield torch.tensor(encoded), labels, frames, lengths


def _export(
    state: Mapping[str, NDArray[np.float32]], mean: NDArray[np.float32], deviation: NDArray[np.float32]
) -> dict[str, NDArray[np.float16]]:
    """Mean and deviation become a part of the first layer."""
    inner = state["inner.weight"].T / deviation[:, np.newaxis]
    weights = {
        "inner": inner,
        "inner_bias": state["inner.bias"] - mean @ inner,
        "around": state["around.weight"].transpose(2, 1, 0),
        "around_bias": state["around.bias"],
        "outer": state["outer.weight"].T,
        "outer_bias": state["outer.bias"],
    }
    return {name: values.astype(np.float16) for name, values in weights.items()}
