#include "algorithms/histories.h"

#include <assert.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "algorithms/rollout.h"
#include "core/arena.h"

const char *const history_set_names[HISTORY_SET_COUNT] = {"policy", "exploring", "bank"};

static const struct {
    RolloutPurpose purpose;
    RngRole observer;
} streams[HISTORY_SET_COUNT] = {
    [HISTORY_POLICY] = {ROLLOUT_HISTORIES, RNG_HISTORIES_OBSERVER},
    [HISTORY_EXPLORING] = {ROLLOUT_EXPLORING, RNG_EXPLORING_OBSERVER},
    [HISTORY_BANK] = {ROLLOUT_BANK, RNG_BANK_OBSERVER},
};

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
    {"exploring", PARAM_BOOL, offsetof(HistoryParams, exploring), "false", 0, 0, NULL,
     "sample histories of the current policy with exploration"},
    {"exploring_epsilon", PARAM_REAL, offsetof(HistoryParams, exploring_epsilon), "0.2", 0, 1, NULL,
     "share of exploratory actions in them"},
    {"particles", PARAM_INT, offsetof(HistoryParams, particles), "0", 0, 100000, NULL,
     "particles of a belief that are kept, evenly spread; 0: all"},
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
    float *seen[WAVE];    // observations of the trajectory, [horizon, observation_size]
    int *done[WAVE];      // actions that followed them
    void *belief;
    float *whole;    // one belief, all parts with all particles
    RolloutPlan plan;
    HistorySet set;    // that is being drawn
};

bool history_wants(const HistoryParams *params, HistorySet set) {
    switch (set) {
    case HISTORY_POLICY: return params->policy;
    case HISTORY_EXPLORING: return params->exploring;
    default: return params->bank;
    }
}

bool history_wants_any(const HistoryParams *params) {
    return params->policy || params->exploring || params->bank;
}

BeliefPart history_part(const HistoryParams *params, const EnvSpec *spec, int index) {
    BeliefPart part = spec->belief[index];
    if (params->particles > 0 && params->particles < part.particles) part.particles = params->particles;
    return part;
}

double histories_bytes(const HistoryParams *params, const EnvSpec *spec, int hidden_size, bool first) {
    double numbers = hidden_size, rows_in_all = 2.0 * params->pairs;
    if (first) numbers += spec->observation_size + 2;    // with episode and time
    for (int i = 0; first && i < spec->belief_parts; i++) {
        BeliefPart part = history_part(params, spec, i);
        numbers += belief_part_size(&part);
    }
    return rows_in_all * numbers * sizeof(float);
}

static Histories allocate(const HistoryParams *params, const EnvSpec *spec, size_t n, int hidden_size) {
    Histories histories = {
        .hidden_size = hidden_size,
        .observation_size = spec->observation_size,
        .parts = spec->belief_parts,
        .hidden = memory_zeroed(n * (size_t)hidden_size, sizeof(float)),
        .observation = memory_zeroed(n * (size_t)spec->observation_size, sizeof(float)),
        .episode = memory_zeroed(n, sizeof(int)),
        .time = memory_zeroed(n, sizeof(int)),
    };
    for (int i = 0; i < histories.parts; i++) {
        histories.part[i] = history_part(params, spec, i);
        histories.belief[i] = memory_zeroed(n * (size_t)belief_part_size(&histories.part[i]), sizeof(float));
    }
    return histories;
}

static void release(Histories *histories) {
    free(histories->hidden);
    for (int i = 0; i < histories->parts; i++) free(histories->belief[i]);
    free(histories->observation);
    free(histories->episode);
    free(histories->time);
}

