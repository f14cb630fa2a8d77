// The kernels of algorithms/cells/fused_kernels.h: f64, compiled for x86-64-v3.
#include "algorithms/cells/fused_kernels.h"
#include "core/real_f64.h"

#define FUSED_TABLE fused_f64_v3
#define FUSED_PATH "avx2"
extern const FusedKernels FUSED_TABLE;

#include "algorithms/cells/fused.inc.h"
