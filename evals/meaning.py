"""`python -m evals.meaning`: does the context vector alone find what will be said among thousands of items?

Each positive turn of followups is put before 5,000 mixed items, its own and others of the shipped sets. The 50 are kept
whose meaning is nearest to the dialogue; nothing is heard. The ways of ranking:

vector           as the system ranks: the cosines of the item and of its class to the utterance and its reply
without_classes  the cosine of the item alone
reply_alone      the utterance is left out
placebo          the utterance and reply of another dialogue
"""

import argparse
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from core.command import run_command
from core.context.ranking import Embed, rank_candidates
from core.dialogue import ContextItem, Turn
from core.settings import ROOT, Settings
from core.speech.words import spoken_words
from evals.bootstrap import resample
from evals.manifest import Utterance, read_manifest, read_shipped
from evals.vectors import SetVectors

POOL, CHOSEN, SEED = 5000, 50, 4

Dialogue = tuple[Turn, ...]
Way = Callable[[Dialogue, Dialogue, Sequence[ContextItem]], tuple[Dialogue, Sequence[ContextItem]]]
"""From a turn's dialogue, that of another turn, and the items to what is ranked by what."""

WAYS: dict[str, Way] = {
    "vector": lambda own, _, items: (own, items),
    "without_classes": lambda own, _, items: (own, [replace(item, signal="list") for item in items]),
    "reply_alone": lambda own, _, items: (own[-1:], items),
    "placebo": lambda _, other, items: (other, items),
}


def main(arguments: list[str] | None = None) -> int:
    """Print a table; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m evals.meaning", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--split", choices=("dev", "test"), default="test", help="of followups (default: test)")
    options = parser.parse_args(arguments)
    turns, pool = list_turns(options.split), draw_pool()
    print(f"{len(turns)} turns: the item is among the {CHOSEN} of {POOL} that are chosen by meaning alone in")
    for line in measure(turns, pool, load_vectors(turns, pool)):
        print(line, flush=True)
    return 0


def list_turns(split: str) -> list[Utterance]:
    """The positive turns of followups with a short list: the longer lists have the same dialogues again."""
    turns = read_manifest(ROOT / "data" / "followups" / "manifest.jsonl")
    return [
        one for one in turns if (one.kind, one.slices["split"], one.slices["list_size"]) == ("positive", split, "small")
    ]


def draw_pool() -> list[ContextItem]:
    """Items of all signals of the shipped sets, the same every time."""
    known = {(item.signal, item.text): item for utterance in read_shipped() for item in utterance.context}
    return random.Random(SEED).sample([known[key] for key in sorted(known)], POOL)  # noqa: S311 - no secret


def load_vectors(turns: Sequence[Utterance], pool: Sequence[ContextItem]) -> Embed:
    """The embedder of the settings, which embeds each text once.

    Raises:
        ModelError: it is not there.
    """
    from core.context.embedding import Embedder  # noqa: PLC0415 - takes seconds

    own = (item.text for turn in turns for item in turn.context)
    embedder = Embedder.load(Settings.from_env().embedding_model)
    return SetVectors(embedder, [*(item.text for item in pool), *own])


def measure(turns: Sequence[Utterance], pool: Sequence[ContextItem], embed: Embed) -> Iterator[str]:
    """A line for each way: its share with a 95 % interval over dialogues, and the share of each signal."""
    for name, way in WAYS.items():
        others = [*turns[len(turns) // 2 :], *turns[: len(turns) // 2]]  # of another signal and dialogue
        hits = [is_found(turn, other, way, pool, embed) for turn, other in zip(turns, others, strict=True)]
        yield f"{name:<16} {_tell_share(turns, hits)}  {_tell_signals(turns, hits)}"


def is_found(turn: Utterance, other: Utterance, way: Way, pool: Sequence[ContextItem], embed: Embed) -> bool:
    """Whether the item that is said is among those kept; the other turn is what a placebo ranks by."""
    own = {(item.signal, item.text) for item in turn.context}
    mixed = [*turn.context, *(item for item in pool if (item.signal, item.text) not in own)][:POOL]
    dialogue, items = way(turn.dialogue, other.dialogue, mixed)
    ranked = rank_candidates(dialogue, items, embed, pronounce=lambda _: ()).bias.hotwords
    return not _list_said(turn).isdisjoint(hotword.text.casefold() for hotword in ranked[:CHOSEN])


def _list_said(turn: Utterance) -> set[str]:
    """The items that have most of the words to be found; of two with the same words either will do."""
    wanted = {word for text in turn.bias_words for word in spoken_words(text)}
    shared = {item.text.casefold(): len(wanted.intersection(spoken_words(item.text))) for item in turn.context}
    most = max(shared.values(), default=0)
    return {text for text, count in shared.items() if count == most > 0}


def _tell_share(turns: Sequence[Utterance], hits: Sequence[bool]) -> str:
    by_dialogue: dict[str, list[bool]] = {}
    for turn, hit in zip(turns, hits, strict=True):
        by_dialogue.setdefault(turn.dialogue_id, []).append(hit)
    counts = by_dialogue.values()
    columns = {"none": [0] * len(counts), "found": [sum(one) for one in counts], "turns": [len(one) for one in counts]}
    share = resample(columns, SEED).measure_difference("none", "found", "turns")
    low, high = (f"{bound:.1%}" if bound is not None else "-" for bound in (share["low"], share["high"]))
    return f"{sum(hits) / len(hits):.1%} ({low} to {high})"


def _tell_signals(turns: Sequence[Utterance], hits: Sequence[bool]) -> str:
    by_signal: dict[str, list[bool]] = {}
    for turn, hit in zip(turns, hits, strict=True):
        by_signal.setdefault(str(turn.slices["signal"]), []).append(hit)
    return ", ".join(f"{signal} {sum(one)}/{len(one)}" for signal, one in sorted(by_signal.items()))


if __name__ == "__main__":
    run_command(main)
