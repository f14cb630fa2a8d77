#include "envs/permutation.h"

#include <assert.h>

// ---- MT19937 ------------------------------------------------------------------------------------------------------------

enum { WORDS = 624, MIDDLE = 397 };

typedef struct Twister {
    uint32_t word[WORDS];
    int used;    // of the words
} Twister;

// Knuth's recurrence (The Art of Computer Programming 2, 3rd edition, p. 106), as the authors' init_genrand of 2002.
static Twister twister_seeded(uint32_t seed) {
    Twister twister = {.word = {seed}, .used = WORDS};
    for (uint32_t i = 1; i < WORDS; i++) {
        uint32_t before = twister.word[i - 1];
        twister.word[i] = 1812433253u * (before ^ before >> 30) + i;
    }
    return twister;
}

static void twister_turn(Twister *twister) {
    uint32_t *word = twister->word;
    for (int i = 0; i < WORDS; i++) {
        uint32_t joined = (word[i] & 0x80000000u) | (word[(i + 1) % WORDS] & 0x7fffffffu);
        word[i] = word[(i + MIDDLE) % WORDS] ^ joined >> 1 ^ (joined & 1 ? 0x9908b0dfu : 0);
    }
    twister->used = 0;
}

static uint32_t twister_next(Twister *twister) {
    if (twister->used == WORDS) twister_turn(twister);
    uint32_t y = twister->word[twister->used++];
    y ^= y >> 11;
    y ^= y << 7 & 0x9d2c5680u;
    y ^= y << 15 & 0xefc60000u;
    return y ^ y >> 18;
}

// ---- the shuffle ----------------------------------------------------------------------------------------------------------

// Uniform on {0..most}.
static uint32_t twister_upto(Twister *twister, uint32_t most) {
    uint32_t mask = most;
    for (int shift = 1; shift < 32; shift *= 2) mask |= mask >> shift;
    uint32_t drawn = twister_next(twister) & mask;
    while (drawn > most) drawn = twister_next(twister) & mask;
    return drawn;
}

void permutation_legacy(uint32_t seed, int n, int *out) {
    assert(n > 0);
    Twister twister = twister_seeded(seed);
    for (int i = 0; i < n; i++) out[i] = i;
    for (int i = n - 1; i > 0; i--) {
        uint32_t j = twister_upto(&twister, (uint32_t)i);
        int swap = out[i];
        out[i] = out[j];
        out[j] = swap;
    }
}
