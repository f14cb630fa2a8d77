// Short runs of the cells that are listed end with the digests that are committed: on this CPU as on any other, with this compiler as with
// any other, on every path of core/kernels.h.

#include "benchmarks/run.h"
#include "core/kernels.h"
#include "core/store.h"
#include "envs/native.h"
#include "tests/support.h"

static void train_and_compare(const char *results, const SweepRun *run, const CsvTable *reference) {
    Error error = {0};
    if (run_execute(results, run, &(RunHooks){0}, &error) != RUN_FINISHED) fail_msg("%s: %s", run->name, error.message);
    char *path = run_path(results, run);
    StoreReader *reader = store_open(path, &error);
    if (!reader) fail_msg("%s", error.message);
    int name = csv_column(reference, "run"), digest = csv_column(reference, "digest");
    size_t row = 0;
    while (row < csv_rows(reference) && strcmp(csv_text(reference, row, name), run->name) != 0) row++;
    if (row == csv_rows(reference)) fail_msg("%s is not in the reference: its configuration has changed", run->name);
    assert_string_equal(store_digest(reader), csv_text(reference, row, digest));
    char kernels[64];
    assert_true(store_attribute(reader, "kernels", kernels, sizeof kernels));
    assert_string_equal(kernels, kernels_path_names[kernels_path()]);
    store_close(reader);
    free(path);
}

// The first `cells` cells of the registry; the table has them all, in its order.
static void compare_cells(size_t cells) {
    Error error = {0};
    CsvTable *reference = support_table("results/reference/belief/tmaze-smoke-digests.csv");
    assert_true(csv_rows(reference) >= 5 && csv_rows(reference) <= cell_type_count);
    char *results = support_folder();
    for (size_t cell = 0; cell < cells && cell < csv_rows(reference); cell++) {
        char *value = memory_format("%s", cell_names[cell]);
        Setting setting = {"cell", value, "test"};
        Experiment *experiment = experiment_load("belief/tmaze", SCALE_SMOKE, &setting, 1, &error);
        if (!experiment) fail_msg("%s", error.message);
        experiment->last_seed = experiment->first_seed;
        Sweep *sweep = sweep_expand(experiment, &error);
        if (!sweep) fail_msg("%s", error.message);
        assert_int_equal(sweep->count, 1);
        train_and_compare(results, &sweep->runs[0], reference);
        sweep_destroy(sweep);
        experiment_destroy(experiment);
        free(value);
    }
    assert_int_equal(support_folder_remove(results), 0);
    csv_destroy(reference);
}

static void test_digests_are_the_committed_ones(void **state) {
    (void)state;
    compare_cells(cell_type_count);
}

// The whole training on each path that this CPU has; without ENGRAM_TEST_FULL of one cell, because the scalar path is slow.
static void test_every_path_gives_the_same_digests(void **state) {
    (void)state;
    const char *before = getenv("ENGRAM_KERNELS");
    char *kept = before ? memory_format("%s", before) : NULL;
    for (KernelsPath path = KERNELS_SCALAR; path < KERNELS_PATHS; path++) {
        if (!kernels_supported(path)) continue;
        setenv("ENGRAM_KERNELS", kernels_path_names[path], 1);
        assert_string_equal(kernels_for(DTYPE_F32)->path, kernels_path_names[path]);
        compare_cells(getenv("ENGRAM_TEST_FULL") ? cell_type_count : 1);
    }
    if (kept) setenv("ENGRAM_KERNELS", kept, 1);
    else unsetenv("ENGRAM_KERNELS");
    free(kept);
}

// Of every environment of POPGym at every level, with random actions.
static void test_popgym_ends_as_committed(void **state) {
    (void)state;
    Error error = {0};
    CsvTable *reference = support_table("results/reference/popgym/smoke-digests.csv");
    char *results = support_folder_in_memory();
    size_t compared = 0;
    for (int level = 0; level < LEVEL_COUNT; level++) {
        char *name = memory_format("popgym/random-%s", native_level_names[level]);
        Experiment *experiment = experiment_load(name, SCALE_SMOKE, NULL, 0, &error);
        Sweep *sweep = experiment ? sweep_expand(experiment, &error) : NULL;
        if (!sweep) fail_msg("%s", error.message);
        for (size_t i = 0; i < sweep->count; i++) {
            if (sweep->runs[i].seed != experiment->first_seed) continue;
            train_and_compare(results, &sweep->runs[i], reference);
            compared++;
        }
        sweep_destroy(sweep);
        experiment_destroy(experiment);
        free(name);
    }
    assert_int_equal(compared, csv_rows(reference));
    assert_int_equal(compared, LEVEL_COUNT * native_type_count);
    assert_int_equal(support_folder_remove(results), 0);
    csv_destroy(reference);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_digests_are_the_committed_ones),
        cmocka_unit_test(test_popgym_ends_as_committed),
        cmocka_unit_test(test_every_path_gives_the_same_digests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
