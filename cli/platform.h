// Whether this processor can run engram with the kernels that it is asked for. main asks before anything else.
#pragma once

#include "core/error.h"
#include "core/kernels.h"

// For each path of core/kernels.h the first instruction set that it needs and the CPU lacks; NULL: the path runs.
typedef struct Platform {
    const char *missing[KERNELS_PATHS];
} Platform;

Platform platform_of_this_cpu(void);

// `asked` is the value of ENGRAM_KERNELS; NULL or empty: not set. False with a message for a name that is no path (with the nearest
// one), for a path that the CPU lacks, and, when nothing is asked for, on a CPU without AVX2 and FMA: the plain path is so
// slow that nobody shall get it unasked.
bool platform_check(const Platform *platform, const char *asked, Error *error);
