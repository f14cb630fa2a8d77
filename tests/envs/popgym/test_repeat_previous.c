// RepeatPrevious against traces of the original, and its belief against every order of the last cards.
#include "envs/popgym/repeat_previous.h"

#include "envs/popgym/popgym.h"
#include "tests/envs/popgym/cards.h"
#include "tests/envs/popgym/statistics.h"

static void force(const Native *native, const int *ids, void *memory, int32_t *observation) {
    const RepeatPreviousModel *model = native->model;
    RepeatPreviousState *state = memory;
    deck_force(model->cards, ids, state->cards);
    state->dealt = 1;
    *observation = deck_suit(state->cards[model->cards - 1]);
}

static void force_trace(const Trace *trace, const Native *native, void *state, Rng *rng, int32_t *observation) {
    (void)rng;
    int ids[REPEAT_PREVIOUS_CARDS];
    assert_int_equal(trace_integers(trace, "deck_idx", ids, REPEAT_PREVIOUS_CARDS),
                     ((const RepeatPreviousModel *)native->model)->cards);
    force(native, ids, state, observation);
}

static void the_original_s_spaces_and_traces(void **unused) {
    (void)unused;
    spaces_check(&repeat_previous);
    traces_play(&repeat_previous, force_trace, trace_step, 6);
}

static void policies_score_as_on_the_original(void **unused) {
    (void)unused;
    statistics_check(&repeat_previous, getenv("ENGRAM_TEST_FULL") ? 5000 : 300);
}

static void forecasts_are_shares_of_orders(void **unused) {
    (void)unused;
    for (int level = 0; level < LEVEL_COUNT; level++) {
        const CardGame game = {&repeat_previous, (NativeLevel)level, (level + 1) * DECK_CARDS, 1, DECK_SUITS, force};
        for (uint64_t seed = 0; seed < 10; seed++) cards_enumerate(&game, seed);
        cards_refuse(&game, 1);
    }
}

// Rows of the belief against the suits as they came.
static void the_window_slides(void **unused) {
    (void)unused;
    Native *native = native_create(&repeat_previous, &(NativeParams){.level = LEVEL_MEDIUM});
    const int lag = ((const RepeatPreviousModel *)native->model)->lag;
    RepeatPreviousState state;
    RepeatPreviousBelief belief;
    Rng rng = rng_stream(5, RNG_TEST, 0);
    int32_t seen[REPEAT_PREVIOUS_CARDS], action = 0;
    float vector[(REPEAT_PREVIOUS_LAG + 1) * DECK_SUITS];
    repeat_previous.reset(native->model, &state, &rng, seen);
    assert_true(repeat_previous.belief_reset(native->model, &belief, seen, &rng));
    for (int t = 0;; t++) {
        repeat_previous.belief_vector(native->model, &belief, vector);
        for (int i = 0; i < lag; i++) {
            const int j = t + 1 - lag + i;
            for (int s = 0; s < DECK_SUITS; s++)
                assert_true(vector[i * DECK_SUITS + s] == (float)(j >= 0 && seen[j] == s ? 1 : 0));
        }
        if (t == native->spec.limit) break;
        repeat_previous.step(native->model, &state, &action, &rng, seen + t + 1);
        assert_true(repeat_previous.belief_update(native->model, &belief, &action, seen + t + 1, &rng));
    }
    native_destroy(native);
}

static int32_t choose(const Native *native, const float *vector) {
    (void)native;
    int32_t best = 0;
    for (int s = 1; s < DECK_SUITS; s++) {
        if (vector[s] > vector[best]) best = s;
    }
    return best;
}

static void the_belief_is_all_one_needs(void **unused) {
    (void)unused;
    cards_play_by_belief(&repeat_previous, choose, "oracle_state");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_original_s_spaces_and_traces), cmocka_unit_test(policies_score_as_on_the_original),
        cmocka_unit_test(forecasts_are_shares_of_orders),   cmocka_unit_test(the_window_slides),
        cmocka_unit_test(the_belief_is_all_one_needs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
