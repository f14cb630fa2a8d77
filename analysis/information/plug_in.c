#include "analysis/information/plug_in.h"

#include <assert.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

#include "analysis/information/entropy.h"
#include "analysis/information/prepare.h"
#include "core/arena.h"

static const ParamSpec rows[] = {
    {"bias_correction", PARAM_BOOL, offsetof(PlugInParams, bias_correction), "true", 0, 0, NULL,
     "of Miller and Madow, by the numbers of cells that occur"},
};
const ParamTable plug_in_params = {"plug-in", rows, sizeof rows / sizeof *rows, sizeof(PlugInParams)};

typedef struct Cell {
    int a, b;
} Cell;

static int compare_cells(const void *left, const void *right) {
    const Cell *p = left, *q = right;
    if (p->a != q->a) return p->a < q->a ? -1 : 1;
    return (p->b > q->b) - (p->b < q->b);
}

// Counts of labels, and how many occur.
static int *count_labels(const int *label, int n, int *occur) {
    int *count = memory_zeroed((size_t)n, sizeof *count);
    *occur = 0;
    for (int i = 0; i < n; i++) {
        assert(label[i] >= 0 && label[i] < n);
        *occur += count[label[i]]++ == 0;
    }
    return count;
}

// Over the sorted cells: the number of them, and mean and mean square of the log ratio over pairs.
static int sum_cells(const Cell *cell, int n, const int *count_a, const int *count_b, double *mean, double *square) {
    int cells = 0;
    *mean = *square = 0;
    for (int i = 0, end; i < n; i = end, cells++) {
        for (end = i + 1; end < n && compare_cells(&cell[i], &cell[end]) == 0; end++) {}
        double share = (double)(end - i) / n;
        double ratio = log(share * n / count_a[cell[i].a] * n / count_b[cell[i].b]);
        *mean += share * ratio;
        *square += share * ratio * ratio;
    }
    return cells;
}

PlugIn plug_in(const int *a, const int *b, int n) {
    if (n == 0) return (PlugIn){NAN, NAN, NAN, 0, 0, 0};
    PlugIn out;
    int *count_a = count_labels(a, n, &out.cells_a), *count_b = count_labels(b, n, &out.cells_b);
    Cell *cell = memory_alloc(sizeof *cell * (size_t)n);
    for (int i = 0; i < n; i++) cell[i] = (Cell){a[i], b[i]};
    qsort(cell, (size_t)n, sizeof *cell, compare_cells);
    double square, size = n;
    out.cells = sum_cells(cell, n, count_a, count_b, &out.value, &square);
    out.correction = (out.cells_a + out.cells_b - out.cells - 1) / (2 * size);
    double freedom = (double)(out.cells_a - 1) * (out.cells_b - 1);
    out.sd = sqrt(fmax(square - out.value * out.value, 0) / size + freedom / (2 * size * size));
    free(cell);
    free(count_a);
    free(count_b);
    return out;
}

double plug_in_p(const PlugIn *of, int n) {
    double freedom = (double)(of->cells_a - 1) * (of->cells_b - 1);
    return freedom > 0 ? gsl_cdf_chisq_Q(fmax(2 * n * of->value, 0), freedom) : 1;
}

static void estimate_labels(const PlugInParams *params, const int *a, const int *b, int n, int classes_b, bool trivial,
                            InformationEstimate *estimate) {
    estimate->ceiling = entropy_plug_in(b, n, classes_b);
    if (trivial) return;
    PlugIn of = plug_in(a, b, n);
    estimate->value = of.value + (params->bias_correction ? of.correction : 0);
    information_interval(estimate, of.sd);
    estimate->pairs = n;
    estimate->unreliable = n < 5LL * of.cells;
}

static bool estimate_plug_in(const void *params, const InformationTask *task, InformationEstimate *estimate, Error *error) {
    PreparedPairs pairs;
    if (!pairs_prepare(&task->test, SCALING_NONE, SCALING_NONE, &pairs, error)) return false;
    int n = pairs.rows, classes_a, classes_b, *a = memory_alloc(sizeof(int) * 2 * (size_t)n), *b = a + n;
    bool usable = pairs_classes(pairs.x, a, &classes_a, error) && pairs_classes(pairs.y, b, &classes_b, error);
    *estimate = information_unknown();
    if (usable) estimate_labels(params, a, b, n, classes_b, pairs_trivial(&pairs, estimate), estimate);
    free(a);
    pairs_free(&pairs);
    return usable;
}

const EstimatorType estimator_plug_in = {
    .name = "plug-in",
    .help = "observed frequencies of two discrete variables, corrected for bias",
    .source = "Miller 1955, \"Note on the bias of information estimates\"",
    .params = &plug_in_params,
    .discrete = true,
    .estimate = estimate_plug_in,
};
