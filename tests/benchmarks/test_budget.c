// Evidence up to a budget: looks in their order, time where it decides most, and the same verdicts however often it was interrupted.
#include "tiny_experiment.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "benchmarks/budget.h"

#define CLAIM(id, threshold)                                                                                                   \
    "  - {id: " id ", text: t, source: s, kind: at_least, threshold: " threshold ", expect: pass, fewest: 2,\n"                \
    "     a: {series: training/loss, at: last}}\n"
static const char easy[] = "claims:\n" CLAIM("easy", "-100");
static const char hard[] = "claims:\n" CLAIM("hard", "0.1");    // about what it is
static const char mixed[] = "claims:\n" CLAIM("easy", "-100") CLAIM("hard", "0.1");

static BudgetReport spend_with(const TinyHome *home, Experiment *const *experiments, size_t count, double seconds) {
    ScheduleOptions schedule = {.results = home->results, .jobs = 1};
    BudgetReport report;
    Error error = {0};
    if (!budget_spend(experiments, count, NULL, 0, seconds, &schedule, &report, &error)) fail_msg("%s", error.message);
    return report;
}

static BudgetReport spend(const TinyHome *home, Experiment *experiment, double seconds) {
    return spend_with(home, &experiment, 1, seconds);
}

static void forget(const TinyHome *home) {
    char *command = memory_format("rm -rf '%s'/*", home->results);
    assert_int_equal(system(command), 0);
    free(command);
}

// A run that another code claims to have made in so many seconds is all that is known of the price.
static void make_it_seem(const TinyHome *home, const Experiment *experiment, const char *seconds) {
    Error error = {0};
    Experiment *fresh = experiment_load(experiment->name, experiment->scale, NULL, 0, &error);
    fresh->first_seed = fresh->last_seed = 101;
    Sweep *sweep = sweep_expand(fresh, &error);
    for (size_t i = 0; i < sweep->count; i++) tiny_foreign_run(home->results, &sweep->runs[i], "0123456789abcdef", seconds);
    sweep_destroy(sweep);
    experiment_destroy(fresh);
}

// ---- words ---------------------------------------------------------------------------------------------------------------------------------

static void times_are_read(void **state) {
    (void)state;
    static const struct {
        const char *text;
        double seconds;
    } good[] = {{"90", 90}, {"90s", 90}, {"20m", 1200}, {"2h", 7200}, {"0.5m", 30}, {"1e3", 1000}};
    static const char *const bad[] = {"", "m", "-3", "0", "0h", "nan", "inf", "20 m", "20min", "2d", "1e300h", "s"};
    Error error = {0};
    double seconds;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(budget_parse(good[i].text, &seconds, &error));
        assert_true(seconds == good[i].seconds);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        seconds = -1;
        assert_false(budget_parse(bad[i], &seconds, &error));
        assert_true(seconds == -1);
        support_assert_has(error.message, "expected a time above 0");
    }
}

// ---- looks -----------------------------------------------------------------------------------------------------------------------------------

static void a_decided_claim_ends_the_looking(void **state) {
    TinyHome *home = *state;
    Experiment *experiment = tiny_experiment(home, "maze", "gru", 10, easy);
    BudgetReport report = spend(home, experiment, 60);
    assert_int_equal(report.step_count, 1);
    assert_int_equal(report.steps[0].look, 1);
    assert_int_equal(report.steps[0].looks, 2);
    assert_int_equal(report.steps[0].seeds, 2);
    assert_int_equal(report.steps[0].new_runs, 2);
    assert_int_equal(report.steps[0].undecided, 0);
    assert_true(report.steps[0].expected > 0 && report.steps[0].used > 0);
    assert_true(report.experiments[0]->first_seed == 101 && report.experiments[0]->last_seed == 102);
    assert_int_equal(report.reports[0]->rows[0].result.verdict, VERDICT_PASS);
    assert_int_equal(strlen(report.behaviours[0]), DIGEST_LENGTH);
    assert_false(report.interrupted);
    assert_true(report.used > 0 && report.used < 60);
    assert_true(experiment->first_seed == 1);    // the caller's is as it was
    budget_free(&report);
    experiment_destroy(experiment);
}

