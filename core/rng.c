#include "core/rng.h"

#include <assert.h>

enum { PHILOX_ROUNDS = 10 };

void philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < PHILOX_ROUNDS; round++) {
        uint64_t p0 = (uint64_t)0xD2511F53u * c0;
        uint64_t p1 = (uint64_t)0xCD9E8D57u * c2;
        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c1 = (uint32_t)p1;
        c3 = (uint32_t)p0;
        k0 += 0x9E3779B9u;    // the Weyl sequence of the paper
        k1 += 0xBB67AE85u;
    }
    out[0] = c0, out[1] = c1, out[2] = c2, out[3] = c3;
}

// Key: the seed. Counter: position in the stream (64 bits), index (56 bits), role (8 bits). Distinct names give disjoint counters.
static void fill_block(Rng *rng) {
    uint64_t position = rng->drawn / 4;
    const uint32_t counter[4] = {(uint32_t)position, (uint32_t)(position >> 32), (uint32_t)rng->index,
                                 (uint32_t)(rng->index >> 32) << 8 | rng->role};
    const uint32_t key[2] = {(uint32_t)rng->seed, (uint32_t)(rng->seed >> 32)};
    philox4x32(counter, key, rng->block);
}

static_assert(RNG_ROLE_COUNT <= 256, "a role has 8 bits of the counter");

Rng rng_stream(uint64_t seed, RngRole role, uint64_t index) {
    assert(role < RNG_ROLE_COUNT && index >> 56 == 0);
    return (Rng){.seed = seed, .role = role, .index = index};
}

void rng_seek(Rng *rng, uint64_t drawn) {
    rng->drawn = drawn;
    if (drawn % 4 != 0) fill_block(rng);
}

uint32_t rng_u32(Rng *rng) {
    if (rng->drawn % 4 == 0) fill_block(rng);
    return rng->block[rng->drawn++ % 4];
}

double rng_uniform(Rng *rng) {
    uint64_t high = rng_u32(rng), low = rng_u32(rng);
    return (double)(((high << 32) | low) >> 11) * 0x1p-53;
}

double rng_between(Rng *rng, double low, double high) {
    return low + (high - low) * rng_uniform(rng);
}

// Multiplication with rejection (Lemire, "Fast random integer generation in an interval", 2019): no modulo bias.
uint32_t rng_below(Rng *rng, uint32_t bound) {
    assert(bound > 0);
    uint32_t threshold = (uint32_t)(-bound) % bound;
    for (;;) {
        uint64_t product = (uint64_t)rng_u32(rng) * bound;
        if ((uint32_t)product >= threshold) return (uint32_t)(product >> 32);
    }
}

void rng_permutation(Rng *rng, int n, int *out) {
    for (int i = 0; i < n; i++) {
        int j = (int)rng_below(rng, (uint32_t)i + 1);
        out[i] = out[j];
        out[j] = i;
    }
}
