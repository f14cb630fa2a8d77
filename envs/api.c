#include "envs/api.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "envs/vector.h"

static_assert((int)SPACE_MAX <= (int)ENGRAM_ENVS_CHOICES && (int)SPACE_BOX_MAX <= (int)ENGRAM_ENVS_BOUNDS,
              "spaces fit into the public ones");
static_assert(sizeof(float) == SPACE_NUMBER_BYTES, "numbers of both kinds are as long");

struct EngramEnvs {
    Vector *vector;
    NativeLevel level;
};

// Hands out the message, or none.
static int answer(int status, const Error *error, char *out, size_t bytes) {
    if (out && bytes > 0) snprintf(out, bytes, "%s", status == ENGRAM_ENVS_OK ? "" : error->message);
    return status;
}

static int answer_no_environments(char *out, size_t bytes) {
    Error error;
    error_set(&error, "found NULL for the environments");
    return answer(ENGRAM_ENVS_INVALID, &error, out, bytes);
}

// A struct of the caller's, whose header may be another than this one.
static bool same_struct(const char *name, const void *data, size_t found, size_t expected, Error *error) {
    if (!data) return error_set(error, "%s: found NULL", name);
    return found == expected || error_set(error, "%s: found %zu bytes, accepted: %zu", name, found, expected);
}

int engram_envs_version(void) {
    return ENGRAM_ENVS_VERSION;
}

// ---- names -------------------------------------------------------------------------------------------------------------------

// Where upstream is not regular.
typedef struct Irregular {
    const char *upstream;
    const char *in_id;    // how the class is spelt in ids; NULL: as everywhere
    bool tuple;           // its observation is a tuple of discrete spaces
} Irregular;

static const Irregular irregular[] = {
    {"VelocityOnlyCartPole", "VelocityOnlyCartpole", false},
    {"Autoencode", NULL, true},
};

static Irregular irregularity(const NativeType *type) {
    for (size_t i = 0; i < sizeof irregular / sizeof *irregular; i++) {
        if (strcmp(irregular[i].upstream, type->upstream) == 0) return irregular[i];
    }
    return (Irregular){0};
}

static void write_id(const NativeType *type, NativeLevel level, char id[ENGRAM_ENVS_ID_BYTES]) {
    static const char *const levels[LEVEL_COUNT] = {"Easy", "Medium", "Hard"};
    const char *in_id = irregularity(type).in_id;
    const int length = snprintf(id, ENGRAM_ENVS_ID_BYTES, "popgym-%s%s-v0", in_id ? in_id : type->upstream, levels[level]);
    assert(length < ENGRAM_ENVS_ID_BYTES);
}

size_t engram_envs_count(void) {
    return native_type_count;
}

int engram_envs_entry(size_t index, EngramEnvsEntry *entry, size_t entry_bytes, char *out, size_t bytes) {
    Error error;
    if (!same_struct("entry", entry, entry_bytes, sizeof *entry, &error))
        return answer(ENGRAM_ENVS_INVALID, &error, out, bytes);
    if (index >= native_type_count) {
        error_set(&error, "found environment %zu, accepted: 0 to %zu", index, native_type_count - 1);
        return answer(ENGRAM_ENVS_INVALID, &error, out, bytes);
    }
    const NativeType *type = native_types[index];
    *entry = (EngramEnvsEntry){.name = type->name, .upstream = type->upstream, .help = type->help};
    for (NativeLevel level = 0; level < LEVEL_COUNT; level++) write_id(type, level, entry->ids[level]);
    return answer(ENGRAM_ENVS_OK, NULL, out, bytes);
}

// ---- creating ----------------------------------------------------------------------------------------------------------------

// The place of `name` in a list that NULL ends; the first where it is NULL.
static bool choose(const char *kind, const char *name, const char *const *accepted, int *chosen, Error *error) {
    *chosen = 0;
    if (!name) return true;
    size_t count = 0;
    for (; accepted[count]; count++) {
        if (strcmp(name, accepted[count]) == 0) {
            *chosen = (int)count;
            return true;
        }
    }
    return error_unknown(error, kind, name, accepted, count);
}

