// A registry of environments for tests of envs/api.h: every kind of space, and what upstream spells irregularly. And a caller with an array for
// everything, and its twin that calls envs/vector.h.
#pragma once

#include "envs/api.h"
#include "envs/popgym/popgym.h"
#include "envs/vector.h"
#include "tests/support.h"

// ---- two environments that show all they are given ---------------------------------------------------------------------------------

typedef struct TestState {
    int32_t time;
    float place;
} TestState;

static inline void box_prepare(const NativeParams *params, void *model, NativeSpec *spec) {
    *spec = (NativeSpec){.observation = {.kind = SPACE_BOX, .size = 2, .low = {-INFINITY, -1}, .high = {INFINITY, 1}},
                         .action = {.kind = SPACE_BOX, .size = 1, .low = {-2}, .high = {2}},
                         .limit = 3 + params->level + 3 * params->version,
                         .privileged_size = 2,
                         .state_bytes = sizeof(TestState),
                         .random_return = 0,
                         .optimal_return = NAN,
                         .bound_return = 2};
    *(int *)model = spec->limit;
}

static inline void box_observe(const TestState *state, Rng *rng, float *observation) {
    observation[0] = state->place;
    observation[1] = (float)rng_between(rng, -1, 1);
}

static inline void box_reset(const void *model, void *memory, Rng *rng, void *observation) {
    (void)model;
    *(TestState *)memory = (TestState){.place = (float)rng_uniform(rng)};
    box_observe(memory, rng, observation);
}

static inline NativeStep box_step(const void *model, void *memory, const void *action, Rng *rng, void *observation) {
    TestState *state = memory;
    state->time++;
    state->place += *(const float *)action;
    box_observe(state, rng, observation);
    return (NativeStep){
        .reward = (double)state->place / 3, .terminated = state->place > 1.5f, .truncated = state->time == *(const int *)model};
}

static inline void test_privileged(const void *model, const void *memory, double *out) {
    (void)model;
    const TestState *state = memory;
    out[0] = state->time;
    out[1] = (double)state->place;
}

static inline void pair_prepare(const NativeParams *params, void *model, NativeSpec *spec) {
    (void)model, (void)params;
    *spec = (NativeSpec){.observation = {.kind = SPACE_DISCRETE, .size = 2, .choices = {2, 4}},
                         .action = {.kind = SPACE_DISCRETE, .size = 2, .choices = {3, 5}},
                         .limit = 100,
                         .previous_action = true,
                         .privileged_size = 2,
                         .state_bytes = sizeof(TestState)};
}

static inline void pair_observe(const TestState *state, Rng *rng, int32_t *observation) {
    observation[0] = state->time % 2;
    observation[1] = (int32_t)rng_below(rng, 4);
}

static inline void pair_reset(const void *model, void *memory, Rng *rng, void *observation) {
    (void)model;
    *(TestState *)memory = (TestState){.time = 0};
    pair_observe(memory, rng, observation);
}

static inline NativeStep pair_step(const void *model, void *memory, const void *action, Rng *rng, void *observation) {
    (void)model;
    const int32_t *a = action;
    TestState *state = memory;
    state->time++;
    pair_observe(state, rng, observation);
    return (NativeStep){.reward = a[0] + a[1] / 10.0, .terminated = a[0] == 2 && a[1] >= 3, .truncated = state->time == 100};
}

static const NativeType box = {.name = "box",
                               .upstream = "VelocityOnlyCartPole",
                               .help = "walks",
                               .model_bytes = sizeof(int),
                               .prepare = box_prepare,
                               .reset = box_reset,
                               .step = box_step,
                               .privileged = test_privileged};
static const NativeType pair = {.name = "pair",
                                .upstream = "Autoencode",
                                .help = "counts",
                                .model_bytes = sizeof(int),
                                .prepare = pair_prepare,
                                .reset = pair_reset,
                                .step = pair_step,
                                .privileged = test_privileged};

// Stands in for envs/natives.c, which the linker then leaves where it is.
const NativeType *const native_types[] = {&repeat_first, &box, &pair};
const size_t native_type_count = sizeof native_types / sizeof *native_types;

// ---- one caller, with an array for everything ----------------------------------------------------------------------------------------

enum { COUNT = 7, ERROR_BYTES = 200 };

// Numbers of all, of either kind.
typedef union Column {
    int32_t whole[COUNT * SPACE_MAX];
    float real[COUNT * SPACE_BOX_MAX];
} Column;

