// The view "improvement": all pairs, mirrored, and at least two cells.
#include "tests/benchmarks/drawings/fake_views.h"

// Every GRU run is planned higher than any other; BRC is LSTM's equal.
static void pairs_are_mirrored(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment_varied(home, "{cell: [gru, lstm, brc]}", 5, "");
    fake_all_runs(home, experiment, NULL);
    char *folder = fake_draw(home, experiment, "improvement", &fake_options);
    CsvTable *table = fake_table(folder, "improvement");
    assert_int_equal(csv_rows(table), 6);
    for (size_t row = 0; row < 6; row++) {
        double p = fake_number(table, row, "probability");
        bool gru = fake_has(table, row, "cell", "gru"), over_gru = fake_has(table, row, "over", "gru");
        assert_close(p, gru ? 1 : over_gru ? 0 : 0.5);
        for (size_t other = 0; other < row; other++) {
            const char *over = csv_text(table, row, csv_column(table, "over")),
                       *cell = csv_text(table, row, csv_column(table, "cell"));
            if (!fake_has(table, other, "cell", over) || !fake_has(table, other, "over", cell)) continue;
            assert_close(p + fake_number(table, other, "probability"), 1);
            assert_close(fake_number(table, row, "low") + fake_number(table, other, "high"), 1);
            assert_close(fake_number(table, row, "high") + fake_number(table, other, "low"), 1);
        }
    }
    csv_destroy(table);
    free(folder);
    experiment_destroy(experiment);
}

static void one_cell_cannot_be_compared(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment_varied(home, "{length: [4, 8]}", 2, "");
    fake_all_runs(home, experiment, NULL);
    Error error = {0};
    char *folder;
    assert_false(figure_draw_view(home->results, experiment, fake_view("improvement"), &fake_options, false, &folder, &error));
    support_assert_has(error.message, "one cell only");
    experiment_destroy(experiment);
}

#define AT_HOME(test) cmocka_unit_test_setup_teardown(test, fake_set_up, fake_tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {AT_HOME(pairs_are_mirrored), AT_HOME(one_cell_cannot_be_compared)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
