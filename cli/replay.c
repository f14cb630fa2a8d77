// engram replay ENV --set NAME=VALUE ... FILE.csv: the environment's belief filter along recorded actions and observations.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "core/arena.h"
#include "envs/env.h"
#include "envs/replay.h"

// Settings name the environment's own parameters, bare or as environment.NAME.
static void *environment_params(const EnvType *type, const Options *options, Error *error) {
    static const char section[] = "environment.";
    void *params = memory_zeroed(1, type->params.struct_size);
    param_defaults(&type->params, params);
    for (size_t i = 0; i < options->setting_count; i++) {
        const char *name = options->settings[i].name;
        if (strncmp(name, section, strlen(section)) == 0) name += strlen(section);
        if (param_set(&type->params, params, name, options->settings[i].value, error)) continue;
        error_context(error, "--set %s=%s: ", options->settings[i].name, options->settings[i].value);
        free(params);
        return NULL;
    }
    return params;
}

int cli_replay(const Options *options) {
    Error error = {0};
    const EnvType *type = env_find(options->arguments[0], &error);
    if (!type) return cli_fail(options, &error);
    void *params = environment_params(type, options, &error);
    if (!params) return cli_fail(options, &error);
    Env *env = env_create(type, params, &error);
    bool good = env != NULL;
    if (good && options->particles) {
        good = error_set(&error, "--particles: the belief of %s is exact and has no particles", type->name);
    }
    good = good && replay_file(env, options->arguments[1], &(ReplayOptions){.privileged = options->privileged}, stdout, &error);
    env_destroy(env);
    free(params);
    return good ? EXIT_FINE : cli_fail(options, &error);
}
