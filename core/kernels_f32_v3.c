// The kernels of core/kernels.h: f32, compiled for x86-64-v3.
#include "core/kernels.h"
#include "core/real_f32.h"

#define KERNELS_TABLE kernels_f32_v3
#define KERNELS_PATH "avx2"
extern const Kernels KERNELS_TABLE;

#include "core/kernels.inc.h"
