#include "envs/irrelevant.h"

#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "core/normal.h"
#include "envs/wrapper.h"

typedef struct IrrelevantModel {
    EnvWrapper wrapper;
    int variables;
    double process_variance, observation_variance;
    double process_deviation, observation_deviation;
    const char *names[];    // of the privileged numbers; NULL where the inner environment has none
} IrrelevantModel;

// Each of the two lies behind the inner environment's own.
typedef struct IrrelevantState {
    int32_t done;    // the inner environment is in a terminal state
    double value[];
} IrrelevantState;

typedef struct IrrelevantBelief {
    double variance;    // of every variable; they are independent
    double mean[];
} IrrelevantBelief;

// ---- the process ----------------------------------------------------------------------------------------------------

// A step of s, unless it rests, and a look at it. All variates are drawn at once: it is cheaper.
static void move_and_observe(const IrrelevantModel *model, IrrelevantState *own, bool moves, Rng *rng, float *observation) {
    const int d = model->variables;
    double noise[2 * IRRELEVANT_MAX];
    const double *left = noise;
    rng_normals(rng, matrix_view(DTYPE_F64, 1, moves ? 2 * d : d, noise));
    for (int i = 0; i < d && moves; i++) own->value[i] += model->process_deviation * *left++;
    for (int i = 0; i < d; i++) observation[i] = (float)(own->value[i] + model->observation_deviation * *left++);
}

static void irrelevant_reset(const void *context, void *state, Rng *rng, float *observation) {
    const IrrelevantModel *model = context;
    const Env *inner = model->wrapper.inner;
    IrrelevantState *own = wrapper_own_state(&model->wrapper, state);
    own->done = 0;
    memset(own->value, 0, (size_t)model->variables * sizeof *own->value);
    move_and_observe(model, own, true, rng, observation);
    inner->type->reset(inner->model, state, rng, observation + model->variables);
}

static EnvStep irrelevant_step(const void *context, void *state, int action, Rng *rng, float *observation) {
    const IrrelevantModel *model = context;
    const Env *inner = model->wrapper.inner;
    IrrelevantState *own = wrapper_own_state(&model->wrapper, state);
    move_and_observe(model, own, !own->done, rng, observation);
    EnvStep result = inner->type->step(inner->model, state, action, rng, observation + model->variables);
    own->done |= result.done;
    return result;
}

static float *put_values(const IrrelevantModel *model, const void *state, float *out) {
    const IrrelevantState *own = (const void *)((const char *)state + model->wrapper.state_offset);
    for (int i = 0; i < model->variables; i++) *out++ = (float)own->value[i];
    return out;
}

static void irrelevant_privileged(const void *context, const void *state, float *out) {
    const IrrelevantModel *model = context;
    const Env *inner = model->wrapper.inner;
    inner->type->privileged(inner->model, state, put_values(model, state, out));
}

static void irrelevant_state_vector(const void *context, const void *state, float *out) {
    const IrrelevantModel *model = context;
    const Env *inner = model->wrapper.inner;
    inner->type->state_vector(inner->model, state, put_values(model, state, out));
}

// ---- the belief -----------------------------------------------------------------------------------------------------

static bool all_finite(const float *observation, int count) {
    bool finite = true;
    for (int i = 0; i < count; i++) finite &= isfinite(observation[i]) != 0;
    return finite;
}

static void predict_and_correct(const IrrelevantModel *model, IrrelevantBelief *own, const float *observation) {
    double variance = own->variance + model->process_variance, gain = variance / (variance + model->observation_variance);
    for (int i = 0; i < model->variables; i++) own->mean[i] += gain * ((double)observation[i] - own->mean[i]);
    own->variance = (1 - gain) * variance;
}

static bool irrelevant_belief_reset(const void *context, void *belief, const float *observation, Rng *rng) {
    const IrrelevantModel *model = context;
    const Env *inner = model->wrapper.inner;
    IrrelevantBelief *own = wrapper_own_belief(&model->wrapper, belief);
    if (!all_finite(observation, model->variables) ||
        !inner->type->belief_reset(inner->model, belief, observation + model->variables, rng))
        return false;
    own->variance = 0;
    memset(own->mean, 0, (size_t)model->variables * sizeof *own->mean);
    predict_and_correct(model, own, observation);
    return true;
}

static bool irrelevant_belief_update(const void *context, void *belief, int action, const float *observation, Rng *rng) {
    const IrrelevantModel *model = context;
    const Env *inner = model->wrapper.inner;
    if (!all_finite(observation, model->variables) ||
        !inner->type->belief_update(inner->model, belief, action, observation + model->variables, rng))
        return false;
    predict_and_correct(model, wrapper_own_belief(&model->wrapper, belief), observation);
    return true;
}

static const IrrelevantBelief *own_belief(const IrrelevantModel *model, const void *belief) {
    return (const void *)((const char *)belief + model->wrapper.belief_offset);
}

