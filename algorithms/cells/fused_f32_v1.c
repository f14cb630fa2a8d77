// The kernels of algorithms/cells/fused_kernels.h: f32, one element at a time, compiled for plain x86-64.
#include "algorithms/cells/fused_kernels.h"
#include "core/real_f32.h"

#define FUSED_TABLE fused_f32_v1
#define FUSED_PATH "scalar"
extern const FusedKernels FUSED_TABLE;

#include "algorithms/cells/fused.inc.h"
