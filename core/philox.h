// Blocks of Philox 4x32-10 (core/rng.h), sixteen beside each other: inner loops compiled from one source (core/philox.inc.h) for every x86-64, for AVX2
// and for AVX-512. They are whole numbers, so all give the same.
#pragma once

#include <stdint.h>

enum { PHILOX_TOGETHER = 16, PHILOX_ROUNDS = 10 };
#define PHILOX_MULTIPLIER_0 0xD2511F53u
#define PHILOX_MULTIPLIER_1 0xCD9E8D57u
#define PHILOX_WEYL_0 0x9E3779B9u    // by which the key grows from round to round
#define PHILOX_WEYL_1 0xBB67AE85u

// 128-bit counters, 64-bit keys and 128-bit blocks in halves, the word that comes first lowest.
typedef struct PhiloxBlocks {
    uint64_t low[PHILOX_TOGETHER], high[PHILOX_TOGETHER];    // counters, and blocks in their place
    uint64_t key[PHILOX_TOGETHER];
} PhiloxBlocks;

void philox_v1(PhiloxBlocks *blocks);
void philox_v3(PhiloxBlocks *blocks);
void philox_v4(PhiloxBlocks *blocks);
