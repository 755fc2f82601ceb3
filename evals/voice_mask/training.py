"""The training itself, in torch: cross-entropy with the ideal mask (Wang et al. 2014, "On Training Targets for
Supervised Speech Separation"), above all where both speak. A loss of magnitudes alone stays at leaving all as it is.
"""

import functools
import math
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import AdamW, Muon, Optimizer
from torch.optim.lr_scheduler import LambdaLR
from tqdm import tqdm

from core.speech.voice_mask import ATTENDING, BINS, COMPRESSION, DARKEST, DILATIONS, HEADS, analyse, mark_anchor
from evals.voice_mask.mixtures import Mixer
from evals.voice_mask.voices import Voice

WIDTH, TOLD = 192, 64
STEPS = 24_000
DURATIONS_S = (2.4, 2.8, 4.4)  # of clips; they take turns
LONG_DURATIONS_S = (2.8, 4.4, 9.0)  # of a third as many steps after that, at half the rate
LONG_STEPS, LONG_RATE = 1 / 3, 0.5
BATCH_S = 22.5  # of sound
RATE, LAST_SHARE, WARM_UP = 1e-3, 0.02, 100
INNER_RATE = 2e-3
WEIGHT_DECAY = 1e-2
BETAS = (0.9, 0.98)
LONGEST_SLOPE = 1.0
SPECTRUM = 3.0  # how much the distance to the wanted magnitudes counts beside the cross-entropy
ALONE = 0.25  # how much a bin counts where only one speaks
AUDIBLE = 1e-3  # of the loudest frame's power
TINY = 1e-8
HAS_BFLOAT16 = bool(torch.cpu.get_capabilities().get("avx512_bf16"))  # elsewhere it takes ten times as long


class Block(nn.Module):
    """A dilated convolution over time that is told the speaker (FiLM, Perez et al. 2018)."""

    def __init__(self, dilation: int) -> None:
        super().__init__()
        self.dilation = dilation
        self.norm = nn.LayerNorm(WIDTH)
        self.near = nn.Linear(3 * WIDTH, WIDTH)
        self.told = nn.Linear(TOLD, 2 * WIDTH)
        self.out = nn.Linear(WIDTH, WIDTH)
        nn.init.zeros_(self.told.weight)
        nn.init.zeros_(self.told.bias)

    def forward(self, state: Tensor, speaker: Tensor) -> Tensor:
        """Shapes (clips, frames, width) and (clips, told)."""
        normal = self.norm(state)
        padded = functional.pad(normal, (0, 0, self.dilation, self.dilation))
        near = torch.cat([padded[:, : state.shape[1]], normal, padded[:, 2 * self.dilation :]], 2)
        scale, shift = self.told(speaker)[:, None].chunk(2, 2)
        changed: Tensor = self.out(torch.relu(self.near(near) * (1 + scale) + shift))
        return state + changed


