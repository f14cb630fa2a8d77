#include "core/kernels.h"

#include <assert.h>
#include <cpuid.h>
#include <stdlib.h>
#include <string.h>

extern const Kernels kernels_f32_v1, kernels_f32_v3, kernels_f32_v4, kernels_f64_v1, kernels_f64_v3, kernels_f64_v4;

static const Kernels *const tables[KERNELS_PATHS][2] = {
    [KERNELS_SCALAR] = {&kernels_f32_v1, &kernels_f64_v1},
    [KERNELS_AVX2] = {&kernels_f32_v3, &kernels_f64_v3},
    [KERNELS_AVX512] = {&kernels_f32_v4, &kernels_f64_v4},
};

const char *const kernels_path_names[] = {"scalar", "avx2", "avx512", NULL};

// What x86-64-v3 has besides vectors, and compilers use unasked. On a CPU without LZCNT that instruction is another one.
static bool has_v3_instructions(void) {
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_MOVBE) || !(c & bit_F16C)) return false;
    return __get_cpuid(0x80000001, &a, &b, &c, &d) && (c & bit_LZCNT);
}

// The builtin wants literal names, hence no loop.
bool kernels_supported(KernelsPath path) {
    if (path == KERNELS_SCALAR) return true;
    bool avx2 = __builtin_cpu_supports("fma") && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
                __builtin_cpu_supports("bmi2") && has_v3_instructions();
    if (path == KERNELS_AVX2) return avx2;
    return avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}

KernelsPath kernels_path(void) {
    const char *forced = getenv("ENGRAM_KERNELS");
    KernelsPath widest = KERNELS_SCALAR;
    for (KernelsPath path = KERNELS_SCALAR; path < KERNELS_PATHS; path++) {
        if (!kernels_supported(path)) break;
        widest = path;
        if (forced && strcmp(forced, kernels_path_names[path]) == 0) return path;
    }
    return widest;
}

const Kernels *kernels_of(DType type, KernelsPath path) {
    assert(type == DTYPE_F32 || type == DTYPE_F64);
    return tables[path][type == DTYPE_F64];
}

const Kernels *kernels_for(DType type) {
    return kernels_of(type, kernels_path());
}