static void undecided_claims_are_looked_at_to_the_last_look(void **state) {
    TinyHome *home = *state;
    Experiment *experiment = tiny_experiment(home, "maze", "gru", 10, mixed);
    BudgetReport report = spend(home, experiment, 60);
    assert_int_equal(report.step_count, 2);
    assert_int_equal(report.steps[1].look, 2);
    assert_int_equal(report.steps[1].seeds, 3);
    assert_int_equal(report.steps[1].new_runs, 1);    // two are there
    assert_int_equal(report.reports[0]->runs, 3);
    const CheckRow *rows = report.reports[0]->rows;
    assert_int_equal(rows[0].result.verdict, VERDICT_PASS);    // decided at the first look, and so it stays
    assert_int_equal(rows[1].result.verdict, VERDICT_INCONCLUSIVE);
    budget_free(&report);

    // Again: both looks are taken, and nothing is trained.
    report = spend(home, experiment, 60);
    assert_int_equal(report.step_count, 2);
    assert_int_equal(report.steps[0].new_runs + report.steps[1].new_runs, 0);
    budget_free(&report);
    experiment_destroy(experiment);
}

// The p of a look among several is larger than that of the only one: stopping early has its price.
static void levels_are_those_of_the_design(void **state) {
    TinyHome *home = *state;
    Experiment *experiment = tiny_experiment(home, "maze", "gru", 10, hard);
    BudgetReport report = spend(home, experiment, 60);
    Error error = {0};
    CheckReport *once =
        check_experiment(report.experiments[0], &(CheckOptions){.results = home->results, .fresh = true}, &error);
    if (!once) fail_msg("%s", error.message);
    assert_true(report.reports[0]->rows[0].result.effect == once->rows[0].result.effect);
    assert_true(report.reports[0]->rows[0].result.p_fail > once->rows[0].result.p_fail);
    check_free(once);
    budget_free(&report);
    experiment_destroy(experiment);
}

static void nothing_to_test_costs_nothing(void **state) {
    TinyHome *home = *state;
    Experiment *experiment = tiny_experiment(home, "maze", "gru", 10,
                                             "claims:\n  - {id: told, text: t, source: s, kind: described,\n"
                                             "     a: {series: evaluation/return, at: last}}\n");
    BudgetReport report = spend(home, experiment, 60);
    assert_int_equal(report.step_count, 0);
    assert_null(report.reports[0]);
    assert_string_equal(report.behaviours[0], "");
    budget_free(&report);
    experiment_destroy(experiment);
}

// ---- where the time goes -----------------------------------------------------------------------------------------------------------------------

static void the_cheapest_for_each_claim_comes_first(void **state) {
    TinyHome *home = *state;
    Experiment *experiments[] = {tiny_experiment(home, "long", "gru", 80, easy),
                                 tiny_experiment(home, "short", "gru", 15, easy)};
    BudgetReport report = spend_with(home, experiments, 2, 60);
    assert_int_equal(report.step_count, 2);
    assert_string_equal(report.steps[0].experiment->name, "test/short");
    assert_string_equal(report.steps[1].experiment->name, "test/long");
    assert_non_null(report.reports[0]);    // in the given order
    assert_string_equal(report.reports[0]->experiment->name, "test/long");
    budget_free(&report);
    experiment_destroy(experiments[0]);
    experiment_destroy(experiments[1]);
}

static void what_does_not_fit_is_not_begun(void **state) {
    TinyHome *home = *state;
    Experiment *experiments[] = {tiny_experiment(home, "long", "gru", 16, easy),
                                 tiny_experiment(home, "short", "gru", 15, easy)};
    make_it_seem(home, experiments[0], "100");
    BudgetReport report = spend_with(home, experiments, 2, 20);
    assert_int_equal(report.step_count, 2);
    assert_string_equal(report.steps[0].experiment->name, "test/long");
    support_assert_has(report.steps[0].note, "does not fit");
    assert_true(report.steps[0].expected > 20 && report.steps[0].used == 0);
    assert_int_equal(report.steps[0].new_runs, 2);
    assert_null(report.reports[0]);
    assert_non_null(report.reports[1]);    // another one still fits
    budget_free(&report);
    experiment_destroy(experiments[0]);
    experiment_destroy(experiments[1]);
}

// ---- interruptions ----------------------------------------------------------------------------------------------------------------------------------

static void assert_same_verdicts(const BudgetReport *report, const BudgetReport *expected) {
    const CheckReport *a = report->reports[0], *b = expected->reports[0];
    assert_int_equal(a->count, b->count);
    assert_string_equal(a->data, b->data);
    for (size_t i = 0; i < a->count; i++) {
        const ClaimResult *r = &a->rows[i].result, *s = &b->rows[i].result;
        assert_int_equal(r->verdict, s->verdict);
        assert_true(r->effect == s->effect && r->p == s->p && r->p_adjusted == s->p_adjusted && r->p_fail == s->p_fail);
        assert_true(r->low == s->low && r->high == s->high);    // defined: the runs differ
        assert_string_equal(r->reason, s->reason);
    }
}

