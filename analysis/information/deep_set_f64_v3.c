// The kernels of analysis/information/deep_set_kernels.h: f64, compiled for x86-64-v3.
#include "analysis/information/deep_set_kernels.h"
#include "core/real_f64.h"

#define DEEP_SET_TABLE deep_set_f64_v3
#define DEEP_SET_PATH "avx2"

#include "analysis/information/deep_set.inc.h"
