// The view "correlations": the table against numbers worked out by hand, as text, LaTeX and CSV; what is undefined.
#include "tests/benchmarks/drawings/fake_beliefs.h"

#include "analysis/correlation.h"

// Six runs of two cells: at the last checkpoint information x and return y of GRU (1, 1), (2, 3), (3, 2), of LSTM (4, 6), (5, 5), (6, 4).
// Within a run both start at 0, so that its slope is y / x.
static double planned(const SweepRun *run, bool information) {
    static const double y[2][3] = {{1, 3, 2}, {6, 5, 4}};
    int cell = fake_is_cell(run, "lstm");
    return information ? 3 * cell + (double)run->seed : y[cell][run->seed - 1];
}
static double planned_information(const SweepRun *run, int64_t step, double noise) {
    return step == 0 ? 0 * noise : planned(run, true);
}
static double planned_return(const SweepRun *run, int64_t step, double noise) {
    return step == 0 ? 0 * noise : planned(run, false);
}
static const FakeSeries planned_log[] = {{"evaluation/discounted_return", planned_return, 0, 10, 110}};
static const FakeSeries planned_analysis[] = {{"mine/bank", planned_information, 0, 50, 100}};

static size_t row_of(const CsvTable *table, const char *set, const char *cell) {
    for (size_t row = 0; row < csv_rows(table); row++) {
        if (fake_has(table, row, "set", set) && fake_has(table, row, "cell", cell)) return row;
    }
    fail_msg("no row of %s and %s", set, cell);
    return 0;
}

static void the_table_is_that_worked_out_by_hand(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment_varied(home, "{cell: [gru, lstm]}", 3, "");
    belief_runs(home, experiment, planned_log, 1, planned_analysis, 1);
    char *folder = fake_draw(home, experiment, "correlations", &fake_options);
    CsvTable *table = fake_table(folder, "correlations");
    assert_int_equal(csv_rows(table), 3);
    size_t gru = row_of(table, "bank", "gru"), lstm = row_of(table, "bank", "lstm"), all = row_of(table, "bank", "all");
    // Ranks are the values. GRU: 1 - 6 (0 + 1 + 1) / 24; LSTM: turned around; all: d^2 = 0, 1, 1, 4, 0, 4: 1 - 6 * 10 / 210.
    assert_close(fake_number(table, gru, "spearman"), 0.5);
    assert_close(fake_number(table, gru, "pearson"), 0.5);
    assert_close(fake_number(table, lstm, "spearman"), -1);
    assert_close(fake_number(table, all, "spearman"), 5.0 / 7);
    assert_close(fake_number(table, all, "pearson"), 5.0 / 7);
    // Three runs have no interval; six: atanh(5/7) = 0.895880, Fisher's se 1 / sqrt(3), Bonett and Wright's sqrt((1 + 25/98) / 3).
    assert_true(isnan(fake_number(table, gru, "pearson_low")) && isnan(fake_number(table, lstm, "spearman_high")));
    double z = atanh(5.0 / 7), fisher = 1.959963984540054 / sqrt(3), wright = 1.959963984540054 * sqrt((1 + 25.0 / 98) / 3);
    assert_close(fake_number(table, all, "pearson_low"), tanh(z - fisher));
    assert_close(fake_number(table, all, "pearson_high"), tanh(z + fisher));
    assert_close(fake_number(table, all, "spearman_low"), tanh(z - wright));
    // The checkpoints are 0, 50 and 100; evaluations at others have no estimate. Slopes of GRU: 1, 3/2, 2/3.
    assert_close(fake_number(table, gru, "checkpoints"), 3);
    assert_close(fake_number(table, gru, "episode"), 100);
    double mean = (1 + 1.5 + 2.0 / 3) / 3, square = 0;
    const double slopes[] = {1, 1.5, 2.0 / 3};
    for (int i = 0; i < 3; i++) square += (slopes[i] - mean) * (slopes[i] - mean);
    assert_close(fake_number(table, gru, "slope"), mean);
    assert_close(fake_number(table, gru, "slope_low"), mean - 4.302652729911275 * sqrt(square / 2 / 3));    // t of 2 df
    assert_close(fake_number(table, all, "slope"), (1 + 1.5 + 2.0 / 3 + 1.5 + 1 + 2.0 / 3) / 6);
    csv_destroy(table);

    char *text = support_read(folder, "correlations.txt", NULL);
    support_assert_has(text, "test/maze at scale ci: mutual information and return\n");
    support_assert_has(text, "\nfrozen bank, episode 100\n");
    support_assert_has(text, "\n  GRU               3  0.50 [-, -]            0.50 [-, -]            1.06 [0.01, 2.10]\n");
    support_assert_has(text, "published coefficients are not");
    free(text);
    free(folder);
    experiment_destroy(experiment);
}

