"""The yardstick by which the speed of POPGym's own environments was measured (benchmarks/popgym/upstream-speed.csv): x <- tanh(0.5 x + y) on
NumPy vectors of length 4. Their speed as a multiple of it carries over to another machine. The protocol is that of contender.py; NumPy is enough.
"""
import sys
import time

try:
    import numpy
except ImportError as reason:
    print("absent", str(reason).splitlines()[0], flush=True)
    sys.exit(0)

print("ready", numpy.__version__, flush=True)
x, y = numpy.zeros(4), numpy.array([0.1, -0.2, 0.3, -0.4])
for line in sys.stdin:
    start = time.process_time()
    for _ in range(int(line)):
        x = numpy.tanh(0.5 * x + y)
    print(f"{1e3 * (time.process_time() - start):.6f} {float(x[0]):.9g}", flush=True)
