#include "core/rng.h"

#include <assert.h>
#include <string.h>

#include "core/kernels.h"
#include "core/philox.h"

void philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < PHILOX_ROUNDS; round++) {
        uint64_t p0 = (uint64_t)PHILOX_MULTIPLIER_0 * c0;
        uint64_t p1 = (uint64_t)PHILOX_MULTIPLIER_1 * c2;
        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c1 = (uint32_t)p1;
        c3 = (uint32_t)p0;
        k0 += PHILOX_WEYL_0;
        k1 += PHILOX_WEYL_1;
    }
    out[0] = c0, out[1] = c1, out[2] = c2, out[3] = c3;
}

// Key: the seed. Counter: position in the stream (64 bits), index (56 bits), role (8 bits). Distinct names give disjoint counters.
static uint64_t name_of(const Rng *rng) {
    return rng->index >> 32 << 40 | (uint64_t)rng->role << 32 | (uint32_t)rng->index;
}

static void fill_block(Rng *rng) {
    const uint64_t position = rng->drawn / 4, name = name_of(rng);
    const uint32_t counter[4] = {(uint32_t)position, (uint32_t)(position >> 32), (uint32_t)name, (uint32_t)(name >> 32)};
    const uint32_t key[2] = {(uint32_t)rng->seed, (uint32_t)(rng->seed >> 32)};
    philox4x32(counter, key, rng->block);
}

enum { BLOCKS = PHILOX_TOGETHER };
typedef void (*Philox)(PhiloxBlocks *blocks);

// The widest that this CPU has.
static Philox philox_of_cpu(void) {
    return kernels_supported(KERNELS_AVX512) ? philox_v4 : kernels_supported(KERNELS_AVX2) ? philox_v3 : philox_v1;
}

static void put_block(const PhiloxBlocks *blocks, int b, uint32_t *out) {
    memcpy(out, (uint64_t[2]){blocks->low[b], blocks->high[b]}, 16);
}

// Blocks position .. position + BLOCKS - 1 of a stream, as philox4x32 gives them.
static void fill_blocks(Philox philox, const Rng *rng, uint64_t position, uint32_t *out) {
    PhiloxBlocks blocks;
    for (uint64_t b = 0; b < BLOCKS; b++)
        blocks.low[b] = position + b, blocks.high[b] = name_of(rng), blocks.key[b] = rng->seed;
    philox(&blocks);
    for (int b = 0; b < BLOCKS; b++, out += 4) put_block(&blocks, b, out);
}

// fill_block for BLOCKS streams, `which` of rngs.
static void fill_block_of_each(Philox philox, Rng *rngs, const size_t which[BLOCKS]) {
    PhiloxBlocks blocks;
    for (int b = 0; b < BLOCKS; b++) {
        const Rng *rng = &rngs[which[b]];
        blocks.low[b] = rng->drawn / 4, blocks.high[b] = name_of(rng), blocks.key[b] = rng->seed;
    }
    philox(&blocks);
    for (int b = 0; b < BLOCKS; b++) put_block(&blocks, b, rngs[which[b]].block);
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
    if (count >= 4 * BLOCKS) {
        const Philox philox = philox_of_cpu();
        for (; count >= 4 * BLOCKS; count -= 4 * BLOCKS, out += 4 * BLOCKS, rng->drawn += 4 * BLOCKS)
            fill_blocks(philox, rng, rng->drawn / 4, out);
    }
    for (; count > 0; count--) *out++ = rng_u32(rng);
}

// The next word of every stream, `stride` apart, or the next two where no block ends between them: first the blocks that are due.
static inline __attribute__((always_inline)) void next_of_each(Philox philox, Rng *rngs, size_t count, size_t stride,
                                                               size_t together, uint32_t *out) {
    size_t due[BLOCKS], waiting = 0;
    for (size_t i = 0; i < count; i++) {
        due[waiting] = i;
        waiting += rngs[i].drawn % 4 == 0;
        if (waiting < BLOCKS) continue;
        fill_block_of_each(philox, rngs, due);
        waiting = 0;
    }
    if (waiting > BLOCKS / 4) {
        for (size_t k = waiting; k < BLOCKS; k++) due[k] = due[0];    // the same again
        fill_block_of_each(philox, rngs, due);
    } else {
        for (size_t k = 0; k < waiting; k++) fill_block(&rngs[due[k]]);
    }
    for (size_t i = 0; i < count; i++) {
        memcpy(out + i * stride, rngs[i].block + rngs[i].drawn % 4, together * sizeof *out);
        rngs[i].drawn += together;
    }
}

void rng_words_of_each(Rng *rngs, size_t count, size_t each, uint32_t *out) {
    const Philox philox = philox_of_cpu();
    uint64_t drawn = each;
    for (size_t i = 0; i < count; i++) drawn |= rngs[i].drawn;
    if (drawn % 2 == 0) {
        for (size_t k = 0; k < each; k += 2) next_of_each(philox, rngs, count, each, 2, out + k);
    } else {
        for (size_t k = 0; k < each; k++) next_of_each(philox, rngs, count, each, 1, out + k);
    }
}

double rng_uniform_of(uint32_t high, uint32_t low) {
    return (double)(((uint64_t)high << 32 | low) >> 11) * 0x1p-53;
}

double rng_uniform(Rng *rng) {
    const uint32_t high = rng_u32(rng), low = rng_u32(rng);
    return rng_uniform_of(high, low);
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
