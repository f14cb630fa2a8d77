// The kernels of core/kernels.h: f64, one element at a time, compiled for plain x86-64.
#include "core/kernels.h"
#include "core/real_f64.h"

#define KERNELS_TABLE kernels_f64_v1
#define KERNELS_PATH "scalar"
extern const Kernels KERNELS_TABLE;

#include "core/kernels.inc.h"