// The environment and level with that id; NULL with the nearest.
static const NativeType *find_id(const char *id, int *level, Error *error) {
    const size_t count = native_type_count * LEVEL_COUNT;
    char(*ids)[ENGRAM_ENVS_ID_BYTES] = memory_zeroed(count, sizeof *ids);
    const char **names = memory_zeroed(count, sizeof *names);
    size_t found = count;
    for (size_t i = 0; i < count; i++) {
        write_id(native_types[i / LEVEL_COUNT], (NativeLevel)(i % LEVEL_COUNT), ids[i]);
        names[i] = ids[i];
        if (strcmp(id, ids[i]) == 0) found = i;
    }
    const char *nearest = error_nearest(id, names, count);
    if (found == count) {
        error_set(error, "found unknown environment '%.80s', accepted: popgym-<Class><Level>-v0%s%s", id,
                  nearest ? "; nearest: " : "", nearest ? nearest : "");
    }
    free(names);
    free(ids);
    *level = (int)(found % LEVEL_COUNT);
    return found == count ? NULL : native_types[found / LEVEL_COUNT];
}

static const NativeType *find(const char *name, const char *level_name, int *level, Error *error) {
    if (!name) {
        error_set(error, "name: found NULL, accepted: the name of an environment");
        return NULL;
    }
    int asked;
    if (!choose("level", level_name, native_level_names, &asked, error)) return NULL;
    if (strncmp(name, "popgym-", strlen("popgym-")) != 0) {
        *level = asked;
        return native_find(name, error);
    }
    const NativeType *type = find_id(name, level, error);
    if (type && level_name && asked != *level) {
        error_set(error, "found level '%s' beside '%s', accepted: none or the same", level_name, name);
        return NULL;
    }
    return type;
}

EngramEnvs *engram_envs_create(const char *name, const char *level_name, const char *version_name, int64_t count,
                               const char *autoreset, char *out, size_t bytes) {
    Error error;
    int level, version, mode;
    const NativeType *type = find(name, level_name, &level, &error);
    Vector *vector = NULL;
    if (type && choose("version", version_name, native_version_names, &version, &error) &&
        choose("autoreset mode", autoreset, vector_reset_names, &mode, &error)) {
        vector = vector_create(type, &(NativeParams){.level = level, .version = version}, count, (VectorReset)mode, &error);
    }
    answer(vector ? ENGRAM_ENVS_OK : ENGRAM_ENVS_INVALID, &error, out, bytes);
    if (!vector) return NULL;
    EngramEnvs *envs = memory_zeroed(1, sizeof *envs);
    *envs = (EngramEnvs){vector, (NativeLevel)level};
    return envs;
}

void engram_envs_destroy(EngramEnvs *envs) {
    if (!envs) return;
    vector_destroy(envs->vector);
    free(envs);
}

// ---- spaces ------------------------------------------------------------------------------------------------------------------

static EngramEnvsSpace describe(const Space *space, bool tuple) {
    EngramEnvsSpace out = {.size = space->size};
    if (space->kind == SPACE_BOX) {
        out.kind = ENGRAM_ENVS_BOX;
        memcpy(out.low, space->low, sizeof space->low);
        memcpy(out.high, space->high, sizeof space->high);
    } else {
        out.kind = tuple ? ENGRAM_ENVS_TUPLE : space->size == 1 ? ENGRAM_ENVS_DISCRETE : ENGRAM_ENVS_MULTI_DISCRETE;
        memcpy(out.choices, space->choices, (size_t)space->size * sizeof *space->choices);
    }
    return out;
}

