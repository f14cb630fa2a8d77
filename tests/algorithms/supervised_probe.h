// A task that tells which of its sequences were drawn, and small supervised agents that learn it.
#pragma once

#include "algorithms/agents/supervised.h"
#include "core/normal.h"
#include "tests/algorithms/agents.h"

#define TYPE (&agent_supervised)

// ---- a task that tells which sequences were drawn ----------------------------------------------------------------------------------

typedef struct ProbeParams {
    int64_t there[TASK_SPLIT_COUNT];
    bool classes;
    int steps;
} ProbeParams;

typedef struct Drawn {
    TaskSplit split;
    int64_t index;
} Drawn;

static Drawn drawn[20000];
static int drawn_count;

static inline bool probe_prepare(const void *params, void *model, TaskSpec *spec, Error *error) {
    (void)error;
    const ProbeParams *asked = params;
    *(ProbeParams *)model = *asked;
    *spec = (TaskSpec){.input_size = 2,
                       .output_size = asked->classes ? 3 : 1,
                       .target = asked->classes ? TASK_CLASSES : TASK_REGRESSION,
                       .steps = asked->steps,
                       .scored = 2};
    memcpy(spec->samples, asked->there, sizeof spec->samples);
    return true;
}

// Of 2 steps and more; asked at the last two: the sum of the first column, or whether it is small, middling or large.
static inline void probe_sample(const void *model, TaskSplit split, int64_t index, Rng *rng, TaskSequence *out) {
    const ProbeParams *probe = model;
    if (drawn_count < (int)(sizeof drawn / sizeof *drawn)) drawn[drawn_count++] = (Drawn){split, index};
    out->steps = 2 + (int)(index % (probe->steps - 1));
    out->scored = 2;
    float sum = 0;
    for (int t = 0; t < out->steps; t++) {
        out->input[2 * t] = (float)rng_normal(rng) / 2;
        out->input[2 * t + 1] = t >= out->steps - 2;
        sum += out->input[2 * t];
        int k = t - (out->steps - 2);
        if (k < 0) continue;
        out->when[k] = t;
        out->value[k] = sum;
        out->label[k] = (sum > -0.5f) + (sum > 0.5f);
    }
}

static const TaskType probe_type = {.name = "probe",
                                    .params = {"task probe", NULL, 0, sizeof(ProbeParams)},
                                    .model_bytes = sizeof(ProbeParams),
                                    .prepare = probe_prepare,
                                    .sample = probe_sample};

static inline void probe_lengthen(void *params, int factor) {
    ((ProbeParams *)params)->steps *= factor;
}

static inline TaskType longer_type(void) {
    TaskType type = probe_type;
    type.lengthen = probe_lengthen;
    return type;
}

static inline Task *probe(ProbeParams params) {
    Error error = {0};
    if (params.steps == 0) params.steps = 4;
    Task *task = task_create(&probe_type, &params, &error);
    if (!task) fail_msg("%s", error.message);
    drawn_count = 0;
    return task;
}

// ---- agents --------------------------------------------------------------------------------------------------------------------------

// 8 sequences to learn from, 3 batches a pass.
static const SupervisedParams tiny = {
    .steps = 13,
    .batch = 3,
    .train_samples = 11,
    .validation_samples = 3,
    .test_samples = 5,
    .optimiser = OPTIM_ADAM,
    .learning_rate = 0.02,
    .decay = 0.9,
    .evaluation_period = 4,
    .restore = true,
    .lengthen = 1,
};

static const NetworkParams shape = {.cell = 0, .layers = 2, .hidden = 4, .time_scale = 100};

static inline WarmupParams warmup_of(int steps) {
    WarmupParams params;
    param_defaults(&warmup_params, &params);
    params.steps = steps;
    params.batch = 4;
    params.horizon_maximum = 5;
    return params;
}

static inline AgentContext context_of(const Task *task, const NetworkParams *network, const WarmupParams *warmup) {
    static const WarmupParams none = {0};
    return (AgentContext){.task = task,
                          .network = network ? network : &shape,
                          .warmup = warmup ? warmup : &none,
                          .seed = 7,
                          .precision = DTYPE_F32,
                          .linalg = linalg_portable()};
}

static inline Agent *agent_of(const Task *task, const SupervisedParams *params, const WarmupParams *warmup) {
    AgentContext context = context_of(task, NULL, warmup);
    return agents_create(TYPE, params, &context);
}
