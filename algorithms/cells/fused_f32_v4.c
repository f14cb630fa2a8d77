// The kernels of algorithms/cells/fused_kernels.h: f32, compiled for x86-64-v4.
#include "algorithms/cells/fused_kernels.h"
#include "core/real_f32.h"

#define FUSED_TABLE fused_f32_v4
#define FUSED_PATH "avx512"
extern const FusedKernels FUSED_TABLE;

#include "algorithms/cells/fused.inc.h"
