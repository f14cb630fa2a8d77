#include "benchmarks/reference.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "benchmarks/measure.h"
#include "core/arena.h"
#include "core/csv.h"

typedef struct Columns {
    int cell, seed, episode, value;
    int selector_count;
    int selector[16];    // columns that name a parameter
} Columns;

static bool find_columns(const ClaimSpec *spec, const Config *config, const CsvTable *table, Columns *columns, Error *error) {
    const char *slash = strrchr(spec->a.measure.series, '/');
    const char *value = slash ? slash + 1 : spec->a.measure.series;
    if (!csv_require(table, "cell", &columns->cell, error) || !csv_require(table, "seed", &columns->seed, error) ||
        !csv_require(table, "episode", &columns->episode, error) || !csv_require(table, value, &columns->value, error)) {
        return false;
    }
    columns->selector_count = 0;
    for (int i = 0; i < csv_columns(table) && columns->selector_count < 16; i++) {
        if (i == columns->cell || i == columns->seed || i == columns->episode || i == columns->value) continue;
        char *full = config_resolve(config, csv_name(table, i), NULL);
        if (full) columns->selector[columns->selector_count++] = i;
        free(full);
    }
    return true;
}

// Texts of one parameter: equal as numbers, or equal.
static bool same_value(const char *a, const char *b) {
    char *end_a, *end_b;
    double x = strtod(a, &end_a), y = strtod(b, &end_b);
    if (*a && *b && !*end_a && !*end_b) return fabs(x - y) <= 1e-12 * fabs(x);
    return strcmp(a, b) == 0;
}

// The combination of ours that a row belongs to, -1: none.
static int row_combination(const ClaimSpec *spec, const Gathering *gathering, const CsvTable *table, const Columns *columns,
                           size_t row) {
    for (size_t i = 0; i < gathering->count; i++) {
        const SweepRun *run = gathering->runs[i].run;
        char text[PARAM_TEXT_SIZE];
        if (!claim_covers(spec, run) || !config_get(run->config, "network.cell", text)) continue;
        bool same = strcmp(text, csv_text(table, row, columns->cell)) == 0;
        for (int k = 0; k < columns->selector_count && same; k++) {
            int column = columns->selector[k];
            same = config_get(run->config, csv_name(table, column), text) && same_value(text, csv_text(table, row, column));
        }
        if (same) return gathering->runs[i].combination;
    }
    return -1;
}

static ReferenceRun *run_of(size_t *count, ReferenceRun *runs, int combination, long seed, size_t room) {
    for (size_t i = 0; i < *count; i++) {
        if (runs[i].combination == combination && runs[i].seed == seed) return &runs[i];
    }
    ReferenceRun *run = &runs[(*count)++];
    *run = (ReferenceRun){combination, seed, {0, memory_alloc(room * sizeof(int64_t)), memory_alloc(room * sizeof(double))}};
    return run;
}

static bool add_row(const ClaimSpec *spec, const Gathering *gathering, const CsvTable *table, const Columns *columns,
                    size_t row, size_t *count, ReferenceRun *runs, size_t room, Error *error) {
    int combination = row_combination(spec, gathering, table, columns, row);
    if (combination < 0) return true;
    long seed, episode;
    double value;
    if (!csv_integer(table, row, columns->seed, 0, LONG_MAX, &seed, error) ||
        !csv_integer(table, row, columns->episode, 0, LONG_MAX, &episode, error) ||
        !csv_number(table, row, columns->value, &value, error)) {
        return false;
    }
    Series *series = &run_of(count, runs, combination, seed, room)->series;
    if (series->count > 0 && episode <= series->step[series->count - 1]) {
        return error_set(error, "%s:%zu: episode %ld follows %ld, accepted: the episodes of a run in ascending order",
                         csv_path(table), csv_line(table, row), episode, (long)series->step[series->count - 1]);
    }
    series->step[series->count] = episode;
    series->value[series->count++] = value;
    return true;
}

