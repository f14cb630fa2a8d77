// RepeatFirst against traces of the original, and its belief against what is dealt.
#include "envs/popgym/repeat_first.h"

#include "envs/popgym/popgym.h"
#include "tests/envs/popgym/spaces.h"
#include "tests/envs/popgym/statistics.h"

static void force(const Trace *trace, const Native *native, void *memory, Rng *rng, int32_t *observation) {
    (void)rng;
    RepeatFirstState *state = memory;
    const RepeatFirstModel *model = native->model;
    int ids[REPEAT_FIRST_CARDS];
    assert_int_equal(trace_integers(trace, "deck_idx", ids, REPEAT_FIRST_CARDS), model->cards);
    deck_force(model->cards, ids, state->cards);
    state->dealt = 1;
    *observation = deck_suit(state->cards[model->cards - 1]);
}

static void the_original_s_spaces_and_traces(void **unused) {
    (void)unused;
    spaces_check(&repeat_first);
    traces_play(&repeat_first, force, trace_step, 3);
}

static void the_next_suit_is_as_likely_as_the_belief_says(void **unused) {
    (void)unused;
    Native *native = native_create(&repeat_first, &(NativeParams){.level = LEVEL_EASY});
    RepeatFirstState state;
    RepeatFirstBelief belief;
    double surprise = 0, expected = 0;    // of the suits that came, in nats
    for (uint64_t episode = 0; episode < 200; episode++) {
        Rng rng = rng_stream(1, RNG_TEST, episode);
        int32_t observation, action = 0;
        native->type->reset(native->model, &state, &rng, &observation);
        assert_true(native->type->belief_reset(native->model, &belief, &observation, &rng));
        const int32_t first = observation;
        for (bool over = false; !over;) {
            float vector[2 * DECK_SUITS];
            native->type->belief_vector(native->model, &belief, vector);
            for (int s = 0; s < DECK_SUITS; s++) assert_true(vector[s] == (float)(s == first));
            over = native->type->step(native->model, &state, &action, &rng, &observation).terminated;
            for (int s = 0; s < DECK_SUITS; s++) {
                const double p = (double)vector[DECK_SUITS + s];
                if (p > 0) expected -= p * log(p);
            }
            assert_true(vector[DECK_SUITS + observation] > 0);
            surprise -= log((double)vector[DECK_SUITS + observation]);
            assert_true(native->type->belief_update(native->model, &belief, &action, &observation, &rng));
        }
        assert_false(native->type->belief_update(native->model, &belief, &action, &observation, &rng));
    }
    assert_true(fabs(surprise / expected - 1) < 0.005);
    native_destroy(native);
}

static void policies_score_as_on_the_original(void **unused) {
    (void)unused;
    statistics_check(&repeat_first, getenv("ENGRAM_TEST_FULL") ? 5000 : 300);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_original_s_spaces_and_traces),
        cmocka_unit_test(policies_score_as_on_the_original),
        cmocka_unit_test(the_next_suit_is_as_likely_as_the_belief_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
