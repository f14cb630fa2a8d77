// Discrete spaces of an environment against those of the original (tests/golden/popgym/spaces.csv), at every level.
#pragma once

#include "envs/native.h"
#include "tests/envs/popgym/traces.h"

static inline void spaces_check(const NativeType *type) {
    CsvTable *table = support_table("tests/golden/popgym/spaces.csv");
    int rows = 0;
    for (size_t row = 0; row < csv_rows(table); row++) {
        if (strcmp(csv_text(table, row, csv_column(table, "env")), type->upstream) != 0) continue;
        const NativeLevel level = trace_level(csv_text(table, row, csv_column(table, "difficulty")));
        Native *native = native_create(type, &(NativeParams){.level = (int)level});
        const NativeSpec *spec = &native->spec;
        const char *shape = csv_text(table, row, csv_column(table, "obs_shape"));    // of one number "1", or empty
        assert_int_equal(spec->observation.size, shape[0] ? atoi(shape) : 1);
        for (int i = 0; i < spec->observation.size; i++)
            assert_int_equal(spec->observation.choices[i], support_whole(table, row, "obs_high_inclusive") + 1);
        assert_int_equal(space_joint(&spec->action), support_whole(table, row, "n_joint_actions"));
        assert_int_equal(spec->limit, support_whole(table, row, "max_episode_steps"));
        assert_int_equal(spec->privileged_size, support_whole(table, row, "state_flat_len"));
        assert_int_equal(spec->previous_action, support_whole(table, row, "obs_requires_prev_action"));
        native_destroy(native);
        rows++;
    }
    assert_int_equal(rows, LEVEL_COUNT);
    csv_destroy(table);
}
