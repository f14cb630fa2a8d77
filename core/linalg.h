// Matrix products behind one interface. Two backends give the same mathematics:
//
// * "portable" accumulates every output in increasing k with FMA, so its bits are the same on every x86-64 CPU with FMA, for
//   any vector width (core/gemm.inc.h);
// * "openblas" calls OpenBLAS, single-threaded; its bits depend on the CPU and the version.
#pragma once

#include "core/error.h"
#include "core/matrix.h"

typedef struct Linalg {
    const char *name;
    // c = op(a) op(b), or c += op(a) op(b) when `accumulate`; op transposes where asked. All three of one type, F32 or F64;
    // c overlaps neither a nor b.
    void (*product)(bool transpose_a, bool transpose_b, Matrix a, Matrix b, bool accumulate, Matrix c);
} Linalg;

const Linalg *linalg_portable(void);
bool linalg_is_portable(const Linalg *linalg);    // on whichever path

// By name; for openblas also sets one thread and checks that it took effect.
const Linalg *linalg_find(const char *name, Error *error);