static size_t occurrences(const char *text, const char *part) {
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, part)); at += strlen(part)) count++;
    return count;
}

// Every row of the body has as many cells as the tabular has columns, braces close, and nothing special is bare.
static void assert_well_formed(const char *latex) {
    assert_int_equal(occurrences(latex, "\\begin{tabular}{lrlll}"), 1);
    assert_int_equal(occurrences(latex, "\\end{tabular}"), 1);
    assert_true(strstr(latex, "\\toprule") < strstr(latex, "\\midrule"));
    assert_true(strstr(latex, "\\midrule") < strstr(latex, "\\bottomrule"));
    int depth = 0;
    size_t dollars = 0;
    for (const char *at = latex; *at; at++) {
        bool escaped = at > latex && at[-1] == '\\';
        if (!escaped) depth += (*at == '{') - (*at == '}');
        dollars += *at == '$' && !escaped;
        assert_true(depth >= 0);
        if (*at == '_' || *at == '#') assert_true(escaped);
    }
    assert_int_equal(depth, 0);
    assert_int_equal(dollars % 2, 0);
    char *copy = memory_format("%s", latex), *rest = NULL;
    for (char *line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        size_t length = strlen(line);
        bool row = length > 2 && strcmp(line + length - 2, "\\\\") == 0;
        if (row && !strstr(line, "\\multicolumn{5}")) assert_int_equal(occurrences(line, " & "), 4);
    }
    free(copy);
}

static void five_cells_three_sets_two_tasks(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment_varied(home, "{length: [4, 8], cell: [gru, lstm, mgu, brc, nbrc]}", 10, "");
    belief_runs(home, experiment, belief_log, 1, belief_analysis, BELIEF_EXPLORING);
    char *folder = fake_draw(home, experiment, "correlations", &fake_options);
    CsvTable *table = fake_table(folder, "correlations");
    assert_int_equal(csv_rows(table), 36);
    assert_int_equal(belief_rows(table, "panel", "length-8", "set", "exploring"), 6);
    csv_destroy(table);
    char *latex = support_read(folder, "correlations.tex", NULL);
    assert_well_formed(latex);
    assert_int_equal(occurrences(latex, "\nall cells & 50 & "), 6);
    support_assert_has(latex, "\\emph{length 8, exploring, episode 100}");
    support_assert_has(latex, "95 \\% intervals");
    free(latex);
    char *script = fake_script(folder);
    support_assert_has(script, "published coefficients are not known here");
    support_assert_has(script, "10 seeds per cell and task");
    free(script);
    free(folder);
    experiment_destroy(experiment);
}

static void undefined_is_a_dash(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment_varied(home, "{cell: [gru, brc]}", 1, "");
    static const FakeSeries nowhere[] = {{"mine/policy", belief_undefined, 0, 25, 100}};
    belief_runs(home, experiment, belief_log, 1, nowhere, 1);
    char *folder = fake_draw(home, experiment, "correlations", &fake_options);
    CsvTable *table = fake_table(folder, "correlations");
    assert_int_equal(csv_rows(table), 3);
    static const char *const columns[] = {"pearson", "pearson_low", "spearman", "spearman_high", "slope", "slope_low"};
    for (size_t row = 0; row < 3; row++) {
        for (size_t i = 0; i < 6; i++) assert_true(isnan(fake_number(table, row, columns[i])));
    }
    csv_destroy(table);
    char *text = support_read(folder, "correlations.txt", NULL);
    support_assert_has(text, "\n  all cells         2  -                      -                      -\n");
    free(text);
    char *latex = support_read(folder, "correlations.tex", NULL);
    assert_well_formed(latex);
    support_assert_has(latex, "all cells & 2 & -- & -- & -- \\\\");
    free(latex);
    free(folder);
    experiment_destroy(experiment);
}

// Estimates and evaluations that never meet: no checkpoint, and nothing made up in its place.
static void no_checkpoint_in_common(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment_varied(home, "{cell: [gru]}", 5, "");
    static const FakeSeries odd[] = {{"mine/policy", belief_mine, 1, 25, 100}};
    belief_runs(home, experiment, belief_log, 1, odd, 1);
    char *folder = fake_draw(home, experiment, "correlations", &fake_options);
    char *text = support_read(folder, "correlations.txt", NULL);
    support_assert_has(
        text,
        "current policy, no checkpoint in common\n  GRU               5  -                      -                      -\n");
    free(text);
    free(folder);
    experiment_destroy(experiment);
}

#define AT_HOME(test) cmocka_unit_test_setup_teardown(test, fake_set_up, fake_tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        AT_HOME(the_table_is_that_worked_out_by_hand),
        AT_HOME(five_cells_three_sets_two_tasks),
        AT_HOME(undefined_is_a_dash),
        AT_HOME(no_checkpoint_in_common),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
