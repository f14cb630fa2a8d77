// Where agents and trainers say what happened. They do not know who listens: the HDF5 store in a run, memory in a test.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "core/matrix.h"

typedef struct Recorder {
    void *context;
    // One value of a named series: `name` is a path ("evaluation/return"), `step` the series' own clock (episodes, say).
    void (*scalar)(void *context, const char *name, int64_t step, double value);
    // A named array as it was at `step`: kept as arrays/<step>/<name>.
    void (*array)(void *context, const char *name, int64_t step, DType type, int rank, const size_t *shape, const void *data);
} Recorder;

static inline void record_scalar(const Recorder *recorder, const char *name, int64_t step, double value) {
    recorder->scalar(recorder->context, name, step, value);
}
static inline void record_array(const Recorder *recorder, const char *name, int64_t step, DType type, int rank,
                                const size_t *shape, const void *data) {
    recorder->array(recorder->context, name, step, type, rank, shape, data);
}
