#include "algorithms/histories.h"

#include <assert.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "algorithms/rollout.h"
#include "core/arena.h"

static const char *const sampling_names[] = {"one", "every", NULL};

static const ParamSpec rows[] = {
    {"period", PARAM_INT, offsetof(HistoryParams, period), "100", 1, 1e9, NULL, "units of training between two samples"},
    {"last", PARAM_BOOL, offsetof(HistoryParams, last), "true", 0, 0, NULL,
     "also sample after the last unit (the released code stops one period earlier)"},
    {"pairs", PARAM_INT, offsetof(HistoryParams, pairs), "10000", 10, 1e6, NULL,
     "pairs per half: one trains the estimator, one tests it"},
    {"sampling", PARAM_CHOICE, offsetof(HistoryParams, sampling), "one", 0, 0, sampling_names,
     "one uniform time step of each trajectory, or every step"},
    {"epsilon", PARAM_REAL, offsetof(HistoryParams, epsilon), "0", 0, 1, NULL,
     "exploration in the policy's histories; 0 is greedy"},
    {"policy", PARAM_BOOL, offsetof(HistoryParams, policy), "true", 0, 0, NULL, "sample histories of the current policy"},
    {"bank", PARAM_BOOL, offsetof(HistoryParams, bank), "true", 0, 0, NULL, "sample the frozen bank (exploration policy)"},
    {"bank_seed", PARAM_INT, offsetof(HistoryParams, bank_seed), "0", 0, 2147483647, NULL, "seed of the frozen bank"},
};
const ParamTable history_params = {"histories", rows, sizeof rows / sizeof *rows, sizeof(HistoryParams)};

enum { WAVE = 64 };    // trajectories played side by side

struct HistorySampler {
    const Env *env;
    HistoryParams params;
    Rollout *rollout;
    Histories sample;    // what callers get
    Histories wave;      // rows of the trajectories now being played: `rows_each` for each slot
    size_t rows_each;
    int length[WAVE];    // of each trajectory, in steps
    Rng observer[WAVE];
    void *belief[WAVE];
    RolloutPlan plan;
};

static Histories allocate(size_t n, int hidden_size, int belief_size, int observation_size) {
    return (Histories){
        .hidden_size = hidden_size,
        .belief_size = belief_size,
        .observation_size = observation_size,
        .hidden = memory_zeroed(n * (size_t)hidden_size, sizeof(float)),
        .belief = memory_zeroed(n * (size_t)belief_size, sizeof(float)),
        .observation = memory_zeroed(n * (size_t)observation_size, sizeof(float)),
        .episode = memory_zeroed(n, sizeof(int)),
        .time = memory_zeroed(n, sizeof(int)),
    };
}

static void release(Histories *histories) {
    free(histories->hidden);
    free(histories->belief);
    free(histories->observation);
    free(histories->episode);
    free(histories->time);
}

HistorySampler *history_sampler_create(const Env *env, const Network *network, const HistoryParams *params,
                                       const Linalg *linalg) {
    assert(env->spec.belief_size > 0 && env->type->belief_reset);
    HistorySampler *sampler = memory_zeroed(1, sizeof *sampler);
    sampler->env = env;
    sampler->params = *params;
    sampler->rollout = rollout_create(env, network, WAVE, linalg);
    sampler->rows_each = params->sampling == HISTORY_ONE ? 1 : (size_t)env->spec.horizon;
    int hidden_size = network_hidden_size(network, true);
    sampler->sample = allocate(2 * (size_t)params->pairs, hidden_size, env->spec.belief_size, env->spec.observation_size);
    sampler->sample.count = 2 * params->pairs;
    sampler->wave = allocate(WAVE * sampler->rows_each, hidden_size, env->spec.belief_size, env->spec.observation_size);
    for (int i = 0; i < WAVE; i++) sampler->belief[i] = memory_zeroed(1, env->spec.belief_bytes);
    return sampler;
}

void history_sampler_destroy(HistorySampler *sampler) {
    if (!sampler) return;
    rollout_destroy(sampler->rollout);
    release(&sampler->sample);
    release(&sampler->wave);
    for (int i = 0; i < WAVE; i++) free(sampler->belief[i]);
    free(sampler);
}

// ---- watching a wave -----------------------------------------------------------------------------------------------------------

// Whether this step is kept, and in which row of the wave. One step of each trajectory, uniformly, without knowing its length: step t replaces
// what was kept with probability 1/(t+1).
static bool is_kept(HistorySampler *sampler, const RolloutStep *step, size_t *row) {
    bool every = sampler->params.sampling == HISTORY_EVERY;
    *row = (size_t)step->slot * sampler->rows_each + (every ? (size_t)step->time : 0);
    return every || rng_below(&sampler->observer[step->slot], (uint32_t)step->time + 1) == 0;
}

