// The record of a check: what is read is what was written, and what is no record of this experiment is refused.
#include "fake_runs.h"

#include <jansson.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "benchmarks/verdicts.h"

// ---- a report ------------------------------------------------------------------------------------------------------------------------

static double growing(const SweepRun *run, int64_t step, double noise) {
    (void)run;
    return (step > 0 ? 2.0 : 1.0) / 3 + 0.1 * noise;    // with all the digits that a number can have
}
static double following(const SweepRun *run, int64_t step, double noise) {
    return (double)step / 1000 + (double)run->seed + 0.01 * noise;
}

static const FakeSeries series[] = {{"evaluation/discounted_return", growing, 0, 50, 100},
                                    {"evaluation/return", following, 0, 50, 100}};

#define RETURN "a: {series: evaluation/discounted_return, at: last}, "
static const char claims_text[] =
    "claims:\n"
    "  - {id: grows, text: t, source: s, kind: superior, " RETURN
    "b: {series: evaluation/discounted_return, at: 0}, margin: 0.1, expect: pass}\n"
    "  - {id: high, text: t, source: s, kind: at_least, " RETURN "threshold: 1, expect: pass}\n"
    "  - {id: near, text: t, source: s, kind: at_least, " RETURN "threshold: 0.66, expect: open}\n"
    "  - {id: follows, text: t, source: s, kind: correlates, threshold: 0, expect: open, " RETURN
    "b: {series: evaluation/return, at: 100}}\n"
    "  - {id: told, text: t, source: s, kind: described, " RETURN "}\n";

static CheckReport *make_report(const FakeHome *home, const Experiment *experiment, bool broken) {
    Error error = {0};
    Sweep *sweep = sweep_expand(experiment, &error);
    for (size_t i = 0; i < sweep->count; i++) fake_run(home, &sweep->runs[i], series, 2);
    if (broken) {
        char *path = run_path(home->results, &sweep->runs[0]), *failed = memory_format("runs/%s.failed", sweep->runs[0].name);
        unlink(path);
        support_write(home->results, failed, "step 7\nthe loss is NaN\n");
        free(path);
        free(failed);
    }
    sweep_destroy(sweep);
    CheckReport *report = check_experiment(experiment, &(CheckOptions){.results = home->results}, &error);
    if (!report) fail_msg("%s", error.message);
    return report;
}

static VerdictsRecord *read_record(const Experiment *experiment, const char *path) {
    Error error = {0};
    VerdictsRecord *record = verdicts_read(experiment, path, &error);
    if (!record) fail_msg("%s", error.message);
    return record;
}

static bool same_number(double a, double b) {
    return a == b || (isnan(a) && isnan(b));
}

// ---- there and back --------------------------------------------------------------------------------------------------------------------

static void assert_same_row(const CheckRow *a, const CheckRow *b) {
    const ClaimResult *r = &a->result, *s = &b->result;
    assert_ptr_equal(a->spec, b->spec);
    assert_int_equal(r->verdict, s->verdict);
    const double numbers[][2] = {{r->effect, s->effect}, {r->low, s->low},
                                 {r->high, s->high},     {r->threshold, s->threshold},
                                 {r->p, s->p},           {r->p_fail_adjusted, s->p_fail_adjusted},
                                 {r->margin, s->margin}, {r->standardised, s->standardised}};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) assert_true(same_number(numbers[i][0], numbers[i][1]));
    assert_int_equal(r->runs_a, s->runs_a);
    assert_int_equal(r->failed, s->failed);
    assert_string_equal(r->reason, s->reason);
    assert_int_equal(a->seeds, b->seeds);
    assert_int_equal(a->promotable, b->promotable);
    assert_string_equal(a->data, b->data);
    assert_int_equal(a->arms.count, b->arms.count);
    for (int k = 0; k < a->arms.count; k++) {
        const Arm *x = &a->arms.arms[k], *y = &b->arms.arms[k];
        assert_int_equal(x->n, y->n);
        for (int i = 0; i < x->n; i++) {
            assert_true(same_number(x->value[i], y->value[i]) && same_number(x->other[i], y->other[i]));
            assert_int_equal(x->failed[i], y->failed[i]);
            assert_true(x->seed[i] == y->seed[i]);
            assert_string_equal(x->run[i], y->run[i]);
            assert_string_equal(x->label[i], y->label[i]);
        }
    }
}