HistorySampler *history_sampler_create(const Env *env, const Network *network, const HistoryParams *params,
                                       const Linalg *linalg) {
    assert(env->spec.belief_parts > 0 && env->type->belief_reset);
    HistorySampler *sampler = memory_zeroed(1, sizeof *sampler);
    sampler->env = env;
    sampler->params = *params;
    sampler->rollout = rollout_create(env, network, WAVE, linalg);
    sampler->rows_each = params->sampling == HISTORY_ONE ? 1 : (size_t)env->spec.horizon;
    int hidden_size = network_hidden_size(network, true);
    sampler->sample = allocate(params, &env->spec, 2 * (size_t)params->pairs, hidden_size);
    sampler->sample.count = 2 * params->pairs;
    sampler->wave = allocate(params, &env->spec, WAVE * sampler->rows_each, hidden_size);
    sampler->whole = memory_zeroed((size_t)env->spec.belief_size, sizeof(float));
    sampler->belief = memory_zeroed(1, env->spec.belief_bytes);
    size_t horizon = (size_t)env->spec.horizon;
    for (int i = 0; i < WAVE; i++) {
        sampler->seen[i] = memory_zeroed(horizon * (size_t)env->spec.observation_size, sizeof(float));
        sampler->done[i] = memory_zeroed(horizon, sizeof(int));
    }
    return sampler;
}

