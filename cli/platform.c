#include "cli/platform.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

Platform platform_of_this_cpu(void) {
    Platform platform;
    for (KernelsPath path = KERNELS_SCALAR; path < KERNELS_PATHS; path++) platform.missing[path] = kernels_missing(path);
    return platform;
}

static bool refuse_unasked(const char *missing, Error *error) {
    return error_set(error,
                     "this processor has no %s; accepted: an x86-64 processor with AVX2 and FMA (most since 2013), or "
                     "ENGRAM_KERNELS=scalar in the environment, which runs on this one too: slowly, with the same results",
                     missing);
}

// Paths go from the plainest to the widest, and what runs one runs all before it: the last that is accepted is the nearest.
static bool refuse_missing(const char *asked, const char *missing, const char *const *accepted, size_t count, Error *error) {
    assert(count > 0);    // the scalar path runs everywhere
    error_set(error, "ENGRAM_KERNELS=%s: this processor has no %s; accepted here: ", asked, missing);
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(error->message);
        snprintf(error->message + length, sizeof error->message - length, "%s%s", i ? ", " : "", accepted[i]);
    }
    size_t length = strlen(error->message);
    snprintf(error->message + length, sizeof error->message - length, "; nearest: %s", accepted[count - 1]);
    return false;
}

bool platform_check(const Platform *platform, const char *asked, Error *error) {
    if (!asked || !*asked) {
        const char *missing = platform->missing[KERNELS_AVX2];
        return !missing || refuse_unasked(missing, error);
    }
    const char *accepted[KERNELS_PATHS], *missing = NULL;
    size_t count = 0;
    for (KernelsPath path = KERNELS_SCALAR; path < KERNELS_PATHS; path++) {
        bool named = strcmp(asked, kernels_path_names[path]) == 0;
        if (named && !platform->missing[path]) return true;
        if (named) missing = platform->missing[path];
        if (!platform->missing[path]) accepted[count++] = kernels_path_names[path];
    }
    if (missing) return refuse_missing(asked, missing, accepted, count, error);
    error_unknown(error, "path", asked, accepted, count);
    return error_context(error, "ENGRAM_KERNELS: ");
}
