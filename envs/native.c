#include "envs/native.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"

const char *const native_level_names[] = {"easy", "medium", "hard", NULL};
const char *const native_version_names[] = {"1.0.7", "paper", NULL};

Space space_discrete(int size, int choices) {
    assert(size > 0 && size <= SPACE_MAX && choices > 0);
    Space space = {.kind = SPACE_DISCRETE, .size = size};
    for (int i = 0; i < size; i++) space.choices[i] = choices;
    return space;
}

int space_joint(const Space *space) {
    assert(space->kind == SPACE_DISCRETE);
    int64_t product = 1;
    for (int i = 0; i < space->size; i++) {
        product *= space->choices[i];
        assert(product <= INT32_MAX);
    }
    return (int)product;
}

Native *native_create(const NativeType *type, const NativeParams *params) {
    assert(params->level >= 0 && params->level < LEVEL_COUNT && params->version >= 0 && params->version < VERSION_COUNT);
    Native *native = memory_zeroed(1, sizeof *native);
    native->type = type;
    native->model = memory_zeroed(1, type->model_bytes);
    type->prepare(params, native->model, &native->spec);
    return native;
}

void native_destroy(Native *native) {
    if (!native) return;
    free(native->model);
    free(native);
}

void native_act_uniformly(const Space *space, Rng *rng, void *action) {
    for (int i = 0; i < space->size; i++) {
        if (space->kind == SPACE_DISCRETE) {
            ((int32_t *)action)[i] = (int32_t)rng_below(rng, (uint32_t)space->choices[i]);
        } else {
            ((float *)action)[i] = (float)rng_between(rng, (double)space->low[i], (double)space->high[i]);
        }
    }
}

NativeEpisode native_play(const Native *native, const NativePolicy *policy, Rng *world, Rng *actor) {
    const NativeType *type = native->type;
    void *state = memory_zeroed(1, native->spec.state_bytes);
    Numbers observation = {0}, actions[2] = {0};
    const size_t memory_bytes = policy ? policy->memory_bytes : 0;
    PolicyView view = {.model = native->model,
                       .state = state,
                       .observation = &observation,
                       .memory = memory_bytes ? memory_zeroed(1, memory_bytes) : NULL};
    NativeEpisode episode = {0};
    type->reset(native->model, state, world, &observation);
    for (bool over = false; !over; episode.steps++) {
        Numbers *action = &actions[episode.steps % 2];
        view.previous_action = &actions[(episode.steps + 1) % 2];
        view.time = episode.steps;
        if (policy) {
            policy->act(&view, actor, action);
        } else {
            native_act_uniformly(&native->spec.action, actor, action);
        }
        const NativeStep made = type->step(native->model, state, action, world, &observation);
        episode.score += made.reward;
        episode.terminated = made.terminated;
        over = made.terminated || made.truncated;
    }
    free(view.memory);
    free(state);
    return episode;
}

const NativeType *native_find(const char *name, Error *error) {
    for (size_t i = 0; i < native_type_count; i++) {
        if (strcmp(name, native_types[i]->name) == 0 || strcmp(name, native_types[i]->upstream) == 0) return native_types[i];
    }
    const char **names = memory_zeroed(native_type_count, sizeof *names);
    for (size_t i = 0; i < native_type_count; i++) names[i] = native_types[i]->name;
    error_unknown(error, "environment", name, names, native_type_count);
    free(names);
    return NULL;
}
