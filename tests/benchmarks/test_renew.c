// Runs and analyses as the program behaves now: what others made is put aside, what is known to come out the same is kept.
#include "tiny_experiment.h"

#include <signal.h>

#include "benchmarks/renew.h"
#include "core/revision.h"

enum { RUNS_ROOM = 16 };

typedef struct Fixture {
    const TinyHome *home;
    Experiment *experiment;
    Sweep *sweep;
    const SweepRun *runs[RUNS_ROOM];
    size_t count;
} Fixture;

static const char no_claims[] = "";

static Fixture open_runs(const TinyHome *home, const char *cells, int episodes) {
    Error error = {0};
    Fixture fixture = {.home = home, .experiment = tiny_experiment(home, "maze", cells, episodes, no_claims)};
    fixture.sweep = sweep_expand(fixture.experiment, &error);
    assert_non_null(fixture.sweep);
    fixture.count = fixture.sweep->count;
    for (size_t i = 0; i < fixture.count; i++) fixture.runs[i] = &fixture.sweep->runs[i];
    return fixture;
}

static void close_runs(Fixture *fixture) {
    sweep_destroy(fixture->sweep);
    experiment_destroy(fixture->experiment);
}

// With the ledger of a behaviour; NULL: without one.
static RenewReport renew(const Fixture *fixture, const char *behaviour, bool analyses, double limit) {
    ScheduleOptions schedule = {.results = fixture->home->results, .jobs = 1, .limit = limit};
    RenewOptions options = {.schedule = &schedule, .analyses = analyses};
    if (behaviour) options.ledger = ledger_open(fixture->home->results, fixture->experiment, behaviour);
    RenewReport report;
    Error error = {0};
    size_t training, analysed;
    renew_count(fixture->runs, fixture->count, &options, &training, &analysed);
    if (!renew_runs(fixture->runs, fixture->count, &options, &report, &error)) fail_msg("%s", error.message);
    if (report.failed + report.refused == 0 && !report.expired &&
        !report.interrupted) {    // what was announced is what was done
        assert_int_equal(report.trained, training);
        assert_int_equal(report.analysed, analysed);
    }
    ledger_close(options.ledger);
    return report;
}

// ---- runs ------------------------------------------------------------------------------------------------------------------------------

static void what_a_behaviour_made_is_kept_for_it(void **state) {
    Fixture fixture = open_runs(*state, "gru", 10);
    assert_int_equal(renew(&fixture, "aa", false, 0).trained, 4);
    assert_int_equal(renew(&fixture, "aa", false, 0).trained, 0);
    // Without a ledger a revision that names the code speaks for itself; another one does not.
    assert_int_equal(renew(&fixture, NULL, false, 0).trained, renew_revision_is_exact() ? 0 : 4);
    close_runs(&fixture);
}

static void what_another_revision_made_is_made_anew(void **state) {
    Fixture fixture = open_runs(*state, "gru", 10);
    char before[DIGEST_SIZE], foreign[DIGEST_SIZE], after[DIGEST_SIZE];
    renew(&fixture, "aa", false, 0);
    tiny_run_digest(fixture.home->results, fixture.runs[1], before);
    tiny_foreign_run(fixture.home->results, fixture.runs[1], "0123456789abcdef", "1");
    tiny_run_digest(fixture.home->results, fixture.runs[1], foreign);
    assert_string_not_equal(before, foreign);
    assert_int_equal(renew(&fixture, "aa", false, 0).trained, 1);
    tiny_run_digest(fixture.home->results, fixture.runs[1], after);
    assert_string_equal(before, after);
    char *aside = run_path(fixture.home->results, fixture.runs[1]), *stale = memory_format("%s.stale", aside);
    assert_false(support_exists(NULL, stale));
    free(aside);
    free(stale);
    // Two revisions that worked on a run are another one, even if ours is among them.
    char *both = memory_format("0123456789abcdef, %s", revision_code());
    tiny_foreign_run(fixture.home->results, fixture.runs[2], both, "1");
    free(both);
    assert_int_equal(renew(&fixture, "aa", false, 0).trained, 1);
    close_runs(&fixture);
}

