#include "benchmarks/curves.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "analysis/bootstrap.h"
#include "core/arena.h"

Curves curves_create(void) {
    return (Curves){
        .means = figure_table_create("curves", 7,
                                     (const char *const[]){"series", "cell", "episode", "seeds", "mean", "low", "high"}),
        .runs = figure_table_create("runs", 5, (const char *const[]){"series", "cell", "seed", "episode", "value"}),
    };
}

Curves curves_create_panelled(const char *panel) {
    return (Curves){
        .means = figure_table_create(
            "curves", 8, (const char *const[]){"panel", "series", "cell", "episode", "seeds", "mean", "low", "high"}),
        .runs = figure_table_create("runs", 6, (const char *const[]){"panel", "series", "cell", "seed", "episode", "value"}),
        .panel = panel,
    };
}

CurveRange curve_range_empty(void) {
    return (CurveRange){.x_high = 0, .low = INFINITY, .high = -INFINITY};
}

static bool check_episodes(const char *series, const char *cell, const Series *runs, const int64_t *seeds, size_t count,
                           Error *error) {
    for (size_t i = 1; i < count; i++) {
        bool same = runs[i].count == runs[0].count;
        for (size_t t = 0; t < runs[0].count && same; t++) same = runs[i].step[t] == runs[0].step[t];
        if (!same) {
            return error_set(error, "%s of %s: seeds %" PRId64 " and %" PRId64 " were recorded at different episodes", series,
                             cell, seeds[0], seeds[i]);
        }
    }
    return true;
}

static void widen(CurveRange *range, double x, double low, double high) {
    if (!range) return;
    if (x > range->x_high) range->x_high = x;
    if (isfinite(low) && low < range->low) range->low = low;
    if (isfinite(high) && high > range->high) range->high = high;
}

static void add_means(Curves *curves, const char *series, const char *cell, const Series *runs, size_t count, const double *low,
                      const double *high, CurveRange *range) {
    for (size_t t = 0; t < runs[0].count; t++) {
        double sum = 0;
        for (size_t i = 0; i < count; i++) sum += runs[i].value[t];
        double mean = sum / (double)count, episode = (double)runs[0].step[t];
        if (curves->panel) figure_table_text(curves->means, curves->panel);
        figure_table_text(curves->means, series);
        figure_table_text(curves->means, cell);
        figure_table_number(curves->means, episode);
        figure_table_number(curves->means, (double)count);
        figure_table_number(curves->means, mean);
        figure_table_number(curves->means, low[t]);
        figure_table_number(curves->means, high[t]);
        widen(range, episode, mean, mean);
        widen(range, episode, low[t], high[t]);
    }
    if (curves->panel) figure_table_break(curves->means);
    if (range && runs[0].count > range->points) range->points = runs[0].count;
}

static void add_runs(Curves *curves, const char *series, const char *cell, const Series *runs, const int64_t *seeds,
                     size_t count) {
    for (size_t i = 0; i < count; i++) {
        for (size_t t = 0; t < runs[i].count; t++) {
            if (curves->panel) figure_table_text(curves->runs, curves->panel);
            figure_table_text(curves->runs, series);
            figure_table_text(curves->runs, cell);
            figure_table_number(curves->runs, (double)seeds[i]);
            figure_table_number(curves->runs, (double)runs[i].step[t]);
            figure_table_number(curves->runs, runs[i].value[t]);
        }
        if (curves->panel) figure_table_break(curves->runs);
    }
}

bool curves_add(Curves *curves, const char *series, const char *cell, const Series *runs, const int64_t *seeds, size_t count,
                CurveRange *range, Error *error) {
    if (count == 0) return true;
    if (!check_episodes(series, cell, runs, seeds, count, error)) return false;
    size_t steps = runs[0].count;
    double *values = memory_alloc((count * steps + 1) * sizeof(double));
    double *low = memory_alloc((2 * steps + 1) * sizeof(double)), *high = low + steps;
    for (size_t i = 0; i < count; i++) {
        for (size_t t = 0; t < steps; t++) values[i * steps + t] = runs[i].value[t];
    }
    for (size_t t = 0; t < steps; t++) low[t] = high[t] = NAN;
    if (count > 1 && steps > 0) bootstrap_mean(values, (int)count, (int)steps, CURVE_REPLICATES, 0.95, 0, low, high);
    add_means(curves, series, cell, runs, count, low, high, range);
    add_runs(curves, series, cell, runs, seeds, count);
    free(values);
    free(low);
    return true;
}

double curve_tick(double span) {
    static const double steps[] = {1, 2, 5, 10};
    double decade = pow(10, floor(log10(span / 5)));
    for (int i = 0; i < 4; i++) {
        if (span / (steps[i] * decade) <= 5) return steps[i] * decade;
    }
    return 10 * decade;
}
