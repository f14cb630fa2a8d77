// Autoencode against traces of the original, and its belief against every order of the last cards.
#include "envs/popgym/autoencode.h"

#include "envs/popgym/popgym.h"
#include "tests/envs/popgym/cards.h"
#include "tests/envs/popgym/statistics.h"

static void force(const Native *native, const int *ids, void *memory, int32_t *observation) {
    const AutoencodeModel *model = native->model;
    AutoencodeState *state = memory;
    deck_force(model->cards, ids, state->cards);
    state->held = 1;
    state->watching = true;
    observation[0] = 1;
    observation[1] = deck_suit(state->cards[model->cards - 1]);
}

static void force_trace(const Trace *trace, const Native *native, void *state, Rng *rng, int32_t *observation) {
    (void)rng;
    int ids[AUTOENCODE_CARDS];
    assert_int_equal(trace_integers(trace, "deck_idx", ids, AUTOENCODE_CARDS), ((const AutoencodeModel *)native->model)->cards);
    force(native, ids, state, observation);
}

static void the_original_s_spaces_and_traces(void **unused) {
    (void)unused;
    spaces_check(&autoencode);
    traces_play(&autoencode, force_trace, trace_step, 3);
}

static void policies_score_as_on_the_original(void **unused) {
    (void)unused;
    statistics_check(&autoencode, getenv("ENGRAM_TEST_FULL") ? 5000 : 300);
}

static void forecasts_are_shares_of_orders(void **unused) {
    (void)unused;
    for (int level = 0; level < LEVEL_COUNT; level++) {
        const CardGame game = {&autoencode, (NativeLevel)level, (level + 1) * DECK_CARDS, 1, DECK_SUITS, force};
        for (uint64_t seed = 0; seed < 10; seed++) cards_enumerate(&game, seed);
        cards_refuse(&game, 1);
    }
}

// Any other observation than the one that came is refused when it is told by its mode, or when nothing is dealt any more.
static void refuse_others(const Native *native, AutoencodeBelief *belief, const int32_t *came, bool dealing) {
    Rng rng = rng_stream(1, RNG_TEST, 0);
    const AutoencodeBelief before = *belief;
    const int32_t action = 0;
    for (int32_t mode = 0; mode < 2; mode++) {
        for (int32_t suit = 0; suit < DECK_SUITS; suit++) {
            if (mode == came[0] && (dealing || suit == came[1])) continue;
            assert_false(autoencode.belief_update(native->model, belief, &action, (int32_t[]){mode, suit}, &rng));
            assert_memory_equal(belief, &before, sizeof before);
        }
    }
}

// The belief against the state, and what cannot be seen.
static void the_belief_is_the_pile(void **unused) {
    (void)unused;
    Native *native = native_create(&autoencode, &(NativeParams){.level = LEVEL_EASY});
    AutoencodeState state;
    AutoencodeBelief belief;
    memset(&belief, 0, sizeof belief);
    Rng rng = rng_stream(5, RNG_TEST, 0);
    int32_t seen[2], action = 0;
    float vector[AUTOENCODE_CARDS + 1 + DECK_SUITS];
    assert_false(autoencode.belief_reset(native->model, &belief, (int32_t[]){0, 1}, &rng));
    assert_int_equal(belief.held, 0);
    autoencode.reset(native->model, &state, &rng, seen);
    assert_true(autoencode.belief_reset(native->model, &belief, seen, &rng));
    for (bool over = false; !over;) {
        const bool dealing = state.watching;
        over = autoencode.step(native->model, &state, &action, &rng, seen).terminated;
        refuse_others(native, &belief, seen, dealing);
        assert_true(autoencode.belief_update(native->model, &belief, &action, seen, &rng));
        autoencode.belief_vector(native->model, &belief, vector);
        for (int i = 0; i < DECK_CARDS; i++) {
            const int card = state.held - 1 - i;
            assert_true(vector[i] == (float)(card < 0 ? 0 : 1 + deck_suit(deck_dealt(DECK_CARDS, state.cards, card))));
        }
        assert_true(vector[DECK_CARDS] == (float)state.watching);
    }
    assert_false(autoencode.belief_update(native->model, &belief, &action, seen, &rng));
    native_destroy(native);
}

static int32_t choose(const Native *native, const float *vector) {
    (void)native;
    return (int32_t)vector[0] - 1;
}

static void the_belief_is_all_one_needs(void **unused) {
    (void)unused;
    cards_play_by_belief(&autoencode, choose, "oracle_state");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_original_s_spaces_and_traces), cmocka_unit_test(policies_score_as_on_the_original),
        cmocka_unit_test(forecasts_are_shares_of_orders),   cmocka_unit_test(the_belief_is_the_pile),
        cmocka_unit_test(the_belief_is_all_one_needs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
