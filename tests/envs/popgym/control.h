// Traces of the original's CartPole and Pendulum with recorded states and noise (tests/golden/popgym/control_traces.csv), one step at a time from the
// recorded state before it; and what all environments of this kind promise.
#pragma once

#include "envs/vector.h"
#include "tests/envs/popgym/traces.h"

// One recorded step of control_traces.csv: row `row`, whose predecessor is row - 1.
typedef struct ControlRow {
    double before[4], after[4], observation[2], noise[2], reward, action;
    bool terminated, truncated;
    bool beyond;    // the episode had ended before: an agent cannot come here
    int t;
    const char *id;
    NativeLevel level;
} ControlRow;

static inline void control_numbers(const CsvTable *table, size_t row, const char *const *names, int count, double *out) {
    for (int i = 0; i < count; i++) {
        const char *text = csv_text(table, row, csv_column(table, names[i]));
        out[i] = *text ? strtod(text, NULL) : 0;
    }
}

typedef void (*ControlTest)(const Native *native, const ControlRow *row, void *worst);

// The first rows of traces and then every step; there must be `expected` traces. A first row has t = 0 and no `before`.
static inline void control_play(const NativeType *type, ControlTest test, int expected, void *worst) {
    static const char *const states[] = {"s0", "s1", "s2", "s3"}, *const seen[] = {"obs0", "obs1"},
                             *const noises[] = {"noise0", "noise1"};
    CsvTable *table = support_table("tests/golden/popgym/control_traces.csv");
    int traces = 0;
    Native *native = NULL;
    bool over = false;
    for (size_t row = 0; row < csv_rows(table); row++) {
        if (strcmp(csv_text(table, row, csv_column(table, "env")), type->upstream) != 0) continue;
        ControlRow found = {.t = support_whole(table, row, "t"),
                            .id = csv_text(table, row, csv_column(table, "trace_id")),
                            .level = trace_level(csv_text(table, row, csv_column(table, "difficulty")))};
        control_numbers(table, row, states, 4, found.after);
        control_numbers(table, row, seen, 2, found.observation);
        control_numbers(table, row, noises, 2, found.noise);
        if (found.t == 0) {
            native_destroy(native);
            native = native_create(type, &(NativeParams){.level = (int)found.level});
            over = false;
            traces++;
        } else {
            control_numbers(table, row - 1, states, 4, found.before);
            found.action = support_number(table, row, "action"), found.reward = support_number(table, row, "reward");
            found.terminated = support_whole(table, row, "terminated"),
            found.truncated = support_whole(table, row, "truncated");
            found.beyond = over;
        }
        test(native, &found, worst);
        over |= found.terminated || found.truncated;
    }
    native_destroy(native);
    csv_destroy(table);
    assert_int_equal(traces, expected);
}

static inline void control_close(double found, double expected, double tolerance, const ControlRow *row, const char *what,
                                 double *worst) {
    if (!(fabs(found - expected) <= tolerance))
        fail_msg("%s, step %d: %s %.17g, not %.17g", row->id, row->t, what, found, expected);
    *worst = fmax(*worst, fabs(found - expected));
}

// Bounds, limit, and the size of the state as in spaces.csv; the actions are the tests' own business.
static inline void control_spaces(const NativeType *type) {
    CsvTable *table = support_table("tests/golden/popgym/spaces.csv");
    int levels = 0;
    for (size_t row = 0; row < csv_rows(table); row++) {
        if (strcmp(csv_text(table, row, csv_column(table, "env")), type->upstream) != 0) continue;
        const int level = (int)trace_level(csv_text(table, row, csv_column(table, "difficulty")));
        Native *native = native_create(type, &(NativeParams){.level = level});
        double low[2], high[2];
        const int bounds = trace_list(csv_text(table, row, csv_column(table, "obs_low")), low, 2);
        assert_int_equal(trace_list(csv_text(table, row, csv_column(table, "obs_high_inclusive")), high, 2), bounds);
        assert_int_equal(native->spec.observation.kind, SPACE_BOX);
        assert_int_equal(native->spec.observation.size, support_whole(table, row, "obs_shape"));
        for (int k = 0; k < 2; k++) {    // one bound stands for both
            assert_true(native->spec.observation.low[k] == (float)low[k % bounds]);
            assert_true(native->spec.observation.high[k] == (float)high[k % bounds]);
        }
        assert_int_equal(native->spec.limit, support_whole(table, row, "max_episode_steps"));
        assert_int_equal(native->spec.privileged_size, support_whole(table, row, "state_flat_len"));
        native_destroy(native);
        levels++;
    }
    csv_destroy(table);
    assert_int_equal(levels, LEVEL_COUNT);
}

