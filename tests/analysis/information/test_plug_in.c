// Frequencies against golden values and closed forms.
#include "analysis/information/plug_in.h"
#include "tests/analysis/information/discrete_golden.h"

static double corrected(const PairsSample *data, int k, bool standardised) {
    (void)k, (void)standardised;
    return pairs_estimate(&estimator_plug_in, &data->pairs, NULL, NULL).value;
}

static double plain(const PairsSample *data, int k, bool standardised) {
    (void)k, (void)standardised;
    return pairs_estimate(&estimator_plug_in, &data->pairs, "bias_correction", "false").value;
}

static void values_match_golden(void **state) {
    (void)state;
    discrete_check("plugin", plain, 1);
    discrete_check("miller_madow", corrected, 1);
}

static void known_tables(void **state) {
    (void)state;
    const int a[] = {0, 0, 0, 0, 1, 1, 1, 1}, same[] = {1, 1, 1, 1, 0, 0, 0, 0}, cross[] = {0, 1, 0, 1, 0, 1, 0, 1},
              one[8] = {0};
    PlugIn of = plug_in(a, same, 8);
    pairs_close(of.value, log(2), 1e-15);
    pairs_close(of.correction, 1 / 16.0, 1e-15);    // (2 + 2 - 2 - 1) / (2 n)
    pairs_close(of.sd, sqrt(1 / 128.0), 1e-15);     // the ratio is the same everywhere
    assert_true(of.cells == 2 && of.cells_a == 2 && of.cells_b == 2);
    pairs_close(plug_in_p(&of, 8), 0.000868, 1e-6);    // chi-square 16 log 2 with one degree of freedom
    of = plug_in(a, cross, 8);
    pairs_close(of.value, 0, 1e-15);
    pairs_close(of.correction, -1 / 16.0, 1e-15);
    pairs_close(plug_in_p(&of, 8), 1, 1e-6);
    of = plug_in(a, one, 8);
    assert_true(of.value == 0 && of.correction == 0 && of.sd == 0 && plug_in_p(&of, 8) == 1);
    assert_true(isnan(plug_in(a, one, 0).value));
}

// Labels a in 0..2, and b = a with probability 1/2, else uniform.
static PairsSample noisy(int n, double share, uint64_t seed) {
    PairsSample sample = pairs_sample(n, 1, 1);
    Rng rng = rng_stream(seed, RNG_TEST, 4);
    for (int row = 0; row < n; row++) {
        sample.x[row] = (double)rng_below(&rng, 3);
        sample.y[row] = rng_uniform(&rng) < share ? sample.x[row] : (double)rng_below(&rng, 3);
    }
    return sample;
}

static void intervals_cover(void **state) {
    (void)state;
    const double shares[] = {0.5, 0};
    for (int c = 0; c < 2; c++) {
        double kept = (1 + 2 * shares[c]) / 3, changed = (1 - kept) / 2;
        double truth = log(3) + kept * log(kept) + 2 * changed * log(changed);
        int covered = 0;
        for (int run = 0; run < 300; run++) {
            PairsSample sample = noisy(400, shares[c], 100 + (uint64_t)run);
            InformationEstimate estimate = pairs_estimate(&estimator_plug_in, &sample.pairs, NULL, NULL);
            covered += estimate.low <= truth && truth <= estimate.high;
            assert_false(estimate.unreliable);
            pairs_sample_free(&sample);
        }
        print_message("%d of 300 intervals hold %.3f\n", covered, truth);
        assert_in_range(covered, 270, shares[c] > 0 ? 299 : 300);
    }
}

static void continuous_values_are_told(void **state) {
    (void)state;
    PairsSample sample = pairs_dense(300, 1, 1, 0.5, 1);
    InformationEstimate estimate = pairs_estimate(&estimator_plug_in, &sample.pairs, NULL, NULL);
    assert_true(estimate.unreliable);
    sample.x[5] = 1e15;
    pairs_refuse(&estimator_plug_in, &sample.pairs, NULL, NULL, "too large for a discrete value");
    pairs_sample_free(&sample);
}

static void pairs_are_prepared(void **state) {
    (void)state;
    PairsSample sample = noisy(300, 0.5, 1);
    pairs_check_preparation(&estimator_plug_in, &sample);
    pairs_check_invariance(&estimator_plug_in, &sample, true);
    pairs_sample_free(&sample);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_match_golden),        cmocka_unit_test(known_tables),       cmocka_unit_test(intervals_cover),
        cmocka_unit_test(continuous_values_are_told), cmocka_unit_test(pairs_are_prepared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
