// The view "claims": every kind on the common axis, mirrored where small is claimed, and what has no place there.
#include "tests/benchmarks/drawings/fake_views.h"

// Final returns of the fake runs lie near that of score 1 (GRU) and 0.7 (LSTM), optimum about 3.27.
static const char claims_text[] =
    "claims:\n"
    "  - {id: low, text: t, source: s, kind: at_least, threshold: 0, expect: pass, a: {series: evaluation/discounted_return, "
    "at: "
    "last}}\n"
    "  - {id: small, text: t, source: s, kind: at_most, threshold: 10, expect: pass, a: {series: evaluation/discounted_return, "
    "at: "
    "last}}\n"
    "  - {id: high, text: t, source: s, kind: at_least, threshold: 10, expect: fail, a: {series: evaluation/discounted_return, "
    "at: "
    "last}}\n"
    "  - {id: alike, text: t, source: s, kind: equivalent, margin: 9, expect: pass, a: {series: evaluation/discounted_return, "
    "at: "
    "last}, b: {series: evaluation/discounted_return, at: 0}}\n"
    "  - {id: band, text: t, source: s, kind: within, band: [0, 3], expect: open, a: {series: evaluation/discounted_return, "
    "at: "
    "last}}\n"
    "  - {id: told, text: t, source: s, kind: described, a: {series: evaluation/discounted_return, at: last}}\n";

static void claims_share_an_axis(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment(home, 12, claims_text);
    fake_all_runs(home, experiment, NULL);
    char *folder = fake_draw(home, experiment, "claims", &fake_options);
    CsvTable *table = fake_table(folder, "claims");
    assert_int_equal(csv_rows(table), 6);
    for (size_t row = 0; row < 5; row++) {
        double x = fake_number(table, row, "x"), low = fake_number(table, row, "x_low"),
               high = fake_number(table, row, "x_high");
        assert_true(low < x && x < high);
        assert_true(fake_number(table, row, "x_fail_low") < low && fake_number(table, row, "x_fail_high") > high);
        bool failing = fake_has(table, row, "claim", "high");
        assert_true(failing ? x < 0 : x > 0);    // the claimed side is to the right, also of what is claimed to be small
        assert_true(fake_has(table, row, "verdict", failing ? "fail" : "pass"));
    }
    // The axis only shifts and scales the units of each claim, and mirrors what is claimed to be small.
    double x = fake_number(table, 0, "x"), effect = fake_number(table, 0, "effect");
    assert_true(fabs(fake_number(table, 0, "x_low") / x - fake_number(table, 0, "low") / effect) < 1e-7);
    assert_true(fabs(fake_number(table, 1, "x") / x - (10 - effect) / effect) < 1e-7);
    assert_true(fabs(fake_number(table, 2, "x") / x - (effect - 10) / effect) < 1e-7);
    assert_true(fake_has(table, 5, "verdict", "described") && isnan(fake_number(table, 5, "x")));
    char *script = fake_script(folder);
    support_assert_has(script, "array LETTER[6] = [\"P\", \"P\", \"F\", \"P\", \"P\", \"D\"]");
    support_assert_has(script, "\"fail\", \"pass\", \"open\", \"\"]");
    free(script);
    csv_destroy(table);
    free(folder);
    experiment_destroy(experiment);
}

static void without_claims_there_is_nothing_to_draw(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment(home, 3, "");
    fake_all_runs(home, experiment, NULL);
    Error error = {0};
    char *folder = NULL;
    assert_false(figure_draw_view(home->results, experiment, fake_view("claims"), &fake_options, false, &folder, &error));
    support_assert_has(error.message, "has no claims at scale ci");
    experiment_destroy(experiment);
}

#define AT_HOME(test) cmocka_unit_test_setup_teardown(test, fake_set_up, fake_tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        AT_HOME(claims_share_an_axis),
        AT_HOME(without_claims_there_is_nothing_to_draw),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
