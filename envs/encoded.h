// A native environment (envs/native.h) as agents know environments (envs/env.h): observations are floats, an action is one number.
//
// Observation  discrete: each number one-hot, one after the other; continuous: as it is. Of a single discrete number, and of several, the spec
//              tells (observation_one_hot, observation_numbers), so that a file can give the numbers.
// Action       discrete numbers are one index, row by row, the last number running fastest. A continuous one is one of `torques` evenly spaced
//              levels, both bounds among them.
// End          done = terminated, also where the episode is truncated by the same step. The horizon is the limit, so that whoever counts steps
//              knows what is truncated.
// Privileged   the native numbers; they are the state as a network is fed it too. Whatever is known of it through the belief stays unsaid: NaN.
// Belief       the native one: the filter is given back the native numbers. An observation that encodes none has probability zero.
// Exploration  uniform over the indices
// Returns      the native ones, undiscounted; discount 0.99, discounted returns not known
#pragma once

#include "envs/env.h"
#include "envs/native.h"

typedef struct EncodedParams {
    int level;      // a NativeLevel
    int version;    // a NativeVersion
    int torques;    // levels of a continuous action
} EncodedParams;

// Rows of the parameter table: all of them, or those before `torques`.
enum { ENCODED_DISCRETE = 2, ENCODED_CONTINUOUS = 3 };
extern const ParamSpec encoded_rows[ENCODED_CONTINUOUS];

typedef struct EncodedModel {
    Native *native;          // owned
    int torques;             // 0: actions are discrete
    int observation_size;    // floats
} EncodedModel;

// A native observation, numbers of its space, as floats: out [observation_size]. And back: false when the floats encode none.
void encoded_observation(const EncodedModel *model, const void *observation, float *out);
bool encoded_decode(const EncodedModel *model, const float *encoded, void *observation);
// Action number `index` in its own numbers.
void encoded_action(const EncodedModel *model, int index, void *action);

// Functions of an EnvType whose `native` says what it encodes.
bool encoded_prepare(const EnvType *type, const void *settings, void *context, EnvSpec *spec, Error *error);
void encoded_dispose(void *context);
void encoded_reset(const void *context, void *state, Rng *rng, float *observation);
EnvStep encoded_step(const void *context, void *state, int action, Rng *rng, float *observation);
int encoded_explore(const void *context, Rng *rng);
void encoded_privileged(const void *context, const void *state, float *out);
bool encoded_belief_reset(const void *context, void *belief, const float *observation, Rng *rng);
bool encoded_belief_update(const void *context, void *belief, int action, const float *observation, Rng *rng);
void encoded_belief_vector(const void *context, const void *belief, float *out);
void encoded_belief_privileged(const void *context, const void *belief, float *out);

// The registry's line of an environment: an initialiser. A static table cannot take name and help from NATIVE, so they are said again.
#define ENCODED(NATIVE, NAME, ACTIONS, HELP)                                                                                   \
    {                                                                                                                          \
        .name = NAME, .help = HELP, .source = "Morad et al., ICLR 2023 (arXiv 2303.01859)",                                    \
        .params = {"environment " NAME, encoded_rows, ACTIONS, sizeof(EncodedParams)}, .native = &NATIVE,                      \
        .model_bytes = sizeof(EncodedModel), .prepare = encoded_prepare, .dispose = encoded_dispose, .reset = encoded_reset,   \
        .step = encoded_step, .explore = encoded_explore, .privileged = encoded_privileged,                                    \
        .state_vector = encoded_privileged, .belief_reset = encoded_belief_reset, .belief_update = encoded_belief_update,      \
        .belief_vector = encoded_belief_vector, .belief_privileged = encoded_belief_privileged,                                \
    }
