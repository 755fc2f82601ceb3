"""What the context adds to a recognition: the time of asking for it, healthy and under every fault of its worker."""

import time
from collections.abc import Iterator
from pathlib import Path

from core.context.service import ContextService
from core.dialogue import Turn
from core.errors import RunError
from core.settings import Settings
from evals.benchmarks.faults import FAULTS, HASH, MODULE, fault_text
from evals.benchmarks.figure import Figure, percentiles
from evals.benchmarks.lab import Lab, Submitted, open_lab, open_service, question
from evals.manifest import read_manifest

TAKES = 5_000
EPISODES = 10
WINDOW_S = 0.4
BETWEEN_S = 0.002
MEMORY_MB = 250
TRIES = 200


def measure_waits(manifest: Path, settings: Settings) -> Iterator[Figure]:
    """Milliseconds of what a turn calls: `take`, and the right of way that it asks for while it recognises."""
    read_manifest(manifest)
    with open_lab(open_service(settings)) as lab:
        ready = _make_ready(lab)
        waits_ms = [_time_asking(lab, ready) for _ in range(TAKES)]
    yield Figure("wait added, healthy", percentiles(waits_ms, 50, 99, 100), "p99 ≤ 1 ms", len(waits_ms))
    yield from measure_faults()


def measure_faults() -> Iterator[Figure]:
    """While a worker goes wrong, is ended and is replaced, another turn asks for its context every few milliseconds."""
    for fault in FAULTS:
        waits_ms: list[float] = []
        with open_lab(ContextService(HASH, MEMORY_MB, MODULE)) as lab:
            ready = _make_ready(lab)
            for _ in range(EPISODES):
                waits_ms.extend(_meet(lab, fault, ready))
        yield Figure(f"wait added, {fault}", percentiles(waits_ms, 50, 99, 100), "p99 ≤ 2, max ≤ 10 ms", len(waits_ms))


def _make_ready(lab: Lab) -> str:
    for _ in range(TRIES):
        job = lab.submit(question("Call Meg."), (), WINDOW_S)
        if job.wait().taken.readiness == "ready":
            return job.id
    raise RunError("No context worker becomes ready; look at the System page or try again on an idle machine.")


def _meet(lab: Lab, fault: str, ready: str) -> Iterator[float]:
    lab.wait_for_both()
    _make_ready(lab)  # so that faults in a row do not add up
    job = lab.submit((Turn("user", fault_text(fault)),), (), WINDOW_S)
    yield from _take_meanwhile(lab, ready, job)
    yield _time_asking(lab, job.id)


def _take_meanwhile(lab: Lab, ready: str, job: Submitted) -> Iterator[float]:
    """Until it has ended and for as long again, while the next worker starts."""
    until_s = time.monotonic() + 2 * WINDOW_S
    while not job.is_ended or time.monotonic() < until_s:
        yield _time_asking(lab, ready)
        time.sleep(BETWEEN_S)


def _time_asking(lab: Lab, job_id: str) -> float:
    """All that a turn with context does more than one without."""
    began_s = time.perf_counter()
    with lab.service.undisturbed():
        lab.service.take(job_id)
    return 1000 * (time.perf_counter() - began_s)
