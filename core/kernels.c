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

// The builtin wants literal names, hence no loop.
static const char *missing_for_avx2(void) {
    if (!__builtin_cpu_supports("fma")) return "FMA";
    if (!__builtin_cpu_supports("avx2")) return "AVX2";
    if (!__builtin_cpu_supports("bmi")) return "BMI1";
    if (!__builtin_cpu_supports("bmi2")) return "BMI2";
    return NULL;
}

static const char *missing_for_avx512(void) {
    if (!__builtin_cpu_supports("avx512f")) return "AVX-512F";
    if (!__builtin_cpu_supports("avx512bw")) return "AVX-512BW";
    if (!__builtin_cpu_supports("avx512cd")) return "AVX-512CD";
    if (!__builtin_cpu_supports("avx512dq")) return "AVX-512DQ";
    if (!__builtin_cpu_supports("avx512vl")) return "AVX-512VL";
    return missing_for_avx2();
}

// What x86-64-v3 has besides vectors, and compilers use unasked; without LZCNT that instruction is another one. The CPUID instruction is slow in a
// virtual machine: this is for the start of a program.
static const char *missing_besides_vectors(void) {
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_MOVBE)) return "MOVBE";
    if (!(c & bit_F16C)) return "F16C";
    return __get_cpuid(0x80000001, &a, &b, &c, &d) && (c & bit_LZCNT) ? NULL : "LZCNT";
}

const char *kernels_missing(KernelsPath path) {
    if (path == KERNELS_SCALAR) return NULL;
    __builtin_cpu_init();
    const char *missing = path == KERNELS_AVX2 ? missing_for_avx2() : missing_for_avx512();
    return missing ? missing : missing_besides_vectors();
}

bool kernels_supported(KernelsPath path) {
    return path == KERNELS_SCALAR || !(path == KERNELS_AVX2 ? missing_for_avx2() : missing_for_avx512());
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
