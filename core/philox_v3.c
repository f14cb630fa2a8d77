// The blocks of core/philox.h with AVX2.
#include <immintrin.h>

#define PHILOX_FUNCTION philox_v3
#define PHILOX_LANES 4
#define PHILOX_PRODUCT(a, b) (Words) _mm256_mul_epu32((__m256i)(a), (__m256i)(b))

#include "core/philox.inc.h"
