// Discrete spaces of an environment against those of the original (tests/golden/popgym/spaces.csv), at every level.
#pragma once

#include "envs/native.h"
#include "tests/envs/popgym/traces.h"

// Choices of a discrete space of spaces.csv: shape "2" and highest values "12", or "1+1" and "1+3" where upstream has a tuple.
static inline void spaces_compare(const CsvTable *table, size_t row, const char *shape, const char *highest,
                                  const Space *found) {
    const char *sizes = csv_text(table, row, csv_column(table, shape)),
               *highs = csv_text(table, row, csv_column(table, highest));
    assert_int_equal(found->kind, SPACE_DISCRETE);
    int count = 0;
    for (char *rest;; sizes = rest + 1, highs++) {
        const long size = strtol(sizes, &rest, 10), high = strtol(highs, (char **)&highs, 10);
        for (long i = 0; i < size; i++) {
            assert_true(count < found->size);
            assert_int_equal(found->choices[count++], high + 1);
        }
        if (*rest != '+') break;
    }
    assert_int_equal(found->size, count);
}

static inline void spaces_check(const NativeType *type) {
    CsvTable *table = support_table("tests/golden/popgym/spaces.csv");
    int levels = 0;
    for (size_t row = 0; row < csv_rows(table); row++) {
        if (strcmp(csv_text(table, row, csv_column(table, "env")), type->upstream) != 0) continue;
        const NativeLevel level = trace_level(csv_text(table, row, csv_column(table, "difficulty")));
        Native *native = native_create(type, &(NativeParams){.level = (int)level});
        spaces_compare(table, row, "obs_shape", "obs_high_inclusive", &native->spec.observation);
        spaces_compare(table, row, "act_shape", "act_high_inclusive", &native->spec.action);
        assert_int_equal(native->spec.privileged_size, support_whole(table, row, "state_flat_len"));
        assert_int_equal(native->spec.limit, support_whole(table, row, "max_episode_steps"));
        assert_int_equal(native->spec.previous_action, support_whole(table, row, "obs_requires_prev_action"));
        native_destroy(native);
        levels++;
    }
    assert_int_equal(levels, LEVEL_COUNT);
    csv_destroy(table);
}
