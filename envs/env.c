#include "envs/env.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"

Env *env_create(const EnvType *type, const void *params, Error *error) {
    Env *env = memory_zeroed(1, sizeof *env);
    env->type = type;
    env->model = memory_zeroed(1, type->model_bytes);
    if (type->prepare(type, params, env->model, &env->spec, error)) {
        env->spec.belief_size = belief_size(env->spec.belief, env->spec.belief_parts);
        return env;
    }
    free(env->model);
    free(env);
    error_context(error, "environment %s: ", type->name);
    return NULL;
}

void env_destroy(Env *env) {
    if (!env) return;
    if (env->type->dispose) env->type->dispose(env->model);
    free(env->model);
    free(env);
}

const char *env_privileged_name(const Env *env, int i, char text[ENV_NAME_SIZE]) {
    const char *const *names = env->type->privileged_names;
    if (names && names[i]) return names[i];
    int before = 0;
    for (int k = 0; k < i; k++) before += !names || !names[k];
    snprintf(text, ENV_NAME_SIZE, "state_%d", before);
    return text;
}

const EnvType *env_find(const char *name, Error *error) {
    for (size_t i = 0; i < env_type_count; i++) {
        if (strcmp(name, env_types[i]->name) == 0) return env_types[i];
    }
    const char **names = memory_zeroed(env_type_count, sizeof *names);
    for (size_t i = 0; i < env_type_count; i++) names[i] = env_types[i]->name;
    error_unknown(error, "environment", name, names, env_type_count);
    free(names);
    return NULL;
}
