#include "envs/vector.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"

const char *const vector_reset_names[] = {"next-step", "same-step", "disabled", NULL};

enum { TOGETHER = 32 };    // episodes that are begun at once

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
                       .over = calloc(many, 1),
                       .due = calloc(many, sizeof(int32_t)),
                       .due_rngs = calloc(many, sizeof(Rng)),
                       .due_states = calloc(TOGETHER, native->spec.state_bytes)};
    if (!vector->states || !vector->rngs || !vector->over || !vector->due || !vector->due_rngs || !vector->due_states) {
        error_set(error, "%lld environments of %zu bytes do not fit in memory, accepted: fewer", (long long)count,
                  native->spec.state_bytes + 2 * sizeof(Rng) + 1 + sizeof(int32_t));
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
    free(vector->due);
    free(vector->due_rngs);
    free(vector->due_states);
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

// ---- beginning -----------------------------------------------------------------------------------------------------------------

static void begin(Vector *vector, int i, void *observation) {
    const Native *native = vector->native;
    native->type->reset(native->model, state_of(vector, i), &vector->rngs[i], observation);
}

// `count` of them, at most TOGETHER, beside each other and back.
static void begin_together(Vector *vector, int count, const int32_t *which, void *observations) {
    const Native *native = vector->native;
    const Space *space = &native->spec.observation;
    const size_t state_bytes = native->spec.state_bytes, seen_bytes = (size_t)space->size * SPACE_NUMBER_BYTES;
    Rng rngs[TOGETHER] = {0};
    union {
        int32_t whole[TOGETHER * SPACE_MAX];
        float real[TOGETHER * SPACE_BOX_MAX];
    } seen;
    for (int k = 0; k < count; k++) rngs[k] = vector->rngs[which[k]];
    native->type->reset_many(native->model,
                             &(NativeMany){.count = count, .states = vector->due_states, .rngs = rngs, .observations = &seen});
    for (int k = 0; k < count; k++) {
        vector->rngs[which[k]] = rngs[k];
        memcpy(state_of(vector, which[k]), vector->due_states + (size_t)k * state_bytes, state_bytes);
        memcpy(row(observations, space, which[k]), row(&seen, space, k), seen_bytes);
    }
}

// Those that are due, the first `count` of the list.
static void begin_due(Vector *vector, int count, void *observations) {
    const Native *native = vector->native;
    const int32_t *which = vector->due;
    for (int k = 0; k < count; k++) vector->over[which[k]] = 0;
    if (!native->type->reset_many) {
        for (int k = 0; k < count; k++) begin(vector, which[k], row(observations, &native->spec.observation, which[k]));
        return;
    }
    for (int k = 0; k < count; k += TOGETHER)
        begin_together(vector, count - k < TOGETHER ? count - k : TOGETHER, which + k, observations);
}

// Makes due those with a mark in either array, and returns how many they are. Marks are few: eight are looked at together.
static int make_due(Vector *vector, const uint8_t *marks, const uint8_t *others) {
    int due = 0;
    for (int i = 0; i < vector->count; i += 8) {
        const int here = vector->count - i < 8 ? vector->count - i : 8;
        uint64_t eight[2] = {0};
        memcpy(&eight[0], marks + i, (size_t)here);
        memcpy(&eight[1], others + i, (size_t)here);
        for (uint64_t marked = eight[0] | eight[1]; marked != 0;) {
            const int at = __builtin_ctzll(marked) / 8;
            vector->due[due++] = i + at;
            marked &= ~((uint64_t)0xff << 8 * at);
        }
    }
    return due;
}

bool vector_reset(Vector *vector, const uint8_t *mask, void *observations, Error *error) {
    if (mask && !vector->begun) return error_set(error, "found a mask before the first reset, accepted: a reset of all");
    int due = vector->count;
    if (mask) {
        due = make_due(vector, mask, mask);
    } else {
        for (int i = 0; i < vector->count; i++) vector->due[i] = i;
    }
    begin_due(vector, due, observations);
    vector->begun = true;
    return true;
}

// ---- what is refused ---------------------------------------------------------------------------------------------------------

// Whether any is, without asking which: in most steps none.
static bool any_outside(const Space *space, int count, const int32_t *actions) {
    bool outside = false;
    if (space->size == 1) {
        const uint32_t last = (uint32_t)space->choices[0] - 1;
        uint32_t below = 0;    // has the highest bit if an action, or the distance from one to the last, is below zero
        for (int i = 0; i < count; i++) below |= (uint32_t)actions[i] | (last - (uint32_t)actions[i]);
        return below >> 31;
    }
    for (int i = 0; i < count; i++, actions += space->size) {
        for (int k = 0; k < space->size; k++) outside |= (uint32_t)actions[k] >= (uint32_t)space->choices[k];
    }
    return outside;
}

static bool refuse_discrete(const Vector *vector, const int32_t *actions, Error *error) {
    const Space *space = &vector->native->spec.action;
    if (!any_outside(space, vector->count, actions)) return true;
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
    bool outside = false;
    for (int i = 0; i < vector->count * size; i++) outside |= !(fabsf(actions[i]) <= FLT_MAX);
    for (int i = 0; outside && i < vector->count * size; i++) {
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

static void step_together(Vector *vector, const void *actions, const VectorStep *out) {
    const Native *native = vector->native;
    const NativeMany many = {.count = vector->count,
                             .states = vector->states,
                             .rngs = vector->rngs,
                             .actions = actions,
                             .observations = out->observations,
                             .rewards = out->rewards,
                             .terminated = out->terminated,
                             .truncated = out->truncated};
    native->type->step_many(native->model, &many);
}

// Environments that are over are begun, the others stepped. Together all are stepped: to leave out those that are over would leave short runs, which cost
// more. So their streams are put back; everything else is overwritten.
static void step_all(Vector *vector, const void *actions, const VectorStep *out) {
    const int due = vector->mode == VECTOR_RESET_NEXT ? make_due(vector, vector->over, vector->over) : 0;
    const int32_t *which = vector->due;
    if (vector->native->type->step_many) {
        for (int k = 0; k < due; k++) vector->due_rngs[k] = vector->rngs[which[k]];
        step_together(vector, actions, out);
        for (int k = 0; k < due; k++) vector->rngs[which[k]] = vector->due_rngs[k];
    } else {
        for (int i = 0; i < vector->count; i++) {
            if (!vector->over[i]) step_one(vector, i, actions, out);
        }
    }
    for (int k = 0; k < due; k++) {
        out->rewards[which[k]] = 0;
        out->terminated[which[k]] = out->truncated[which[k]] = 0;
    }
    begin_due(vector, due, out->observations);
}

static void privileged_of(const Vector *vector, int i, double *out) {
    const Native *native = vector->native;
    native->type->privileged(native->model, state_of(vector, i), out + (size_t)i * (size_t)native->spec.privileged_size);
}

static void close_episodes(Vector *vector, const VectorStep *out) {
    const Space *space = &vector->native->spec.observation;
    const int due = make_due(vector, out->terminated, out->truncated);
    for (int k = 0; k < due; k++) vector->over[vector->due[k]] = 1;
    if (vector->mode != VECTOR_RESET_SAME) return;
    for (int k = 0; k < due && out->final_observations; k++)
        memcpy(row(out->final_observations, space, vector->due[k]), row(out->observations, space, vector->due[k]),
               (size_t)space->size * SPACE_NUMBER_BYTES);
    for (int k = 0; k < due && out->final_privileged; k++) privileged_of(vector, vector->due[k], out->final_privileged);
    begin_due(vector, due, out->observations);
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