class Attention(nn.Module):
    """Every frame looks at all others, the anchor's among them."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(WIDTH)
        self.parts = nn.Linear(WIDTH, 3 * WIDTH)
        self.out = nn.Linear(WIDTH, WIDTH)

    def forward(self, state: Tensor) -> Tensor:
        """Shape (clips, frames, width)."""
        clips, frames, _ = state.shape
        query, key, value = (
            self.parts(self.norm(state)).view(clips, frames, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        )
        seen = functional.scaled_dot_product_attention(query, key, value)
        changed: Tensor = self.out(seen.transpose(1, 2).reshape(clips, frames, WIDTH))
        return state + changed


class Network(nn.Module):
    """What `core.speech.voice_mask` computes, up to the last sigmoid."""

    def __init__(self) -> None:
        super().__init__()
        self.enter = nn.Linear(3 * BINS + 1, WIDTH)
        self.voice = nn.Sequential(nn.Linear(BINS, WIDTH), nn.ReLU(), nn.Linear(WIDTH, WIDTH), nn.ReLU())
        self.speaker = nn.Sequential(nn.Linear(WIDTH + BINS, TOLD), nn.ReLU(), nn.Linear(TOLD, TOLD), nn.ReLU())
        self.blocks = nn.ModuleList(Block(dilation) for dilation in DILATIONS)
        self.attending = nn.ModuleDict({str(number): Attention() for number in ATTENDING})
        self.last = nn.LayerNorm(WIDTH)
        self.leave = nn.Linear(WIDTH, BINS)

    def inner_parameters(self) -> Iterator[nn.Parameter]:
        """Those of the blocks and of the attention between them."""
        yield from self.blocks.parameters()
        yield from self.attending.parameters()

    def forward(self, seen: Tensor, is_anchor: Tensor) -> Tensor:
        """Logits of the mask: (clips, frames, bins) and (clips, frames) to (clips, frames, bins)."""
        share = is_anchor / is_anchor.sum(1, keepdim=True)
        voice = torch.einsum("ct,ctw->cw", share, self.voice(seen))
        speaker = self.speaker(torch.cat([voice, torch.einsum("ct,ctb->cb", share, seen)], 1))
        beside = functional.pad(seen, (0, 0, 1, 1))
        state = self.enter(torch.cat([beside[:, :-2], seen, beside[:, 2:], is_anchor[:, :, None]], 2))
        for number, block in enumerate(self.blocks):
            state = block(state, speaker)
            if number in ATTENDING:
                state = self.attending[str(number)](state)
        logits: Tensor = self.leave(self.last(state))
        return logits


def train(voices: Sequence[Voice], steps: int = STEPS) -> dict[str, NDArray[np.float16]]:
    """The weights by the names of `core.speech.voice_mask.VoiceMask`: first short clips, then longer ones as well."""
    torch.manual_seed(0)
    network = Network()
    go_through(network, Mixer(voices, seed=0), steps, DURATIONS_S)
    go_through(network, Mixer(voices, seed=1), count_long_steps(steps), LONG_DURATIONS_S, LONG_RATE)
    return {name: value.numpy().astype(np.float16) for name, value in network.state_dict().items()}


def count_long_steps(steps: int) -> int:
    """With longer clips, after so many with short ones."""
    return math.ceil(steps * LONG_STEPS)


def go_through(
    network: Network, mixer: Mixer, steps: int, durations_s: Sequence[float], rate_share: float = 1.0
) -> None:
    """So many steps of training, with clips of these lengths in turn."""
    optimisers = _make_optimisers(network, rate_share)
    schedules = [LambdaLR(optimiser, functools.partial(_find_share, steps)) for optimiser in optimisers]
    progress = tqdm(range(steps), disable=None)
    for step in progress:
        mixed, wanted, others, is_anchor = draw_batch(mixer, durations_s[step % len(durations_s)])
        with torch.autocast("cpu", torch.bfloat16, enabled=HAS_BFLOAT16):
            logits = network(_compress(mixed), is_anchor)
        loss = measure_loss(logits.float(), mixed, wanted, others)
        network.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch's own
        nn.utils.clip_grad_norm_(network.parameters(), LONGEST_SLOPE)
        for optimiser, schedule in zip(optimisers, schedules, strict=True):
            optimiser.step()
            schedule.step()
        progress.set_postfix(loss=f"{float(loss.detach()):.3f}")


def draw_batch(mixer: Mixer, duration_s: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Magnitudes of the mixtures, of the wanted voices and of the others, and the anchors' frames."""
    rows = []
    for _ in range(round(BATCH_S / duration_s)):
        mixture = mixer.draw(duration_s)
        spectra = [np.abs(analyse(one)) for one in (mixture.mixed, mixture.wanted, mixture.mixed - mixture.wanted)]
        is_anchor = mark_anchor(len(spectra[0]), mixture.anchor).astype(np.float32)
        rows.append((*spectra, is_anchor))
    mixed, wanted, others, anchors = (torch.tensor(np.stack(column)) for column in zip(*rows, strict=True))
    return mixed, wanted, others, anchors


def measure_loss(logits: Tensor, mixed: Tensor, wanted: Tensor, others: Tensor) -> Tensor:
    """Of magnitudes with shape (clips, frames, bins)."""
    ideal = wanted / (wanted**2 + others**2 + TINY).sqrt()
    power, beside = (wanted**2).sum(2), (others**2).sum(2)
    both_speak = (torch.minimum(power, beside) > AUDIBLE * power.amax(1, keepdim=True)).float()[:, :, None]
    weight = _compress(mixed) * (ALONE + (1 - ALONE) * both_speak)
    entropy = functional.binary_cross_entropy_with_logits(logits, ideal, reduction="none")
    distance = _compress(torch.sigmoid(logits) * mixed) - _compress(wanted)
    return (entropy * weight).sum() / weight.sum() + SPECTRUM * (distance**2).mean()


def _compress(magnitudes: Tensor) -> Tensor:
    return (magnitudes**2 + DARKEST) ** COMPRESSION


def _make_optimisers(network: Network, rate_share: float) -> tuple[Optimizer, Optimizer]:
    """Muon (Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks") for the matrices of the
    blocks, which it teaches in less than half the steps, and AdamW for all else.
    """
    inner = [value for value in network.inner_parameters() if value.ndim == 2]
    known = {id(value) for value in inner}
    outer = [value for value in network.parameters() if id(value) not in known]
    return (
        Muon(inner, INNER_RATE * rate_share, weight_decay=WEIGHT_DECAY, adjust_lr_fn="match_rms_adamw"),
        AdamW(outer, RATE * rate_share, weight_decay=WEIGHT_DECAY, betas=BETAS),
    )


def _find_share(steps: int, step: int) -> float:
    """Of the rate: up for a while, then down along a cosine."""
    falling = LAST_SHARE + (1 - LAST_SHARE) * (1 + float(np.cos(np.pi * step / steps))) / 2
    return falling * min(1.0, (step + 1) / WARM_UP)
