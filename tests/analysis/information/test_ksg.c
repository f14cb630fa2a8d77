// Both KSG estimators against golden values, their sampling distribution and what must leave them alone.
#include "analysis/information/ksg.h"
#include "tests/analysis/information/pairs.h"

static const char *text(const CsvTable *table, size_t row, const char *column) {
    return csv_text(table, row, csv_column(table, column));
}

// ---- golden values --------------------------------------------------------------------------------------------------------

// Pairwise sums in eights, as NumPy adds up. The set `ties-rounded-1-1` has distances that are equal but for rounding, so that the last bits
// of mean and sd decide what is strictly nearer: there, and only there, we need the bits of the reference.
static double pairwise_sum(const double *value, int n) {
    if (n > 128) {
        int half = n / 2 - n / 2 % 8;
        return pairwise_sum(value, half) + pairwise_sum(value + half, n - half);
    }
    double sum[8] = {0}, total;
    int i = 0;
    for (; i < n - n % 8; i++) sum[i % 8] += value[i];
    total = ((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7]));
    for (; i < n; i++) total += value[i];
    return total;
}

static void standardise_like_reference(double *value, int n) {
    double *square = memory_alloc(sizeof(double) * (size_t)n), mean = pairwise_sum(value, n) / n;
    for (int i = 0; i < n; i++) square[i] = (value[i] - mean) * (value[i] - mean);
    double sd = sqrt(pairwise_sum(square, n) / n);
    for (int i = 0; i < n; i++) value[i] = (value[i] - mean) / sd;
    free(square);
}

// One row of estimates.csv, if it is one of ours.
static void expect_row(const CsvTable *table, size_t row, const PairsSample *sample, PairsDeviation *deviation) {
    const char *name = text(table, row, "estimator"), *task = text(table, row, "task");
    bool first = strncmp(name, "ksg1", 4) == 0, clamped = strcmp(name, "ksg1_clamped") == 0;
    if (!first && strcmp(name, "ksg2") != 0) return;
    bool ties = strncmp(task, "ties", 4) == 0;
    PairsScaling scaling = support_whole(table, row, "standardized") && !ties ? SCALING_STANDARD : SCALING_NONE;
    NeighbourMetric metric = strcmp(text(table, row, "metric"), "euclidean") == 0 ? NEIGHBOUR_EUCLIDEAN : NEIGHBOUR_MAX;
    int k = support_whole(table, row, "k");
    PreparedPairs pairs;
    assert_true(pairs_prepare(&sample->pairs, scaling, scaling, &pairs, NULL));
    if (ties) standardise_like_reference(pairs.x.data, pairs.rows);
    if (ties) standardise_like_reference(pairs.y.data, pairs.rows);
    double found = (first ? ksg1_value : ksg2_value)(pairs.x, pairs.y, metric, k);
    char *what = memory_format("%s %s %s k %d", task, name, text(table, row, "metric"), k);
    pairs_expect(deviation, what, clamped ? fmax(found, 0) : found, support_number(table, row, "estimate"), 1e-8);
    free(what);
    pairs_free(&pairs);
}

// Without ENGRAM_TEST_FULL all but the largest set.
static void values_match_golden(void **state) {
    (void)state;
    bool full = getenv("ENGRAM_TEST_FULL") != NULL;
    CsvTable *table = support_table(GOLDEN_MI "estimates.csv");
    PairsDeviation deviation = {0};
    PairsSample sample = {.x = NULL};
    const char *task = "";
    for (size_t row = 0; row < csv_rows(table); row++) {
        const char *next = text(table, row, "task");
        if (strcmp(next, task) != 0) {
            pairs_sample_free(&sample);
            sample = pairs_golden(next, support_whole(table, row, "dim_x"));
        }
        task = next;
        if (full || support_whole(table, row, "n") < 2000) expect_row(table, row, &sample, &deviation);
    }
    pairs_sample_free(&sample);
    csv_destroy(table);
    pairs_report(&deviation, full ? 487 : 467);
}

