// HigherLower against traces of the original, its optimum against the plain sum, and its belief against every order of the last cards.
#include "envs/popgym/higher_lower.h"

#include "envs/popgym/popgym.h"
#include "tests/envs/popgym/cards.h"
#include "tests/envs/popgym/statistics.h"

static void force(const Native *native, const int *ids, void *memory, int32_t *observation) {
    const HigherLowerModel *model = native->model;
    HigherLowerState *state = memory;
    deck_force(model->cards, ids, state->cards);
    state->dealt = 1;
    *observation = deck_rank(state->cards[model->cards - 1]);
}

static void force_trace(const Trace *trace, const Native *native, void *state, Rng *rng, int32_t *observation) {
    (void)rng;
    int ids[HIGHER_LOWER_CARDS];
    assert_int_equal(trace_integers(trace, "deck_idx", ids, HIGHER_LOWER_CARDS),
                     ((const HigherLowerModel *)native->model)->cards);
    force(native, ids, state, observation);
}

static void the_original_s_spaces_and_traces(void **unused) {
    (void)unused;
    spaces_check(&higher_lower);
    traces_play(&higher_lower, force_trace, trace_step, 3);
}

static void policies_score_as_on_the_original(void **unused) {
    (void)unused;
    statistics_check(&higher_lower, getenv("ENGRAM_TEST_FULL") ? 5000 : 300);
}

static void forecasts_are_shares_of_orders(void **unused) {
    (void)unused;
    for (int level = 0; level < LEVEL_COUNT; level++) {
        const CardGame game = {&higher_lower, (NativeLevel)level, (level + 1) * DECK_CARDS, 1, DECK_RANKS, force};
        for (uint64_t seed = 0; seed < 10; seed++) cards_enumerate(&game, seed);
        cards_refuse(&game, 1);
    }
}

static double log_choose(int n, int k) {
    return lgamma(n + 1.0) - lgamma(k + 1.0) - lgamma(n - k + 1.0);
}

// Expected gain of a bet with R cards left after a card of rank r: over all numbers of lower, higher and equal ones among them, of which
// lower, higher and equal are not on show.
static double expected_gain(int lower, int higher, int equal, int R) {
    double sum = 0;
    for (int L = 0; L <= lower && L <= R; L++) {
        for (int E = 0; E <= equal && L + E <= R; E++) {
            const int H = R - L - E;
            if (H > higher) continue;
            const double chance = exp(log_choose(lower, L) + log_choose(equal, E) + log_choose(higher, H) -
                                      log_choose(lower + equal + higher, R));
            sum += chance * abs(H - L) / R;
        }
    }
    return sum;
}

static void the_optimum_is_the_sum_over_all_decks(void **unused) {
    (void)unused;
    static const double stated[LEVEL_COUNT] = {0.5276, 0.5161, 0.5115};
    for (int level = 0; level < LEVEL_COUNT; level++) {
        const int n = (level + 1) * DECK_CARDS, of_rank = n / DECK_RANKS;
        double sum = 0;
        for (int r = 0; r < DECK_RANKS; r++) {
            for (int R = 1; R < n; R++)
                sum += expected_gain(of_rank * r, of_rank * (DECK_RANKS - 1 - r), of_rank - 1, R) / DECK_RANKS / n;
        }
        Native *native = native_create(&higher_lower, &(NativeParams){.level = level});
        assert_true(fabs(native->spec.optimal_return - stated[level]) < 5e-5);
        assert_true(fabs(native->spec.optimal_return - sum) < 1e-11);
        native_destroy(native);
    }
}

static void counting_cards_earns_the_optimum(void **unused) {
    (void)unused;
    const int episodes = getenv("ENGRAM_TEST_FULL") ? 100000 : 1000;
    const NativePolicy *counting = &higher_lower.policies[higher_lower.policy_count - 1];
    assert_string_equal(counting->name, "card_counting");
    for (int level = 0; level < LEVEL_COUNT; level++) {
        Native *native = native_create(&higher_lower, &(NativeParams){.level = level});
        const ConformanceMean found = conformance_play(native, counting, episodes, 11, 0);
        assert_true(found.error > 0 && fabs(found.value - native->spec.optimal_return) < 5 * found.error);
        native_destroy(native);
    }
}

// By the chances above and below the rank on show; where both are equal, higher.
static int32_t choose(const Native *native, const float *vector) {
    (void)native;
    int now = 0;
    while (vector[now] != 1.0F) now++;
    double more = 1e-4;
    for (int r = 0; r < DECK_RANKS; r++) more += ((r > now) - (r < now)) * (double)vector[DECK_RANKS + r];
    return more >= 0 ? 0 : 1;
}

static void the_belief_is_all_one_needs(void **unused) {
    (void)unused;
    cards_play_by_belief(&higher_lower, choose, "card_counting");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_original_s_spaces_and_traces),      cmocka_unit_test(policies_score_as_on_the_original),
        cmocka_unit_test(the_optimum_is_the_sum_over_all_decks), cmocka_unit_test(counting_cards_earns_the_optimum),
        cmocka_unit_test(forecasts_are_shares_of_orders),        cmocka_unit_test(the_belief_is_all_one_needs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