static void watch(void *context, const RolloutStep *step) {
    HistorySampler *sampler = context;
    const Env *env = sampler->env;
    int slot = step->slot;
    bool possible = true;
    if (step->time == 0) {
        RngRole role = sampler->plan.purpose == ROLLOUT_BANK ? RNG_BANK_OBSERVER : RNG_HISTORIES_OBSERVER;
        sampler->observer[slot] = rng_stream(sampler->plan.seed, role, sampler->plan.first_index + (uint64_t)step->episode);
        possible = env->type->belief_reset(env->model, sampler->belief[slot], step->observation, &sampler->observer[slot]);
    }
    size_t at;
    if (is_kept(sampler, step, &at)) {
        Histories *wave = &sampler->wave;
        network_hidden(step->state, step->row, true, wave->hidden + at * (size_t)wave->hidden_size);
        env->type->belief_vector(env->model, sampler->belief[slot], wave->belief + at * (size_t)wave->belief_size);
        memcpy(wave->observation + at * (size_t)wave->observation_size, step->observation,
               (size_t)wave->observation_size * sizeof(float));
        wave->episode[at] = (int)(uint32_t)(sampler->plan.first_index + (uint64_t)step->episode);
        wave->time[at] = step->time;
    }
    if (!step->terminal) {
        possible &= env->type->belief_update(env->model, sampler->belief[slot], step->action, step->next_observation,
                                             &sampler->observer[slot]);
    }
    assert(possible);    // the environment and its filter are the same model
    (void)possible;
    sampler->length[slot] = step->time + 1;
}

// ---- filling a sample ------------------------------------------------------------------------------------------------------------

static void copy_row(const Histories *from, size_t s, Histories *to, size_t t) {
    size_t hidden = (size_t)from->hidden_size, belief = (size_t)from->belief_size, observation = (size_t)from->observation_size;
    memcpy(to->hidden + t * hidden, from->hidden + s * hidden, hidden * sizeof(float));
    memcpy(to->belief + t * belief, from->belief + s * belief, belief * sizeof(float));
    memcpy(to->observation + t * observation, from->observation + s * observation, observation * sizeof(float));
    to->episode[t] = from->episode[s];
    to->time[t] = from->time[s];
}

// Takes rows from the wave's trajectories in their order until the half is full; returns how many rows are filled.
static int take_wave(HistorySampler *sampler, int filled, int end) {
    for (int slot = 0; slot < WAVE && filled < end; slot++) {
        int count = sampler->params.sampling == HISTORY_ONE ? 1 : sampler->length[slot];
        for (int i = 0; i < count && filled < end; i++) {
            copy_row(&sampler->wave, (size_t)slot * sampler->rows_each + (size_t)i, &sampler->sample, (size_t)filled++);
        }
    }
    return filled;
}

// A wave is as many episodes as slots, so episode k plays in slot k. Rest of a trajectory that does not fit is left out.
static const Histories *fill(HistorySampler *sampler, const Network *network, double epsilon, uint64_t seed,
                             RolloutPurpose purpose, uint64_t first) {
    sampler->plan = (RolloutPlan){.epsilon = epsilon, .seed = seed, .purpose = purpose, .first_index = first, .episodes = WAVE};
    int pairs = sampler->params.pairs;
    for (int half = 0; half < 2; half++) {
        for (int filled = half * pairs; filled < (half + 1) * pairs;) {
            rollout_play(sampler->rollout, network, &sampler->plan, watch, sampler);
            sampler->plan.first_index += WAVE;
            filled = take_wave(sampler, filled, (half + 1) * pairs);
        }
    }
    return &sampler->sample;
}

const Histories *history_sampler_policy(HistorySampler *sampler, const Network *network, uint64_t seed, uint32_t checkpoint) {
    uint64_t most = 2 * ((uint64_t)sampler->params.pairs + WAVE);    // trajectories a sample can take
    return fill(sampler, network, sampler->params.epsilon, seed, ROLLOUT_HISTORIES, checkpoint * most);
}

// The exploration policy never asks the network, so these trajectories are the same for every network.
const Histories *history_sampler_bank(HistorySampler *sampler, const Network *network) {
    return fill(sampler, network, 1, (uint64_t)sampler->params.bank_seed, ROLLOUT_BANK, 0);
}

void histories_record(const Histories *histories, const char *set, int64_t step, bool first, const Recorder *recorder) {
    char name[64];
    size_t n = (size_t)histories->count;
    snprintf(name, sizeof name, "%s/hidden", set);
    record_array(recorder, name, step, DTYPE_F32, 2, (size_t[]){n, (size_t)histories->hidden_size}, histories->hidden);
    if (!first) return;
    snprintf(name, sizeof name, "%s/belief", set);
    record_array(recorder, name, step, DTYPE_F32, 2, (size_t[]){n, (size_t)histories->belief_size}, histories->belief);
    snprintf(name, sizeof name, "%s/observation", set);
    record_array(recorder, name, step, DTYPE_F32, 2, (size_t[]){n, (size_t)histories->observation_size},
                 histories->observation);
    snprintf(name, sizeof name, "%s/episode", set);
    record_array(recorder, name, step, DTYPE_I32, 1, (size_t[]){n}, histories->episode);
    snprintf(name, sizeof name, "%s/time", set);
    record_array(recorder, name, step, DTYPE_I32, 1, (size_t[]){n}, histories->time);
}
