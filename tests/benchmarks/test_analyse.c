// From a finished run to its analysis: the series that are there, the same numbers as the estimators called by hand,
// the same digest after an interruption, and what happens without a run.

#include "analysis/information/estimators.h"
#include "analysis/information/sample.h"
#include "benchmarks/analyse.h"
#include "core/store.h"
#include "tests/support.h"

enum { EPISODES = 4, PERIOD = 2, CHECKPOINTS = 3, PAIRS = 60 };

typedef struct Fixture {
    char *results;
    SweepRun lstm, other;    // trained; `other` has another cell and seed, and the same bank
} Fixture;

static SweepRun make_run(const char *cell, int64_t seed) {
    static const char *const settings[][2] = {
        {"length", "3"},         {"agent.episodes", "4"},         {"histories.period", "2"}, {"histories.pairs", "60"},
        {"network.hidden", "6"}, {"histories.sampling", "every"}, {"mine.hidden", "8"},      {"mine.batch", "16"},
        {"mine.epochs", "3"},    {"mine.restarts", "2"},
    };
    Config *config = config_create();
    Error error = {0};
    bool good = config_set(config, "network.cell", cell, &error);
    for (size_t i = 0; i < sizeof settings / sizeof *settings && good; i++)
        good = config_set(config, settings[i][0], settings[i][1], &error);
    if (!good) fail_msg("%s", error.message);
    return (SweepRun){.config = config, .seed = seed, .name = config_run_name(config, seed)};
}

static void train(const char *results, const SweepRun *run) {
    Error error = {0};
    if (run_execute(results, run, NULL, &error) != RUN_FINISHED) fail_msg("%s", error.message);
}

static int set_up(void **state) {
    Fixture *f = memory_zeroed(1, sizeof *f);
    f->results = support_folder();
    char *runs = memory_format("%s/runs", f->results);
    mkdir(runs, 0777);
    free(runs);
    f->lstm = make_run("lstm", 1);
    f->other = make_run("gru", 2);
    train(f->results, &f->lstm);
    train(f->results, &f->other);
    *state = f;
    return 0;
}

static int tear_down(void **state) {
    Fixture *f = *state;
    int code = support_folder_remove(f->results);
    SweepRun *const runs[] = {&f->lstm, &f->other};
    for (int i = 0; i < 2; i++) {
        config_destroy(runs[i]->config);
        free(runs[i]->name);
    }
    free(f);
    return code;
}

static StoreReader *analysed(Fixture *f, const SweepRun *run) {
    Error error = {0};
    if (analyse_status(f->results, run, NULL, 0) != RUN_DONE &&
        analyse_execute(f->results, run, NULL, &error) != RUN_FINISHED) {
        fail_msg("%s", error.message);
    }
    char *path = analyse_path(f->results, run);
    StoreReader *reader = store_open(path, &error);
    if (!reader) fail_msg("%s", error.message);
    free(path);
    return reader;
}

// Values of a series, its steps checked against the checkpoints.
static void read_series(StoreReader *reader, const char *name, size_t expected, double *value) {
    size_t count;
    int64_t *step;
    double *found;
    Error error = {0};
    if (!store_series(reader, name, &count, &step, &found, &error)) fail_msg("%s", error.message);
    assert_int_equal(count, expected);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(step[i], i * PERIOD);
        value[i] = found[i];
    }
    free(step);
    free(found);
}

static void series_are_there(void **state) {
    Fixture *f = *state;
    static const char *const all[] = {
        "entropy/policy",       "entropy/bank",           "mine/policy",          "mine/policy-sd",
        "mine/policy-ess",      "mine/policy-unreliable", "mine/policy-memory",   "mine/bank",
        "mine/bank-memory",     "probe/policy",           "probe/bank",           "probe/bank-memory",
        "mine/bank-memory-ess", "mine/bank-train",        "mine/bank-validation",
    };
    StoreReader *lstm = analysed(f, &f->lstm), *other = analysed(f, &f->other);
    double value[CHECKPOINTS], bound[CHECKPOINTS];
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) read_series(lstm, all[i], CHECKPOINTS, value);
    read_series(lstm, "entropy/bank", CHECKPOINTS, value);
    assert_true(value[0] > 0 && value[0] == value[1] && value[1] == value[2]);    // the bank is frozen
    read_series(lstm, "probe/bank", CHECKPOINTS, bound);
    for (int i = 0; i < CHECKPOINTS; i++) assert_true(bound[i] <= value[i]);
    // Only the LSTM has a memory beside h; the control is the same for every run, and there once.
    assert_false(store_series_exists(other, "mine/bank-memory"));
    double control[2], probe[2];
    read_series(lstm, "mine/bank-observation", 1, &control[0]);
    read_series(other, "mine/bank-observation", 1, &control[1]);
    assert_true(control[0] == control[1]);
    read_series(lstm, "probe/bank-observation", 1, &probe[0]);
    read_series(other, "probe/bank-observation", 1, &probe[1]);
    assert_true(probe[0] == probe[1]);
    store_close(lstm);
    store_close(other);
}

