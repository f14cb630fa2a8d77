// Control tasks. An environment is a page: its POMDP as a comment with the source, a plain struct for its state (so that many can
// lie in one array and step together), the exploration policy, the privileged state, and where it is known the belief filter.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"
#include "core/param.h"
#include "core/rng.h"
#include "envs/belief.h"

// What does not change during a run; filled by `prepare` from the parameters, the sizes that follow from parts by env_create.
typedef struct EnvSpec {
    int observation_size;        // numbers in an observation
    bool observation_one_hot;    // an observation is one 1 among zeros: a file may give its index instead
    // An observation of several whole numbers is so many one-hot vectors, one after the other, of so many entries each: a file gives the
    // numbers. 0: it is none.
    int observation_numbers;
    const int *observation_choices;    // [observation_numbers]; lives as long as the model
    int action_count;                  // actions are 0..action_count-1
    int horizon;                       // largest number of actions in an episode: then it is truncated, not terminal
    double discount;
    int privileged_size;    // numbers in the privileged state
    int state_size;         // numbers in the state as a network is fed it
    int belief_parts;       // 0: no filter
    BeliefPart belief[BELIEF_PARTS_MAX];
    int belief_size;    // numbers in all parts together, set by env_create
    size_t state_bytes, belief_bytes;
    // Expected returns, truncated at the horizon; NaN: unknown. They are the fixed references of normalised scores: 1 is an optimal policy
    // (which knows all it has seen), 0 one that draws every action uniformly.
    double optimal_return, optimal_discounted_return;
    double random_return, random_discounted_return;
    // Upper bounds of the optimal returns, of a policy that sees the state; NaN where the optimum itself is known.
    double bound_return, bound_discounted_return;
} EnvSpec;

typedef struct EnvStep {
    double reward;
    bool done;    // a terminal state was reached
} EnvStep;

// Every function takes the prepared model (parameters and tables, read-only) first. Observations are `observation_size` floats.
typedef struct EnvType {
    const char *name, *help, *source;
    ParamTable params;
    const char *const *action_names;        // NULL: they have numbers only
    const char *const *privileged_names;    // privileged_size column headings (env_privileged_name); NULL: they have none
    const struct NativeType *native;        // what envs/encoded.h makes an environment of; else NULL
    size_t model_bytes;
    // Checks parameters against each other, fills model and spec. What the model owns is released by `dispose` (may be NULL).
    bool (*prepare)(const struct EnvType *type, const void *params, void *model, EnvSpec *spec, Error *error);
    void (*dispose)(void *model);
    void (*reset)(const void *model, void *state, Rng *rng, float *observation);
    // Order: transition, observation of the new state, reward, done.
    EnvStep (*step)(const void *model, void *state, int action, Rng *rng, float *observation);
    int (*explore)(const void *model, Rng *rng);    // the environment's exploration policy
    void (*privileged)(const void *model, const void *state, float *out);
    // The state as a network is fed it, `state_size` numbers: one-hot where it is discrete.
    void (*state_vector)(const void *model, const void *state, float *out);
    // Bayes filter, exact or by particles (which draw from `rng`). False: the observation has probability zero under the belief (which is then left as it was).
    bool (*belief_reset)(const void *model, void *belief, const float *observation, Rng *rng);
    bool (*belief_update)(const void *model, void *belief, int action, const float *observation, Rng *rng);
    void (*belief_vector)(const void *model, const void *belief, float *out);    // belief_size numbers: part after part
    // The privileged state as far as the belief fixes it: NaN where states of positive probability differ.
    void (*belief_privileged)(const void *model, const void *belief, float *out);
} EnvType;

typedef struct Env {
    const EnvType *type;
    EnvSpec spec;
    void *model;    // owned
} Env;

// `params` is the struct that type->params describes. NULL with a message when the parameters contradict each other.
Env *env_create(const EnvType *type, const void *params, Error *error);
void env_destroy(Env *env);

// The name of privileged number i: its own, or "state_0", "state_1", ... in the order of those that have none.
enum { ENV_NAME_SIZE = 24 };
const char *env_privileged_name(const Env *env, int i, char text[ENV_NAME_SIZE]);

// The registry: one line per environment, in envs/envs.c.
extern const EnvType *const env_types[];
extern const size_t env_type_count;
const EnvType *env_find(const char *name, Error *error);    // NULL with what is accepted