static void irrelevant_belief_vector(const void *context, const void *belief, float *out) {
    const IrrelevantModel *model = context;
    const Env *inner = model->wrapper.inner;
    const IrrelevantBelief *own = own_belief(model, belief);
    const int d = model->variables;
    for (int i = 0; i < d; i++) *out++ = (float)own->mean[i];
    for (int i = 0; i < d * d; i++) *out++ = i / d == i % d ? (float)own->variance : 0;
    inner->type->belief_vector(inner->model, belief, out);
}

static void irrelevant_belief_privileged(const void *context, const void *belief, float *out) {
    const IrrelevantModel *model = context;
    const Env *inner = model->wrapper.inner;
    const IrrelevantBelief *own = own_belief(model, belief);
    for (int i = 0; i < model->variables; i++) *out++ = own->variance > 0 ? NAN : (float)own->mean[i];
    inner->type->belief_privileged(inner->model, belief, out);
}

// ---- creation -------------------------------------------------------------------------------------------------------

static const ParamSpec rows[] = {
    {"variables", PARAM_INT, offsetof(IrrelevantParams, variables), "0", 0, IRRELEVANT_MAX, NULL,
     "state variables d that have nothing to do with the task; 0: the environment as it is"},
    {"process_variance", PARAM_REAL, offsetof(IrrelevantParams, process_variance), "0.1", 0, 1e12, NULL,
     "of a variable's start and of each of its steps"},
    {"observation_variance", PARAM_REAL, offsetof(IrrelevantParams, observation_variance), "1", 1e-12, 1e12, NULL,
     "of the noise that a variable is seen through"},
};
const ParamTable irrelevant_params = {"irrelevant", rows, sizeof rows / sizeof *rows, sizeof(IrrelevantParams)};

static const char *const own_names[IRRELEVANT_MAX] = {"irrelevant_0",  "irrelevant_1",  "irrelevant_2",  "irrelevant_3",
                                                      "irrelevant_4",  "irrelevant_5",  "irrelevant_6",  "irrelevant_7",
                                                      "irrelevant_8",  "irrelevant_9",  "irrelevant_10", "irrelevant_11",
                                                      "irrelevant_12", "irrelevant_13", "irrelevant_14", "irrelevant_15"};

static void replace_functions(EnvType *type, bool filter) {
    type->reset = irrelevant_reset;
    type->step = irrelevant_step;
    type->privileged = irrelevant_privileged;
    type->state_vector = irrelevant_state_vector;
    if (!filter) return;
    type->belief_reset = irrelevant_belief_reset;
    type->belief_update = irrelevant_belief_update;
    type->belief_vector = irrelevant_belief_vector;
    type->belief_privileged = irrelevant_belief_privileged;
}

static void extend_spec(EnvSpec *spec, int d) {
    spec->observation_size += d;
    spec->observation_one_hot = false;
    spec->observation_numbers = 0;
    spec->privileged_size += d;
    if (spec->state_size > 0) spec->state_size += d;
    if (spec->belief_parts == 0) return;
    memmove(spec->belief + 1, spec->belief, (size_t)spec->belief_parts++ * sizeof *spec->belief);
    spec->belief[0] = (BeliefPart){.about = "irrelevant", .kind = BELIEF_GAUSSIAN, .particles = 1, .size = d + d * d};
    spec->belief_size = belief_size(spec->belief, spec->belief_parts);
}

Env *env_irrelevant(Env *inner, const IrrelevantParams *params, Error *error) {
    const int d = params->variables;
    assert(d >= 0 && d <= IRRELEVANT_MAX && params->process_variance >= 0 && params->observation_variance > 0);
    if (d == 0) return inner;
    if (inner->spec.belief_parts == BELIEF_PARTS_MAX) {
        error_set(error, "irrelevant: found a belief of %d parts of environment %s, accepted: at most %d",
                  inner->spec.belief_parts, inner->type->name, BELIEF_PARTS_MAX - 1);
        env_destroy(inner);
        return NULL;
    }
    const size_t names = (size_t)(d + inner->spec.privileged_size) * sizeof(char *), numbers = (size_t)d * sizeof(double);
    Env *env = wrapper_create(inner, sizeof(IrrelevantModel) + names, sizeof(IrrelevantState) + numbers,
                              sizeof(IrrelevantBelief) + numbers);
    IrrelevantModel *model = env->model;
    model->variables = d;
    model->process_variance = params->process_variance;
    model->observation_variance = params->observation_variance;
    model->process_deviation = sqrt(params->process_variance);
    model->observation_deviation = sqrt(params->observation_variance);
    for (int i = 0; i < d; i++) model->names[i] = own_names[i];
    const char *const *inner_names = inner->type->privileged_names;
    for (int i = 0; i < inner->spec.privileged_size; i++) model->names[d + i] = inner_names ? inner_names[i] : NULL;
    model->wrapper.type.privileged_names = model->names;
    replace_functions(&model->wrapper.type, inner->spec.belief_parts > 0);
    extend_spec(&env->spec, d);
    return env;
}
