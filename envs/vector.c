#include "envs/vector.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"

const char *const vector_reset_names[] = {"next-step", "same-step", "disabled", NULL};

Vector *vector_create(const NativeType *type, const NativeParams *params, int64_t count, VectorReset mode, Error *error) {
    if (count < 1 || count > INT32_MAX / SPACE_MAX) {
        error_set(error, "found %lld environments, accepted: 1 to %d", (long long)count, INT32_MAX / SPACE_MAX);
        return NULL;
    }
    Native *native = native_create(type, params);
    const size_t many = (size_t)count;
    Vector *vector = memory_zeroed(1, sizeof *vector);
    *vector = (Vector){.native = native,
                       .count = (int)count,
                       .mode = mode,
                       .states = calloc(many, native->spec.state_bytes),
                       .rngs = calloc(many, sizeof(Rng)),
                       .over = calloc(many, 1)};
    if (!vector->states || !vector->rngs || !vector->over) {
        error_set(error, "%lld environments of %zu bytes do not fit in memory, accepted: fewer", (long long)count,
                  native->spec.state_bytes + sizeof(Rng) + 1);
        vector_destroy(vector);
        return NULL;
    }
    vector_seed(vector, 0);
    return vector;
}

void vector_destroy(Vector *vector) {
    if (!vector) return;
    native_destroy(vector->native);
    free(vector->states);
    free(vector->rngs);
    free(vector->over);
    free(vector);
}

void vector_seed(Vector *vector, uint64_t seed) {
    for (int i = 0; i < vector->count; i++) vector->rngs[i] = rng_stream(seed, RNG_VECTOR, (uint64_t)i);
    vector->begun = false;
}

void vector_seed_some(Vector *vector, const uint8_t *mask, uint64_t seed) {
    for (int i = 0; i < vector->count; i++) {
        if (mask[i]) vector->rngs[i] = rng_stream(seed, RNG_VECTOR, (uint64_t)i);
    }
}

static uint8_t *row(const void *array, const Space *space, int i) {
    return (uint8_t *)array + (size_t)i * (size_t)space->size * SPACE_NUMBER_BYTES;
}

static void *state_of(const Vector *vector, int i) {
    return vector->states + (size_t)i * vector->native->spec.state_bytes;
}

static void begin(Vector *vector, int i, void *observation) {
    const Native *native = vector->native;
    native->type->reset(native->model, state_of(vector, i), &vector->rngs[i], observation);
    vector->over[i] = 0;
}

bool vector_reset(Vector *vector, const uint8_t *mask, void *observations, Error *error) {
    if (mask && !vector->begun) return error_set(error, "found a mask before the first reset, accepted: a reset of all");
    for (int i = 0; i < vector->count; i++) {
        if (!mask || mask[i]) begin(vector, i, row(observations, &vector->native->spec.observation, i));
    }
    vector->begun = true;
    return true;
}

// ---- what is refused ---------------------------------------------------------------------------------------------------------

static bool refuse_discrete(const Vector *vector, const int32_t *actions, Error *error) {
    const Space *space = &vector->native->spec.action;
    for (int i = 0; i < vector->count; i++) {
        for (int k = 0; k < space->size; k++) {
            const int32_t found = actions[i * space->size + k];
            if (found < 0 || found >= space->choices[k])
                return error_set(error, "environment %d: found action %d, accepted: 0 to %d", i, found, space->choices[k] - 1);
        }
    }
    return true;
}

static bool refuse_box(const Vector *vector, const float *actions, Error *error) {
    const int size = vector->native->spec.action.size;
    for (int i = 0; i < vector->count * size; i++) {
        if (!isfinite(actions[i]))
            return error_set(error, "environment %d: found action %g, accepted: a finite number", i / size, (double)actions[i]);
    }
    return true;
}

static bool check(const Vector *vector, const void *actions, Error *error) {
    if (!vector->begun) return error_set(error, "found a step before the first reset, accepted: a reset of all");
    if (vector->mode == VECTOR_RESET_NEVER) {
        const uint8_t *over = memchr(vector->over, 1, (size_t)vector->count);
        if (over)
            return error_set(error, "environment %d: found a step after the end of its episode, accepted: a reset",
                             (int)(over - vector->over));
    }
    return vector->native->spec.action.kind == SPACE_DISCRETE ? refuse_discrete(vector, actions, error)
                                                              : refuse_box(vector, actions, error);
}

// ---- stepping ------------------------------------------------------------------------------------------------------------------

static void step_one(Vector *vector, int i, const void *actions, const VectorStep *out) {
    const Native *native = vector->native;
    void *observation = row(out->observations, &native->spec.observation, i);
    const NativeStep made = native->type->step(native->model, state_of(vector, i), row(actions, &native->spec.action, i),
                                               &vector->rngs[i], observation);
    out->rewards[i] = made.reward;
    out->terminated[i] = made.terminated;
    out->truncated[i] = made.truncated;
}

static void begin_instead(Vector *vector, int i, const VectorStep *out) {
    begin(vector, i, row(out->observations, &vector->native->spec.observation, i));
    out->rewards[i] = 0;
    out->terminated[i] = out->truncated[i] = 0;
}

// Environments that are over are begun, the others stepped: those between two that are over, together.
static void step_all(Vector *vector, const void *actions, const VectorStep *out) {
    const Native *native = vector->native;
    for (int i = 0; i < vector->count;) {
        if (vector->over[i]) {
            begin_instead(vector, i++, out);
            continue;
        }
        const uint8_t *over = memchr(vector->over + i, 1, (size_t)(vector->count - i));
        const int end = over ? (int)(over - vector->over) : vector->count;
        if (native->type->step_many) {
            const NativeMany many = {.count = end - i,
                                     .states = state_of(vector, i),
                                     .rngs = vector->rngs + i,
                                     .actions = row(actions, &native->spec.action, i),
                                     .observations = row(out->observations, &native->spec.observation, i),
                                     .rewards = out->rewards + i,
                                     .terminated = out->terminated + i,
                                     .truncated = out->truncated + i};
            native->type->step_many(native->model, &many);
        } else {
            for (int k = i; k < end; k++) step_one(vector, k, actions, out);
        }
        i = end;
    }
}

static void privileged_of(const Vector *vector, int i, double *out) {
    const Native *native = vector->native;
    native->type->privileged(native->model, state_of(vector, i), out + (size_t)i * (size_t)native->spec.privileged_size);
}

static void close_episodes(Vector *vector, const VectorStep *out) {
    const Space *space = &vector->native->spec.observation;
    for (int i = 0; i < vector->count; i++) {
        if (!(out->terminated[i] | out->truncated[i])) continue;
        vector->over[i] = 1;
        if (vector->mode != VECTOR_RESET_SAME) continue;
        void *observation = row(out->observations, space, i);
        if (out->final_observations)
            memcpy(row(out->final_observations, space, i), observation, (size_t)space->size * SPACE_NUMBER_BYTES);
        if (out->final_privileged) privileged_of(vector, i, out->final_privileged);
        begin(vector, i, observation);
    }
}

bool vector_step(Vector *vector, const void *actions, const VectorStep *out, Error *error) {
    if (!check(vector, actions, error)) return false;
    step_all(vector, actions, out);
    close_episodes(vector, out);
    if (out->privileged) vector_privileged(vector, out->privileged);
    return true;
}

void vector_privileged(const Vector *vector, double *out) {
    for (int i = 0; i < vector->count; i++) privileged_of(vector, i, out);
}