int engram_envs_describe(const EngramEnvs *envs, EngramEnvsSpec *out_spec, size_t spec_bytes, char *out, size_t bytes) {
    if (!envs) return answer_no_environments(out, bytes);
    Error error;
    if (!same_struct("spec", out_spec, spec_bytes, sizeof *out_spec, &error))
        return answer(ENGRAM_ENVS_INVALID, &error, out, bytes);
    const NativeType *type = envs->vector->native->type;
    const NativeSpec *spec = &envs->vector->native->spec;
    *out_spec = (EngramEnvsSpec){.name = type->name,
                                 .upstream = type->upstream,
                                 .count = envs->vector->count,
                                 .observation = describe(&spec->observation, irregularity(type).tuple),
                                 .action = describe(&spec->action, false),
                                 .limit = spec->limit,
                                 .previous_action = spec->previous_action,
                                 .privileged_size = spec->privileged_size,
                                 .random_return = spec->random_return,
                                 .optimal_return = spec->optimal_return,
                                 .bound_return = spec->bound_return};
    write_id(type, envs->level, out_spec->id);
    return answer(ENGRAM_ENVS_OK, NULL, out, bytes);
}

// ---- arrays of the caller ------------------------------------------------------------------------------------------------------

typedef struct Array {
    const char *name;
    const void *data;
    size_t bytes;
} Array;

enum { ARRAYS_MAX = 8 };

typedef struct Arrays {
    const Vector *vector;
    Array seen[ARRAYS_MAX];
    int count;
} Arrays;

// One that must be there, `per_environment` numbers of `number_bytes` for each: checked, also against those that were seen before it.
static bool take(Arrays *arrays, Array array, int per_environment, size_t number_bytes, Error *error) {
    const size_t expected = (size_t)arrays->vector->count * (size_t)per_environment * number_bytes;
    if (!array.data) return error_set(error, "%s: found no array, accepted: one of %zu bytes", array.name, expected);
    if (array.bytes != expected)
        return error_set(error, "%s: found %zu bytes, accepted: %zu", array.name, array.bytes, expected);
    const uintptr_t begin = (uintptr_t)array.data;
    if (begin % number_bytes != 0)
        return error_set(error, "%s: found an address that is not a multiple of %zu", array.name, number_bytes);
    for (int i = 0; i < arrays->count; i++) {
        const uintptr_t other = (uintptr_t)arrays->seen[i].data;
        if (begin < other + arrays->seen[i].bytes && other < begin + array.bytes)
            return error_set(error, "%s: found an array that overlaps with %s", array.name, arrays->seen[i].name);
    }
    assert(arrays->count < ARRAYS_MAX);
    arrays->seen[arrays->count++] = array;
    return true;
}

static bool take_if_wanted(Arrays *arrays, const char *name, EngramEnvsArray array, int per_environment, size_t number_bytes,
                           Error *error) {
    if (!array.data && array.bytes == 0) return true;
    return take(arrays, (Array){name, array.data, array.bytes}, per_environment, number_bytes, error);
}

// ---- resetting and stepping ----------------------------------------------------------------------------------------------------

static int reset(Vector *vector, const uint64_t *seed, Array mask, Array observations, Error *error) {
    Arrays arrays = {.vector = vector};
    const int size = vector->native->spec.observation.size;
    if (!mask.data && mask.bytes != 0) {
        error_set(error, "mask: found no array of %zu bytes, accepted: none of 0 bytes", mask.bytes);
        return ENGRAM_ENVS_INVALID;
    }
    if ((mask.data && !take(&arrays, mask, 1, 1, error)) || !take(&arrays, observations, size, SPACE_NUMBER_BYTES, error))
        return ENGRAM_ENVS_INVALID;
    if (seed && mask.data && vector->begun) vector_seed_some(vector, mask.data, *seed);
    if (seed && !mask.data) vector_seed(vector, *seed);
    return vector_reset(vector, mask.data, (void *)observations.data, error) ? ENGRAM_ENVS_OK : ENGRAM_ENVS_ORDER;
}

