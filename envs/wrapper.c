#include "envs/wrapper.h"

#include <stdalign.h>
#include <stdlib.h>

#include "core/arena.h"

size_t wrapper_aligned(size_t bytes) {
    const size_t to = alignof(max_align_t);
    return (bytes + to - 1) / to * to;
}

// ---- passing on -----------------------------------------------------------------------------------------------------

static const Env *inner_of(const void *model) {
    return ((const EnvWrapper *)model)->inner;
}

static void dispose(void *model) {
    env_destroy(((EnvWrapper *)model)->inner);
}

static void reset(const void *model, void *state, Rng *rng, float *observation) {
    const Env *inner = inner_of(model);
    inner->type->reset(inner->model, state, rng, observation);
}

static EnvStep step(const void *model, void *state, int action, Rng *rng, float *observation) {
    const Env *inner = inner_of(model);
    return inner->type->step(inner->model, state, action, rng, observation);
}

static int explore(const void *model, Rng *rng) {
    const Env *inner = inner_of(model);
    return inner->type->explore(inner->model, rng);
}

static void privileged(const void *model, const void *state, float *out) {
    const Env *inner = inner_of(model);
    inner->type->privileged(inner->model, state, out);
}

static void state_vector(const void *model, const void *state, float *out) {
    const Env *inner = inner_of(model);
    inner->type->state_vector(inner->model, state, out);
}

static bool belief_reset(const void *model, void *belief, const float *observation, Rng *rng) {
    const Env *inner = inner_of(model);
    return inner->type->belief_reset(inner->model, belief, observation, rng);
}

static bool belief_update(const void *model, void *belief, int action, const float *observation, Rng *rng) {
    const Env *inner = inner_of(model);
    return inner->type->belief_update(inner->model, belief, action, observation, rng);
}

static void belief_vector(const void *model, const void *belief, float *out) {
    const Env *inner = inner_of(model);
    inner->type->belief_vector(inner->model, belief, out);
}

static void belief_privileged(const void *model, const void *belief, float *out) {
    const Env *inner = inner_of(model);
    inner->type->belief_privileged(inner->model, belief, out);
}

// ---- creation -------------------------------------------------------------------------------------------------------

static EnvType passing_type(const Env *inner, size_t model_bytes) {
    EnvType type = *inner->type;
    bool filter = inner->spec.belief_parts > 0;
    type.model_bytes = model_bytes;
    type.prepare = NULL;
    type.dispose = dispose;
    type.reset = reset;
    type.step = step;
    type.explore = explore;
    type.privileged = privileged;
    type.state_vector = state_vector;
    type.belief_reset = filter ? belief_reset : NULL;
    type.belief_update = filter ? belief_update : NULL;
    type.belief_vector = filter ? belief_vector : NULL;
    type.belief_privileged = filter ? belief_privileged : NULL;
    return type;
}

Env *wrapper_create(Env *inner, size_t model_bytes, size_t own_state_bytes, size_t own_belief_bytes) {
    EnvWrapper *wrapper = memory_zeroed(1, model_bytes);
    wrapper->type = passing_type(inner, model_bytes);
    wrapper->inner = inner;
    wrapper->state_offset = wrapper_aligned(inner->spec.state_bytes);
    wrapper->belief_offset = wrapper_aligned(inner->spec.belief_bytes);
    Env *env = memory_alloc(sizeof *env);
    *env = (Env){.type = &wrapper->type, .spec = inner->spec, .model = wrapper};
    env->spec.state_bytes = wrapper->state_offset + wrapper_aligned(own_state_bytes);
    env->spec.belief_bytes = wrapper->belief_offset + wrapper_aligned(own_belief_bytes);
    return env;
}
