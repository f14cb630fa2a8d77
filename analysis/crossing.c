#include "analysis/crossing.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>

double scores_crossing(const Scores *x, double threshold) {
    if (!scores_defined(x) || isnan(threshold)) return NAN;
    double before = 0;
    const double *value = x->value;
    for (int k = 0; k < x->tasks; value += x->runs[k++]) {
        double mean = gsl_stats_mean(value, 1, (size_t)x->runs[k]);
        if (isnan(mean)) return NAN;
        if (mean < threshold) return k == 0 ? -1 : k - 1 + (before - threshold) / (before - mean);
        before = mean;
    }
    return x->tasks;
}

double crossing_at(double position, const double *scale, int count) {
    if (isnan(position)) return NAN;
    if (position < 0) return -INFINITY;
    if (position > count - 1) return INFINITY;
    int k = (int)position;
    return k == count - 1 ? scale[k] : scale[k] + (position - k) * (scale[k + 1] - scale[k]);
}
