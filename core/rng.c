#include "core/rng.h"

#include <assert.h>
#include <emmintrin.h>
#include <string.h>

enum { PHILOX_ROUNDS = 10 };
static const uint32_t MULTIPLIER_0 = 0xD2511F53, MULTIPLIER_1 = 0xCD9E8D57;
static const uint32_t WEYL_0 = 0x9E3779B9, WEYL_1 = 0xBB67AE85;    // by which the key grows from round to round

void philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < PHILOX_ROUNDS; round++) {
        uint64_t p0 = (uint64_t)MULTIPLIER_0 * c0;
        uint64_t p1 = (uint64_t)MULTIPLIER_1 * c2;
        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c1 = (uint32_t)p1;
        c3 = (uint32_t)p0;
        k0 += WEYL_0;
        k1 += WEYL_1;
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

// Two blocks side by side, with the vectors of every x86-64: in the low half of each lane one word of a block. What is in the high halves
// has no effect.
typedef uint64_t TwoBlocks __attribute__((vector_size(16)));
enum { GROUPS = 8, BLOCKS = 2 * GROUPS };

// The products of the low halves.
static inline TwoBlocks multiply(TwoBlocks words, uint32_t multiplier) {
    return (TwoBlocks)_mm_mul_epu32((__m128i)words, (__m128i)(multiplier - (TwoBlocks){0}));
}

// Counters of 2 * GROUPS blocks in, the blocks out. Keys [GROUPS] with `stride` 1, one for all with 0: a constant after inlining.
static inline __attribute__((always_inline)) void rounds(TwoBlocks *c0, TwoBlocks *c1, TwoBlocks *c2, TwoBlocks *c3,
                                                         const TwoBlocks *key_0, const TwoBlocks *key_1, int stride) {
    uint32_t grown_0 = 0, grown_1 = 0;
    for (int round = 0; round < PHILOX_ROUNDS; round++, grown_0 += WEYL_0, grown_1 += WEYL_1) {
        for (int g = 0; g < GROUPS; g++) {
            TwoBlocks p0 = multiply(c0[g], MULTIPLIER_0), p1 = multiply(c2[g], MULTIPLIER_1);
            c0[g] = (p1 >> 32) ^ c1[g] ^ (key_0[g * stride] + grown_0);
            c2[g] = (p0 >> 32) ^ c3[g] ^ (key_1[g * stride] + grown_1);
            c1[g] = p1;
            c3[g] = p0;
        }
    }
}

// Block b of the two in one group, as words.
static inline void put_block(TwoBlocks c0, TwoBlocks c1, TwoBlocks c2, TwoBlocks c3, int b, uint32_t *out) {
    const TwoBlocks low = (c0 & UINT32_MAX) | c1 << 32, high = (c2 & UINT32_MAX) | c3 << 32;
    memcpy(out, (uint64_t[2]){low[b], high[b]}, 16);
}

// Blocks position .. position + BLOCKS - 1 of a stream, as philox4x32 gives them.
static void fill_blocks(const Rng *rng, uint64_t position, uint32_t *out) {
    TwoBlocks c0[GROUPS], c1[GROUPS], c2[GROUPS], c3[GROUPS];
    for (uint32_t g = 0; g < GROUPS; g++) {
        c0[g] = position + 2 * g + (TwoBlocks){0, 1}, c1[g] = c0[g] >> 32;
        c2[g] = rng->index - (TwoBlocks){0}, c3[g] = (rng->index >> 32 << 8 | rng->role) - (TwoBlocks){0};
    }
    const TwoBlocks key_0 = rng->seed - (TwoBlocks){0}, key_1 = (rng->seed >> 32) - (TwoBlocks){0};
    rounds(c0, c1, c2, c3, &key_0, &key_1, 0);
    for (int g = 0; g < GROUPS; g++) {
        for (int b = 0; b < 2; b++, out += 4) put_block(c0[g], c1[g], c2[g], c3[g], b, out);
    }
}

// fill_block for BLOCKS streams, `which` of rngs.
static void fill_block_of_each(Rng *rngs, const size_t which[BLOCKS]) {
    TwoBlocks c0[GROUPS], c1[GROUPS], c2[GROUPS], c3[GROUPS], key_0[GROUPS], key_1[GROUPS];
    for (int g = 0; g < GROUPS; g++) {
        const Rng *a = &rngs[which[2 * g]], *b = &rngs[which[2 * g + 1]];
        c0[g] = (TwoBlocks){a->drawn, b->drawn} >> 2, c1[g] = c0[g] >> 32;
        c2[g] = (TwoBlocks){a->index, b->index}, c3[g] = c2[g] >> 32 << 8 | (TwoBlocks){a->role, b->role};
        key_0[g] = (TwoBlocks){a->seed, b->seed}, key_1[g] = key_0[g] >> 32;
    }
    rounds(c0, c1, c2, c3, key_0, key_1, 1);
    for (int g = 0; g < GROUPS; g++) {
        for (int b = 0; b < 2; b++) put_block(c0[g], c1[g], c2[g], c3[g], b, rngs[which[2 * g + b]].block);
    }
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

void rng_words(Rng *rng, uint32_t *out, size_t count) {
    for (; count > 0 && rng->drawn % 4 != 0; count--) *out++ = rng_u32(rng);
    for (; count >= 4 * BLOCKS; count -= 4 * BLOCKS, out += 4 * BLOCKS, rng->drawn += 4 * BLOCKS)
        fill_blocks(rng, rng->drawn / 4, out);
    for (; count > 0; count--) *out++ = rng_u32(rng);
}

// The next word of every stream, `stride` apart: first the blocks that are due.
static void next_of_each(Rng *rngs, size_t count, size_t stride, uint32_t *out) {
    size_t due[BLOCKS], waiting = 0;
    for (size_t i = 0; i < count; i++) {
        due[waiting] = i;
        waiting += rngs[i].drawn % 4 == 0;
        if (waiting < BLOCKS) continue;
        fill_block_of_each(rngs, due);
        waiting = 0;
    }
    for (size_t k = 0; k < waiting; k++) fill_block(&rngs[due[k]]);
    for (size_t i = 0; i < count; i++) out[i * stride] = rngs[i].block[rngs[i].drawn++ % 4];
}

void rng_words_of_each(Rng *rngs, size_t count, size_t each, uint32_t *out) {
    for (size_t k = 0; k < each; k++) next_of_each(rngs, count, each, out + k);
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
