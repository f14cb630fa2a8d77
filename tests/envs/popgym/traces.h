// Traces of the original with forced hidden states (tests/golden/popgym): a test says how a state is forced, and every step must be the same:
// observations, both flags, rewards and the privileged state wherever the trace has it.
#pragma once

#include "envs/native.h"
#include "tests/support.h"

// One trace of forced_init.csv.
typedef struct Trace {
    const CsvTable *init;
    const char *id;
    NativeLevel level;
} Trace;

// Numbers separated by spaces: how many, at most `size`, were read.
static inline int trace_list(const char *text, double *out, int size) {
    int count = 0;
    char *rest;
    for (double value = strtod(text, &rest); rest != text && count < size; value = strtod(text, &rest)) {
        out[count++] = value;
        text = rest;
    }
    return count;
}

// A field of the hidden state as whole numbers: how many there are. A field that the trace lacks fails the test.
static inline int trace_field(const Trace *trace, const char *field, double *out, int size) {
    const int id = csv_column(trace->init, "trace_id"), name = csv_column(trace->init, "field");
    for (size_t i = 0; i < csv_rows(trace->init); i++) {
        if (strcmp(csv_text(trace->init, i, id), trace->id) == 0 && strcmp(csv_text(trace->init, i, name), field) == 0)
            return trace_list(csv_text(trace->init, i, csv_column(trace->init, "values")), out, size);
    }
    fail_msg("%s has no field %s", trace->id, field);
    return 0;
}

static inline int trace_integers(const Trace *trace, const char *field, int *out, int size) {
    double *numbers = memory_zeroed((size_t)size, sizeof *numbers);
    const int count = trace_field(trace, field, numbers, size);
    for (int i = 0; i < count; i++) out[i] = (int)numbers[i];
    free(numbers);
    return count;
}

static inline NativeLevel trace_level(const char *text) {
    return text[0] == 'E' ? LEVEL_EASY : text[0] == 'M' ? LEVEL_MEDIUM : LEVEL_HARD;
}

// Puts the trace's hidden state into `state`, as after a reset, and its first observation (discrete) into `observation`. `rng` is what the
// steps will draw from.
typedef void (*TraceForce)(const Trace *trace, const Native *native, void *state, Rng *rng, int32_t *observation);
// One step: usually native->type->step. `t` counts from 1.
typedef NativeStep (*TraceStep)(const Trace *trace, int t, const Native *native, void *state, const int32_t *action, Rng *rng,
                                int32_t *observation);

static inline NativeStep trace_step(const Trace *trace, int t, const Native *native, void *state, const int32_t *action,
                                    Rng *rng, int32_t *observation) {
    (void)trace, (void)t;
    return native->type->step(native->model, state, action, rng, observation);
}

static inline void trace_compare(const CsvTable *steps, size_t row, const Native *native, const void *state,
                                 const int32_t *observation) {
    enum { MOST = 1024 };
    double expected[MOST], found[MOST];
    int count = trace_list(csv_text(steps, row, csv_column(steps, "obs")), expected, MOST);
    assert_int_equal(count, native->spec.observation.size);
    for (int i = 0; i < count; i++) assert_int_equal(observation[i], (int)expected[i]);
    count = trace_list(csv_text(steps, row, csv_column(steps, "state")), expected, MOST);
    if (count == 0) return;
    assert_int_equal(count, native->spec.privileged_size);
    native->type->privileged(native->model, state, found);
    for (int i = 0; i < count; i++) assert_true((float)found[i] == (float)expected[i]);
}

static inline size_t trace_play(const Trace *trace, const CsvTable *steps, size_t row, const Native *native, TraceForce force,
                                TraceStep step) {
    void *state = memory_zeroed(1, native->spec.state_bytes);
    int32_t observation[SPACE_MAX] = {0}, action[SPACE_MAX];
    double numbers[SPACE_MAX];
    Rng rng = rng_stream(1, RNG_TEST, 0);
    const int id = csv_column(steps, "trace_id");
    force(trace, native, state, &rng, observation);
    trace_compare(steps, row++, native, state, observation);
    for (int t = 1; row < csv_rows(steps) && strcmp(csv_text(steps, row, id), trace->id) == 0; row++, t++) {
        const int size = trace_list(csv_text(steps, row, csv_column(steps, "action")), numbers, SPACE_MAX);
        assert_int_equal(size, native->spec.action.size);
        for (int i = 0; i < size; i++) action[i] = (int32_t)numbers[i];
        const NativeStep made = step(trace, t, native, state, action, &rng, observation);
        const double reward = support_number(steps, row, "reward");
        if (!(fabs(made.reward - reward) <= 1e-15))
            fail_msg("%s, step %d: reward %.17g, not %.17g", trace->id, t, made.reward, reward);
        assert_int_equal(made.terminated, support_whole(steps, row, "terminated"));
        assert_int_equal(made.truncated, support_whole(steps, row, "truncated"));
        trace_compare(steps, row, native, state, observation);
    }
    free(state);
    return row;
}

// Plays all traces of an environment; there must be `expected` of them.
static inline void traces_play(const NativeType *type, TraceForce force, TraceStep step, int expected) {
    CsvTable *init = support_table("tests/golden/popgym/forced_init.csv");
    CsvTable *steps = support_table("tests/golden/popgym/forced_steps.csv");
    const int id = csv_column(steps, "trace_id"), env = csv_column(steps, "env"), difficulty = csv_column(steps, "difficulty");
    int played = 0;
    for (size_t row = 0; row < csv_rows(steps);) {
        if (strcmp(csv_text(steps, row, env), type->upstream) != 0) {
            row++;
            continue;
        }
        const Trace trace = {
            .init = init, .id = csv_text(steps, row, id), .level = trace_level(csv_text(steps, row, difficulty))};
        Native *native = native_create(type, &(NativeParams){.level = (int)trace.level});
        row = trace_play(&trace, steps, row, native, force, step);
        native_destroy(native);
        played++;
    }
    assert_int_equal(played, expected);
    csv_destroy(steps);
    csv_destroy(init);
}