int engram_envs_reset(EngramEnvs *envs, const uint64_t *seed, const uint8_t *mask, size_t mask_bytes, void *observations,
                      size_t observation_bytes, char *out, size_t bytes) {
    if (!envs) return answer_no_environments(out, bytes);
    Error error;
    const int status = reset(envs->vector, seed, (Array){"mask", mask, mask_bytes},
                             (Array){"observations", observations, observation_bytes}, &error);
    return answer(status, &error, out, bytes);
}

static bool take_step(const Vector *vector, Array actions, const EngramEnvsStep *step, Error *error) {
    Arrays arrays = {.vector = vector};
    const NativeSpec *spec = &vector->native->spec;
    if (!step) return error_set(error, "step: found NULL");
    const bool final = step->final_observations.data || step->final_observations.bytes || step->final_privileged.data ||
                       step->final_privileged.bytes;
    if (final && vector->mode != VECTOR_RESET_SAME)
        return error_set(error, "found an array for final states, accepted: none unless autoreset is \"%s\"",
                         vector_reset_names[VECTOR_RESET_SAME]);
    return take(&arrays, actions, spec->action.size, SPACE_NUMBER_BYTES, error) &&
           take(&arrays, (Array){"observations", step->observations.data, step->observations.bytes}, spec->observation.size,
                SPACE_NUMBER_BYTES, error) &&
           take(&arrays, (Array){"rewards", step->rewards.data, step->rewards.bytes}, 1, sizeof(double), error) &&
           take(&arrays, (Array){"terminated", step->terminated.data, step->terminated.bytes}, 1, 1, error) &&
           take(&arrays, (Array){"truncated", step->truncated.data, step->truncated.bytes}, 1, 1, error) &&
           take_if_wanted(&arrays, "privileged", step->privileged, spec->privileged_size, sizeof(double), error) &&
           take_if_wanted(&arrays, "final observations", step->final_observations, spec->observation.size, SPACE_NUMBER_BYTES,
                          error) &&
           take_if_wanted(&arrays, "final privileged", step->final_privileged, spec->privileged_size, sizeof(double), error);
}

// Why vector_step refused: a reset is due, or an action is not legal.
static int why(const Vector *vector) {
    const bool over = vector->mode == VECTOR_RESET_NEVER && memchr(vector->over, 1, (size_t)vector->count);
    return !vector->begun || over ? ENGRAM_ENVS_ORDER : ENGRAM_ENVS_INVALID;
}

int engram_envs_step(EngramEnvs *envs, const void *actions, size_t action_bytes, const EngramEnvsStep *step, char *out,
                     size_t bytes) {
    if (!envs) return answer_no_environments(out, bytes);
    Error error;
    if (!take_step(envs->vector, (Array){"actions", actions, action_bytes}, step, &error))
        return answer(ENGRAM_ENVS_INVALID, &error, out, bytes);
    const VectorStep into = {.observations = step->observations.data,
                             .rewards = step->rewards.data,
                             .terminated = step->terminated.data,
                             .truncated = step->truncated.data,
                             .final_observations = step->final_observations.data,
                             .privileged = step->privileged.data,
                             .final_privileged = step->final_privileged.data};
    const bool done = vector_step(envs->vector, actions, &into, &error);
    return answer(done ? ENGRAM_ENVS_OK : why(envs->vector), &error, out, bytes);
}

int engram_envs_privileged(const EngramEnvs *envs, double *states, size_t state_bytes, char *out, size_t bytes) {
    if (!envs) return answer_no_environments(out, bytes);
    Error error;
    if (!envs->vector->begun) {
        error_set(&error, "found no states before the first reset, accepted: a reset of all");
        return answer(ENGRAM_ENVS_ORDER, &error, out, bytes);
    }
    Arrays arrays = {.vector = envs->vector};
    if (!take(&arrays, (Array){"privileged", states, state_bytes}, envs->vector->native->spec.privileged_size, sizeof *states,
              &error))
        return answer(ENGRAM_ENVS_INVALID, &error, out, bytes);
    vector_privileged(envs->vector, states);
    return answer(ENGRAM_ENVS_OK, NULL, out, bytes);
}
