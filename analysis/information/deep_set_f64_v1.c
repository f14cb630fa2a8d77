// The kernels of analysis/information/deep_set_kernels.h: f64, one element at a time, compiled for plain x86-64.
#include "analysis/information/deep_set_kernels.h"
#include "core/real_f64.h"

#define DEEP_SET_TABLE deep_set_f64_v1
#define DEEP_SET_PATH "scalar"

#include "analysis/information/deep_set.inc.h"
