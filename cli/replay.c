// engram replay ENV --set NAME=VALUE ... FILE.csv: the environment's belief filter along recorded actions and observations.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "core/arena.h"
#include "envs/env.h"
#include "envs/irrelevant.h"
#include "envs/replay.h"

// Sets what is named so, bare or as PREFIX.NAME.
static bool set_named(const ParamTable *table, void *params, const char *prefix, const Setting *setting, Error *error) {
    const char *name = setting->name;
    size_t length = strlen(prefix);
    if (strncmp(name, prefix, length) == 0 && name[length] == '.') name += length + 1;
    return param_set(table, params, name, setting->value, error) || setting_blame(setting, error);
}

static bool is_irrelevant(const Setting *setting) {
    return strncmp(setting->name, "irrelevant.", strlen("irrelevant.")) == 0;
}

// Settings name the environment's own parameters, bare or as environment.NAME, and those of the wrapper as irrelevant.NAME.
static void *environment_params(const EnvType *type, const Options *options, Error *error) {
    void *params = memory_zeroed(1, type->params.struct_size);
    param_defaults(&type->params, params);
    for (size_t i = 0; i < options->setting_count; i++) {
        const Setting *setting = &options->settings[i];
        if (is_irrelevant(setting) || set_named(&type->params, params, "environment", setting, error)) continue;
        free(params);
        return NULL;
    }
    return params;
}

static bool has_particles(const Env *env) {
    for (int i = 0; i < env->spec.belief_parts; i++) {
        if (env->spec.belief[i].kind == BELIEF_PARTICLES) return true;
    }
    return false;
}

static Env *make_env(const EnvType *type, const void *params, const Options *options, Error *error) {
    IrrelevantParams irrelevant;
    param_defaults(&irrelevant_params, &irrelevant);
    for (size_t i = 0; i < options->setting_count; i++) {
        const Setting *setting = &options->settings[i];
        if (is_irrelevant(setting) && !set_named(&irrelevant_params, &irrelevant, "irrelevant", setting, error)) return NULL;
    }
    Env *env = env_create(type, params, error);
    return env ? env_irrelevant(env, &irrelevant, error) : NULL;
}

int cli_replay(const Options *options) {
    Error error = {0};
    const EnvType *type = env_find(options->arguments[0], &error);
    if (!type) return cli_fail(options, &error);
    void *params = environment_params(type, options, &error);
    if (!params) return cli_fail(options, &error);
    Env *env = make_env(type, params, options, &error);
    bool good = env != NULL;
    if (good && options->particles && !has_particles(env)) {
        const char *lacks = env->spec.belief_parts > 0 ? "is exact and has no particles" : "has no filter with these settings";
        good = error_set(&error, "--particles: the belief of %s %s", type->name, lacks);
    }
    ReplayOptions asked = {.privileged = options->privileged, .particles = options->particles};
    good = good && replay_file(env, options->arguments[1], &asked, stdout, &error);
    env_destroy(env);
    free(params);
    return good ? EXIT_FINE : cli_fail(options, &error);
}
