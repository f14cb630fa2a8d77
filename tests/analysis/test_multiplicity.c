// Corrections for several tests against the golden numbers and against their definitions.
#include "analysis/multiplicity.h"
#include "tests/analysis/samples.h"

typedef void Adjust(const double *p, int count, double *adjusted);

static const struct {
    const char *name;    // column of multiplicity.csv
    Adjust *adjust;
} corrections[] = {{"bonferroni", bonferroni_adjust},
                   {"holm", holm_adjust},
                   {"hochberg", hochberg_adjust},
                   {"sidak", sidak_adjust},
                   {"benjamini_hochberg", benjamini_hochberg_adjust},
                   {"benjamini_yekutieli", benjamini_yekutieli_adjust}};

enum { CORRECTIONS = sizeof corrections / sizeof *corrections };

static void corrections_match_golden(void **state) {
    (void)state;
    CsvTable *table = support_table(GOLDEN "tests/multiplicity.csv");
    Deviation deviation = {0};
    int checked = 0, count;
    for (size_t first = 0; first < csv_rows(table); first += (size_t)count) {
        const char *family = samples_text(table, first, "case");
        double p[SAMPLES_ROOM], found[SAMPLES_ROOM];
        for (count = 0; first + (size_t)count < csv_rows(table); count++) {
            size_t row = first + (size_t)count;
            if (strcmp(samples_text(table, row, "case"), family) != 0) break;
            p[count] = support_number(table, row, "p");
        }
        for (int c = 0; c < CORRECTIONS; c++) {
            corrections[c].adjust(p, count, found);
            for (int i = 0; i < count; i++, checked++) {
                char what[128];
                snprintf(what, sizeof what, "%s %d %s", family, i, corrections[c].name);
                samples_expect(&deviation, what, found[i], support_number(table, first + (size_t)i, corrections[c].name));
            }
        }
    }
    csv_destroy(table);
    samples_report(&deviation, checked, 60 * CORRECTIONS);
}

static void unknown_counts_as_one(void **state) {
    (void)state;
    // What is left of 0.01 beside an unknown one.
    const double expected[CORRECTIONS] = {0.02, 0.02, 0.02, 1 - 0.99 * 0.99, 0.02, 0.03};
    for (int c = 0; c < CORRECTIONS; c++) {
        double p[] = {0.01, NAN};
        corrections[c].adjust(p, 2, p);    // in place
        assert_close(corrections[c].name, p[0], expected[c]);
        assert_close(corrections[c].name, p[1], 1);
    }
}

static void edges_are_kept(void **state) {
    (void)state;
    for (int c = 0; c < CORRECTIONS; c++) {
        double untouched = 7, single = 0.04, none[] = {0, 0, 0}, all[] = {1, 1, 1};
        corrections[c].adjust(&single, 0, &untouched);
        assert_true(untouched == 7);
        corrections[c].adjust(&single, 1, &single);
        assert_close(corrections[c].name, single, 0.04);
        corrections[c].adjust(none, 3, none);
        corrections[c].adjust(all, 3, all);
        for (int i = 0; i < 3; i++) assert_true(none[i] == 0 && all[i] == 1);
    }
    double untouched = 7;
    ebh_adjust(&untouched, 0, &untouched);
    assert_true(untouched == 7);
}

// k of the definition: the largest with e_(k) >= m / (level k), by counting.
static int ebh_rejected(const double *e, int m, double level) {
    int most = 0;
    for (int k = 1; k <= m; k++) {
        int large_enough = 0;
        for (int i = 0; i < m; i++) large_enough += e[i] >= m / (level * k);
        if (large_enough >= k) most = k;
    }
    return most;
}

static void e_values_are_rejected_by_their_rule(void **state) {
    (void)state;
    const double e[] = {50, 3, 400, 50, 0, 1, 26, 130, 90, 20}, levels[] = {0.01, 0.02, 0.05, 0.1, 0.2, 0.5};
    const int m = 10, rejected[] = {0, 0, 5, 7, 7, 8};    // at 0.05 the fifth, 50, is the last with at least 200 / k
    double adjusted[10];
    ebh_adjust(e, m, adjusted);
    for (int l = 0; l < 6; l++) {
        int found = 0;
        for (int i = 0; i < m; i++) found += adjusted[i] <= levels[l];
        assert_int_equal(found, rejected[l]);
        assert_int_equal(found, ebh_rejected(e, m, levels[l]));
    }
    assert_true(adjusted[0] == adjusted[3]);    // a tie
    assert_true(adjusted[4] == 1);              // e = 0
    // As Benjamini and Hochberg's procedure for p = 1 / e.
    double p[10], by_p[10];
    for (int i = 0; i < m; i++) p[i] = 1 / e[i];
    benjamini_hochberg_adjust(p, m, by_p);
    for (int i = 0; i < m; i++) assert_close("p", adjusted[i], by_p[i]);
    // One alone is rejected at the level 1 / e, exactly; infinite evidence at any, an unknown at none.
    double few[] = {20, NAN, INFINITY};
    ebh_adjust(few, 1, adjusted);
    assert_true(adjusted[0] == 0.05);
    ebh_adjust(few, 3, few);
    assert_true(few[0] == 3 / 40.0 && few[1] == 1 && few[2] == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(corrections_match_golden),
        cmocka_unit_test(unknown_counts_as_one),
        cmocka_unit_test(edges_are_kept),
        cmocka_unit_test(e_values_are_rejected_by_their_rule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
