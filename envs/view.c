#include "envs/view.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "envs/wrapper.h"

typedef struct ViewModel {
    EnvWrapper wrapper;
    int past;             // frames before the present one
    size_t frame;         // numbers in one of them: a one-hot action and an observation
    size_t belief_at;     // of the filter's belief in the own state, behind a ViewFilter
    size_t numbers_at;    // of its belief vector, likewise
} ViewModel;

static float *added(const ViewModel *model, float *observation) {
    return observation + model->wrapper.inner->spec.observation_size;
}

// ---- frames ---------------------------------------------------------------------------------------------------------

// The own state is the past as it is shown, and the present observation behind it.
static void show_frames(const ViewModel *model, float *own, float *observation) {
    const size_t past = (size_t)model->past * model->frame;
    memcpy(own + past, observation, (size_t)model->wrapper.inner->spec.observation_size * sizeof *own);
    memcpy(added(model, observation), own, past * sizeof *own);
}

static void frames_reset(const void *context, void *state, Rng *rng, float *observation) {
    const ViewModel *model = context;
    const Env *inner = model->wrapper.inner;
    float *own = wrapper_own_state(&model->wrapper, state);
    inner->type->reset(inner->model, state, rng, observation);
    memset(own, 0, (size_t)model->past * model->frame * sizeof *own);
    show_frames(model, own, observation);
}

static EnvStep frames_step(const void *context, void *state, int action, Rng *rng, float *observation) {
    const ViewModel *model = context;
    const Env *inner = model->wrapper.inner;
    const size_t actions = (size_t)inner->spec.action_count, seen = (size_t)inner->spec.observation_size;
    float *own = wrapper_own_state(&model->wrapper, state);
    const float *present = own + (size_t)model->past * model->frame;
    assert(action >= 0 && action < inner->spec.action_count);
    memmove(own + model->frame, own, (size_t)(model->past - 1) * model->frame * sizeof *own);
    memset(own, 0, actions * sizeof *own);
    own[action] = 1;
    memcpy(own + actions, present, seen * sizeof *own);
    EnvStep result = inner->type->step(inner->model, state, action, rng, observation);
    show_frames(model, own, observation);
    return result;
}

// ---- belief ---------------------------------------------------------------------------------------------------------

// Of the own state; the belief and room for its vector lie behind.
typedef struct ViewFilter {
    int32_t done;
} ViewFilter;

static void show_belief(const ViewModel *model, char *own, float *observation) {
    const Env *inner = model->wrapper.inner;
    float *numbers = (void *)(own + model->numbers_at), *out = added(model, observation);
    inner->type->belief_vector(inner->model, own + model->belief_at, numbers);
    for (int i = 0; i < inner->spec.belief_parts; i++) {
        const BeliefPart *part = &inner->spec.belief[i];
        belief_summary(part, numbers, out);
        numbers += belief_part_size(part);
        out += belief_summary_size(part);
    }
}

static void belief_reset(const void *context, void *state, Rng *rng, float *observation) {
    const ViewModel *model = context;
    const Env *inner = model->wrapper.inner;
    char *own = wrapper_own_state(&model->wrapper, state);
    inner->type->reset(inner->model, state, rng, observation);
    *(ViewFilter *)(void *)own = (ViewFilter){.done = false};
    bool possible = inner->type->belief_reset(inner->model, own + model->belief_at, observation, rng);
    assert(possible);    // the environment and its filter are the same model
    (void)possible;
    show_belief(model, own, observation);
}

static EnvStep belief_step(const void *context, void *state, int action, Rng *rng, float *observation) {
    const ViewModel *model = context;
    const Env *inner = model->wrapper.inner;
    char *own = wrapper_own_state(&model->wrapper, state);
    ViewFilter *filter = (void *)own;
    EnvStep result = inner->type->step(inner->model, state, action, rng, observation);
    bool possible = inner->type->belief_update(inner->model, own + model->belief_at, action, observation, rng);
    assert(possible || filter->done);    // a filter need not know what follows the end: then the belief stays as it was
    (void)possible;
    filter->done |= result.done;
    show_belief(model, own, observation);
    return result;
}

// ---- state ----------------------------------------------------------------------------------------------------------

static void state_reset(const void *context, void *state, Rng *rng, float *observation) {
    const ViewModel *model = context;
    const Env *inner = model->wrapper.inner;
    inner->type->reset(inner->model, state, rng, observation);
    inner->type->state_vector(inner->model, state, added(model, observation));
}

static EnvStep state_step(const void *context, void *state, int action, Rng *rng, float *observation) {
    const ViewModel *model = context;
    const Env *inner = model->wrapper.inner;
    EnvStep result = inner->type->step(inner->model, state, action, rng, observation);
    inner->type->state_vector(inner->model, state, added(model, observation));
    return result;
}

