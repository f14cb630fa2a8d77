// Many environments of one kind, stepped together: what happens in one does not depend on how many stand beside it.
//
// Environment i draws from a stream of its own, rng_stream(seed, RNG_VECTOR, i): stepping together gives what stepping one by one gives, to the bit.
// Nothing is allocated after vector_create, and nothing global is used: different vectors may be used by different threads.
#pragma once

#include "envs/native.h"

// What follows the end of an episode, in the words of Gymnasium 1.0's autoreset modes.
typedef enum VectorReset {
    VECTOR_RESET_NEXT,     // the next step ignores the action and resets: reward 0, no end, the first observation
    VECTOR_RESET_SAME,     // at once: the observation is the first of the next episode
    VECTOR_RESET_NEVER,    // stepping on is refused until vector_reset
    VECTOR_RESET_COUNT
} VectorReset;
extern const char *const vector_reset_names[];    // "next-step", "same-step", "disabled", NULL

typedef struct Vector {
    Native *native;    // owned, as is all of it
    int count;
    VectorReset mode;
    uint8_t *states;    // [count] state_bytes each
    Rng *rngs;          // [count]
    uint8_t *over;      // [count] whether the episode has ended and not been reset yet
    // Scratch: which episodes are to be begun [count], their streams [count], and states of some of them beside each other.
    int32_t *due;
    Rng *due_rngs;
    uint8_t *due_states;
    bool begun;    // has been reset
} Vector;

// Where a step is written, arrays of `count` entries. NULL: not wanted; observations, rewards and both flags are.
typedef struct VectorStep {
    void *observations;    // [count, observation.size]
    double *rewards;
    uint8_t *terminated, *truncated;
    // [count, observation.size] with VECTOR_RESET_SAME: rows of episodes that ended hold their last observation.
    void *final_observations;
    double *privileged;          // [count, privileged_size] of the new states
    double *final_privileged;    // [count, privileged_size] as final_observations: of the states in which episodes ended
} VectorStep;

// NULL with a message: a count below 1 or that does not fit in memory.
Vector *vector_create(const NativeType *type, const NativeParams *params, int64_t count, VectorReset mode, Error *error);
void vector_destroy(Vector *vector);

// Streams begin anew at `seed`. Then vector_reset is due.
void vector_seed(Vector *vector, uint64_t seed);

// Only the streams for which `mask` is not 0 begin anew: stream i as vector_seed would begin it. To be followed by a reset of these.
void vector_seed_some(Vector *vector, const uint8_t *mask, uint64_t seed);

// Begins an episode in each environment for which `mask` is not 0; NULL: in all. Only those rows of `observations` are written.
// False with a message when some environment, not in the mask, never began.
bool vector_reset(Vector *vector, const uint8_t *mask, void *observations, Error *error);

// One step of all. False with a message, and nothing has changed: before the first reset, for an action outside its space (a float that is not
// a number included), and for an environment whose episode is over where nothing resets it.
bool vector_step(Vector *vector, const void *actions, const VectorStep *out, Error *error);

// The privileged states: out [count, privileged_size].
void vector_privileged(const Vector *vector, double *out);
