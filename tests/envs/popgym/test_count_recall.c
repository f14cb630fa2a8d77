// CountRecall against traces of the original, its version of the paper against closed forms, and its belief against every order of the last cards.
#include "envs/popgym/count_recall.h"

#include "envs/popgym/popgym.h"
#include "tests/envs/popgym/cards.h"
#include "tests/envs/popgym/statistics.h"

static void force(const Native *native, const int *ids, void *memory, int32_t *observation) {
    const CountRecallModel *model = native->model;
    CountRecallState *state = memory;
    const int n = model->cards;
    *state = (CountRecallState){.dealt = 1};
    deck_force(n, ids, state->cards);
    deck_force(n, ids + n, state->cards + n);
    observation[0] = model->kind[state->cards[n - 1]];
    observation[1] = model->kind[state->cards[2 * n - 1]];
    state->shown[observation[0]] = 1;
}

static void force_trace(const Trace *trace, const Native *native, void *state, Rng *rng, int32_t *observation) {
    (void)rng;
    int ids[2 * COUNT_RECALL_CARDS];
    const int n = ((const CountRecallModel *)native->model)->cards;
    assert_int_equal(trace_integers(trace, "value_deck_idx", ids, COUNT_RECALL_CARDS), n);
    assert_int_equal(trace_integers(trace, "query_deck_idx", ids + n, COUNT_RECALL_CARDS), n);
    force(native, ids, state, observation);
}

static void the_original_s_spaces_and_traces(void **unused) {
    (void)unused;
    spaces_check(&count_recall);
    traces_play(&count_recall, force_trace, trace_step, 6);
}

static void policies_score_as_on_the_original(void **unused) {
    (void)unused;
    statistics_check(&count_recall, getenv("ENGRAM_TEST_FULL") ? 5000 : 300);
}

static void expect_mean(const Native *native, const NativePolicy *policy, double expected) {
    const int episodes = getenv("ENGRAM_TEST_FULL") ? 20000 : 1000;
    const ConformanceMean found = conformance_play(native, policy, episodes, 11, 0);
    assert_true(found.error > 0);
    assert_true(fabs(found.value - expected) < 5 * found.error);
}

static void the_paper_s_version_lacks_the_largest_answer(void **unused) {
    (void)unused;
    static const int largest[LEVEL_COUNT] = {26, 26, 16};
    for (int level = 0; level < LEVEL_COUNT; level++) {
        Native *native = native_create(&count_recall, &(NativeParams){.level = level, .version = VERSION_PAPER});
        assert_int_equal(native->spec.action.choices[0], largest[level]);
        expect_mean(native, NULL, native->spec.random_return);
        const NativePolicy *oracle = &count_recall.policies[count_recall.policy_count - 1];
        assert_string_equal(oracle->name, "oracle_state");
        expect_mean(native, oracle, native->spec.optimal_return);
        assert_true(native->spec.bound_return == native->spec.optimal_return);
        native_destroy(native);
        native = native_create(&count_recall, &(NativeParams){.level = level});
        assert_true(fabs(native->spec.random_return - (2.0 / (largest[level] + 1) - 1)) < 1e-15);
        assert_true(native->spec.optimal_return == 1);
        native_destroy(native);
    }
}

static void forecasts_are_shares_of_orders(void **unused) {
    (void)unused;
    static const int cards[LEVEL_COUNT] = {52, 104, 208}, kinds[LEVEL_COUNT] = {2, 4, 13};
    for (int level = 0; level < LEVEL_COUNT; level++) {
        const CardGame game = {&count_recall, (NativeLevel)level, cards[level], 2, kinds[level], force};
        for (uint64_t seed = 0; seed < 2; seed++) cards_enumerate(&game, seed);
        cards_refuse(&game, 1);
    }
}

// The count of the kind that the query on show asks for.
static int32_t choose(const Native *native, const float *vector) {
    const CountRecallModel *model = native->model;
    const int B = model->kinds, m = model->cards / B;
    int query = 0;
    while (vector[B + query] != 1.0F) query++;
    return (int32_t)lrintf(vector[query] * (float)m);
}

static void the_belief_is_all_one_needs(void **unused) {
    (void)unused;
    cards_play_by_belief(&count_recall, choose, "oracle_state");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_original_s_spaces_and_traces),
        cmocka_unit_test(policies_score_as_on_the_original),
        cmocka_unit_test(the_paper_s_version_lacks_the_largest_answer),
        cmocka_unit_test(forecasts_are_shares_of_orders),
        cmocka_unit_test(the_belief_is_all_one_needs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
