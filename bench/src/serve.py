"""Serves one step of a PyTorch file: `python3 serve.py FILE`. The protocol of `served.ts`."""
import importlib.util
import json
import os
import sys
import time


def say(message):
    print(json.dumps(message), flush=True)


def main():
    import torch

    torch.set_num_threads(int(os.environ.get("BENCH_THREADS", "2")))
    spec = importlib.util.spec_from_file_location("case", sys.argv[1])
    case = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(case)
    with open(os.path.join(os.path.dirname(sys.argv[1]), "sizes.json")) as file:
        parameters, step = case.prepare(json.load(file))
    say({"parameters": parameters})
    for line in sys.stdin:
        ms, losses = [], []
        for _ in range(int(line)):
            start = time.perf_counter()
            losses.append(step())
            ms.append((time.perf_counter() - start) * 1e3)
        say({"ms": ms, "losses": losses})


try:
    main()
except Exception as error:
    say({"error": f"{type(error).__name__}: {error}"})
    sys.exit(1)
