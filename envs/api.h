// The environments for other programs: build/libengram-envs.so, installed with this header as engram/envs.h. It needs the C library and nothing
// else, and this header stands alone.
//
//     char error[256];
//     EngramEnvs *envs = engram_envs_create("popgym-RepeatFirstEasy-v0", NULL, NULL, 1024, NULL, error, sizeof error);
//     EngramEnvsSpec spec;
//     engram_envs_describe(envs, &spec, sizeof spec, error, sizeof error);
//     uint64_t seed = 1;
//     engram_envs_reset(envs, &seed, NULL, 0, observations, observation_bytes, error, sizeof error);
//     engram_envs_step(envs, actions, action_bytes, &(EngramEnvsStep){...}, error, sizeof error);
//     engram_envs_destroy(envs);
//
// Observations and actions are int32_t where a space is discrete and float where it is not, [count][size] without gaps. Environment i draws from a
// random stream of its own, which the seed and i name: what happens in it does not depend on how many stand beside it, and is the same, to the
// bit, on every x86-64 CPU.
//
// Whatever is refused is refused before anything has changed: the function returns ENGRAM_ENVS_INVALID or ENGRAM_ENVS_ORDER (or NULL), and `error`
// (`error_bytes` long; NULL and 0: not wanted) says what was found and what is accepted; it is cut to fit, and empty when all went well. Refused are
// NULL where an array is due, an array of another size than it should have (sizes are in bytes), one that is not aligned to its numbers, and arrays that
// overlap. Different handles may be used by different threads at the same time, one handle by one thread at a time.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ENGRAM_ENVS_API __attribute__((visibility("default")))

// Grows when a program that was compiled with an older header would no longer work.
enum { ENGRAM_ENVS_VERSION = 1 };
ENGRAM_ENVS_API int engram_envs_version(void);    // of the library

enum {
    ENGRAM_ENVS_OK = 0,
    ENGRAM_ENVS_INVALID = 1,    // an argument
    ENGRAM_ENVS_ORDER = 2,      // a reset is due
};

// ---- what there is ---------------------------------------------------------------------------------------------------------

enum { ENGRAM_ENVS_ID_BYTES = 64 };

typedef struct EngramEnvsEntry {
    const char *name;        // "repeat-first"
    const char *upstream;    // the class it is the same as: "RepeatFirst"
    const char *help;        // a line
    // Of its levels easy, medium, hard, as upstream registers them with Gymnasium: "popgym-RepeatFirstEasy-v0".
    char ids[3][ENGRAM_ENVS_ID_BYTES];
} EngramEnvsEntry;

ENGRAM_ENVS_API size_t engram_envs_count(void);
// `entry_bytes` is sizeof *entry. What it points to stays.
ENGRAM_ENVS_API int engram_envs_entry(size_t index, EngramEnvsEntry *entry, size_t entry_bytes, char *error,
                                      size_t error_bytes);

// ---- environments ------------------------------------------------------------------------------------------------------------

typedef struct EngramEnvs EngramEnvs;

// `count` environments. NULL with a message for a mistake, and where the arrays of so many do not fit in memory; without memory for what is small
// and does not grow with `count`, the program is aborted. Text that is NULL means what stands first:
//   name        one of EngramEnvsEntry: a name, a class, or an id, which says the level too; never NULL
//   level       "easy", "medium", "hard"; with an id NULL or the same
//   version     "1.0.7", "paper": of the rules
//   autoreset   what follows the end of an episode, in Gymnasium's words:
//               "next-step"  the next step ignores the action, which must be legal nevertheless, and resets: reward 0, no end, the first observation
//               "same-step"  reset at once: the observation is the first of the next episode, the last is in `final_observations`
//               "disabled"   stepping on is refused until it is reset
ENGRAM_ENVS_API EngramEnvs *engram_envs_create(const char *name, const char *level, const char *version, int64_t count,
                                               const char *autoreset, char *error, size_t error_bytes);
ENGRAM_ENVS_API void engram_envs_destroy(EngramEnvs *envs);    // NULL: nothing to do

// What a space is upstream. Here it is a vector of `size` numbers in any case.
enum {
    ENGRAM_ENVS_DISCRETE,          // one of 0..choices[0]-1
    ENGRAM_ENVS_MULTI_DISCRETE,    // number i is one of 0..choices[i]-1
    ENGRAM_ENVS_TUPLE,             // the same, but a tuple of discrete spaces upstream
    ENGRAM_ENVS_BOX,               // number i lies in [low[i], high[i]], which may be infinite
};
enum { ENGRAM_ENVS_CHOICES = 128, ENGRAM_ENVS_BOUNDS = 8 };

typedef struct EngramEnvsSpace {
    int32_t kind, size;
    int32_t choices[ENGRAM_ENVS_CHOICES];    // 0 beyond `size`, and in a box
    float low[ENGRAM_ENVS_BOUNDS], high[ENGRAM_ENVS_BOUNDS];
} EngramEnvsSpace;

typedef struct EngramEnvsSpec {
    const char *name, *upstream;
    char id[ENGRAM_ENVS_ID_BYTES];
    int64_t count;
    EngramEnvsSpace observation, action;
    int32_t limit;              // largest number of actions in an episode
    int32_t previous_action;    // 1: the best policy needs to know its previous action
    int32_t privileged_size;    // numbers in the state as upstream gives it away
    // Expected undiscounted returns, NaN: unknown. Of uniform actions; of the best policy, which knows all it has seen; of one that sees the state (or
    // an upper bound of it).
    double random_return, optimal_return, bound_return;
} EngramEnvsSpec;

// `spec_bytes` is sizeof *spec. What it points to stays.
ENGRAM_ENVS_API int engram_envs_describe(const EngramEnvs *envs, EngramEnvsSpec *spec, size_t spec_bytes, char *error,
                                         size_t error_bytes);

// Begins episodes: in all environments, or where `mask` [count] is not 0. Only those rows of `observations` are written. With a `seed` the streams of these
// environments begin anew, without (NULL) they go on; they begin with seed 0. The first reset is of all.
ENGRAM_ENVS_API int engram_envs_reset(EngramEnvs *envs, const uint64_t *seed, const uint8_t *mask, size_t mask_bytes,
                                      void *observations, size_t observation_bytes, char *error, size_t error_bytes);

typedef struct EngramEnvsArray {
    void *data;
    size_t bytes;
} EngramEnvsArray;

// Where a step is written. {NULL, 0}: not wanted, for the last three.
typedef struct EngramEnvsStep {
    EngramEnvsArray observations;             // [count][observation.size]
    EngramEnvsArray rewards;                  // double [count]
    EngramEnvsArray terminated, truncated;    // uint8_t [count], 0 or 1; both can be 1
    EngramEnvsArray privileged;               // double [count][privileged_size], of the new states
    // With "same-step" only: of the states in which episodes ended. Other rows are left alone.
    EngramEnvsArray final_observations, final_privileged;
} EngramEnvsStep;

// One step of all; nothing is allocated. Refused as well: an action outside its space (a float must only be finite; what is beyond the bounds is clipped where
// upstream clips it), a step before the first reset, and with "disabled" one after the end of an episode.
ENGRAM_ENVS_API int engram_envs_step(EngramEnvs *envs, const void *actions, size_t action_bytes, const EngramEnvsStep *step,
                                     char *error, size_t error_bytes);

// The states as they are, double [count][privileged_size].
ENGRAM_ENVS_API int engram_envs_privileged(const EngramEnvs *envs, double *states, size_t state_bytes, char *error,
                                           size_t error_bytes);

#ifdef __cplusplus
}
#endif
