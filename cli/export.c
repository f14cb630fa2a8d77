// engram export digits FOLDER: the drawn digits as files, for engram itself and for other programs.
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "envs/digits.h"
#include "envs/idx.h"

typedef struct ExportParams {
    int train, test;    // images
    int size;           // index into `sizes`
    int seed;
    bool gzip;
} ExportParams;

static const char *const sizes[] = {"28", "14", NULL};

static const ParamSpec rows[] = {
    {"train", PARAM_INT, offsetof(ExportParams, train), "60000", 1, IDX_COUNT_MAX, NULL, "training images"},
    {"test", PARAM_INT, offsetof(ExportParams, test), "10000", 1, IDX_COUNT_MAX, NULL, "test images"},
    {"size", PARAM_CHOICE, offsetof(ExportParams, size), "28", 0, 0, sizes, "pixels to a side"},
    {"seed", PARAM_INT, offsetof(ExportParams, seed), "1", 0, 2147483647, NULL, "the images of runs with this seed"},
    {"gzip", PARAM_BOOL, offsetof(ExportParams, gzip), "true", 0, 0, NULL, "compressed files"},
};
static const ParamTable table = {"export digits", rows, sizeof rows / sizeof *rows, sizeof(ExportParams)};

static bool set_params(const Options *options, ExportParams *params, Error *error) {
    param_defaults(&table, params);
    for (size_t i = 0; i < options->setting_count; i++) {
        const Setting *setting = &options->settings[i];
        if (!param_set(&table, params, setting->name, setting->value, error)) return setting_blame(setting, error);
    }
    return true;
}

int cli_export(const Options *options) {
    const char *what = options->arguments[0], *folder = options->arguments[1];
    ExportParams params;
    Error error = {0};
    if (strcmp(what, "digits") != 0) {
        error_set(&error, "found '%.80s', accepted: digits", what);
        return cli_fail(options, &error);
    }
    if (!set_params(options, &params, &error)) return cli_fail(options, &error);
    const int size = params.size == 0 ? DIGITS_SIZE : DIGITS_SMALL;
    if (!digits_write(folder, (uint64_t)params.seed, params.train, params.test, size, params.gzip, &error))
        return cli_fail(options, &error);
    printf("%s: %d training and %d test images of %d x %d pixels\n", folder, params.train, params.test, size, size);
    return EXIT_FINE;
}
