// Playing episodes with a recurrent epsilon-greedy policy, many at once. Each episode draws from a stream of its own, so what happens in
// it does not depend on how many are played side by side.
#pragma once

#include "algorithms/networks/network.h"
#include "envs/env.h"

// One decision and what followed, as a visitor sees it. `state` holds the network's state after reading the observation.
typedef struct RolloutStep {
    int episode, time;
    int slot;                         // which of the `width` places the episode plays in: constant during an episode
    const float *observation;         // o_t
    int previous_action;              // a_{t-1}; -1 at t = 0
    int action;                       // a_t
    double reward;                    // r_t
    const float *next_observation;    // o_{t+1}
    bool terminal, truncated;         // the episode ended with this step, in a terminal state or at the horizon
    const NetworkState *state;
    int row;    // of `state`
} RolloutStep;

typedef void (*RolloutVisitor)(void *context, const RolloutStep *step);

typedef struct Rollout Rollout;

// `width` episodes at most play side by side. Buffers are allocated here, once.
Rollout *rollout_create(const Env *env, const Network *network, int width, const Linalg *linalg);
void rollout_destroy(Rollout *rollout);

// What episodes are played for: each purpose has streams of its own for the environment and for exploration.
typedef enum RolloutPurpose {
    ROLLOUT_TRAINING,
    ROLLOUT_EVALUATION,
    ROLLOUT_HISTORIES,
    ROLLOUT_EXPLORING,
    ROLLOUT_BANK,
    ROLLOUT_PREFILL,    // of a replay memory
} RolloutPurpose;

typedef struct RolloutPlan {
    RolloutPurpose purpose;
    double epsilon;    // probability of an action from the environment's exploration policy
    uint64_t seed;
    uint64_t first_index;    // episode k draws from the streams (seed, role, first_index + k), the roles being the purpose's
    int episodes;
} RolloutPlan;

// Plays the episodes to their end; visits every step of each in order of time. Ties between action values go to the lowest index.
void rollout_play(Rollout *rollout, const Network *network, const RolloutPlan *plan, RolloutVisitor visitor, void *context);

// The network's input: one-hot of the previous action (zeros at t = 0), then the observation.
int rollout_input_size(const EnvSpec *spec);
void rollout_input(const EnvSpec *spec, int previous_action, const float *observation, Matrix input, int row);

// Mean return and mean discounted return over the episodes of a plan. Allocates only for more episodes than any plan before had.
typedef struct RolloutReturns {
    double mean, mean_discounted;
} RolloutReturns;
RolloutReturns rollout_returns(Rollout *rollout, const Network *network, const RolloutPlan *plan);
