// The estimator for a continuous and a discrete side against golden values, and its labels.
#include "analysis/information/ross.h"
#include "tests/analysis/information/discrete_golden.h"

// The labels of the golden data are in the first column.
static double value(const PairsSample *data, int k, bool standardised) {
    assert_true(standardised);
    PreparedPairs pairs;
    assert_true(pairs_prepare(&data->pairs, SCALING_NONE, SCALING_STANDARD, &pairs, NULL));
    int *labels = memory_alloc(sizeof(int) * (size_t)pairs.rows), classes, kept;
    assert_true(pairs_classes(pairs.x, labels, &classes, NULL));
    double found = ross_value(pairs.y, labels, NEIGHBOUR_MAX, k, &kept);
    assert_int_equal(kept, pairs.rows);
    free(labels);
    pairs_free(&pairs);
    return found;
}

static void values_match_golden(void **state) {
    (void)state;
    discrete_check("ross", value, 9);
}

// x normal around its label; labels as beliefs, one-hot.
static PairsSample labelled(int n, int labels, double distance, uint64_t seed) {
    PairsSample sample = pairs_sample(n, 2, labels);
    Rng rng = rng_stream(seed, RNG_TEST, 3);
    for (int row = 0; row < n; row++) {
        int label = (int)rng_below(&rng, (uint32_t)labels);
        matrix_set(sample_y(&sample), row, label, 1);
        for (int col = 0; col < 2; col++) matrix_set(sample_x(&sample), row, col, distance * label + rng_normal(&rng));
    }
    return sample;
}

static void it_saturates_at_the_entropy_of_the_labels(void **state) {
    (void)state;
    PairsSample sample = labelled(900, 3, 100, 1);
    InformationEstimate estimate = pairs_estimate(&estimator_ross, &sample.pairs, NULL, NULL);
    pairs_close(estimate.ceiling, log(3), 0.01);
    pairs_close(estimate.value, estimate.ceiling, 0.01);
    assert_true(estimate.pairs == 900 && estimate.low < estimate.value && estimate.value < estimate.high);
    pairs_sample_free(&sample);
}

static void independent_labels_tell_nothing(void **state) {
    (void)state;
    PairsSample sample = labelled(900, 3, 0, 2);
    InformationEstimate estimate = pairs_estimate(&estimator_ross, &sample.pairs, NULL, NULL);
    assert_true(estimate.low < 0 && estimate.high > 0 && estimate.high < 0.15 && !estimate.unreliable);
    pairs_sample_free(&sample);
}

static void labels_that_occur_once_are_left_out(void **state) {
    (void)state;
    PairsSample sample = labelled(300, 3, 1, 4), fewer = labelled(300, 3, 1, 4);
    matrix_set(sample_y(&sample), 299, 0, 0.5);    // a label of its own
    fewer.pairs.x.rows = fewer.pairs.y[0].rows.rows = 299;
    InformationEstimate estimate = pairs_estimate(&estimator_ross, &sample.pairs, "scaling", "none");
    assert_int_equal(estimate.pairs, 299);
    assert_true(estimate.value == pairs_estimate(&estimator_ross, &fewer.pairs, "scaling", "none").value);
    for (int row = 0; row < 300; row++) matrix_set(sample_y(&sample), row, 0, row);
    pairs_refuse(&estimator_ross, &sample.pairs, NULL, NULL, "each of 300 pairs has a label of its own");
    pairs_sample_free(&sample);
    pairs_sample_free(&fewer);
}

// Beliefs that agree to four decimals are one label; x that is everywhere the same tells nothing.
static void near_labels_are_one_and_repeated_x_counts_its_ties(void **state) {
    (void)state;
    PairsSample sample = labelled(300, 2, 3, 5), near = labelled(300, 2, 3, 5);
    for (int i = 0; i < 600; i++) near.y[i] += 1e-6 * (i % 7);
    assert_true(pairs_estimate(&estimator_ross, &sample.pairs, NULL, NULL).value ==
                pairs_estimate(&estimator_ross, &near.pairs, NULL, NULL).value);
    Matrix same = matrix_rows(sample_x(&sample), 0, 8);
    matrix_zero(same);
    // psi(8) + psi(3) - psi(4) - psi(8)
    const int labels[] = {0, 1, 0, 1, 0, 1, 0, 1};
    pairs_close(ross_value(same, labels, NEIGHBOUR_EUCLIDEAN, 3, NULL), -1.0 / 3, 1e-12);
    InformationPairs constant = sample.pairs;
    constant.x = matrix_cols(same, 0, 1);
    constant.y[0].rows.rows = 8;
    InformationEstimate nothing = pairs_estimate(&estimator_ross, &constant, NULL, NULL);
    assert_true(nothing.value == 0 && nothing.ceiling > 0);
    pairs_sample_free(&sample);
    pairs_sample_free(&near);
}

static void pairs_are_prepared(void **state) {
    (void)state;
    PairsSample sample = labelled(300, 3, 1, 6);
    pairs_check_preparation(&estimator_ross, &sample);
    pairs_check_invariance(&estimator_ross, &sample, false);
    sample.pairs.x.rows = sample.pairs.y[0].rows.rows = 3;
    pairs_refuse(&estimator_ross, &sample.pairs, NULL, NULL, "3 pairs are too few for 3 neighbours");
    pairs_sample_free(&sample);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_match_golden),
        cmocka_unit_test(it_saturates_at_the_entropy_of_the_labels),
        cmocka_unit_test(independent_labels_tell_nothing),
        cmocka_unit_test(labels_that_occur_once_are_left_out),
        cmocka_unit_test(near_labels_are_one_and_repeated_x_counts_its_ties),
        cmocka_unit_test(pairs_are_prepared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
