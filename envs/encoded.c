#include "envs/encoded.h"

#include <assert.h>
#include <limits.h>
#include <math.h>
#include <string.h>

enum { PRIVILEGED_MAX = 1024 };    // numbers

// ---- encoding ------------------------------------------------------------------------------------------------------------------

static int encoded_size(const Space *space) {
    int size = space->size;
    if (space->kind == SPACE_DISCRETE) {
        size = 0;
        for (int i = 0; i < space->size; i++) size += space->choices[i];
    }
    return size;
}

void encoded_observation(const EncodedModel *model, const void *observation, float *out) {
    const Space *space = &model->native->spec.observation;
    if (space->kind == SPACE_BOX) {
        memcpy(out, observation, (size_t)space->size * sizeof *out);
        return;
    }
    const int32_t *numbers = observation;
    memset(out, 0, (size_t)model->observation_size * sizeof *out);
    for (int i = 0; i < space->size; i++) {
        out[numbers[i]] = 1;
        out += space->choices[i];
    }
}

// The place of the only 1 among zeros; -1: it is something else.
static int32_t one_hot_index(const float *values, int count) {
    int32_t index = -1;
    for (int k = 0; k < count; k++) {
        if (values[k] == 0) continue;
        if (values[k] != 1 || index >= 0) return -1;
        index = k;
    }
    return index;
}

bool encoded_decode(const EncodedModel *model, const float *encoded, void *observation) {
    const Space *space = &model->native->spec.observation;
    if (space->kind == SPACE_BOX) {
        memcpy(observation, encoded, (size_t)space->size * sizeof *encoded);
        return true;
    }
    int32_t *numbers = observation;
    for (int i = 0; i < space->size; i++) {
        numbers[i] = one_hot_index(encoded, space->choices[i]);
        if (numbers[i] < 0) return false;
        encoded += space->choices[i];
    }
    return true;
}

void encoded_action(const EncodedModel *model, int index, void *action) {
    const Space *space = &model->native->spec.action;
    if (space->kind == SPACE_BOX) {
        const double low = (double)space->low[0], high = (double)space->high[0];
        *(float *)action = (float)(low + (high - low) * index / (model->torques - 1));
        return;
    }
    int32_t *numbers = action;
    for (int i = space->size - 1; i >= 0; i--) {
        numbers[i] = index % space->choices[i];
        index /= space->choices[i];
    }
    assert(index == 0);
}

// ---- preparation ----------------------------------------------------------------------------------------------------------------

const ParamSpec encoded_rows[ENCODED_CONTINUOUS] = {
    {"level", PARAM_CHOICE, offsetof(EncodedParams, level), "easy", 0, 0, native_level_names, "difficulty"},
    {"version", PARAM_CHOICE, offsetof(EncodedParams, version), "1.0.7", 0, 0, native_version_names,
     "rules of the release, or of the paper's code, where they differ"},
    {"torques", PARAM_INT, offsetof(EncodedParams, torques), "5", 2, 65536, NULL,
     "actions: evenly spaced torques, the largest in both directions among them"},
};

static EnvSpec spec_of(const EncodedModel *model) {
    const NativeSpec *native = &model->native->spec;
    const bool discrete = native->observation.kind == SPACE_DISCRETE, several = discrete && native->observation.size > 1;
    EnvSpec spec = {
        .observation_size = model->observation_size,
        .observation_one_hot = discrete && !several,
        .observation_numbers = several ? native->observation.size : 0,
        .observation_choices = several ? native->observation.choices : NULL,
        .action_count = model->torques > 0 ? model->torques : space_joint(&native->action),
        .horizon = native->limit,
        .discount = 0.99,
        .privileged_size = native->privileged_size,
        .state_size = native->privileged_size,
        .belief_parts = native->belief_parts,
        .state_bytes = native->state_bytes,
        .belief_bytes = native->belief_bytes,
        .optimal_return = native->optimal_return,
        .optimal_discounted_return = NAN,
        .random_return = native->random_return,
        .random_discounted_return = NAN,
        .bound_return = isnan(native->optimal_return) ? native->bound_return : NAN,
        .bound_discounted_return = NAN,
    };
    memcpy(spec.belief, native->belief, sizeof spec.belief);
    return spec;
}

bool encoded_prepare(const EnvType *type, const void *settings, void *context, EnvSpec *spec, Error *error) {
    (void)error;
    const EncodedParams *params = settings;
    EncodedModel *model = context;
    Native *native = native_create(type->native, &(NativeParams){.level = params->level, .version = params->version});
    const bool continuous = native->spec.action.kind == SPACE_BOX;
    assert(continuous == (type->params.count == ENCODED_CONTINUOUS) && (!continuous || native->spec.action.size == 1));
    assert(native->spec.privileged_size <= PRIVILEGED_MAX);
    *model = (EncodedModel){.native = native,
                            .torques = continuous ? params->torques : 0,
                            .observation_size = encoded_size(&native->spec.observation)};
    *spec = spec_of(model);
    return true;
}

void encoded_dispose(void *context) {
    native_destroy(((EncodedModel *)context)->native);
}

// ---- the environment --------------------------------------------------------------------------------------------------------------

void encoded_reset(const void *context, void *state, Rng *rng, float *observation) {
    const EncodedModel *model = context;
    Numbers seen;
    model->native->type->reset(model->native->model, state, rng, &seen);
    encoded_observation(model, &seen, observation);
}

EnvStep encoded_step(const void *context, void *state, int action, Rng *rng, float *observation) {
    const EncodedModel *model = context;
    Numbers seen, taken;
    encoded_action(model, action, &taken);
    const NativeStep made = model->native->type->step(model->native->model, state, &taken, rng, &seen);
    encoded_observation(model, &seen, observation);
    return (EnvStep){.reward = made.reward, .done = made.terminated};
}

int encoded_explore(const void *context, Rng *rng) {
    const EncodedModel *model = context;
    const int count = model->torques > 0 ? model->torques : space_joint(&model->native->spec.action);
    return (int)rng_below(rng, (uint32_t)count);
}

void encoded_privileged(const void *context, const void *state, float *out) {
    const EncodedModel *model = context;
    double numbers[PRIVILEGED_MAX];
    model->native->type->privileged(model->native->model, state, numbers);
    for (int i = 0; i < model->native->spec.privileged_size; i++) out[i] = (float)numbers[i];
}

// ---- the belief --------------------------------------------------------------------------------------------------------------------

bool encoded_belief_reset(const void *context, void *belief, const float *observation, Rng *rng) {
    const EncodedModel *model = context;
    Numbers seen;
    return encoded_decode(model, observation, &seen) &&
           model->native->type->belief_reset(model->native->model, belief, &seen, rng);
}

bool encoded_belief_update(const void *context, void *belief, int action, const float *observation, Rng *rng) {
    const EncodedModel *model = context;
    Numbers seen, taken;
    encoded_action(model, action, &taken);
    return encoded_decode(model, observation, &seen) &&
           model->native->type->belief_update(model->native->model, belief, &taken, &seen, rng);
}

void encoded_belief_vector(const void *context, const void *belief, float *out) {
    const EncodedModel *model = context;
    model->native->type->belief_vector(model->native->model, belief, out);
}

void encoded_belief_privileged(const void *context, const void *belief, float *out) {
    (void)belief;
    const EncodedModel *model = context;
    for (int i = 0; i < model->native->spec.privileged_size; i++) out[i] = NAN;
}
