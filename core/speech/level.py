"""How loud speech is, whatever the pauses in it."""

import numpy as np

from core.speech.audio import SAMPLE_RATE, Samples

FRAME = SAMPLE_RATE // 50  # 20 ms
ACTIVE_RANGE_DB = 30.0


def measure_active_rms(samples: Samples) -> float:
    """Root mean square over the speech-active part: the 20 ms frames within 30 dB of the loudest one.

    Pauses do not count, as in ITU-T P.56 ("Objective measurement of active speech level"), with a plain threshold in
    place of its envelope. 0.0 for silence.
    """
    whole = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME).astype(np.float64)
    if not whole.size:
        return 0.0
    power = np.mean(whole**2, axis=1)
    active = power[power > power.max() * 10 ** (-ACTIVE_RANGE_DB / 10)]
    return float(np.sqrt(active.mean())) if active.size else 0.0
