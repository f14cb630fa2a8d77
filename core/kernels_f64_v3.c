// The kernels of core/kernels.h: f64, compiled for x86-64-v3.
#include "core/kernels.h"
#include "core/real_f64.h"

#define KERNELS_TABLE kernels_f64_v3
#define KERNELS_PATH "avx2"
extern const Kernels KERNELS_TABLE;

#include "core/kernels.inc.h"