typedef struct Caller {
    EngramEnvs *envs;
    EngramEnvsSpec spec;
    char error[ERROR_BYTES];
    Column actions, observations, final_observations;
    double rewards[COUNT], privileged[COUNT * 8], final_privileged[COUNT * 8];
    uint8_t terminated[COUNT], truncated[COUNT];
    size_t action_bytes, observation_bytes;
    EngramEnvsStep step;
} Caller;

static inline Caller *caller_create(const char *name, const char *autoreset) {
    Caller *caller = memory_zeroed(1, sizeof *caller);
    caller->envs = engram_envs_create(name, "hard", NULL, COUNT, autoreset, caller->error, ERROR_BYTES);
    if (!caller->envs) fail_msg("%s", caller->error);
    assert_int_equal(engram_envs_describe(caller->envs, &caller->spec, sizeof caller->spec, NULL, 0), ENGRAM_ENVS_OK);
    const EngramEnvsSpec *spec = &caller->spec;
    caller->action_bytes = COUNT * 4 * (size_t)spec->action.size;
    caller->observation_bytes = COUNT * 4 * (size_t)spec->observation.size;
    const size_t state_bytes = COUNT * sizeof(double) * (size_t)spec->privileged_size;
    caller->step = (EngramEnvsStep){.observations = {caller->observations.whole, caller->observation_bytes},
                                    .rewards = {caller->rewards, sizeof caller->rewards},
                                    .terminated = {caller->terminated, COUNT},
                                    .truncated = {caller->truncated, COUNT},
                                    .privileged = {caller->privileged, state_bytes}};
    if (strcmp(autoreset, "same-step") == 0) {
        caller->step.final_observations = (EngramEnvsArray){caller->final_observations.whole, caller->observation_bytes};
        caller->step.final_privileged = (EngramEnvsArray){caller->final_privileged, state_bytes};
    }
    return caller;
}

static inline void caller_destroy(Caller *caller) {
    engram_envs_destroy(caller->envs);
    free(caller);
}

static inline int caller_reset(Caller *caller, const uint64_t *seed, const uint8_t *mask) {
    return engram_envs_reset(caller->envs, seed, mask, mask ? COUNT : 0, caller->observations.whole, caller->observation_bytes,
                             caller->error, ERROR_BYTES);
}

static inline int caller_step(Caller *caller) {
    return engram_envs_step(caller->envs, caller->actions.whole, caller->action_bytes, &caller->step, caller->error,
                            ERROR_BYTES);
}

static inline void act(const Space *space, Rng *rng, int32_t *actions) {
    for (int i = 0; i < COUNT; i++) native_act_uniformly(space, rng, actions + i * space->size);
}

// ---- its twin ------------------------------------------------------------------------------------------------------------------------

typedef struct Twin {
    Vector *vector;
    Caller out;    // only the arrays are used
    VectorStep step;
} Twin;

static inline Twin *twin_create(const NativeType *type, VectorReset mode) {
    Twin *twin = memory_zeroed(1, sizeof *twin);
    twin->vector = vector_create(type, &(NativeParams){.level = LEVEL_HARD}, COUNT, mode, NULL);
    twin->step = (VectorStep){.observations = twin->out.observations.whole,
                              .rewards = twin->out.rewards,
                              .terminated = twin->out.terminated,
                              .truncated = twin->out.truncated,
                              .privileged = twin->out.privileged,
                              .final_observations = twin->out.final_observations.whole,
                              .final_privileged = twin->out.final_privileged};
    return twin;
}

static inline void twin_destroy(Twin *twin) {
    vector_destroy(twin->vector);
    free(twin);
}

static inline void assert_same_arrays(const Caller *a, const Caller *b) {
    assert_memory_equal(&a->observations, &b->observations, sizeof a->observations);
    assert_memory_equal(a->rewards, b->rewards, sizeof a->rewards);
    assert_memory_equal(a->terminated, b->terminated, sizeof a->terminated);
    assert_memory_equal(a->truncated, b->truncated, sizeof a->truncated);
    assert_memory_equal(a->privileged, b->privileged, sizeof a->privileged);
    assert_memory_equal(&a->final_observations, &b->final_observations, sizeof a->final_observations);
    assert_memory_equal(a->final_privileged, b->final_privileged, sizeof a->final_privileged);
}