static void what_is_read_is_what_was_written(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment(home, 10, claims_text);
    CheckReport *report = make_report(home, experiment, true);
    char *path = verdicts_path(home->results, experiment);
    support_assert_has(path, "/verdicts/test/maze-ci.json");
    Error error = {0};
    assert_true(verdicts_write(report, "b0b", path, &error));
    VerdictsRecord *record = read_record(experiment, path);
    assert_string_equal(record->behaviour, "b0b");
    assert_string_equal(record->claims, report->claims);
    assert_string_equal(record->data, report->data);
    assert_string_equal(record->revision, report->revision);
    assert_int_equal(strlen(record->judged), strlen("2026-01-01T00:00:00Z"));
    assert_int_equal(record->report->count, report->count);
    assert_int_equal(record->report->runs, 20);
    assert_int_equal(record->report->failed, 1);
    assert_int_equal(record->report->exit_status, report->exit_status);
    assert_true(report->rows[0].arms.arms[0].failed[0]);
    for (size_t i = 0; i < report->count; i++) assert_same_row(&report->rows[i], &record->report->rows[i]);
    verdicts_free(record);
    check_free(report);
    free(path);
    experiment_destroy(experiment);
}

static void a_kept_record_stays_as_old_as_it_is(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment(home, 3, claims_text);
    CheckReport *report = make_report(home, experiment, false);
    char *path = verdicts_path(home->results, experiment), *copy = memory_format("%s/copies/deep/copy.json", home->folder);
    Error error = {0};
    assert_true(verdicts_write(report, "b0b", path, &error));
    VerdictsRecord *record = read_record(experiment, path);
    snprintf(record->judged, sizeof record->judged, "2001-02-03T04:05:06Z");
    if (!verdicts_keep(record, copy, &error)) fail_msg("%s", error.message);
    VerdictsRecord *again = read_record(experiment, copy);
    assert_string_equal(again->judged, "2001-02-03T04:05:06Z");
    assert_string_equal(again->behaviour, "b0b");
    for (size_t i = 0; i < report->count; i++) assert_same_row(&report->rows[i], &again->report->rows[i]);
    verdicts_free(record);
    verdicts_free(again);
    check_free(report);
    free(path);
    free(copy);
    experiment_destroy(experiment);
}

static void text_is_json(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment(home, 3, claims_text);
    CheckReport *report = make_report(home, experiment, false);
    char *text = verdicts_text(&report, 1);
    json_t *all = json_loads(text, 0, NULL);
    assert_non_null(all);
    assert_int_equal(json_array_size(all), 5);
    json_t *told = json_array_get(all, 4);
    assert_string_equal(json_string_value(json_object_get(told, "claim")), "told");
    assert_string_equal(json_string_value(json_object_get(told, "experiment")), "test/maze");
    assert_string_equal(json_string_value(json_object_get(told, "verdict")), "described");
    assert_true(json_is_null(json_object_get(told, "threshold")));    // not a number: null
    assert_true(json_is_null(json_object_get(told, "expect")));
    json_decref(all);
    free(text);
    check_free(report);
    experiment_destroy(experiment);
}

// ---- what is no record -------------------------------------------------------------------------------------------------------------------

static void expect_refused(const Experiment *experiment, const char *path, const char *part) {
    Error error = {0};
    assert_null(verdicts_read(experiment, path, &error));
    support_assert_has(error.message, path);
    support_assert_has(error.message, part);
    assert_null(verdicts_read(experiment, path, NULL));    // nobody has to ask why
}

// The record with one value in the place of another, written to `path`.
static void write_changed(const json_t *record, const char *key, json_t *value, const char *path) {
    json_t *copy = json_deep_copy(record);
    json_object_set_new(copy, key, value);
    assert_int_equal(json_dump_file(copy, path, 0), 0);
    json_decref(copy);
}

static void records_of_something_else_are_refused(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment(home, 3, claims_text);
    CheckReport *report = make_report(home, experiment, false);
    char *path = verdicts_path(home->results, experiment);
    expect_refused(experiment, path, "cannot be read");    // not there
    Error error = {0};
    assert_true(verdicts_write(report, "", path, &error));
    json_t *record = json_load_file(path, 0, NULL);
    write_changed(record, "format", json_integer(2), path);
    expect_refused(experiment, path, "no record of verdicts of format 1");
    write_changed(record, "experiment", json_string("test/other"), path);
    expect_refused(experiment, path, "is the record of test/other at scale ci, expected: test/maze at scale ci");
    write_changed(record, "scale", json_string("paper"), path);
    expect_refused(experiment, path, "at scale paper, expected: test/maze at scale ci");
    write_changed(record, "scale", json_integer(3), path);
    expect_refused(experiment, path, "expected: test/maze at scale ci");
    support_write(NULL, path, "[1, 2]\n");
    expect_refused(experiment, path, "no record of verdicts");
    json_decref(record);
    check_free(report);
    free(path);
    experiment_destroy(experiment);
}

