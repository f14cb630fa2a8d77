// The digest of short runs: what changes it, what does not, and that nobody's old files are taken for the program's own.
#include "tiny_experiment.h"

#include <signal.h>

#include "benchmarks/behaviour.h"

static const char on_returns[] = "claims:\n  - {id: high, text: t, source: s, kind: at_least, threshold: 0, expect: pass,\n"
                                 "     a: {series: evaluation/return, at: last}}\n";
static const char on_estimates[] = "claims:\n  - {id: knows, text: t, source: s, kind: at_least, threshold: 0, expect: pass,\n"
                                   "     a: {series: mine/bank, at: last}}\n";

static bool try_digest(const TinyHome *home, const Experiment *experiment, int jobs, char digest[DIGEST_SIZE], Error *error) {
    ScheduleOptions schedule = {.results = home->results, .jobs = jobs};
    bool interrupted;
    bool good = behaviour_digest(experiment, NULL, 0, &schedule, digest, &interrupted, error);
    assert_false(interrupted);
    return good;
}

static void digest_of(const TinyHome *home, const char *cells, int episodes, const char *claims, int jobs,
                      char digest[DIGEST_SIZE]) {
    Experiment *experiment = tiny_experiment(home, "maze", cells, episodes, claims);
    Error error = {0};
    if (!try_digest(home, experiment, jobs, digest, &error)) fail_msg("%s", error.message);
    assert_int_equal(strlen(digest), DIGEST_LENGTH);
    experiment_destroy(experiment);
}

static void forget(const TinyHome *home) {
    char *command = memory_format("rm -rf '%s'/*", home->results);
    assert_int_equal(system(command), 0);
    free(command);
}

// The short runs of an experiment, to be looked at.
static Sweep *short_runs(const Experiment *experiment) {
    Error error = {0};
    Experiment *smoke = experiment_load(experiment->name, SCALE_SMOKE, NULL, 0, &error);
    smoke->last_seed = smoke->first_seed;
    Sweep *sweep = sweep_expand(smoke, &error);
    assert_non_null(sweep);
    experiment_destroy(smoke);
    return sweep;
}

// ---- what it depends on --------------------------------------------------------------------------------------------------------------------

static void the_same_code_has_the_same_digest(void **state) {
    TinyHome *home = *state;
    char first[DIGEST_SIZE], again[DIGEST_SIZE];
    digest_of(home, "gru, lstm", 10, on_returns, 1, first);
    digest_of(home, "gru, lstm", 10, on_returns, 1, again);
    assert_string_equal(first, again);
    forget(home);
    digest_of(home, "gru, lstm", 10, on_returns, 2, again);
    assert_string_equal(first, again);
    // The scale's length does not matter: the runs have the sizes of smoke.
    digest_of(home, "gru, lstm", 2000, on_returns, 2, again);
    assert_string_equal(first, again);
}

static void every_combination_is_in_it(void **state) {
    TinyHome *home = *state;
    char both[DIGEST_SIZE], one[DIGEST_SIZE], turned[DIGEST_SIZE];
    digest_of(home, "gru, lstm", 10, on_returns, 1, both);
    digest_of(home, "gru", 10, on_returns, 1, one);
    digest_of(home, "lstm, gru", 10, on_returns, 1, turned);
    assert_string_not_equal(both, one);
    assert_string_not_equal(both, turned);
}

static void parameters_and_seeds_are_in_it(void **state) {
    TinyHome *home = *state;
    char plain[DIGEST_SIZE], set[DIGEST_SIZE], seeded[DIGEST_SIZE];
    digest_of(home, "gru", 10, on_returns, 1, plain);
    Experiment *experiment = tiny_experiment(home, "maze", "gru", 10, on_returns);
    ScheduleOptions schedule = {.results = home->results, .jobs = 1};
    char name[] = "agent.learning_rate", value[] = "0.0011", where[] = "--set";
    Setting setting = {name, value, where};
    bool interrupted;
    Error error = {0};
    assert_true(behaviour_digest(experiment, &setting, 1, &schedule, set, &interrupted, &error));
    assert_string_not_equal(plain, set);
    experiment->first_seed = 3;
    assert_true(behaviour_digest(experiment, NULL, 0, &schedule, seeded, &interrupted, &error));
    assert_string_not_equal(plain, seeded);
    experiment_destroy(experiment);
}

static void estimates_are_in_it_where_claims_need_them(void **state) {
    TinyHome *home = *state;
    char returns[DIGEST_SIZE], estimates[DIGEST_SIZE], again[DIGEST_SIZE];
    digest_of(home, "gru", 10, on_returns, 1, returns);
    digest_of(home, "gru", 10, on_estimates, 1, estimates);
    assert_string_not_equal(returns, estimates);
    digest_of(home, "gru", 10, on_estimates, 1, again);
    assert_string_equal(estimates, again);
}

// ---- what others left ------------------------------------------------------------------------------------------------------------------------

