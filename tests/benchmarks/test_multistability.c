// The study of multistability: what it measures, that rows do not depend on each other, its table and its figure.
#include "benchmarks/studies/multistability.h"

#include "tests/support.h"

static MultistabilityParams params_of(int hidden, int seeds, int horizon, int seed) {
    return (MultistabilityParams){.hidden = hidden, .seeds = seeds, .samples = 16, .horizon = horizon, .seed = seed};
}

static MultistabilityStudy *study_of(MultistabilityParams params) {
    return multistability_run(&params, NULL);
}

static const MultistabilityRow *row_of(const MultistabilityStudy *study, const char *name, int horizon, double tolerance) {
    for (int i = 0; i < study->row_count; i++) {
        const MultistabilityRow *row = &study->rows[i];
        if (strcmp(row->of->name, name) == 0 && row->horizon == horizon && row->tolerance == tolerance) return row;
    }
    fail_msg("no row %s, %d, %g", name, horizon, tolerance);
    return NULL;
}

// Where the authors find one place we do, and several where they do; a tighter tolerance finds no fewer, and VAA lies within 1/n..1.
static void cells_are_told_apart(void **state) {
    (void)state;
    MultistabilityStudy *study = study_of(params_of(24, 2, 2000, 0));
    static const char *const monostable[] = {"gru", "lstm", "mgu"};
    for (int c = 0; c < 3; c++) {
        const MultistabilityRow *row = row_of(study, monostable[c], 2000, 1e-4);
        assert_true(fabs(row->mean - 1.0 / 16) < 1e-12 && fabs(row->low - row->high) < 1e-12);
    }
    assert_true(row_of(study, "brc", 2000, 1e-4)->low > 2.0 / 16 && row_of(study, "nbrc", 2000, 1e-4)->low > 2.0 / 16);
    for (int i = 0; i < study->row_count; i++) {
        const MultistabilityRow *row = &study->rows[i];
        assert_true(row->low <= row->mean && row->mean <= row->high && row->low >= 1.0 / 16 - 1e-12 && row->high <= 1 + 1e-12);
        if (i % 3 > 0) assert_true(row->tolerance < row[-1].tolerance && row->horizon == row[-1].horizon);
        if (i % 3 > 0) assert_true(row->mean >= row[-1].mean - 1e-12);
    }
    // What is slow settles: with the horizon BRC falls.
    assert_true(row_of(study, "brc", 100, 1e-4)->mean > row_of(study, "brc", 2000, 1e-4)->mean);
    multistability_free(study);
}

// A horizon between the listed ones ends the list; seeds give the same numbers alone and together.
static void rows_do_not_depend_on_each_other(void **state) {
    (void)state;
    MultistabilityStudy *first = study_of(params_of(8, 1, 300, 5)), *second = study_of(params_of(8, 1, 300, 6));
    MultistabilityStudy *both = study_of(params_of(8, 2, 300, 5)), *longer = study_of(params_of(8, 1, 500, 5));
    assert_true(first->row_count == second->row_count && first->row_count == both->row_count && first->row_count > 0);
    bool differ = false;
    for (int i = 0; i < first->row_count; i++) {
        double a = first->rows[i].mean, b = second->rows[i].mean;
        assert_true(both->rows[i].low == fmin(a, b) && both->rows[i].high == fmax(a, b));
        assert_true(fabs(both->rows[i].mean - (a + b) / 2) < 1e-12);
        assert_int_equal(first->rows[i].horizon, i % 6 < 3 ? 100 : 300);
        if (i % 6 < 3) assert_true(longer->rows[i].mean == a);
        differ = differ || a != b;
    }
    assert_true(differ);
    multistability_free(first);
    multistability_free(second);
    multistability_free(both);
    multistability_free(longer);
    multistability_free(NULL);
}

// Only what was measured under the same conditions stands beside a row.
static void measured_values_have_their_place(void **state) {
    (void)state;
    MultistabilityRow row = {.of = &multistability_cases[0], .hidden = 256, .horizon = 2000, .tolerance = 1e-4};
    assert_true(multistability_measured(&row));
    row.horizon = 10000;
    assert_false(multistability_measured(&row));
    row.horizon = 2000, row.hidden = 32;
    assert_false(multistability_measured(&row));
    row.hidden = 256, row.tolerance = 1e-3;
    assert_false(multistability_measured(&row));
    for (size_t c = 0; c < multistability_case_count; c++) {
        for (int k = 0; k < 2; k++) {
            double measured = multistability_cases[c].measured[k];
            assert_true(measured >= 0.0312 && measured <= 1);
        }
    }
}

static void table_and_figure_are_saved(void **state) {
    Error error = {0};
    char *folder = NULL;
    MultistabilityStudy *study = study_of(params_of(8, 1, 100, 0));
    bool saved = multistability_save(study, *state, &folder, &error);
    if (!saved && strstr(error.message, "gnuplot was not found")) skip();
    if (!saved) fail_msg("%s", error.message);
    support_assert_has(folder, "/studies/multistability");
    char *path = support_path(folder, "multistability.csv");
    CsvTable *table = support_table(path);
    assert_int_equal(csv_rows(table), study->row_count);
    assert_int_equal(csv_columns(table), MULTISTABILITY_COLUMNS);
    for (size_t row = 0; row < csv_rows(table); row++) {
        assert_true(fabs(support_number(table, row, "vaa") - study->rows[row].mean) < 1e-4);
        assert_string_equal(csv_text(table, row, csv_column(table, "authors")), "");
    }
    assert_true(support_exists(folder, "multistability/figure.png") && support_exists(folder, "multistability/measured.csv"));
    csv_destroy(table);
    free(path);
    free(folder);
    multistability_free(study);
}

static void defaults_are_as_documented(void **state) {
    (void)state;
    MultistabilityParams params;
    param_defaults(&multistability_params, &params);
    assert_true(params.hidden == 0 && params.seeds == 3 && params.samples == 32 && params.horizon == 10000 && params.seed == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_are_told_apart),
        cmocka_unit_test(rows_do_not_depend_on_each_other),
        cmocka_unit_test(measured_values_have_their_place),
        cmocka_unit_test_setup_teardown(table_and_figure_are_saved, support_set_up, support_tear_down),
        cmocka_unit_test(defaults_are_as_documented),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
