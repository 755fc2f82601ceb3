"""Contextual speech recognition: the dialogue tells the recogniser what might be said next."""

import os

# CTranslate2's OpenMP reads this once, when it is loaded. Where CTranslate2 computes with oneDNN the value changes the
# sums whatever number of threads a model is given, so scores would depend on the machine's cores and on who started the
# process (Dask's workers get 1). It is also the fastest: 12 clips took 4.2 s with it and 5.0 s without, on two cores.
os.environ["OMP_NUM_THREADS"] = "1"

# From 1.29 on ONNX Runtime for Linux and macOS tells Microsoft what it runs, keeps what it could not send yet under
# ~/.cache/Microsoft, and writes a device's name there. It reads this once, before its first model.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
