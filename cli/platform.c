#include "cli/platform.h"

#include <stddef.h>

bool platform_supported(const char **missing) {
    *missing = NULL;
    __builtin_cpu_init();
    // The builtin wants literal names, hence no loop.
    if (!__builtin_cpu_supports("fma")) *missing = "FMA";
    else if (!__builtin_cpu_supports("avx2")) *missing = "AVX2";
    else if (!__builtin_cpu_supports("bmi")) *missing = "BMI1";
    else if (!__builtin_cpu_supports("bmi2")) *missing = "BMI2";
    return *missing == NULL;
}
