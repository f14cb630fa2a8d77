// Verdicts as files for others: Markdown for a pull request. (JUnit is tested with the verdicts, in test_check.c.)
#include "fake_runs.h"

#include "benchmarks/report.h"

static double one(const SweepRun *run, int64_t step, double noise) {
    return (void)run, (void)step, 1 + 0.1 * noise;
}
static const FakeSeries series = {"evaluation/return", one, 0, 50, 100};

// A vertical bar and a star in a sentence would break a table.
static const char claims_text[] =
    "claims:\n"
    "  - {id: holds, text: t, source: s, kind: at_least, threshold: 0.5, expect: pass, a: {series: evaluation/return, at: "
    "last}}\n"
    "  - {id: broken, text: a | b *c*, source: s, kind: at_least, threshold: 2, expect: pass, a: {series: evaluation/return, "
    "at: "
    "last}}\n"
    "  - {id: unsure, text: t, source: s, kind: at_least, threshold: 1, expect: pass, a: {series: evaluation/return, at: "
    "last}}\n"
    "  - {id: hidden, text: t, source: s, kind: at_least, threshold: 0.5, expect: open, a: {series: evaluation/return, at: "
    "last}}\n"
    "  - {id: told, text: t, source: s, kind: described, a: {series: evaluation/return, at: last}}\n";

static CheckReport *check(const FakeHome *home, const Experiment *experiment) {
    Error error = {0};
    Sweep *sweep = sweep_expand(experiment, &error);
    for (size_t i = 0; i < sweep->count; i++) fake_run(home, &sweep->runs[i], &series, 1);
    sweep_destroy(sweep);
    CheckReport *report = check_experiment(experiment, &(CheckOptions){.results = home->results}, &error);
    if (!report) fail_msg("%s", error.message);
    return report;
}

static void markdown_says_what_is_not_as_expected(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment(home, 10, claims_text);
    CheckReport *report = check(home, experiment);
    char *path = memory_format("%s/summary.md", home->folder);
    Error error = {0};
    if (!report_write_markdown(&report, 1, path, &error)) fail_msg("%s", error.message);
    char *text = support_read(NULL, path, NULL);
    support_assert_has(text, "### test/maze at scale ci: 1 claim contrary to what is expected, 1 undecided\n");
    support_assert_has(text, "| ✓ | holds | pass | ");
    support_assert_has(text, "| ✗ | broken | fail | ");
    support_assert_has(text, "| ? | unsure | inconclusive | ");
    support_assert_has(text, "| ★ | hidden | pass | ");
    support_assert_has(text, "| · | told | described | ");
    support_assert_has(text, "- **broken**: a \\| b \\*c\\*. 99 % interval \\[");
    support_assert_has(text, "- **hidden**: t. Open, but it passes");
    assert_null(strstr(text, "- **holds**"));
    support_assert_has(text, "20 runs, trained by ");
    free(text);
    assert_false(report_write_markdown(&report, 1, "/no/such/folder/summary.md", &error));
    support_assert_has(error.message, "/no/such/folder/summary.md");
    free(path);
    check_free(report);
    experiment_destroy(experiment);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(markdown_says_what_is_not_as_expected, fake_set_up, fake_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
