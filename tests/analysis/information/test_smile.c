// SMILE on pairs whose information is known; what clipping does to it.
#include "analysis/information/smile.h"
#include "tests/analysis/information/normal_pairs.h"

static InformationEstimate estimate(const CriticParams *params, const InformationTask *task) {
    return normal_pairs_estimate(&estimator_smile, params, task);
}

static void correlated_normals(void **state) {
    (void)state;
    NormalPairs pairs = normal_pairs(2000, 2000, 1, 0.75, 0);
    CriticParams params = normal_pairs_quick();
    InformationEstimate e = estimate(&params, &pairs.task);
    normal_pairs_print("smile", &e);
    assert_near(e.value, 0.413339, 0.06);
    assert_true(isnan(e.ceiling) && e.ess > 1000 && !e.unreliable);
    InformationEstimate again = estimate(&params, &pairs.task);
    assert_memory_equal(&e, &again, sizeof e.value);
    normal_pairs_free(&pairs);
}

static void independent_pairs(void **state) {
    (void)state;
    NormalPairs pairs = normal_pairs(2000, 2000, 1, 0, 1);
    CriticParams params = normal_pairs_quick();
    InformationEstimate e = estimate(&params, &pairs.task);
    assert_near(e.value, 0, 0.01);
    assert_false(e.unreliable);
    normal_pairs_free(&pairs);
}

// tau clips when the value is read, not in training: one critic, which learned noise by heart and gives large scores to pairs that do not
// belong together. Unclipped, these cost it; clipped they do not, though they count as more pairs.
static void small_tau_is_no_bound(void **state) {
    (void)state;
    NormalPairs pairs = normal_pairs(128, 256, 8, 0, 2);
    CriticParams params = normal_pairs_quick();
    params.epochs = 100;
    params.validation = 0;
    params.smile_tau = 100;
    InformationEstimate wide = estimate(&params, &pairs.task);
    params.smile_tau = 0.1;
    InformationEstimate narrow = estimate(&params, &pairs.task);
    normal_pairs_print("tau 100", &wide);
    normal_pairs_print("tau 0.1", &narrow);
    assert_true(narrow.value > wide.value && narrow.train > wide.train + 0.1 && narrow.ess > wide.ess + 100);
    assert_true(wide.unreliable);
    normal_pairs_free(&pairs);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(correlated_normals),
        cmocka_unit_test(independent_pairs),
        cmocka_unit_test(small_tau_is_no_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
