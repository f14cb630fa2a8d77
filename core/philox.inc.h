// Template: the function of core/philox.h for one width. Needs PHILOX_FUNCTION, PHILOX_LANES and PHILOX_PRODUCT(a, b): of the low halves of lanes.
#include <string.h>

#include "core/philox.h"

// A word in the low half of each lane. What is in the high half has no effect.
typedef uint64_t Words __attribute__((vector_size(8 * PHILOX_LANES)));
enum { GROUPS = PHILOX_TOGETHER / PHILOX_LANES };

static inline Words load(const uint64_t *from) {
    Words words;
    memcpy(&words, from, sizeof words);
    return words;
}

void PHILOX_FUNCTION(PhiloxBlocks *blocks) {
    const Words multiplier_0 = PHILOX_MULTIPLIER_0 - (Words){0}, multiplier_1 = PHILOX_MULTIPLIER_1 - (Words){0};
    Words c0[GROUPS], c1[GROUPS], c2[GROUPS], c3[GROUPS], k0[GROUPS], k1[GROUPS];
    for (int g = 0; g < GROUPS; g++) {
        c0[g] = load(blocks->low + g * PHILOX_LANES), c1[g] = c0[g] >> 32;
        c2[g] = load(blocks->high + g * PHILOX_LANES), c3[g] = c2[g] >> 32;
        k0[g] = load(blocks->key + g * PHILOX_LANES), k1[g] = k0[g] >> 32;
    }
#pragma GCC unroll 10
    for (int round = 0; round < PHILOX_ROUNDS; round++) {
#pragma GCC unroll 8
        for (int g = 0; g < GROUPS; g++) {
            const Words p0 = PHILOX_PRODUCT(c0[g], multiplier_0), p1 = PHILOX_PRODUCT(c2[g], multiplier_1);
            c0[g] = (p1 >> 32) ^ c1[g] ^ k0[g];
            c2[g] = (p0 >> 32) ^ c3[g] ^ k1[g];
            c1[g] = p1;
            c3[g] = p0;
            k0[g] += PHILOX_WEYL_0;
            k1[g] += PHILOX_WEYL_1;
        }
    }
    for (int g = 0; g < GROUPS; g++) {
        const Words low = (c0[g] & UINT32_MAX) | c1[g] << 32, high = (c2[g] & UINT32_MAX) | c3[g] << 32;
        memcpy(blocks->low + g * PHILOX_LANES, &low, sizeof low);
        memcpy(blocks->high + g * PHILOX_LANES, &high, sizeof high);
    }
}
