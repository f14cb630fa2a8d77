// The golden score tables scores_<suite>_<algorithm>.csv: run,task0,task1,...
#pragma once

#include "analysis/scores.h"
#include "tests/support.h"

#define GOLDEN_SCORES "tests/golden/analysis/scores/"

enum { GOLDEN_ROOM = 128, GOLDEN_TASKS = 16 };

typedef struct GoldenScores {
    double value[GOLDEN_ROOM];
    int runs[GOLDEN_TASKS];
    Scores scores;    // of the two arrays
} GoldenScores;

static inline void golden_scores(const char *suite, const char *algorithm, GoldenScores *out) {
    char *path = memory_format(GOLDEN_SCORES "scores_%s_%s.csv", suite, algorithm);
    CsvTable *table = support_table(path);
    int runs = (int)csv_rows(table), tasks = csv_columns(table) - 1;
    assert_true(runs * tasks <= GOLDEN_ROOM && tasks <= GOLDEN_TASKS);
    double rows[GOLDEN_ROOM];
    for (int i = 0; i < runs * tasks; i++) rows[i] = support_number(table, (size_t)(i / tasks), csv_name(table, 1 + i % tasks));
    out->scores = scores_of_table(rows, runs, tasks, out->value, out->runs);
    csv_destroy(table);
    free(path);
}

static inline const char *golden_text(const CsvTable *table, size_t row, const char *name) {
    int column = csv_column(table, name);
    assert_true(column >= 0);
    return csv_text(table, row, column);
}
