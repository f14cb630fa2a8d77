// The rows of discrete_continuous.csv that belong to some estimator.
#pragma once

#include "tests/analysis/information/pairs.h"

// Our value for `data`, whose first column is x, and k (0 where there is none).
typedef double DiscreteValue(const PairsSample *data, int k, bool standardised);

static inline void discrete_check(const char *estimator, DiscreteValue *value, int expected) {
    CsvTable *table = support_table(GOLDEN_MI "discrete_continuous.csv");
    PairsDeviation deviation = {0};
    for (size_t row = 0; row < csv_rows(table); row++) {
        if (strcmp(csv_text(table, row, csv_column(table, "estimator")), estimator) != 0) continue;
        const char *name = csv_text(table, row, csv_column(table, "dataset"));
        PairsSample data = pairs_golden(name, 1);
        int k = support_whole(table, row, "k");
        char *what = memory_format("%s %s k %d", name, estimator, k);
        double found = value(&data, k, support_whole(table, row, "standardized"));
        pairs_expect(&deviation, what, found, support_number(table, row, "estimate"), 1e-8);
        free(what);
        pairs_sample_free(&data);
    }
    csv_destroy(table);
    pairs_report(&deviation, expected);
}