static void another_revision_of_the_same_behaviour_counts(void **state) {
    Fixture fixture = open_runs(*state, "gru", 10);
    char foreign[DIGEST_SIZE], after[DIGEST_SIZE];
    renew(&fixture, "aa", false, 0);
    tiny_foreign_run(fixture.home->results, fixture.runs[0], "0123456789abcdef", "1");
    tiny_run_digest(fixture.home->results, fixture.runs[0], foreign);
    Ledger *ledger = ledger_open(fixture.home->results, fixture.experiment, "aa");
    char *name = memory_format("runs/%s.h5", fixture.runs[0]->name);
    ledger_note(ledger, name, foreign);
    Error error = {0};
    assert_true(ledger_write(ledger, &error));
    ledger_close(ledger);
    assert_int_equal(renew(&fixture, "aa", false, 0).trained, 0);
    tiny_run_digest(fixture.home->results, fixture.runs[0], after);
    assert_string_equal(foreign, after);
    // Of another behaviour it is made anew.
    assert_int_equal(renew(&fixture, "bb", false, 0).trained, renew_revision_is_exact() ? 1 : 4);
    tiny_run_digest(fixture.home->results, fixture.runs[0], after);
    assert_string_not_equal(foreign, after);
    free(name);
    close_runs(&fixture);
}

static void failures_are_tried_again_by_another_behaviour(void **state) {
    Fixture fixture = open_runs(*state, "gru", 10);
    for (size_t i = 0; i < fixture.count; i++) {    // runs have copies of the parameters: every one breaks down
        Error error = {0};
        assert_true(config_set(fixture.sweep->runs[i].config, "agent.learning_rate", "1e30", &error));
    }
    RenewReport report = renew(&fixture, "aa", true, 0);
    assert_int_equal(report.failed, 4);
    assert_int_equal(report.trained + report.analysed, 0);
    char *marker = memory_format("runs/%s.failed", fixture.runs[0]->name);
    support_assert_has(marker, ".failed");
    assert_true(support_exists(fixture.home->results, marker));
    support_write(fixture.home->results, marker, "step 1\nsomething else\n");    // as another code left it
    report = renew(&fixture, "aa", false, 0);
    assert_int_equal(report.failed, 4);
    char *text = support_read(fixture.home->results, marker, NULL);
    assert_null(strstr(text, "something else"));
    free(text);
    support_write(fixture.home->results, marker, "step 1\nsomething else\n");
    Ledger *ledger = ledger_open(fixture.home->results, fixture.experiment, "aa");
    char digest[DIGEST_SIZE];
    digest_bytes("step 1: something else", strlen("step 1: something else"), digest);
    ledger_note(ledger, marker, digest);
    Error error = {0};
    assert_true(ledger_write(ledger, &error));
    ledger_close(ledger);
    renew(&fixture, "aa", false, 0);    // known to break down so: left alone
    text = support_read(fixture.home->results, marker, NULL);
    support_assert_has(text, "something else");
    free(text);
    renew(&fixture, "bb", false, 0);
    text = support_read(fixture.home->results, marker, NULL);
    assert_null(strstr(text, "something else"));
    free(text);
    free(marker);
    close_runs(&fixture);
}

// ---- interruptions -----------------------------------------------------------------------------------------------------------------------

static void assert_undisturbed(const Fixture *fixture) {
    for (size_t i = 0; i < fixture->count; i++) {
        char digest[DIGEST_SIZE], expected[DIGEST_SIZE], *folder = support_folder_in_memory();
        Error error = {0};
        assert_int_equal(run_execute(folder, fixture->runs[i], NULL, &error), RUN_FINISHED);
        tiny_run_digest(folder, fixture->runs[i], expected);
        tiny_run_digest(fixture->home->results, fixture->runs[i], digest);
        assert_string_equal(digest, expected);
        support_folder_remove(folder);
    }
}

static void a_limit_leaves_what_is_done(void **state) {
    Fixture fixture = open_runs(*state, "gru", 60);
    RenewReport report = renew(&fixture, "aa", true, 0.001);
    assert_true(report.expired);
    assert_true(report.trained < 4);
    size_t done = report.trained;
    report = renew(&fixture, "aa", true, 0);
    assert_int_equal(report.trained, 4 - done);
    assert_int_equal(report.analysed, 4);
    assert_true(report.analysis_seconds > 0);
    assert_undisturbed(&fixture);
    close_runs(&fixture);
}

// SIGTERM is waiting when the scheduler begins.
static void an_interruption_leaves_what_is_done(void **state) {
    Fixture fixture = open_runs(*state, "gru", 60);
    sigset_t term, before;
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    sigprocmask(SIG_BLOCK, &term, &before);
    raise(SIGTERM);
    RenewReport report = renew(&fixture, "aa", true, 0);
    sigprocmask(SIG_SETMASK, &before, NULL);
    assert_true(report.interrupted);
    assert_true(report.trained < 4);
    assert_int_equal(report.analysed, 0);
    assert_int_equal(renew(&fixture, "aa", true, 0).trained, 4 - report.trained);
    assert_undisturbed(&fixture);
    close_runs(&fixture);
}

