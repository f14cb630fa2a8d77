#include "benchmarks/drawings/association.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "analysis/correlation.h"
#include "core/arena.h"

static const double level = 0.95;

// Both series of a run.
typedef struct Track {
    Series information, value;
} Track;

static void tracks_free(Track *tracks, size_t count) {
    for (size_t i = 0; i < count; i++) {
        series_free(&tracks[i].information);
        series_free(&tracks[i].value);
    }
    free(tracks);
}

// Index of a step; the series' count where it has none.
static size_t find_step(const Series *series, int64_t step) {
    size_t t = 0;
    while (t < series->count && series->step[t] != step) t++;
    return t;
}

static bool has_both(const Track *track, int64_t step) {
    return find_step(&track->information, step) < track->information.count &&
           find_step(&track->value, step) < track->value.count;
}

static bool all_have(const Track *tracks, size_t count, int64_t step) {
    for (size_t i = 0; i < count; i++) {
        if (!has_both(&tracks[i], step)) return false;
    }
    return true;
}

static int64_t last_common(const Track *tracks, size_t count) {
    int64_t last = -1;
    for (size_t t = 0; count && t < tracks[0].information.count; t++) {
        int64_t step = tracks[0].information.step[t];
        if (step > last && all_have(tracks, count, step)) last = step;
    }
    return last;
}

// ---- reading -------------------------------------------------------------------------------------------------------------

static bool read_runs(const Panel *panel, const char *series, Association *out, Track *tracks, Error *error) {
    for (size_t c = 0; c < panel->cell_count; c++) {
        const Cell *cell = &panel->cells[c];
        for (size_t i = 0; i < cell->run_count; i++) {
            bool there;
            if (!gather_has(panel->gathering, cell->runs[i], series, &there, error)) return false;
            if (!there) continue;
            Track *track = &tracks[out->count];
            out->pairs[out->count++] = (RunPair){.cell = c, .seed = cell->seeds[i], .information = NAN, .value = NAN};
            if (!gather_series(panel->gathering, cell->runs[i], series, &track->information, error)) return false;
            if (!gather_series(panel->gathering, cell->runs[i], scoring_series, &track->value, error)) return false;
        }
    }
    return true;
}

// Over all checkpoints that the run has.
static void fill_slope(RunPair *pair, const Track *track) {
    const Series *x = &track->information, *y = &track->value;
    double *both = memory_alloc((2 * x->count + 1) * sizeof *both), *values = both + x->count;
    int n = 0;
    for (size_t t = 0; t < x->count; t++) {
        size_t at = find_step(y, x->step[t]);
        if (at == y->count) continue;
        both[n] = x->value[t];
        values[n++] = y->value[at];
    }
    pair->checkpoints = n;
    pair->slope = least_squares_slope(both, values, n);
    free(both);
}

static void fill_pair(RunPair *pair, const Track *track, int64_t step) {
    fill_slope(pair, track);
    if (step < 0) return;
    pair->information = track->information.value[find_step(&track->information, step)];
    pair->value = track->value.value[find_step(&track->value, step)];
}

static bool choose_step(Association *out, const char *series, const Track *tracks, double asked, Error *error) {
    out->step = last_common(tracks, out->count);
    if (isnan(asked) || out->count == 0) return true;
    bool whole = asked >= 0 && asked < 1e15 && floor(asked) == asked;
    if (whole && all_have(tracks, out->count, (int64_t)asked)) {
        out->step = (int64_t)asked;
        return true;
    }
    return error_set(error, "--step %.15g: not every run has %s and %s there; the last checkpoint that all have is %" PRId64,
                     asked, series, scoring_series, out->step);
}

bool association_read(const Panel *panel, const char *estimator, int set, double step, Association *out, Error *error) {
    size_t room = panel->gathering->count + 1;
    *out = (Association){.panel = panel, .set = set, .step = -1, .pairs = memory_zeroed(room, sizeof *out->pairs)};
    Track *tracks = memory_zeroed(room, sizeof *tracks);
    char *series = information_series(estimator, set, "");
    bool good = read_runs(panel, series, out, tracks, error) && choose_step(out, series, tracks, step, error);
    for (size_t i = 0; good && i < out->count; i++) fill_pair(&out->pairs[i], &tracks[i], out->step);
    free(series);
    tracks_free(tracks, room);
    if (!good) association_free(out);
    return good;
}

void association_free(Association *association) {
    free(association->pairs);
    *association = (Association){0};
}

bool associations_read(const Panels *panels, const char *estimator, double step, size_t *count, Association **out,
                       Error *error) {
    *count = 0;
    *out = memory_zeroed(panels->count * INFORMATION_SETS, sizeof **out);
    for (size_t k = 0; k < panels->count; k++) {
        for (int set = 0; set < INFORMATION_SETS; set++) {
            Association *association = &(*out)[*count];
            if (!association_read(&panels->panel[k], estimator, set, step, association, error)) {
                associations_free(*count, *out);
                return false;
            }
            if (association->count) (*count)++;
            else association_free(association);
        }
    }
    return true;
}

void associations_free(size_t count, Association *associations) {
    for (size_t i = 0; i < count; i++) association_free(&associations[i]);
    free(associations);
}

// ---- correlating ---------------------------------------------------------------------------------------------------------

// From the scale of atanh back to that of a correlation.
static Interval correlation_interval(Estimate z) {
    Interval interval = estimate_interval(z, level);
    return (Interval){tanh(interval.low), tanh(interval.high)};
}

Correlation association_correlate(const Association *association, int cell) {
    size_t room = association->count + 1;
    double *x = memory_zeroed(3 * room, sizeof *x), *y = x + room, *slope = y + room;
    Correlation row = {.checkpoints = 0};
    int n = 0;
    for (size_t i = 0; i < association->count; i++) {
        const RunPair *pair = &association->pairs[i];
        if (cell != ALL_CELLS && pair->cell != (size_t)cell) continue;
        if (n == 0 || pair->checkpoints < row.checkpoints) row.checkpoints = pair->checkpoints;
        x[n] = pair->information;
        y[n] = pair->value;
        slope[n++] = pair->slope;
    }
    Estimate mean = estimate_mean(slope, n);
    row.runs = n;
    row.pearson = pearson(x, y, n);
    row.spearman = spearman(x, y, n);
    row.pearson_interval = correlation_interval(pearson_estimate(row.pearson, n));
    row.spearman_interval = correlation_interval(spearman_estimate(row.spearman, n));
    row.slope = mean.value;
    row.slope_interval = estimate_interval(mean, level);
    free(x);
    return row;
}
