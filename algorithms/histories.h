// Samples of (hidden state, belief) pairs: what the estimators of mutual information eat.
//
// Three sets. *policy*: histories of the current policy, by default greedy. *exploring*: of the current policy with exploration as in
// training. *bank*: a frozen bank of histories under the environment's exploration policy, drawn once from its own seed and the same for
// every checkpoint, cell and run; only the hidden states along them change. In the deterministic T-Maze on-policy MI equals H(b)
// whatever was learned; the bank holds H(b) fixed.
#pragma once

#include "algorithms/networks/network.h"
#include "core/recorder.h"
#include "envs/env.h"

typedef enum HistorySet { HISTORY_POLICY, HISTORY_EXPLORING, HISTORY_BANK, HISTORY_SET_COUNT } HistorySet;
extern const char *const history_set_names[HISTORY_SET_COUNT];    // "policy", "exploring", "bank"

typedef struct HistoryParams {
    int period;           // units of training between two samples (checkpoints)
    bool last;            // also sample after the last unit (the released code stops one period earlier)
    int pairs;            // pairs per half: one half trains the estimator, the other tests it
    int sampling;         // HISTORY_ONE: one uniform time step of each trajectory; HISTORY_EVERY: every step
    double epsilon;       // of the policy set; 0 is greedy
    bool policy, bank;    // which sets to sample
    int bank_seed;
    bool exploring;
    double exploring_epsilon;
    int particles;    // that are kept of a set, evenly spread over it; 0: all
} HistoryParams;

typedef enum HistorySampling { HISTORY_ONE, HISTORY_EVERY } HistorySampling;

extern const ParamTable history_params;

bool history_wants(const HistoryParams *params, HistorySet set);
bool history_wants_any(const HistoryParams *params);

// Part `index` of an environment's belief as it is kept: a set cut down to `particles`.
BeliefPart history_part(const HistoryParams *params, const EnvSpec *spec, int index);

// 2 * pairs rows: first the training half, then the test half, from disjoint trajectories.
typedef struct Histories {
    int count, hidden_size, observation_size;
    int parts;
    BeliefPart part[BELIEF_PARTS_MAX];
    float *hidden;                      // [count, hidden_size]; LSTM: h and then c
    float *belief[BELIEF_PARTS_MAX];    // each [count, numbers of the part]
    float *observation;                 // [count, observation_size], at the same time step
    int *episode, *time;                // which trajectory (its number modulo 2^32), which decision time
} Histories;

// Bytes that recording one sample of a set takes, before compression.
double histories_bytes(const HistoryParams *params, const EnvSpec *spec, int hidden_size, bool first);

// Owns buffers for one sample, and an environment's and a network's worth of scratch memory, whatever the number of pairs per
// trajectory: 64 trajectories are in memory at a time. `network` gives the shapes; its weights may change between samples. The environment
// must have a belief.
typedef struct HistorySampler HistorySampler;
HistorySampler *history_sampler_create(const Env *env, const Network *network, const HistoryParams *params,
                                       const Linalg *linalg);
void history_sampler_destroy(HistorySampler *sampler);

// Returns the sampler's own buffers, valid until the next call. `checkpoint` numbers the samples of a run; the bank depends on neither
// it nor `seed`.
const Histories *history_sampler_draw(HistorySampler *sampler, HistorySet set, const Network *network, uint64_t seed,
                                      uint32_t checkpoint);

// Records <set>/hidden, <set> being the name of `which`, at `step`, and when `first` also <set>/belief (the environment's own part), <set>/belief-<about> (the others),
// observation, episode and time: of the bank all these stay the same. Sets have rank 3: [n, particles, size].
void histories_record(const Histories *histories, HistorySet which, int64_t step, bool first, const Recorder *recorder);
