#include "core/kernels.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

extern const Kernels kernels_f32_v3, kernels_f32_v4, kernels_f64_v3, kernels_f64_v4;

bool kernels_wide(void) {
    const char *forced = getenv("ENGRAM_KERNELS");
    if (forced && strcmp(forced, "avx2") == 0) return false;
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}

const Kernels *kernels_for(DType type) {
    assert(type == DTYPE_F32 || type == DTYPE_F64);
    if (type == DTYPE_F32) return kernels_wide() ? &kernels_f32_v4 : &kernels_f32_v3;
    return kernels_wide() ? &kernels_f64_v4 : &kernels_f64_v3;
}
