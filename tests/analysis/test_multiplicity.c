// Corrections for several tests against the golden numbers.
#include "analysis/multiplicity.h"
#include "tests/analysis/samples.h"

static void holm_matches_golden(void **state) {
    (void)state;
    CsvTable *table = support_table(GOLDEN "tests/multiplicity.csv");
    Deviation deviation = {0};
    int checked = 0, count;
    for (size_t first = 0; first < csv_rows(table); first += (size_t)count) {
        const char *name = samples_text(table, first, "case");
        double p[SAMPLES_ROOM], found[SAMPLES_ROOM];
        for (count = 0; first + (size_t)count < csv_rows(table); count++) {
            size_t row = first + (size_t)count;
            if (strcmp(samples_text(table, row, "case"), name) != 0) break;
            p[count] = support_number(table, row, "p");
        }
        holm_adjust(p, count, found);
        for (int i = 0; i < count; i++, checked++) {
            samples_expect(&deviation, name, found[i], support_number(table, first + (size_t)i, "holm"));
        }
    }
    csv_destroy(table);
    samples_report(&deviation, checked, 60);
}

static void unknown_counts_as_one(void **state) {
    (void)state;
    double with_nan[] = {0.01, NAN};
    holm_adjust(with_nan, 2, with_nan);
    assert_close("beside an unknown", with_nan[0], 0.02);
    assert_close("unknown", with_nan[1], 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holm_matches_golden),
        cmocka_unit_test(unknown_counts_as_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