// ---- many at once ------------------------------------------------------------------------------------------------------------------

// step_many against step: states, streams, observations, rewards and flags to the bit, over many steps with ends.
static inline void control_many_is_one_by_one(const NativeType *type, NativeLevel level, int count, int steps) {
    Native *native = native_create(type, &(NativeParams){.level = (int)level});
    const size_t many = (size_t)count, bytes = native->spec.state_bytes;
    uint8_t *states[2], *ends[2][2];
    Rng *rngs[2];
    float *seen[2];
    double *rewards[2];
    int32_t *actions = memory_zeroed(many, sizeof *actions);    // floats in the same place for the pendulum
    for (int k = 0; k < 2; k++) {
        states[k] = memory_zeroed(many, bytes), rngs[k] = memory_zeroed(many, sizeof(Rng));
        seen[k] = memory_zeroed(2 * many, sizeof(float)), rewards[k] = memory_zeroed(many, sizeof(double));
        for (int e = 0; e < 2; e++) ends[k][e] = memory_zeroed(many, 1);
    }
    for (size_t i = 0; i < many; i++) {
        rngs[0][i] = rng_stream(5, RNG_TEST, i);
        type->reset(native->model, states[0] + i * bytes, &rngs[0][i], seen[0] + 2 * i);
    }
    Rng actor = rng_stream(6, RNG_TEST, 0);
    int ended = 0;
    for (int t = 0; t < steps; t++) {
        memcpy(states[1], states[0], many * bytes);
        memcpy(rngs[1], rngs[0], many * sizeof(Rng));
        for (size_t i = 0; i < many; i++) native_act_uniformly(&native->spec.action, &actor, actions + i);
        for (size_t i = 0; i < many; i++) {
            const NativeStep made = type->step(native->model, states[0] + i * bytes, actions + i, &rngs[0][i], seen[0] + 2 * i);
            rewards[0][i] = made.reward, ends[0][0][i] = made.terminated, ends[0][1][i] = made.truncated;
        }
        type->step_many(native->model, &(NativeMany){.count = count,
                                                     .states = states[1],
                                                     .rngs = rngs[1],
                                                     .actions = actions,
                                                     .observations = seen[1],
                                                     .rewards = rewards[1],
                                                     .terminated = ends[1][0],
                                                     .truncated = ends[1][1]});
        assert_memory_equal(states[0], states[1], many * bytes);
        assert_memory_equal(seen[0], seen[1], 2 * many * sizeof(float));
        assert_memory_equal(rewards[0], rewards[1], many * sizeof(double));
        for (int e = 0; e < 2; e++) assert_memory_equal(ends[0][e], ends[1][e], many);
        for (size_t i = 0; i < many; i++) {
            assert_true(rngs[0][i].drawn == rngs[1][i].drawn);
            if (!ends[0][0][i] && !ends[0][1][i]) continue;
            ended++;
            type->reset(native->model, states[0] + i * bytes, &rngs[0][i], seen[0] + 2 * i);
        }
    }
    assert_true(ended > 0);
    for (int k = 0; k < 2; k++) {
        free(states[k]), free(rngs[k]), free(seen[k]), free(rewards[k]);
        for (int e = 0; e < 2; e++) free(ends[k][e]);
    }
    free(actions);
    native_destroy(native);
}