// ---- distribution -----------------------------------------------------------------------------------------------------------

// Twelve draws of our own against twelve of the reference: means differ by at most four standard errors.
static void expect_runs(const CsvTable *table, size_t row, PairsDeviation *deviation) {
    const char *task = text(table, row, "task");
    int d = 1, n = support_whole(table, row, "n"), runs = 12, k = support_whole(table, row, "k");
    bool dense = sscanf(task, "multinormal-dense-%d", &d) == 1;
    double sum = 0;
    for (int run = 0; run < runs; run++) {
        PairsSample sample = pairs_dense(n, d, d, dense ? 0.5 : 0.75, 100 + (uint64_t)run);
        PreparedPairs pairs;
        assert_true(pairs_prepare(&sample.pairs, SCALING_STANDARD, SCALING_STANDARD, &pairs, NULL));
        sum += ksg1_value(pairs.x, pairs.y, NEIGHBOUR_EUCLIDEAN, k);
        pairs_free(&pairs);
        pairs_sample_free(&sample);
    }
    double error = support_number(table, row, "sd") * sqrt(1.0 / runs + 1 / support_number(table, row, "seeds"));
    char *what = memory_format("%s k %d, in standard errors", task, k);
    pairs_expect(deviation, what, (sum / runs - support_number(table, row, "mean")) / error, 0, 4);
    free(what);
}

static bool is_dense(const char *task, int d) {
    char name[64];
    snprintf(name, sizeof name, "multinormal-dense-%d-%d-0.5", d, d);
    return strcmp(task, name) == 0;
}

static void draws_are_distributed_as_the_reference(void **state) {
    (void)state;
    CsvTable *table = support_table(GOLDEN_MI "ksg_reference_runs.csv");
    PairsDeviation deviation = {0};
    bool full = getenv("ENGRAM_TEST_FULL") != NULL;
    for (size_t row = 0; row < csv_rows(table); row++) {
        bool drawn_here = strcmp(text(table, row, "task"), "1v1-normal-0.75") == 0;
        for (int d = 2; d <= 5; d++) drawn_here = drawn_here || is_dense(text(table, row, "task"), d);
        bool ours =
            drawn_here && strncmp(text(table, row, "estimator"), "ksg1", 4) == 0 && support_whole(table, row, "n") == 1000;
        bool short_enough =
            strcmp(text(table, row, "k"), "5") == 0 && strcmp(text(table, row, "task"), "multinormal-dense-5-5-0.5") != 0;
        if (ours && (full || short_enough)) expect_runs(table, row, &deviation);
    }
    csv_destroy(table);
    pairs_report(&deviation, full ? 8 : 3);
}

// ---- edges ------------------------------------------------------------------------------------------------------------------

static const EstimatorType *const types[] = {&estimator_ksg1, &estimator_ksg2};

static void pairs_are_prepared(void **state) {
    (void)state;
    PairsSample sample = pairs_dense(300, 2, 3, 0.5, 1);
    for (int t = 0; t < 2; t++) {
        pairs_check_preparation(types[t], &sample);
        pairs_check_invariance(types[t], &sample, true);
    }
    pairs_sample_free(&sample);
}

static void more_pairs_than_neighbours_are_needed(void **state) {
    (void)state;
    PairsSample sample = pairs_dense(6, 1, 2, 0.5, 1);
    for (int t = 0; t < 2; t++) {
        assert_true(isfinite(pairs_estimate(types[t], &sample.pairs, "k", "5").value));
        pairs_refuse(types[t], &sample.pairs, "k", "6", "6 pairs are too few for 6 neighbours");
    }
    assert_true(isnan(ksg1_value(sample_x(&sample), sample_y(&sample), NEIGHBOUR_MAX, 6)));
    // Every other point is a neighbour, in the margins too.
    pairs_close(ksg2_value(sample_x(&sample), sample_y(&sample), NEIGHBOUR_MAX, 5), 0, 0.05 + 1.0 / 5);
    pairs_sample_free(&sample);
}