static void an_interrupted_budget_ends_like_an_undisturbed_one(void **state) {
    TinyHome *home = *state;
    Experiment *experiment = tiny_experiment(home, "maze", "gru", 40, mixed);
    BudgetReport expected = spend(home, experiment, 60);
    forget(home);
    sigset_t term, before;
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    sigprocmask(SIG_BLOCK, &term, &before);
    raise(SIGTERM);    // while the behaviour is found out
    BudgetReport report = spend(home, experiment, 60);
    assert_true(report.interrupted);
    assert_null(report.reports[0]);
    assert_int_equal(report.step_count, 0);
    budget_free(&report);
    report = spend(home, experiment, 0.001);    // for the behaviour; no look fits
    assert_int_equal(report.step_count, 1);
    support_assert_has(report.steps[0].note, "does not fit");
    budget_free(&report);
    raise(SIGTERM);    // while the first look is trained, or the behaviour where the revision does not name the code
    report = spend(home, experiment, 60);
    assert_true(report.interrupted);
    assert_null(report.reports[0]);
    budget_free(&report);
    sigprocmask(SIG_SETMASK, &before, NULL);
    report = spend(home, experiment, 60);
    assert_false(report.interrupted);
    assert_same_verdicts(&report, &expected);
    budget_free(&report);
    budget_free(&expected);
    experiment_destroy(experiment);
}

static void an_expired_budget_keeps_what_is_done(void **state) {
    TinyHome *home = *state;
    Experiment *experiment = tiny_experiment(home, "maze", "gru", 500, easy);
    make_it_seem(home, experiment, "0.0001");
    BudgetReport expected = spend(home, experiment, 60);
    forget(home);
    make_it_seem(home, experiment, "0.0001");
    BudgetReport report = spend(home, experiment, 0.6);
    if (!report.reports[0]) {    // but on a machine that trains two runs in that time
        assert_int_equal(report.step_count, 1);
        support_assert_has(report.steps[0].note, "time was up");
        assert_true(report.steps[0].used > 0 && report.steps[0].expected < 0.1);
        assert_false(report.interrupted);
        budget_free(&report);
        report = spend(home, experiment, 60);
    }
    assert_same_verdicts(&report, &expected);
    budget_free(&report);
    budget_free(&expected);
    experiment_destroy(experiment);
}

// The runs are there, their analyses are not: they are made within the budget, however small the part of it that they take.
static void analyses_alone_are_work_too(void **state) {
    TinyHome *home = *state;
    Experiment *experiment =
        tiny_experiment(home, "maze", "gru", 10,
                        "claims:\n  - {id: knows, text: t, source: s, kind: at_least, threshold: -1, expect: pass, fewest: 2,\n"
                        "     a: {series: mine/bank, at: last}}\n");
    BudgetReport expected = spend(home, experiment, 60);
    assert_non_null(expected.reports[0]);
    char *command = memory_format("rm -rf '%s'/analysis", home->results);
    assert_int_equal(system(command), 0);
    free(command);
    BudgetReport report = spend(home, experiment, 60);
    assert_int_equal(report.steps[0].new_runs, 0);
    assert_same_verdicts(&report, &expected);
    budget_free(&report);
    budget_free(&expected);
    experiment_destroy(experiment);
}

static void evidence_is_not_added_up_over_two_behaviours(void **state) {
    TinyHome *home = *state;
    Experiment *experiment = tiny_experiment(home, "maze", "gru", 10, hard);
    BudgetReport expected = spend(home, experiment, 60);
    Error error = {0};
    Sweep *sweep = sweep_expand(expected.experiments[0], &error);
    tiny_foreign_run(home->results, &sweep->runs[0], "0123456789abcdef", "1");    // nobody knows how it behaved
    BudgetReport report = spend(home, experiment, 60);
    assert_int_equal(report.steps[0].new_runs, 1);
    assert_same_verdicts(&report, &expected);
    budget_free(&report);
    budget_free(&expected);
    sweep_destroy(sweep);
    experiment_destroy(experiment);
}

// ---- runs that break down, and mistakes --------------------------------------------------------------------------------------------------------------

static void runs_that_break_down_are_looked_at(void **state) {
    TinyHome *home = *state;
    char *text = memory_format("title: Tiny\nsource: nowhere\nquestion: q\nbase:\n  environment: {name: tmaze, length: 4}\n"
                               "  agent: {name: drqn, episodes: 10, batch: 8, gradient_steps: 2, evaluation_episodes: 5}\n"
                               "  network: {layers: 1, hidden: 8}\n  histories: {pairs: 20}\n"
                               "vary: {agent.learning_rate: [0.001, 1e30]}\nseeds: 1..2\n"
                               "scales:\n  smoke: {note: n}\n  ci: {note: n}\n  paper: {note: n}\n"
                               "evidence: {seeds_from: 101, looks: [2, 3]}\nclaims:\n" CLAIM("broken", "0"));
    support_write(home->folder, "benchmarks/test/broken.yaml", text);
    free(text);
    Error error = {0};
    Experiment *experiment = experiment_load("test/broken", SCALE_CI, NULL, 0, &error);
    if (!experiment) fail_msg("%s", error.message);
    BudgetReport report = spend(home, experiment, 60);
    assert_int_equal(report.reports[0]->failed, 3);
    assert_int_equal(report.reports[0]->rows[0].result.verdict, VERDICT_INCONCLUSIVE);
    budget_free(&report);
    report = spend(home, experiment, 60);    // known to break down: not tried again
    assert_int_equal(report.steps[0].new_runs + report.steps[1].new_runs, 0);
    budget_free(&report);
    experiment_destroy(experiment);
}

