// Environments in their own numbers: observations and actions are integers where they are discrete, an end is told from a time limit, and
// thousands step together (envs/vector.h). What an agent is fed is a layer above (envs/encoded.h).
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/rng.h"
#include "envs/belief.h"

// A vector of `size` numbers: int32_t, each below its number of choices; or float, between bounds.
typedef enum SpaceKind { SPACE_DISCRETE, SPACE_BOX } SpaceKind;
enum { SPACE_MAX = 104, SPACE_BOX_MAX = 2 };    // numbers in a discrete and in a continuous space, at most

typedef struct Space {
    SpaceKind kind;
    int size;
    int choices[SPACE_MAX];                           // discrete: number i is one of 0..choices[i]-1
    float low[SPACE_BOX_MAX], high[SPACE_BOX_MAX];    // box: inclusive; may be infinite
} Space;

enum { SPACE_NUMBER_BYTES = 4 };    // of one number of either kind

// Room for the numbers of a space of either kind.
typedef union Numbers {
    int32_t whole[SPACE_MAX];
    float real[SPACE_BOX_MAX];
} Numbers;

// `size` numbers of the same number of choices.
Space space_discrete(int size, int choices);
// Product of the choices, of an action space or one as small: 1 + the largest index into the space as one list, row by row (the last number
// fastest).
int space_joint(const Space *space);

// What does not change between episodes; filled by `prepare`.
typedef struct NativeSpec {
    Space observation, action;
    int limit;               // largest number of actions in an episode
    bool previous_action;    // the best policy needs to know its previous action
    int privileged_size;     // numbers in the state as upstream gives it away
    size_t state_bytes;
    int belief_parts;    // 0: no filter
    BeliefPart belief[BELIEF_PARTS_MAX];
    size_t belief_bytes;
    // Expected undiscounted returns, NaN: unknown. Of uniform actions; of the best policy, which knows all it has seen; of one that sees the state
    // (or an upper bound of it).
    double random_return, optimal_return, bound_return;
} NativeSpec;

typedef struct NativeStep {
    double reward;
    bool terminated, truncated;    // both can be true
} NativeStep;

// What the environments of a suite are asked for.
typedef struct NativeParams {
    int level;      // a NativeLevel
    int version;    // a NativeVersion
} NativeParams;
typedef enum NativeLevel { LEVEL_EASY, LEVEL_MEDIUM, LEVEL_HARD, LEVEL_COUNT } NativeLevel;
typedef enum NativeVersion { VERSION_RELEASE, VERSION_PAPER, VERSION_COUNT } NativeVersion;
extern const char *const native_level_names[];      // "easy", "medium", "hard", NULL
extern const char *const native_version_names[];    // "1.0.7", "paper", NULL

// A policy by hand, to measure others by: what it may know, and how it acts.
typedef enum PolicyKnows {
    POLICY_KNOWS_NOW,    // the present observation, the previous action, the time step: no memory
    POLICY_KNOWS_HISTORY,
    POLICY_KNOWS_STATE,
} PolicyKnows;

typedef struct PolicyView {
    const void *model, *state;
    int time;                       // t of a_t, from 0
    const void *observation;        // o_t
    const void *previous_action;    // a_{t-1}; at t = 0 zeros
    void *memory;                   // memory_bytes, zeros at t = 0
} PolicyView;

typedef struct NativePolicy {
    const char *name;    // as the original's statistics call it: "always_0"
    PolicyKnows knows;
    size_t memory_bytes;
    void (*act)(const PolicyView *view, Rng *rng, void *action);    // writes a_t
    bool slow;                                                      // takes milliseconds
} NativePolicy;

struct NativeMany;

// Every function takes the prepared model (read-only) first. Observations and actions point to numbers of their space.
typedef struct NativeType {
    const char *name;        // "repeat-first"
    const char *upstream;    // the class it is the same as: "RepeatFirst"
    const char *help;
    size_t model_bytes;
    void (*prepare)(const NativeParams *params, void *model, NativeSpec *spec);
    void (*reset)(const void *model, void *state, Rng *rng, void *observation);
    // The action is in its space, the episode not over.
    NativeStep (*step)(const void *model, void *state, const void *action, Rng *rng, void *observation);
    void (*privileged)(const void *model, const void *state, double *out);
    // The same step for many environments at once, to the bit what `step` does one by one, but no resets. Some may be over: it does no harm, and
    // what is written for them does not count. NULL: `step` is fast enough.
    void (*step_many)(const void *model, const struct NativeMany *many);
    // The same reset for many environments at once, to the bit what `reset` does one by one: states, rngs and observations alone. NULL: none.
    void (*reset_many)(const void *model, const struct NativeMany *many);
    // Filter, where spec.belief_parts > 0. False: the observation has probability zero under the belief (which is left as it was). Those that
    // need random numbers draw from `rng`.
    bool (*belief_reset)(const void *model, void *belief, const void *observation, Rng *rng);
    bool (*belief_update)(const void *model, void *belief, const void *action, const void *observation, Rng *rng);
    void (*belief_vector)(const void *model, const void *belief, float *out);    // part after part
    const NativePolicy *policies;    // [policy_count]; uniform actions are not among them (native_act_uniformly)
    int policy_count;
} NativeType;

// Arrays of `count` environments, one entry for each.
typedef struct NativeMany {
    int count;
    void *states;    // state_bytes apart
    Rng *rngs;
    const void *actions;    // [count, action.size]
    void *observations;     // [count, observation.size]
    double *rewards;
    uint8_t *terminated, *truncated;
} NativeMany;

typedef struct Native {
    const NativeType *type;
    NativeSpec spec;
    void *model;    // owned
} Native;

Native *native_create(const NativeType *type, const NativeParams *params);
void native_destroy(Native *native);

// Draws every number of the action uniformly from its choices, or from [low, high] (rounding to single precision can give the bound).
void native_act_uniformly(const Space *space, Rng *rng, void *action);

typedef struct NativeEpisode {
    double score;    // undiscounted return
    int steps;
    bool terminated;
} NativeEpisode;
// Plays an episode, the environment and the policy each from its own stream. `policy` NULL: uniform actions.
NativeEpisode native_play(const Native *native, const NativePolicy *policy, Rng *world, Rng *actor);

// The registry: one line per environment, in envs/natives.c. Found by either name.
extern const NativeType *const native_types[];
extern const size_t native_type_count;
const NativeType *native_find(const char *name, Error *error);    // NULL with what is accepted