static Matrix read_array(StoreReader *log, int64_t step, const char *name) {
    StoreArray array;
    Error error = {0};
    if (!store_array(log, step, name, &array, &error)) fail_msg("%s", error.message);
    return matrix_view(array.type, (int)array.shape[0], (int)array.shape[1], array.data);
}

static double by_hand(Fixture *f, const char *estimator, Matrix hidden, Matrix belief) {
    InformationPairs pairs = {hidden, 1, {{belief, 1, true}}};
    Error error = {0};
    Sample sample;
    InformationEstimate estimate;
    if (!sample_prepare(&pairs, &sample, &error)) fail_msg("%s", error.message);
    const void *params = config_section(f->lstm.config, estimator);
    if (!sample_estimate(&sample, estimator_find(estimator, NULL), params, 1, linalg_portable(), &estimate, &error))
        fail_msg("%s", error.message);
    assert_int_equal(sample.train, PAIRS);
    sample_free(&sample);
    return estimate.value;
}

static void expect_last(StoreReader *analysis, const char *series, double expected) {
    double value[CHECKPOINTS];
    read_series(analysis, series, CHECKPOINTS, value);
    assert_true(value[CHECKPOINTS - 1] == expected);
}

// The last checkpoint's bank by hand: beliefs from the first one, h the left half of the LSTM's columns.
static void same_as_by_hand(void **state) {
    Fixture *f = *state;
    Error error = {0};
    char *path = run_path(f->results, &f->lstm);
    StoreReader *log = store_open(path, &error), *analysis = analysed(f, &f->lstm);
    assert_non_null(log);
    Matrix hidden = read_array(log, EPISODES, "bank/hidden"), belief = read_array(log, 0, "bank/belief");
    assert_int_equal(hidden.cols, 2 * 2 * 6);
    expect_last(analysis, "mine/bank", by_hand(f, "mine", matrix_cols(hidden, 0, 12), belief));
    expect_last(analysis, "mine/bank-memory", by_hand(f, "mine", hidden, belief));
    expect_last(analysis, "probe/bank-memory", by_hand(f, "probe", hidden, belief));
    expect_last(analysis, "mine/bank-pairs", PAIRS);
    expect_last(analysis, "prepared/bank-rejected", 0);
    free(hidden.data);
    free(belief.data);
    store_close(log);
    store_close(analysis);
    free(path);
}

// Beliefs of two parts, a set of particles and a Gaussian one, in three sets of histories; estimators that take sets and one that does not.
static void parts_of_beliefs(void **state) {
    Fixture *f = *state;
    static const char *const settings[][2] = {
        {"environment", "hike"},       {"environment.particles", "12"}, {"variables", "2"},      {"agent.episodes", "2"},
        {"histories.period", "2"},     {"histories.pairs", "40"},       {"network.hidden", "4"}, {"network.layers", "1"},
        {"histories.particles", "5"},  {"histories.exploring", "true"}, {"mine.hidden", "4"},    {"mine.batch", "16"},
        {"mine.epochs", "2"},          {"estimators.gaussian", "true"}, {"all_parts", "true"},   {"estimators.ross", "true"},
        {"agent.gradient_steps", "1"}, {"sampling", "every"},
    };
    static const char *const present[] = {
        "mine/policy",
        "mine/policy-irrelevant",
        "mine/policy-all",
        "mine/exploring",
        "mine/bank-irrelevant",
        "probe/policy",
        "gaussian/policy",
        "gaussian/bank-irrelevant",
        "mine/bank-observation-all",
        "mine/bank-all-pairs",
        "prepared/exploring-irrelevant-rejected",
    };
    static const char *const absent[] = {"ross/policy", "entropy/policy", "entropy/policy-irrelevant"};
    Config *config = config_create();
    Error error = {0};
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        if (!config_set(config, settings[i][0], settings[i][1], &error)) fail_msg("%s", error.message);
    }
    SweepRun run = {.config = config, .seed = 1, .name = config_run_name(config, 1)};
    train(f->results, &run);
    StoreReader *analysis = analysed(f, &run);
    for (size_t i = 0; i < sizeof present / sizeof *present; i++) {
        if (!store_series_exists(analysis, present[i])) fail_msg("%s is not there", present[i]);
    }
    for (size_t i = 0; i < sizeof absent / sizeof *absent; i++) assert_false(store_series_exists(analysis, absent[i]));
    store_close(analysis);
    char *path = run_path(f->results, &run);
    StoreReader *log = store_open(path, &error);
    StoreArray set, gaussian;
    assert_true(store_array(log, 2, "policy/belief", &set, &error) &&
                store_array(log, 2, "policy/belief-irrelevant", &gaussian, &error));
    assert_true(set.rank == 3 && set.shape[0] == 80 && set.shape[1] == 5 && set.shape[2] == 3);
    assert_true(gaussian.rank == 2 && gaussian.shape[1] == 2 + 4);
    free(set.data);
    free(gaussian.data);
    store_close(log);
    free(path);
    config_destroy(config);
    free(run.name);
}