// Cut anywhere, a record is refused, or it is whole: never half a record.
static void cut_records_are_refused(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment(home, 2, claims_text);
    CheckReport *report = make_report(home, experiment, false);
    char *path = verdicts_path(home->results, experiment);
    Error error = {0};
    assert_true(verdicts_write(report, "", path, &error));
    size_t size, step;
    char *text = support_read(NULL, path, &size);
    step = size / 97 + 1;
    for (size_t cut = 0; cut + 2 < size; cut += step) {    // a line break at the end may go
        support_write_bytes(NULL, path, text, cut);
        expect_refused(experiment, path, "cannot be read as a record of verdicts: line ");
    }
    text[size / 2] = '\0';    // bytes that were never written, as after a crash
    support_write_bytes(NULL, path, text, size);
    expect_refused(experiment, path, "cannot be read");
    free(text);
    check_free(report);
    free(path);
    experiment_destroy(experiment);
}

static void odd_claims_are_told_apart(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment(home, 3, claims_text);
    CheckReport *report = make_report(home, experiment, false);
    char *path = verdicts_path(home->results, experiment);
    Error error = {0};
    assert_true(verdicts_write(report, "", path, &error));
    json_t *record = json_load_file(path, 0, NULL), *claims = json_object_get(record, "claims");

    // A claim that the experiment no longer has, and one that it has only now.
    json_object_set_new(json_array_get(claims, 1), "id", json_string("given-up"));
    assert_int_equal(json_dump_file(record, path, 0), 0);
    VerdictsRecord *read = read_record(experiment, path);
    assert_int_equal(read->report->count, 4);
    assert_string_equal(read->report->rows[1].spec->id, "near");
    verdicts_free(read);

    // Values of another type are no numbers; arms that are no list are none.
    json_t *arm = json_array_get(json_object_get(json_array_get(claims, 0), "arms"), 0);
    json_object_set_new(json_array_get(arm, 2), "value", json_string("1.5"));
    json_object_set_new(json_array_get(claims, 2), "arms", json_integer(7));
    assert_int_equal(json_dump_file(record, path, 0), 0);
    read = read_record(experiment, path);
    assert_true(isnan(read->report->rows[0].arms.arms[0].value[2]));
    assert_int_equal(read->report->rows[1].arms.count, 0);
    verdicts_free(read);

    json_object_set_new(json_array_get(claims, 0), "verdict", json_string("perhaps"));
    assert_int_equal(json_dump_file(record, path, 0), 0);
    expect_refused(experiment, path, "claim grows has the verdict 'perhaps', accepted: pass, fail, inconclusive, described");
    json_decref(record);
    check_free(report);
    free(path);
    experiment_destroy(experiment);
}

// ---- where nothing can be written --------------------------------------------------------------------------------------------------------

// No file may grow beyond a kilobyte: the earlier record stays, and nothing half-written lies beside it.
static void a_full_disk_leaves_the_earlier_record(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment(home, 3, claims_text);
    CheckReport *report = make_report(home, experiment, false);
    char *path = verdicts_path(home->results, experiment);
    Error error = {0};
    assert_true(verdicts_write(report, "before", path, &error));
    pid_t process = fork();
    if (process == 0) {
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &(struct rlimit){1024, 1024});
        bool written = verdicts_write(report, "after", path, &error);
        _exit(!written && strstr(error.message, "cannot write ") && strstr(error.message, path) ? 0 : 1);
    }
    int status;
    waitpid(process, &status, 0);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    VerdictsRecord *record = read_record(experiment, path);
    assert_string_equal(record->behaviour, "before");
    verdicts_free(record);
    char *aside = memory_format("%s.%ld.tmp", path, (long)process);
    assert_false(support_exists(NULL, aside));
    free(aside);
    check_free(report);
    free(path);
    experiment_destroy(experiment);
}

static void a_folder_that_is_a_file_is_named(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment(home, 3, claims_text);
    CheckReport *report = make_report(home, experiment, false);
    support_write(home->results, "verdicts", "in the way");
    char *path = verdicts_path(home->results, experiment);
    Error error = {0};
    assert_false(verdicts_write(report, "", path, &error));
    support_assert_has(error.message, "/verdicts");
    check_free(report);
    free(path);
    experiment_destroy(experiment);
}

#define ON_FAKES(test) cmocka_unit_test_setup_teardown(test, fake_set_up, fake_tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        ON_FAKES(what_is_read_is_what_was_written),
        ON_FAKES(a_kept_record_stays_as_old_as_it_is),
        ON_FAKES(text_is_json),
        ON_FAKES(records_of_something_else_are_refused),
        ON_FAKES(cut_records_are_refused),
        ON_FAKES(odd_claims_are_told_apart),
        ON_FAKES(a_full_disk_leaves_the_earlier_record),
        ON_FAKES(a_folder_that_is_a_file_is_named),
    };
    return cmocka_run_group_tests_name("verdicts", tests, NULL, NULL);
}
