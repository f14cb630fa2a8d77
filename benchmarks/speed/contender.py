"""What the PyTorch contenders of `engram bench` share: they read the work that both sides do from a file, then do a
piece of it each time they are asked. One thread; times are CPU time of this process.

Protocol on standard input and output, a line each way. First line out: `ready VERSION`, or `absent REASON`. Then for
each line in (words that say which piece), `MILLISECONDS VALUE`: the CPU time, and a loss that the other side compares.
"""
import os
import sys
import time


def absent(reason):
    print("absent", str(reason).splitlines()[0], flush=True)
    sys.exit(0)


try:
    import numpy
    import torch
except ImportError as reason:
    absent(reason)


def read_arrays(path):
    """Blocks of a header line `name type rows cols` (type f4 or i4) and the little-endian numbers, row by row."""
    arrays = {}
    with open(path, "rb") as file:
        for header in iter(file.readline, b""):
            name, kind, rows, cols = header.decode().split()
            count = int(rows) * int(cols)
            data = numpy.frombuffer(file.read(4 * count), dtype="<" + kind, count=count)
            arrays[name] = torch.from_numpy(data.reshape(int(rows), int(cols)).copy())
    return arrays


def serve(piece, prepare=None, parts=None):
    """Answers requests until standard input ends. `piece(words)` does the work and returns a number, or a function that
    computes it after the clock has stopped. `prepare(words)` runs before the clock starts; the time is divided by
    `parts(words)`."""
    torch.set_num_threads(1)
    print("ready", torch.__version__, flush=True)
    for line in sys.stdin:
        words = line.split()
        if prepare:
            prepare(words)
        start = time.process_time()
        value = piece(words)
        milliseconds = 1e3 * (time.process_time() - start) / (parts(words) if parts else 1)
        try:
            print(f"{milliseconds:.6f} {value() if callable(value) else value:.9g}", flush=True)
        except BrokenPipeError:    # who asked has been interrupted
            os._exit(0)
