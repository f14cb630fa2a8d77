// NWJ on pairs whose information is known, and its signs of too few pairs.
#include "analysis/information/nwj.h"
#include "tests/analysis/information/normal_pairs.h"

static InformationEstimate estimate(const CriticParams *params, const InformationTask *task) {
    return normal_pairs_estimate(&estimator_nwj, params, task);
}

static void correlated_normals(void **state) {
    (void)state;
    NormalPairs pairs = normal_pairs(2000, 2000, 1, 0.75, 0);
    CriticParams params = normal_pairs_quick();
    InformationEstimate e = estimate(&params, &pairs.task);
    normal_pairs_print("nwj", &e);
    assert_near(e.value, 0.413339, 0.05);
    assert_near(e.ceiling, log(e.pairs), 1e-12);
    assert_true(e.ess > 1000 && e.ess <= e.pairs && !e.unreliable);
    InformationEstimate again = estimate(&params, &pairs.task);
    assert_memory_equal(&e, &again, sizeof e.value);
    normal_pairs_free(&pairs);
}

// Before the first step the critic is nearly 1 everywhere, and the value nearly 0: with so small a step it stays there.
static void starts_at_nothing(void **state) {
    (void)state;
    NormalPairs pairs = normal_pairs(300, 300, 2, 0.75, 1);
    CriticParams params = normal_pairs_quick();
    params.epochs = 1;
    params.learning_rate = 1e-8;
    assert_near(estimate(&params, &pairs.task).value, 0, 0.02);
    normal_pairs_free(&pairs);
}

static void independent_pairs(void **state) {
    (void)state;
    NormalPairs pairs = normal_pairs(2000, 2000, 1, 0, 2);
    CriticParams params = normal_pairs_quick();
    InformationEstimate e = estimate(&params, &pairs.task);
    assert_near(e.value, 0, 0.01);
    assert_false(e.unreliable);
    normal_pairs_free(&pairs);
}

// Learned by heart: no information, too few pairs, and a value that says that it is not to be trusted.
static void too_few_pairs(void **state) {
    (void)state;
    NormalPairs pairs = normal_pairs(100, 20, 8, 0, 3);
    CriticParams params = normal_pairs_quick();
    params.epochs = 60;
    params.validation = 0;
    InformationEstimate e = estimate(&params, &pairs.task);
    normal_pairs_print("nwj", &e);
    assert_true(e.unreliable && e.train > 0.3 && e.ess < 20);
    assert_true(isnan(e.low) && isnan(e.validation));
    normal_pairs_free(&pairs);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(correlated_normals),
        cmocka_unit_test(starts_at_nothing),
        cmocka_unit_test(independent_pairs),
        cmocka_unit_test(too_few_pairs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