bool reference_series(const ClaimSpec *spec, Gathering *gathering, size_t *count, ReferenceRun **runs, Error *error) {
    *count = 0;
    *runs = NULL;
    char *path = spec->reference[0] == '/' ? memory_format("%s", spec->reference)
                                           : memory_format("%s/%s", experiment_root(), spec->reference);
    CsvTable *table = csv_read(path, error);
    free(path);
    Columns columns;
    bool good = table && find_columns(spec, gathering->runs[0].run->config, table, &columns, error);
    if (good) {
        size_t rows = csv_rows(table);
        *runs = memory_zeroed(rows + 1, sizeof **runs);
        for (size_t row = 0; row < rows && good; row++) {
            good = add_row(spec, gathering, table, &columns, row, count, *runs, rows, error);
        }
        if (good && *count == 0) {
            good = error_set(error, "%s: no row belongs to this sweep (same cell and parameters)", csv_path(table));
        }
    }
    csv_destroy(table);
    if (good) return true;
    reference_series_free(*count, *runs);
    *count = 0;
    *runs = NULL;
    return false;
}

void reference_series_free(size_t count, ReferenceRun *runs) {
    for (size_t i = 0; i < count; i++) series_free(&runs[i].series);
    free(runs);
}

// The values that the measure takes from the end of a series must be of the same steps on both sides: "the last five evaluations" of
// another evaluation period are another stretch of training.
static bool check_steps(const ClaimSpec *spec, Gathering *gathering, const ReferenceRun *theirs, Error *error) {
    size_t run = 0, wanted = spec->a.measure.at_step ? 0 : (size_t)spec->a.measure.window;
    if (!spec->a.measure.at_step && wanted == 0) wanted = theirs->series.count;    // all of them
    if (spec->a.measure.at_step && spec->a.measure.step < 0) wanted = (size_t)-spec->a.measure.step;
    while (run < gathering->count && (!gathering->runs[run].log || gathering->runs[run].combination != theirs->combination))
        run++;
    if (run == gathering->count) return true;    // none of ours has ended: nothing is compared
    Series ours;
    if (!gather_series(gathering, run, spec->a.measure.series, &ours, error)) return false;
    bool same = true;
    for (size_t i = 1; i <= wanted && i <= ours.count && i <= theirs->series.count && same; i++) {
        int64_t our_step = ours.step[ours.count - i], their_step = theirs->series.step[theirs->series.count - i];
        same = our_step == their_step ||
               error_set(error,
                         "%s: seed %ld has its value number %zu from the last at episode %lld, run %s has it at %lld: the two "
                         "cannot be compared",
                         spec->reference, theirs->seed, i, (long long)their_step, gathering->runs[run].run->name,
                         (long long)our_step);
    }
    series_free(&ours);
    return same;
}

bool reference_read(const ClaimSpec *spec, Gathering *gathering, Reference *reference, Error *error) {
    *reference = (Reference){0};
    size_t count;
    ReferenceRun *runs;
    if (!reference_series(spec, gathering, &count, &runs, error)) return false;
    double optimum = NAN;
    bool good = !(spec->a.measure.reaches && spec->a.measure.target_optimum) ||
                measure_optimum(&spec->a.measure, gathering->runs[0].run->config, &optimum, error);
    *reference = (Reference){(int)count, memory_zeroed(count, sizeof(double)), memory_zeroed(count, sizeof(int))};
    for (size_t i = 0; i < count && good; i++) {
        reference->stratum[i] = runs[i].combination;
        good = check_steps(spec, gathering, &runs[i], error) &&
               (measure_series(&spec->a.measure, &runs[i].series, optimum, &reference->value[i], error) ||
                error_context(error, "%s: ", spec->reference));
    }
    reference_series_free(count, runs);
    if (!good) reference_free(reference);
    return good;
}

void reference_free(Reference *reference) {
    free(reference->value);
    free(reference->stratum);
    *reference = (Reference){0};
}
