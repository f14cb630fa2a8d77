// The golden samples of the tests between runs (tests/golden/analysis/README.md), and comparison with the golden numbers at
// the tolerance stated there: relative 1e-7, absolute 1e-12.
#pragma once

#include "analysis/statistics.h"
#include "tests/support.h"

#define GOLDEN "tests/golden/analysis/"

enum { SAMPLES_ROOM = 64 };

typedef struct Samples {
    double x[SAMPLES_ROOM], y[SAMPLES_ROOM];
    int n_x, n_y;
} Samples;

// The largest relative deviation of a test so far; absolute where zero is expected.
typedef struct Deviation {
    double worst;
    char where[128];
} Deviation;

static inline void samples_expect(Deviation *deviation, const char *what, double found, double expected) {
    double distance = fabs(found - expected);
    if (!(distance <= 1e-12 + 1e-7 * fabs(expected))) fail_msg("%s: found %.17g, expected %.17g", what, found, expected);
    double relative = expected == 0 ? distance : distance / fabs(expected);
    if (relative <= deviation->worst) return;
    deviation->worst = relative;
    snprintf(deviation->where, sizeof deviation->where, "%s", what);
}

static inline void samples_report(const Deviation *deviation, int checked, int expected) {
    print_message("worst deviation: %.2g (%s), %d numbers\n", deviation->worst, deviation->where, checked);
    assert_int_equal(checked, expected);
}

static inline void assert_close(const char *what, double found, double expected) {
    Deviation unused = {0};
    samples_expect(&unused, what, found, expected);
}

// ---- cells ---------------------------------------------------------------------------------------------------------------

static inline const char *samples_text(const CsvTable *table, size_t row, const char *name) {
    Error error = {0};
    int column;
    if (!csv_require(table, name, &column, &error)) fail_msg("%s", error.message);
    return csv_text(table, row, column);
}

// Also where the library that wrote it had nan or inf.
static inline double samples_value(const CsvTable *table, size_t row, const char *name) {
    const char *text = samples_text(table, row, name);
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end) fail_msg("'%s' is no number", text);
    return value;
}

static inline Alternative samples_alternative(const CsvTable *table, size_t row) {
    const char *word = samples_text(table, row, "alternative");
    if (strcmp(word, "greater") == 0) return ALTERNATIVE_GREATER;
    if (strcmp(word, "less") == 0) return ALTERNATIVE_LESS;
    return ALTERNATIVE_TWO_SIDED;
}

// ---- samples -------------------------------------------------------------------------------------------------------------

// samples.csv: case,sample,index,value
static inline Samples samples_two(const char *name) {
    Samples samples = {.n_x = 0};
    CsvTable *table = support_table(GOLDEN "tests/samples.csv");
    for (size_t row = 0; row < csv_rows(table); row++) {
        if (strcmp(samples_text(table, row, "case"), name) != 0) continue;
        double value = support_number(table, row, "value");
        if (*samples_text(table, row, "sample") == 'x') {
            samples.x[samples.n_x++] = value;
        } else {
            samples.y[samples.n_y++] = value;
        }
    }
    csv_destroy(table);
    return samples;
}

// paired_samples.csv and correlation_samples.csv: case,index,x,y
static inline Samples samples_pairs(const char *path, const char *name) {
    Samples samples = {.n_x = 0};
    CsvTable *table = support_table(path);
    for (size_t row = 0; row < csv_rows(table); row++) {
        if (strcmp(samples_text(table, row, "case"), name) != 0) continue;
        samples.x[samples.n_x++] = support_number(table, row, "x");
        samples.y[samples.n_y++] = support_number(table, row, "y");
    }
    csv_destroy(table);
    return samples;
}

// ---- a table of golden numbers ---------------------------------------------------------------------------------------------

// Our number for a row of the table; false where the quantity is not computed by the file under test.
typedef bool SamplesQuantity(const Samples *samples, const char *quantity, Alternative alternative, double *found);

// One by one: the next division of n things into two groups, as bits of a mask with `count` of them set. Starts at (1 << count) - 1.
static inline bool samples_next_mask(unsigned *mask, int n) {
    unsigned lowest = *mask & -*mask, ripple = *mask + lowest;
    *mask = (((ripple ^ *mask) >> 2) / lowest) | ripple;
    return *mask < 1U << n;
}

// Every row of tests/NAME.csv (case,...,quantity,[alternative],value) whose quantity is known; returns how many were checked.
// Where the library that wrote it returned nan or inf, ours must be undefined.
static inline int samples_check(const char *name, SamplesQuantity *ours, Deviation *deviation) {
    bool two = strcmp(name, "two_sample") == 0;
    char *path = memory_format(GOLDEN "tests/%s.csv", name), *paired = memory_format(GOLDEN "tests/%s_samples.csv", name);
    CsvTable *table = support_table(path);
    bool directed = csv_column(table, "alternative") >= 0;
    Samples samples = {.n_x = 0};
    const char *current = "";
    int checked = 0;
    for (size_t row = 0; row < csv_rows(table); row++) {
        const char *which = samples_text(table, row, "case"), *quantity = samples_text(table, row, "quantity");
        if (strcmp(which, current) != 0) samples = two ? samples_two(which) : samples_pairs(paired, which);
        current = which;
        Alternative alternative = directed ? samples_alternative(table, row) : ALTERNATIVE_TWO_SIDED;
        double found;
        if (!ours(&samples, quantity, alternative, &found)) continue;
        char what[128];
        snprintf(what, sizeof what, "%s %s%s%s", which, quantity, directed ? " " : "",
                 directed ? samples_text(table, row, "alternative") : "");
        double expected = samples_value(table, row, "value");
        if (!isfinite(expected)) {
            if (!isnan(found)) fail_msg("%s: found %.17g, expected nothing", what, found);
        } else {
            samples_expect(deviation, what, found, expected);
        }
        checked++;
    }
    csv_destroy(table);
    free(paired);
    free(path);
    return checked;
}
