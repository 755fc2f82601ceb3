"""The process that computes contexts: sealed items in, the context vector and the ranked bias list out.

It talks JSON lines over its standard input and output. A process of its own, because loading the embedding model takes
seconds, and in a thread it would make the recogniser wait. It ends when its input ends: it never outlives its parent.
"""

import base64
import json
import os
import sys
from typing import Any, TextIO

from core.context.embedding import Embedder
from core.context.payload import decode
from core.context.ranking import Context, Embed, compute_context
from core.store.interface import SealedItem
from core.store.sealing import open_item

NICENESS = 10  # the recogniser goes first


def encode_job(job_id: str, data_key: bytes, items: tuple[SealedItem, ...]) -> str:
    """A job as one line. The data key goes to a child over a pipe and nowhere else."""
    rows = [
        {
            "interaction_id": item.interaction_id,
            "data_id": item.data_id,
            "sealed": _to_text(item.sealed),
            "key_id": item.key_id,
            "expires_at": item.expires_at,
        }
        for item in items
    ]
    return json.dumps({"job_id": job_id, "data_key": _to_text(data_key), "items": rows})


def answer_job(line: str, embed: Embed) -> dict[str, Any]:
    """Open the items of one job and compute its context; a failure is told by the error's class name alone."""
    job = json.loads(line)
    try:
        data_key = base64.b64decode(job["data_key"])
        items = [SealedItem(**{**row, "sealed": base64.b64decode(row["sealed"])}) for row in job["items"]]
        turns, context_items = decode(open_item(item, data_key) for item in items)
        return {"job_id": job["job_id"], **_fields(compute_context(turns, context_items, embed))}
    except Exception as exc:  # noqa: BLE001 - one bad job must not end the worker
        return {"job_id": job["job_id"], "error": type(exc).__name__}


def _fields(context: Context) -> dict[str, Any]:
    vector = "" if context.vector is None else _to_text(context.vector.astype("<f4").tobytes())
    hotwords = [[hotword.item.signal, hotword.item.text, hotword.score] for hotword in context.bias.hotwords]
    return {"vector": vector, "hotwords": hotwords}


def _to_text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def serve(requests: TextIO, answers: TextIO, embedding_model: str) -> None:
    """Answer jobs until the input ends. The first line says that the model is loaded, or why it is not."""
    try:
        embed = Embedder.load(embedding_model).encode
        embed(["warm up"])
    except Exception as exc:  # noqa: BLE001 - whatever it is, the parent has to be told
        print(json.dumps({"error": type(exc).__name__}), file=answers, flush=True)
        return
    print(json.dumps({"ready": embedding_model}), file=answers, flush=True)
    for line in requests:
        print(json.dumps(answer_job(line, embed)), file=answers, flush=True)


def main() -> None:
    """Keep the answers' pipe to ourselves, so that nothing a library prints can get between them."""
    os.nice(NICENESS)
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as answers:
        os.dup2(2, 1)
        serve(sys.stdin, answers, sys.argv[1])


if __name__ == "__main__":
    main()