// With a stride only some checkpoints have numbers, the last always.
static void every_second_checkpoint(void **state) {
    Fixture *f = *state;
    SweepRun sparse = f->other;
    sparse.config = config_copy(f->other.config);
    assert_true(config_set(sparse.config, "estimators.stride", "2", NULL));
    StoreReader *analysis = analysed(f, &sparse);
    size_t count;
    int64_t *step;
    double *value;
    assert_true(store_series(analysis, "mine/bank", &count, &step, &value, NULL));
    assert_true(count == 2 && step[0] == 0 && step[1] == EPISODES);
    free(step);
    free(value);
    store_close(analysis);
    config_destroy(sparse.config);
}

static void stop_after_first(void *context, int64_t done, int64_t budget) {
    assert_int_equal(budget, CHECKPOINTS);
    if (done == 1) *(int *)context = 1;
}

static void remove_file(char *path) {
    unlink(path);
    free(path);
}

static void interrupted_analysis(void **state) {
    Fixture *f = *state;
    StoreReader *before = analysed(f, &f->lstm);
    char digest[DIGEST_SIZE];
    snprintf(digest, sizeof digest, "%s", store_digest(before));
    store_close(before);
    assert_int_equal(analyse_status(f->results, &f->lstm, NULL, 0), RUN_DONE);
    remove_file(analyse_path(f->results, &f->lstm));
    assert_int_equal(analyse_status(f->results, &f->lstm, NULL, 0), RUN_MISSING);
    int stop = 0;
    RunHooks hooks = {&stop, stop_after_first, &stop};
    Error error = {0};
    assert_int_equal(analyse_execute(f->results, &f->lstm, &hooks, &error), RUN_STOPPED);
    assert_int_equal(analyse_status(f->results, &f->lstm, NULL, 0), RUN_MISSING);
    StoreReader *after = analysed(f, &f->lstm);
    assert_string_equal(store_digest(after), digest);
    store_close(after);
}

static void other_parameters(void **state) {
    Fixture *f = *state;
    SweepRun changed = f->lstm;
    changed.config = config_copy(f->lstm.config);
    assert_true(config_set(changed.config, "mine.epochs", "4", NULL));
    char *path = analyse_path(f->results, &f->lstm), *there = analyse_path(f->results, &changed);
    assert_string_not_equal(path, there);
    assert_int_equal(analyse_status(f->results, &changed, NULL, 0), RUN_MISSING);
    config_destroy(changed.config);
    free(path);
    free(there);
}

static void truncated_analysis(void **state) {
    Fixture *f = *state;
    store_close(analysed(f, &f->other));
    char *path = analyse_path(f->results, &f->other), detail[256];
    assert_int_equal(truncate(path, 1000), 0);
    assert_int_equal(analyse_status(f->results, &f->other, detail, sizeof detail), RUN_UNREADABLE);
    assert_non_null(strstr(detail, path));
    remove_file(path);
}

static void run_that_is_not_there(void **state) {
    Fixture *f = *state;
    SweepRun missing = make_run("mgu", 9);
    Error error = {0};
    assert_int_equal(analyse_status(f->results, &missing, NULL, 0), RUN_MISSING);
    assert_int_equal(analyse_execute(f->results, &missing, NULL, &error), RUN_REFUSED);
    assert_non_null(strstr(error.message, missing.name));
    config_destroy(missing.config);
    free(missing.name);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(series_are_there),        cmocka_unit_test(same_as_by_hand),       cmocka_unit_test(parts_of_beliefs),
        cmocka_unit_test(every_second_checkpoint), cmocka_unit_test(interrupted_analysis),  cmocka_unit_test(other_parameters),
        cmocka_unit_test(truncated_analysis),      cmocka_unit_test(run_that_is_not_there),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
