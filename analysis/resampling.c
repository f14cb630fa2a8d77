#include "analysis/resampling.h"

#include <assert.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/rng.h"

// Quantiles of the bootstrap means of one step; picks[replicates][n] are the runs drawn.
static Interval bootstrap_step(const double *value, int n, const int *picks, int replicates, double level, double *mean) {
    for (int r = 0; r < replicates; r++) {
        double sum = 0;
        for (int i = 0; i < n; i++) sum += value[picks[(size_t)r * (size_t)n + (size_t)i]];
        if (!isfinite(sum)) return (Interval){NAN, NAN};
        mean[r] = sum / n;
    }
    gsl_sort(mean, 1, (size_t)replicates);
    return (Interval){gsl_stats_quantile_from_sorted_data(mean, 1, (size_t)replicates, (1 - level) / 2),
                      gsl_stats_quantile_from_sorted_data(mean, 1, (size_t)replicates, (1 + level) / 2)};
}

void bootstrap_mean(const double *runs, int n, int steps, int replicates, double level, uint64_t seed, double *low,
                    double *high) {
    assert(n > 0 && replicates > 0 && level > 0 && level < 1);
    Rng rng = rng_stream(seed, RNG_BOOTSTRAP, 0);
    size_t draws = (size_t)replicates * (size_t)n;
    int *picks = memory_alloc(sizeof(int) * draws);
    for (size_t i = 0; i < draws; i++) picks[i] = (int)rng_below(&rng, (uint32_t)n);
    double *mean = memory_alloc(sizeof(double) * (size_t)(replicates + n)), *value = mean + replicates;
    for (int t = 0; t < steps; t++) {
        bool finite = true;
        for (int i = 0; i < n; i++) {
            value[i] = runs[(size_t)i * (size_t)steps + (size_t)t];
            finite = finite && isfinite(value[i]);
        }
        Interval interval = finite ? bootstrap_step(value, n, picks, replicates, level, mean) : (Interval){NAN, NAN};
        low[t] = interval.low;
        high[t] = interval.high;
    }
    free(mean);
    free(picks);
}