// ---- reward ---------------------------------------------------------------------------------------------------------

static void reward_reset(const void *context, void *state, Rng *rng, float *observation) {
    const ViewModel *model = context;
    const Env *inner = model->wrapper.inner;
    inner->type->reset(inner->model, state, rng, observation);
    *added(model, observation) = 0;
}

static EnvStep reward_step(const void *context, void *state, int action, Rng *rng, float *observation) {
    const ViewModel *model = context;
    const Env *inner = model->wrapper.inner;
    EnvStep result = inner->type->step(inner->model, state, action, rng, observation);
    *added(model, observation) = (float)result.reward;
    return result;
}

// ---- creation -------------------------------------------------------------------------------------------------------

static const char *const adds_choices[] = {"nothing", "frames", "belief", "state", "reward", NULL};

static const ParamSpec rows[] = {
    {"adds", PARAM_CHOICE, offsetof(ViewParams, adds), "nothing", 0, 0, adds_choices,
     "what is shown beside the observation: earlier frames, the exact or filtered belief, the state, the last reward"},
    {"frames", PARAM_INT, offsetof(ViewParams, frames), "4", 2, 64, NULL,
     "observations that are shown with `adds: frames`, the present one among them"},
};
const ParamTable view_params = {"view", rows, sizeof rows / sizeof *rows, sizeof(ViewParams)};

static const struct {
    void (*reset)(const void *model, void *state, Rng *rng, float *observation);
    EnvStep (*step)(const void *model, void *state, int action, Rng *rng, float *observation);
} functions[] = {
    [VIEW_FRAMES] = {frames_reset, frames_step},
    [VIEW_BELIEF] = {belief_reset, belief_step},
    [VIEW_STATE] = {state_reset, state_step},
    [VIEW_REWARD] = {reward_reset, reward_step},
};

static int added_size(const EnvSpec *inner, const ViewParams *params) {
    int summaries = 0;
    for (int i = 0; i < inner->belief_parts; i++) summaries += belief_summary_size(&inner->belief[i]);
    switch (params->adds) {
    case VIEW_FRAMES: return (params->frames - 1) * (inner->action_count + inner->observation_size);
    case VIEW_BELIEF: return summaries;
    case VIEW_REWARD: return 1;
    default: return inner->state_size;
    }
}

static bool can_add(const Env *inner, int adds, Error *error) {
    const char *name = inner->type->name;
    if (adds == VIEW_BELIEF && inner->spec.belief_parts == 0)
        return error_set(
            error, "view: adds: found 'belief', but environment %s has no filter, accepted: nothing, frames, state, reward",
            name);
    if (adds == VIEW_STATE && inner->spec.state_size == 0)
        return error_set(
            error,
            "view: adds: found 'state', but environment %s has no state vector, accepted: nothing, frames, belief, reward",
            name);
    return true;
}

// Bytes of the own state.
static size_t lay_out(ViewModel *model, const EnvSpec *inner, const ViewParams *params) {
    const size_t seen = (size_t)inner->observation_size;
    switch (params->adds) {
    case VIEW_FRAMES:
        assert(params->frames >= 2);
        model->past = params->frames - 1;
        model->frame = (size_t)inner->action_count + seen;
        return ((size_t)model->past * model->frame + seen) * sizeof(float);
    case VIEW_BELIEF:
        model->belief_at = wrapper_aligned(sizeof(ViewFilter));
        model->numbers_at = model->belief_at + wrapper_aligned(inner->belief_bytes);
        return model->numbers_at + (size_t)inner->belief_size * sizeof(float);
    default: return 0;
    }
}

Env *env_view(Env *inner, const ViewParams *params, Error *error) {
    assert(params->adds >= VIEW_NOTHING && params->adds <= VIEW_REWARD);
    if (params->adds == VIEW_NOTHING) return inner;
    if (!can_add(inner, params->adds, error)) {
        env_destroy(inner);
        return NULL;
    }
    ViewModel layout = {0};
    size_t own = lay_out(&layout, &inner->spec, params);
    Env *env = wrapper_create(inner, sizeof(ViewModel), own, 0);
    ViewModel *model = env->model;
    layout.wrapper = model->wrapper;
    *model = layout;
    model->wrapper.type.reset = functions[params->adds].reset;
    model->wrapper.type.step = functions[params->adds].step;
    env->spec.observation_size += added_size(&inner->spec, params);
    env->spec.observation_one_hot = false;
    env->spec.observation_numbers = 0;
    return env;
}
