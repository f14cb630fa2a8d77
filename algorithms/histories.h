// Samples of (hidden state, belief) pairs: what the estimators of mutual information eat.
//
// Two sets. *policy*: histories of the current policy, epsilon-greedy. *bank*: a frozen bank of histories under the environment's
// exploration policy, drawn once from its own seed and the same for every checkpoint, cell and run; only the hidden states along
// them change. In the deterministic T-Maze on-policy MI equals H(b) whatever was learned; the bank holds H(b) fixed.
#pragma once

#include "algorithms/networks/network.h"
#include "core/recorder.h"
#include "envs/env.h"

typedef struct HistoryParams {
    int period;           // units of training between two samples (checkpoints)
    bool last;            // also sample after the last unit (the released code stops one period earlier)
    int pairs;            // pairs per half: one half trains the estimator, the other tests it
    int sampling;         // HISTORY_ONE: one uniform time step of each trajectory; HISTORY_EVERY: every step
    double epsilon;       // of the policy set; 0 is greedy
    bool policy, bank;    // which sets to sample
    int bank_seed;
} HistoryParams;

typedef enum HistorySampling { HISTORY_ONE, HISTORY_EVERY } HistorySampling;

extern const ParamTable history_params;

// 2 * pairs rows: first the training half, then the test half, from disjoint trajectories.
typedef struct Histories {
    int count, hidden_size, belief_size, observation_size;
    float *hidden;          // [count, hidden_size]; LSTM: h and then c
    float *belief;          // [count, belief_size]
    float *observation;     // [count, observation_size], at the same time step
    int *episode, *time;    // which trajectory (its number modulo 2^32), which decision time
} Histories;

// Owns buffers for one sample, and an environment's and a network's worth of scratch memory, whatever the number of pairs per
// trajectory: 64 trajectories are in memory at a time. `network` gives the shapes; its weights may change between samples.
typedef struct HistorySampler HistorySampler;
HistorySampler *history_sampler_create(const Env *env, const Network *network, const HistoryParams *params,
                                       const Linalg *linalg);
void history_sampler_destroy(HistorySampler *sampler);

// Both return the sampler's own buffers, valid until the next call. `checkpoint` numbers the samples of a run.
const Histories *history_sampler_policy(HistorySampler *sampler, const Network *network, uint64_t seed, uint32_t checkpoint);
const Histories *history_sampler_bank(HistorySampler *sampler, const Network *network);

// Records hidden, episode and time, belief and observation as `set`/... at `step`; of the bank all but hidden only once, when `first`.
void histories_record(const Histories *histories, const char *set, int64_t step, bool first, const Recorder *recorder);