static void mistakes_leave_nothing_behind(void **state) {
    TinyHome *home = *state;
    Experiment *experiment = tiny_experiment(home, "maze", "gru", 10, easy);
    ScheduleOptions schedule = {.results = home->results, .jobs = 1};
    BudgetReport report;
    Error error = {0};
    char *yaml = memory_format("%s/benchmarks/test/maze.yaml", home->folder);
    unlink(yaml);
    free(yaml);
    assert_false(budget_spend(&experiment, 1, NULL, 0, 60, &schedule, &report, &error));
    support_assert_has(error.message, "test/maze");
    assert_null(report.reports);
    experiment_destroy(experiment);

    experiment = tiny_experiment(home, "maze", "gru", 10, easy);
    support_write(home->results, "runs", "in the way");
    assert_false(budget_spend(&experiment, 1, NULL, 0, 60, &schedule, &report, &error));
    support_assert_has(error.message, "/runs");
    experiment_destroy(experiment);
}

// ---- the log -------------------------------------------------------------------------------------------------------------------------------------------

static void the_log_is_a_table(void **state) {
    TinyHome *home = *state;
    Experiment experiment = {.name = memory_format("a, b")};
    BudgetStep steps[] = {{.experiment = &experiment,
                           .look = 1,
                           .looks = 5,
                           .seeds = 10,
                           .new_runs = 20,
                           .expected = 7.25,
                           .used = 8,
                           .undecided = 2,
                           .note = "looked"},
                          {.experiment = &experiment,
                           .look = 2,
                           .looks = 5,
                           .seeds = 15,
                           .new_runs = 10,
                           .expected = NAN,
                           .undecided = 2,
                           .note = "does not fit"}};
    BudgetReport report = {.step_count = 2, .steps = steps};
    char *path = memory_format("%s/verdicts/allocation.csv", home->results);
    Error error = {0};
    if (!budget_write_log(&report, path, &error)) fail_msg("%s", error.message);
    CsvTable *table = support_table(path);
    assert_int_equal(csv_rows(table), 2);
    assert_string_equal(csv_text(table, 0, csv_column(table, "experiment")), "a, b");
    assert_true(support_number(table, 0, "used_s") == 8);
    assert_string_equal(csv_text(table, 1, csv_column(table, "expected_s")), "");    // nothing was known
    assert_string_equal(csv_text(table, 1, csv_column(table, "note")), "does not fit");
    csv_destroy(table);

    pid_t process = fork();    // a full disk: the earlier log stays
    if (process == 0) {
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &(struct rlimit){16, 16});
        _exit(!budget_write_log(&report, path, &error) && strstr(error.message, path) ? 0 : 1);
    }
    int status;
    waitpid(process, &status, 0);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    table = support_table(path);
    assert_int_equal(csv_rows(table), 2);
    csv_destroy(table);
    free(path);
    free(experiment.name);
}

#define ON_RUNS(test) cmocka_unit_test_setup_teardown(test, tiny_set_up, tiny_tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_read),
        ON_RUNS(a_decided_claim_ends_the_looking),
        ON_RUNS(undecided_claims_are_looked_at_to_the_last_look),
        ON_RUNS(levels_are_those_of_the_design),
        ON_RUNS(nothing_to_test_costs_nothing),
        ON_RUNS(the_cheapest_for_each_claim_comes_first),
        ON_RUNS(what_does_not_fit_is_not_begun),
        ON_RUNS(an_interrupted_budget_ends_like_an_undisturbed_one),
        ON_RUNS(an_expired_budget_keeps_what_is_done),
        ON_RUNS(analyses_alone_are_work_too),
        ON_RUNS(evidence_is_not_added_up_over_two_behaviours),
        ON_RUNS(runs_that_break_down_are_looked_at),
        ON_RUNS(mistakes_leave_nothing_behind),
        ON_RUNS(the_log_is_a_table),
    };
    return cmocka_run_group_tests_name("budget", tests, NULL, NULL);
}
