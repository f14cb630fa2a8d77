// InfoNCE on pairs whose information is known, and at its ceiling.
#include "analysis/information/infonce.h"
#include "tests/analysis/information/normal_pairs.h"

static InformationEstimate estimate(const CriticParams *params, const InformationTask *task) {
    return normal_pairs_estimate(&estimator_infonce, params, task);
}

static void correlated_normals(void **state) {
    (void)state;
    NormalPairs pairs = normal_pairs(2000, 2000, 1, 0.75, 0);
    CriticParams params = normal_pairs_quick();
    params.restarts = 2;
    InformationEstimate e = estimate(&params, &pairs.task);
    normal_pairs_print("infonce", &e);
    assert_near(e.value, 0.413339, 0.05);
    assert_true(e.low < 0.413339 && e.high > 0.413339 && e.high - e.low < 0.15);
    assert_true(e.sd >= 0 && e.sd < 0.05 && !e.unreliable);
    assert_near(e.ceiling, log(128), 1e-12);
    assert_int_equal(e.pairs, 15 * 128);
    assert_near(e.train, e.value, 0.05);
    assert_near(e.validation, e.value, 0.1);
    assert_true(isnan(e.ess));
    InformationEstimate again = estimate(&params, &pairs.task);
    assert_memory_equal(&e, &again, sizeof e.value);
    pairs.task.seed++;
    again = estimate(&params, &pairs.task);
    assert_memory_not_equal(&e, &again, sizeof e.value);
    normal_pairs_free(&pairs);
}

static void independent_pairs(void **state) {
    (void)state;
    NormalPairs pairs = normal_pairs(2000, 2000, 1, 0, 1);
    CriticParams params = normal_pairs_quick();
    InformationEstimate e = estimate(&params, &pairs.task);
    assert_near(e.value, 0, 0.01);
    assert_true(isnan(e.sd) && !e.unreliable);
    normal_pairs_free(&pairs);
}

// Far more information than log 16: the value stops below, and says so.
static void at_the_ceiling(void **state) {
    (void)state;
    NormalPairs pairs = normal_pairs(1000, 1000, 3, 0.999, 2);    // 9.3 nats
    CriticParams params = normal_pairs_quick();
    params.batch = 16;
    InformationEstimate e = estimate(&params, &pairs.task);
    normal_pairs_print("infonce", &e);
    assert_near(e.ceiling, log(16), 1e-12);
    assert_true(e.value <= e.ceiling && e.train <= e.ceiling && e.validation <= e.ceiling);
    assert_true(e.value > e.ceiling - 0.1 && e.unreliable);
    // A batch beyond the pairs: all of the test half is one block, and its logarithm the ceiling.
    params.batch = 8192;
    params.epochs = 1;
    e = estimate(&params, &pairs.task);
    assert_near(e.ceiling, log(1000), 1e-12);
    assert_int_equal(e.pairs, 1000);
    normal_pairs_free(&pairs);
}

static void registered_as(void **state) {
    (void)state;
    assert_string_equal(estimator_infonce.name, "infonce");
    assert_true(estimator_infonce.sets && estimator_infonce.params == &critic_params);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(correlated_normals),
        cmocka_unit_test(independent_pairs),
        cmocka_unit_test(at_the_ceiling),
        cmocka_unit_test(registered_as),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