void history_sampler_destroy(HistorySampler *sampler) {
    if (!sampler) return;
    rollout_destroy(sampler->rollout);
    release(&sampler->sample);
    release(&sampler->wave);
    free(sampler->whole);
    free(sampler->belief);
    for (int i = 0; i < WAVE; i++) {
        free(sampler->seen[i]);
        free(sampler->done[i]);
    }
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

// Of a set of N every (N / kept)-th particle: after systematic resampling neighbours have the same parent.
static void keep_part(const BeliefPart *from, const BeliefPart *to, const float *whole, float *out) {
    size_t size = (size_t)from->size;
    if (to->particles == from->particles) {
        memcpy(out, whole, (size_t)belief_part_size(from) * sizeof(float));
        return;
    }
    for (int i = 0; i < to->particles; i++) {
        size_t source = (size_t)i * (size_t)from->particles / (size_t)to->particles;
        memcpy(out + (size_t)i * size, whole + source * size, size * sizeof(float));
    }
}

static void keep_belief(HistorySampler *sampler, size_t at) {
    const Env *env = sampler->env;
    Histories *wave = &sampler->wave;
    const float *whole = sampler->whole;
    env->type->belief_vector(env->model, sampler->belief, sampler->whole);
    for (int i = 0; i < wave->parts; i++) {
        const BeliefPart *from = &env->spec.belief[i];
        keep_part(from, &wave->part[i], whole, wave->belief[i] + at * (size_t)belief_part_size(&wave->part[i]));
        whole += belief_part_size(from);
    }
}

// The filter along a finished trajectory, as far as beliefs are kept: a step that was drawn uniformly lies half way on average, and what comes after it
// costs nothing.
static void follow(HistorySampler *sampler, int slot) {
    const Env *env = sampler->env;
    Rng *rng = &sampler->observer[slot];
    bool every = sampler->params.sampling == HISTORY_EVERY;
    size_t first = (size_t)slot * sampler->rows_each, size = (size_t)env->spec.observation_size;
    int last = every ? sampler->length[slot] - 1 : sampler->wave.time[first];
    const float *seen = sampler->seen[slot];
    bool possible = env->type->belief_reset(env->model, sampler->belief, seen, rng);
    for (int t = 0;; t++) {
        if (every || t == last) keep_belief(sampler, first + (every ? (size_t)t : 0));
        if (t == last) break;
        int action = sampler->done[slot][t];
        possible &= env->type->belief_update(env->model, sampler->belief, action, seen + (size_t)(t + 1) * size, rng);
    }
    assert(possible);    // the environment and its filter are the same model
    (void)possible;
}

static void watch(void *context, const RolloutStep *step) {
    HistorySampler *sampler = context;
    int slot = step->slot;
    size_t size = (size_t)sampler->wave.observation_size, time = (size_t)step->time, at;
    uint64_t index = sampler->plan.first_index + (uint64_t)step->episode;
    if (time == 0) sampler->observer[slot] = rng_stream(sampler->plan.seed, streams[sampler->set].observer, index);
    memcpy(sampler->seen[slot] + time * size, step->observation, size * sizeof(float));
    sampler->done[slot][time] = step->action;
    sampler->length[slot] = step->time + 1;
    if (is_kept(sampler, step, &at)) {
        Histories *wave = &sampler->wave;
        network_hidden(step->state, step->row, true, wave->hidden + at * (size_t)wave->hidden_size);
        memcpy(wave->observation + at * size, step->observation, size * sizeof(float));
        wave->episode[at] = (int)(uint32_t)index;
        wave->time[at] = step->time;
    }
    if (step->terminal || step->truncated) follow(sampler, slot);
}

// ---- filling a sample ------------------------------------------------------------------------------------------------------------

static void copy_floats(const float *from, size_t s, float *to, size_t t, int numbers) {
    size_t count = (size_t)numbers;
    memcpy(to + t * count, from + s * count, count * sizeof(float));
}

static void copy_row(const Histories *from, size_t s, Histories *to, size_t t) {
    copy_floats(from->hidden, s, to->hidden, t, from->hidden_size);
    for (int i = 0; i < from->parts; i++) copy_floats(from->belief[i], s, to->belief[i], t, belief_part_size(&from->part[i]));
    copy_floats(from->observation, s, to->observation, t, from->observation_size);
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
static const Histories *fill(HistorySampler *sampler, const Network *network) {
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

// The exploration policy never asks the network, so the bank's trajectories are the same for every network.
const Histories *history_sampler_draw(HistorySampler *sampler, HistorySet set, const Network *network, uint64_t seed,
                                      uint32_t checkpoint) {
    const HistoryParams *params = &sampler->params;
    uint64_t most = 2 * ((uint64_t)params->pairs + WAVE);    // trajectories a sample can take
    sampler->set = set;
    sampler->plan = (RolloutPlan){.purpose = streams[set].purpose, .episodes = WAVE};
    if (set == HISTORY_BANK) {
        sampler->plan.epsilon = 1;
        sampler->plan.seed = (uint64_t)params->bank_seed;
    } else {
        sampler->plan.epsilon = set == HISTORY_POLICY ? params->epsilon : params->exploring_epsilon;
        sampler->plan.seed = seed;
        sampler->plan.first_index = checkpoint * most;
    }
    return fill(sampler, network);
}

// ---- recording -------------------------------------------------------------------------------------------------------------------

static void record_part(const Histories *histories, int index, const char *set, int64_t step, const Recorder *recorder) {
    const BeliefPart *part = &histories->part[index];
    char name[64];
    snprintf(name, sizeof name, "%s/belief%s%s", set, *part->about ? "-" : "", part->about);
    size_t n = (size_t)histories->count, size = (size_t)part->size, particles = (size_t)part->particles;
    if (part->kind == BELIEF_PARTICLES) {
        record_array(recorder, name, step, DTYPE_F32, 3, (size_t[]){n, particles, size}, histories->belief[index]);
    } else {
        record_array(recorder, name, step, DTYPE_F32, 2, (size_t[]){n, size}, histories->belief[index]);
    }
}

void histories_record(const Histories *histories, HistorySet which, int64_t step, bool first, const Recorder *recorder) {
    const char *set = history_set_names[which];
    char name[64];
    size_t n = (size_t)histories->count;
    snprintf(name, sizeof name, "%s/hidden", set);
    record_array(recorder, name, step, DTYPE_F32, 2, (size_t[]){n, (size_t)histories->hidden_size}, histories->hidden);
    if (!first) return;
    for (int i = 0; i < histories->parts; i++) record_part(histories, i, set, step, recorder);
    snprintf(name, sizeof name, "%s/observation", set);
    record_array(recorder, name, step, DTYPE_F32, 2, (size_t[]){n, (size_t)histories->observation_size},
                 histories->observation);
    snprintf(name, sizeof name, "%s/episode", set);
    record_array(recorder, name, step, DTYPE_I32, 1, (size_t[]){n}, histories->episode);
    snprintf(name, sizeof name, "%s/time", set);
    record_array(recorder, name, step, DTYPE_I32, 1, (size_t[]){n}, histories->time);
}
