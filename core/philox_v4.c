// The blocks of core/philox.h with AVX-512.
#include <immintrin.h>

#define PHILOX_FUNCTION philox_v4
#define PHILOX_LANES 8
#define PHILOX_PRODUCT(a, b) (Words) _mm512_mul_epu32((__m512i)(a), (__m512i)(b))

#include "core/philox.inc.h"
