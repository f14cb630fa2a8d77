// Short runs of the cells that are listed end with the digests that are committed: on this CPU as on any other, with this compiler as with any other.

#include "benchmarks/run.h"
#include "core/store.h"
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
    store_close(reader);
    free(path);
}

static void test_digests_are_the_committed_ones(void **state) {
    (void)state;
    Error error = {0};
    CsvTable *reference = csv_read("results/reference/belief/tmaze-smoke-digests.csv", &error);
    if (!reference) fail_msg("%s", error.message);
    assert_true(csv_rows(reference) >= 5 && csv_rows(reference) <= cell_type_count);
    char *results = support_folder();
    for (size_t cell = 0; cell < csv_rows(reference); cell++) {    // in the registry's order
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

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_digests_are_the_committed_ones)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
