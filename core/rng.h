// Counter-based random numbers: Philox 4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3",
// SC 2011). A stream is named by (seed, role, index) and never shares draws with another one, so adding a logger or
// an environment changes nobody else's numbers. The state is how many 32-bit words were drawn: one integer.
#pragma once

#include <stddef.h>
#include <stdint.h>

// What a stream is for. New roles go to the end: their numbers enter every digest.
typedef enum RngRole {
    RNG_INITIALISATION,
    RNG_REPLAY,
    // One of three for each purpose that episodes are played for: what the environment does, what the agent explores, and what watches
    // (particles of a belief, the choice of a time step). So another epsilon or another observer leaves the environment's draws alone.
    RNG_TRAINING_ENVIRONMENT,
    RNG_TRAINING_EXPLORATION,
    RNG_EVALUATION_ENVIRONMENT,
    RNG_EVALUATION_EXPLORATION,
    RNG_HISTORIES_ENVIRONMENT,    // trajectories of the current policy, to estimate mutual information
    RNG_HISTORIES_EXPLORATION,
    RNG_HISTORIES_OBSERVER,
    RNG_BANK_ENVIRONMENT,    // the frozen bank of histories: keyed by the bank's own seed
    RNG_BANK_EXPLORATION,
    RNG_BANK_OBSERVER,
    RNG_ESTIMATOR,    // initialisation and permutations of an estimator
    RNG_BOOTSTRAP,
    RNG_TEST,
    RNG_EXPLORING_ENVIRONMENT,    // trajectories of the current policy with exploration
    RNG_EXPLORING_EXPLORATION,
    RNG_EXPLORING_OBSERVER,
    RNG_TASK_TRAIN,             // sequences of a supervised task, by their index: for training and validation
    RNG_TASK_TEST,              // for the test
    RNG_BATCHES,                // in which order the sequences are learned from
    RNG_WARMUP,                 // prefixes, horizons and perturbations of warmup
    RNG_VAA,                    // the same of estimates of multistability
    RNG_PLACEBO,                // permutations of warmed weights
    RNG_PREFILL_ENVIRONMENT,    // episodes that fill a replay memory before training
    RNG_PREFILL_EXPLORATION,
    RNG_VECTOR,    // environments that are stepped together, by their place (envs/vector.h)
    RNG_ROLE_COUNT
} RngRole;

typedef struct Rng {
    uint64_t seed;
    uint32_t role;
    uint64_t index;
    uint64_t drawn;       // 32-bit words already given out: with the three above, the whole state
    uint32_t block[4];    // cache of block drawn / 4
} Rng;

// The bare block function: counter and key as in the paper's known-answer vectors.
void philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

Rng rng_stream(uint64_t seed, RngRole role, uint64_t index);    // index below 2^56
void rng_seek(Rng *rng, uint64_t drawn);

uint32_t rng_u32(Rng *rng);
void rng_words(Rng *rng, uint32_t *out, size_t count);    // the next `count` words, several times faster
// The next `each` words of every one of `count` streams, out [count, each]: the same words, and several times faster for many streams.
void rng_words_of_each(Rng *rngs, size_t count, size_t each, uint32_t *out);
double rng_uniform(Rng *rng);                          // [0, 1), 53 bits (two words)
double rng_uniform_of(uint32_t high, uint32_t low);    // what rng_uniform makes of two words
double rng_between(Rng *rng, double low, double high);
uint32_t rng_below(Rng *rng, uint32_t bound);       // uniform on {0..bound-1}, exactly; bound > 0
void rng_permutation(Rng *rng, int n, int *out);    // Fisher-Yates