// Each row twice: the nearest neighbour is at distance 0, and with k = 1 no x is nearer than that.
static void repeated_rows_drive_the_first_up_and_are_told(void **state) {
    (void)state;
    PairsSample sample = pairs_dense(400, 2, 1, 0.5, 2);
    for (int row = 0; row < 400; row += 2) {
        matrix_copy(matrix_rows(sample_x(&sample), row, 1), matrix_rows(sample_x(&sample), row + 1, 1));
        matrix_copy(matrix_rows(sample_y(&sample), row, 1), matrix_rows(sample_y(&sample), row + 1, 1));
    }
    InformationEstimate first = pairs_estimate(&estimator_ksg1, &sample.pairs, "k", "1");
    const double euler = 0.57721566490153286;
    double *psi = neighbours_psi(400);
    pairs_close(first.value, psi[1] + psi[400] + 2 * euler, 1e-12);
    assert_true(first.unreliable && first.value > log(400));
    free(psi);
    pairs_sample_free(&sample);
}

static void independent_sides_have_none(void **state) {
    (void)state;
    PairsSample sample = pairs_dense(1000, 2, 2, 0, 3);
    for (int t = 0; t < 2; t++) {
        InformationEstimate estimate = pairs_estimate(types[t], &sample.pairs, NULL, NULL);
        assert_true(estimate.low < 0 && estimate.high > 0 && estimate.high < 0.12);
        assert_true(estimate.pairs == 1000 && isnan(estimate.sd) && isnan(estimate.train) && !estimate.unreliable);
        pairs_close(estimate.ceiling, log(1000), 1e-15);
    }
    pairs_sample_free(&sample);
}

static void heavy_tails_are_told_and_ranks_repair_them(void **state) {
    (void)state;
    PairsSample sample = pairs_golden("student-identity-1-1-1", 1);
    assert_true(pairs_estimate(&estimator_ksg1, &sample.pairs, NULL, NULL).unreliable);
    InformationEstimate ranked = pairs_estimate(&estimator_ksg1, &sample.pairs, "scaling", "rank-normal");
    assert_false(ranked.unreliable);
    assert_true(ranked.low < 0.2242 && ranked.high > 0.2242);
    pairs_sample_free(&sample);
}

static void single_precision_and_parts_are_taken(void **state) {
    (void)state;
    PairsSample sample = pairs_dense(200, 2, 2, 0.5, 4);
    float x[400], y[2][200];
    for (int i = 0; i < 400; i++) {
        x[i] = (float)sample.x[i];
        y[i % 2][i / 2] = (float)sample.y[i];
        sample.x[i] = (double)x[i];
        sample.y[i] = (double)y[i % 2][i / 2];
    }
    InformationPairs single = {
        matrix_view(DTYPE_F32, 200, 2, x),
        2,
        {{matrix_view(DTYPE_F32, 200, 1, y[0]), 1, false}, {matrix_view(DTYPE_F32, 200, 1, y[1]), 1, false}}};
    InformationEstimate found = pairs_estimate(&estimator_ksg1, &single, NULL, NULL);
    InformationEstimate expected = pairs_estimate(&estimator_ksg1, &sample.pairs, NULL, NULL);
    assert_true(found.value == expected.value && found.low == expected.low && found.high == expected.high);
    pairs_sample_free(&sample);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_match_golden),
        cmocka_unit_test(draws_are_distributed_as_the_reference),
        cmocka_unit_test(pairs_are_prepared),
        cmocka_unit_test(more_pairs_than_neighbours_are_needed),
        cmocka_unit_test(repeated_rows_drive_the_first_up_and_are_told),
        cmocka_unit_test(independent_sides_have_none),
        cmocka_unit_test(heavy_tails_are_told_and_ranks_repair_them),
        cmocka_unit_test(single_precision_and_parts_are_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
