#!/bin/sh
# Prints one sentence when this machine cannot run engram, and nothing when it can.
machine=$(uname -m)
if [ "$(uname -s)" != Linux ] || [ "$machine" != x86_64 ]; then
    echo "engram runs on Linux on x86-64 processors; this is $(uname -s) on $machine"
    exit 0
fi
# The scalar kernels run everywhere, on request because they are slow.
[ "${ENGRAM_KERNELS:-}" != scalar ] || exit 0
cpuinfo=${ENGRAM_CPUINFO:-/proc/cpuinfo}    # another file in tests
flags=$(grep -m 1 '^flags' "$cpuinfo" 2>/dev/null) || exit 0
for feature in fma avx2 bmi1 bmi2 movbe f16c abm; do
    case " $flags " in
    *" $feature "*) ;;
    *)
        echo "engram needs a processor with FMA and AVX2 (x86-64-v3: Intel Haswell, AMD Zen or newer); this one lacks $feature." \
            "ENGRAM_KERNELS=scalar make ... builds and runs here too: slowly, with the same results"
        exit 0
        ;;
    esac
done
