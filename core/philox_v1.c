// The blocks of core/philox.h with the vectors of every x86-64.
#include <emmintrin.h>

#define PHILOX_FUNCTION philox_v1
#define PHILOX_LANES 2
#define PHILOX_PRODUCT(a, b) (Words) _mm_mul_epu32((__m128i)(a), (__m128i)(b))

#include "core/philox.inc.h"
