"""Which word became which: the alignment behind B-WER and U-WER.

Costs and ties as in the scoring of Le et al. 2021, "Contextualized Streaming End-to-End Speech Recognition with
Trie-Based Deep Biasing and Shallow Fusion": a substitution costs 4, an insertion or deletion 3.
"""

from collections.abc import Sequence

SUBSTITUTION = 4
INSERTION = DELETION = 3

Pair = tuple[str | None, str | None]
"""A word of the reference and the word of the hypothesis in its place; None where there is none."""


def align_words(reference: Sequence[str], hypothesis: Sequence[str]) -> tuple[Pair, ...]:
    """The cheapest alignment, in order. Between equal costs a substitution goes before an insertion, that before a
    deletion.
    """
    costs = _costs(reference, hypothesis)
    pairs: list[Pair] = []
    i, j = len(reference), len(hypothesis)
    while i or j:
        if i and j and costs[i][j] == costs[i - 1][j - 1] + _substitution(reference[i - 1], hypothesis[j - 1]):
            i, j = i - 1, j - 1
            pairs.append((reference[i], hypothesis[j]))
        elif j and costs[i][j] == costs[i][j - 1] + INSERTION:
            j -= 1
            pairs.append((None, hypothesis[j]))
        else:
            i -= 1
            pairs.append((reference[i], None))
    return tuple(reversed(pairs))


def _substitution(word: str, other: str) -> int:
    return 0 if word == other else SUBSTITUTION


def _costs(reference: Sequence[str], hypothesis: Sequence[str]) -> list[list[int]]:
    """The cost of every pair of beginnings, of shape (len(reference) + 1, len(hypothesis) + 1)."""
    rows = [[j * INSERTION for j in range(len(hypothesis) + 1)]]
    for i, word in enumerate(reference, start=1):
        above, row = rows[-1], [i * DELETION]
        for j, other in enumerate(hypothesis):
            row.append(min(above[j] + _substitution(word, other), row[j] + INSERTION, above[j + 1] + DELETION))
        rows.append(row)
    return rows
