#include "analysis/information/subsample.h"

#include <assert.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_fit.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/rng.h"

Matrix subsample_rows(Matrix m, const int *rows, int count) {
    size_t width = (size_t)m.cols;
    double *data = memory_alloc(sizeof(double) * (size_t)count * width + 1);
    for (int i = 0; i < count; i++) memcpy(data + (size_t)i * width, matrix_row(m, rows[i]), sizeof(double) * width);
    return matrix_view(DTYPE_F64, count, m.cols, data);
}

// The estimate of each of q parts of `order`; false where one has none.
static bool estimate_parts(const SubsamplePlan *plan, Matrix x, Matrix y, const int *order, int q, double *out) {
    bool usable = true;
    for (int part = 0; part < q && usable; part++) {
        int first = (int)((long long)x.rows * part / q), end = (int)((long long)x.rows * (part + 1) / q);
        Matrix part_x = subsample_rows(x, order + first, end - first), part_y = subsample_rows(y, order + first, end - first);
        out[part] = plan->estimate(plan->context, part_x, part_y);
        usable = isfinite(out[part]);
        free(part_x.data);
        free(part_y.data);
    }
    return usable;
}

static double slope(const double *mean, int parts) {
    double *q = memory_alloc(sizeof(double) * (size_t)parts), at_zero, out, unused[3], squares;
    for (int i = 0; i < parts; i++) q[i] = i + 1;
    gsl_fit_linear(q, 1, mean, 1, (size_t)parts, &at_zero, &out, &unused[0], &unused[1], &unused[2], &squares);
    free(q);
    return out;
}

Subsample subsample_error(const SubsamplePlan *plan, Matrix x, Matrix y, double value) {
    assert(x.type == DTYPE_F64 && y.type == DTYPE_F64 && x.rows == y.rows);
    Subsample out = {NAN, 0, NAN, 0};
    int most = plan->parts < x.rows ? plan->parts : x.rows;
    int *order = memory_alloc(sizeof(int) * ((size_t)x.rows + 1));
    double *part = memory_alloc(sizeof(double) * 2 * ((size_t)most + 1)), *mean = part + most, variance = 0;
    mean[0] = value;
    for (int q = 2; q <= most && x.rows / q >= plan->least; q++) {
        Rng rng = rng_stream(plan->seed, RNG_ESTIMATOR, SUBSAMPLE_STREAMS + (uint64_t)q);
        rng_permutation(&rng, x.rows, order);
        if (!estimate_parts(plan, x, y, order, q, part)) break;
        mean[q - 1] = gsl_stats_mean(part, 1, (size_t)q);
        variance += (q - 1) * gsl_stats_variance(part, 1, (size_t)q) / q;
        out.df += q - 1;
        out.parts = q;
    }
    if (out.parts > 0) {
        out.sd = sqrt(variance / out.df);
        out.trend = slope(mean, out.parts);
    }
    free(order);
    free(part);
    return out;
}

void subsample_interval(const SubsamplePlan *plan, Matrix x, Matrix y, double more, InformationEstimate *out) {
    Subsample error = subsample_error(plan, x, y, out->value);
    double quantile = error.parts > 0 ? gsl_cdf_tdist_Pinv(0.975, error.df) : NAN, half = quantile * hypot(error.sd, more);
    out->low = out->value - half;
    out->high = out->value + half;
    out->unreliable |= fabs(error.trend) > quantile * error.sd;
}