// ---- analyses ------------------------------------------------------------------------------------------------------------------------------

static double read_value(const char *path, const char *name) {
    Error error = {0};
    StoreReader *reader = store_open(path, &error);
    if (!reader) fail_msg("%s", error.message);
    size_t rows;
    int64_t *step;
    double *value;
    if (!store_series(reader, name, &rows, &step, &value, &error)) fail_msg("%s", error.message);
    double first = value[0];
    free(step);
    free(value);
    store_close(reader);
    return first;
}

// Overwrites an analysis or a control as another estimator would have left it.
static void spoil(const char *path, const char *name) {
    Error error = {0};
    StoreReader *reader = store_open(path, &error);
    if (!reader) fail_msg("%s", error.message);
    char *key = memory_format("%s", store_key(reader)), *config = memory_format("%s", store_config(reader));
    store_close(reader);
    unlink(path);
    tiny_foreign_file(path, key, config, "0123456789abcdef", "1", name, 55);
    free(key);
    free(config);
}

static char *control_path(const TinyHome *home) {
    char output[512], *command = memory_format("ls %s/analysis/bank-*.h5", home->results);
    FILE *pipe = popen(command, "r");
    assert_non_null(fgets(output, sizeof output, pipe));
    assert_null(fgets(output + strlen(output), 10, pipe));    // one for all
    pclose(pipe);
    free(command);
    return memory_format("%.*s", (int)strcspn(output, "\n"), output);
}

static void analyses_of_another_estimator_are_made_anew(void **state) {
    Fixture fixture = open_runs(*state, "gru", 10);
    renew(&fixture, "aa", true, 0);
    assert_int_equal(renew(&fixture, "aa", true, 0).analysed, 0);
    char *path = analyse_path(fixture.home->results, fixture.runs[3]), *control = control_path(fixture.home);
    double bank = read_value(path, "mine/bank"), observation = read_value(path, "mine/bank-observation");
    assert_true(observation == read_value(control, "mine/bank-observation"));
    spoil(path, "mine/bank");
    spoil(control, "mine/bank-observation");
    RenewReport report = renew(&fixture, "aa", true, 0);
    assert_int_equal(report.trained, 0);
    assert_int_equal(report.analysed, 1);
    assert_true(read_value(path, "mine/bank") == bank);
    assert_true(read_value(path, "mine/bank-observation") == observation);    // not the spoilt control's
    assert_true(read_value(control, "mine/bank-observation") == observation);
    free(path);
    free(control);
    close_runs(&fixture);
}

// ---- what cannot be done ---------------------------------------------------------------------------------------------------------------------

static void unreadable_runs_are_refused(void **state) {
    Fixture fixture = open_runs(*state, "gru", 10);
    renew(&fixture, "aa", false, 0);
    char *path = run_path(fixture.home->results, fixture.runs[0]);
    support_write(NULL, path, "no HDF5 file");
    RenewReport report = renew(&fixture, "aa", true, 0);
    assert_int_equal(report.refused, 1);
    assert_int_equal(report.trained + report.analysed, 0);
    char *text = support_read(NULL, path, NULL);
    assert_string_equal(text, "no HDF5 file");    // nobody knows what it was: it stays
    free(text);
    free(path);
    close_runs(&fixture);
}

static void a_results_folder_that_is_a_file_is_named(void **state) {
    TinyHome *home = *state;
    Fixture fixture = open_runs(home, "gru", 10);
    assert_int_equal(rmdir(home->results), 0);
    support_write(NULL, home->results, "in the way");
    ScheduleOptions schedule = {.results = home->results, .jobs = 1};
    RenewReport report;
    Error error = {0};
    assert_false(renew_runs(fixture.runs, fixture.count, &(RenewOptions){.schedule = &schedule}, &report, &error));
    support_assert_has(error.message, home->results);
    unlink(home->results);
    close_runs(&fixture);
}

#define ON_RUNS(test) cmocka_unit_test_setup_teardown(test, tiny_set_up, tiny_tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        ON_RUNS(what_a_behaviour_made_is_kept_for_it),
        ON_RUNS(what_another_revision_made_is_made_anew),
        ON_RUNS(another_revision_of_the_same_behaviour_counts),
        ON_RUNS(failures_are_tried_again_by_another_behaviour),
        ON_RUNS(a_limit_leaves_what_is_done),
        ON_RUNS(an_interruption_leaves_what_is_done),
        ON_RUNS(analyses_of_another_estimator_are_made_anew),
        ON_RUNS(unreadable_runs_are_refused),
        ON_RUNS(a_results_folder_that_is_a_file_is_named),
    };
    return cmocka_run_group_tests_name("renew", tests, NULL, NULL);
}