static void files_of_another_revision_are_not_believed(void **state) {
    TinyHome *home = *state;
    char own[DIGEST_SIZE], after[DIGEST_SIZE];
    digest_of(home, "gru", 10, on_estimates, 1, own);
    Experiment *experiment = tiny_experiment(home, "maze", "gru", 10, on_estimates);
    Sweep *sweep = short_runs(experiment);
    char *behaviour = memory_format("%s/behaviour", home->results);
    char *analysis = analyse_path(behaviour, &sweep->runs[0]);
    Error error = {0};

    // An analysis by another estimator of the very same run ...
    StoreReader *reader = store_open(analysis, &error);
    assert_non_null(reader);
    char *key = memory_format("%s", store_key(reader)), *config = memory_format("%s", store_config(reader));
    store_close(reader);
    unlink(analysis);
    tiny_foreign_file(analysis, key, config, "0123456789abcdef", "1", "mine/bank", 55);
    digest_of(home, "gru", 10, on_estimates, 1, after);
    assert_string_equal(own, after);

    // ... and a run of another code.
    tiny_foreign_run(behaviour, &sweep->runs[0], "0123456789abcdef", "1");
    digest_of(home, "gru", 10, on_estimates, 1, after);
    assert_string_equal(own, after);
    free(key);
    free(config);
    free(analysis);
    free(behaviour);
    sweep_destroy(sweep);
    experiment_destroy(experiment);
}

static void write_maze(const TinyHome *home, const char *rate) {
    char *text = memory_format(
        "title: Tiny\nsource: nowhere\nquestion: q\nbase:\n  environment: {name: tmaze, length: 4}\n"
        "  agent: {name: drqn, episodes: 10, batch: 8, gradient_steps: 2, evaluation_episodes: 5, learning_rate: %s}\n"
        "  network: {layers: 1, hidden: 8}\n  histories: {pairs: 20}\nseeds: 1..2\n"
        "scales:\n  smoke: {note: n}\n  ci: {note: n}\n  paper: {note: n}\n%s",
        rate, on_returns);
    support_write(home->folder, "benchmarks/test/maze.yaml", text);
    free(text);
}

// A change that makes short runs diverge is a change of behaviour, not bad input.
static void a_run_that_breaks_down_behaves_so(void **state) {
    TinyHome *home = *state;
    char good[DIGEST_SIZE], broken[DIGEST_SIZE], again[DIGEST_SIZE];
    Error error = {0};
    const char *const rates[] = {"0.001", "1e30", "1e30"};
    char *const digests[] = {good, broken, again};
    for (int i = 0; i < 3; i++) {
        write_maze(home, rates[i]);
        Experiment *experiment = experiment_load("test/maze", SCALE_CI, NULL, 0, &error);
        if (!experiment || !try_digest(home, experiment, 1, digests[i], &error)) fail_msg("%s", error.message);
        experiment_destroy(experiment);
    }
    assert_string_not_equal(good, broken);
    assert_string_equal(broken, again);
}

// ---- what cannot be known ------------------------------------------------------------------------------------------------------------------------

static void an_interruption_is_told_apart(void **state) {
    TinyHome *home = *state;
    Experiment *experiment = tiny_experiment(home, "maze", "gru, lstm, mgu", 10, on_returns);
    ScheduleOptions schedule = {.results = home->results, .jobs = 1};
    char digest[DIGEST_SIZE], expected[DIGEST_SIZE];
    bool interrupted;
    Error error = {0};
    sigset_t term, before;
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    sigprocmask(SIG_BLOCK, &term, &before);
    raise(SIGTERM);
    assert_false(behaviour_digest(experiment, NULL, 0, &schedule, digest, &interrupted, &error));
    sigprocmask(SIG_SETMASK, &before, NULL);
    assert_true(interrupted);
    support_assert_has(error.message, "interrupted");
    assert_true(behaviour_digest(experiment, NULL, 0, &schedule, digest, &interrupted, &error));
    assert_false(interrupted);
    forget(home);
    assert_true(behaviour_digest(experiment, NULL, 0, &schedule, expected, &interrupted, &error));
    assert_string_equal(digest, expected);
    experiment_destroy(experiment);
}

static void what_cannot_be_done_is_an_error(void **state) {
    TinyHome *home = *state;
    Experiment *experiment = tiny_experiment(home, "maze", "gru", 10, on_returns);
    char digest[DIGEST_SIZE];
    Error error = {0};
    support_write(home->results, "behaviour", "in the way");
    assert_false(try_digest(home, experiment, 1, digest, &error));
    support_assert_has(error.message, "/behaviour");
    forget(home);
    assert_true(try_digest(home, experiment, 1, digest, &error));
    Sweep *sweep = short_runs(experiment);
    char *file = memory_format("behaviour/runs/%s.h5", sweep->runs[0].name);
    support_write(home->results, file, "no HDF5 file");
    assert_false(try_digest(home, experiment, 1, digest, &error));
    support_assert_has(error.message, "1 of 1 short runs");
    free(file);
    sweep_destroy(sweep);
    char *yaml = memory_format("%s/benchmarks/test/maze.yaml", home->folder);
    unlink(yaml);
    assert_false(try_digest(home, experiment, 1, digest, &error));
    support_assert_has(error.message, "test/maze");
    free(yaml);
    experiment_destroy(experiment);
}

#define ON_RUNS(test) cmocka_unit_test_setup_teardown(test, tiny_set_up, tiny_tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        ON_RUNS(the_same_code_has_the_same_digest),
        ON_RUNS(every_combination_is_in_it),
        ON_RUNS(parameters_and_seeds_are_in_it),
        ON_RUNS(estimates_are_in_it_where_claims_need_them),
        ON_RUNS(files_of_another_revision_are_not_believed),
        ON_RUNS(a_run_that_breaks_down_behaves_so),
        ON_RUNS(an_interruption_is_told_apart),
        ON_RUNS(what_cannot_be_done_is_an_error),
    };
    return cmocka_run_group_tests_name("behaviour", tests, NULL, NULL);
}
