// Concentration against traces of the original, its belief against what is turned, and the return of uniform actions by recursion.
#include "envs/popgym/concentration.h"

#include "envs/popgym/popgym.h"
#include "tests/envs/popgym/spaces.h"
#include "tests/envs/popgym/statistics.h"

static void force(const Trace *trace, const Native *native, void *memory, Rng *rng, int32_t *observation) {
    ConcentrationState *state = memory;
    const ConcentrationModel *model = native->model;
    int ids[CONCENTRATION_CARDS];
    uint8_t cards[CONCENTRATION_CARDS];
    native->type->reset(model, state, rng, observation);
    assert_int_equal(trace_integers(trace, "deck_idx", ids, CONCENTRATION_CARDS), model->cards);
    deck_force(model->cards, ids, cards);
    for (int p = 0; p < model->cards; p++)
        state->values[p] = (uint8_t)(model->values == DECK_RANKS ? deck_rank(cards[p]) : deck_colour(cards[p]));
}

static void the_original_s_spaces(void **unused) {
    (void)unused;
    spaces_check(&concentration);
}

static void the_original_s_traces(void **unused) {
    (void)unused;
    traces_play(&concentration, force, trace_step, 6);
}

static void policies_score_as_on_the_original(void **unused) {
    (void)unused;
    statistics_check(&concentration, getenv("ENGRAM_TEST_FULL") ? 5000 : 300);
}

// ---- the return of uniform actions -----------------------------------------------------------------------------------------------

enum { SIDE = DECK_CARDS / 2 + 1, STEPS = 2 * CONCENTRATION_CARDS };

// What a game with `k` steps to go is worth: with colours, when 2x and 2y cards of each lie face down; with ranks, when x have all four cards down
// and y have two. A turn is one step or two.
typedef struct Table {
    const ConcentrationModel *model;
    double value[STEPS + 1][SIDE][SIDE];
} Table;

// Cards whose value has `down` cards face down: how many there are (all together), and what is left when two of one value are found.
typedef struct Kind {
    int cards, down, x, y;
} Kind;

static double turn_value(Table *table, int k, int x, int y) {
    const ConcentrationModel *model = table->model;
    const bool ranks = model->values == DECK_RANKS;
    const Kind kinds[2] = {ranks ? (Kind){4 * x, 4, x - 1, y + 1} : (Kind){2 * x, 2 * x, x - 1, y},
                           ranks ? (Kind){2 * y, 2, x, y - 1} : (Kind){2 * y, 2 * y, x, y - 1}};
    const double n = model->cards, L = model->limit, down = kinds[0].cards + kinds[1].cards;
    if (k == 0 || down == 0) return 0;
    double value = (n - down) / n * (-1 / L + table->value[k - 1][x][y]);
    for (int i = 0; i < 2 && k > 1; i++) {
        if (kinds[i].cards == 0) continue;
        const double match = (kinds[i].down - 1) / n;
        value += kinds[i].cards / n *
                 (match * (2 / n + table->value[k - 2][kinds[i].x][kinds[i].y]) +
                  (1 - match) * (-2 / L + table->value[k - 2][x][y]));
    }
    return value;
}

static void uniform_actions_return_what_the_recursion_says(void **unused) {
    (void)unused;
    for (int level = 0; level < LEVEL_COUNT; level++) {
        Native *native = native_create(&concentration, &(NativeParams){.level = level});
        Table *table = memory_zeroed(1, sizeof *table);
        const ConcentrationModel *model = table->model = native->model;
        const bool ranks = model->values == DECK_RANKS;
        const int most = ranks ? DECK_RANKS : model->cards / 4;
        for (int k = 0; k <= model->limit; k++) {
            for (int x = 0; x <= most; x++) {
                for (int y = 0; y <= (ranks ? most - x : most); y++) table->value[k][x][y] = turn_value(table, k, x, y);
            }
        }
        const double found = table->value[model->limit][most][ranks ? 0 : most];
        if (!(fabs(found - native->spec.random_return) < 1e-12)) fail_msg("level %d: %.15g", level, found);
        free(table);
        native_destroy(native);
    }
}

// ---- belief ----------------------------------------------------------------------------------------------------------------------

typedef struct Game {
    Native *native;
    ConcentrationState state;
    ConcentrationBelief belief;
    int32_t action, observation[SPACE_MAX];
    Rng rng;
} Game;

static void begin(Game *game) {
    game->native->type->reset(game->native->model, &game->state, &game->rng, game->observation);
    assert_true(game->native->type->belief_reset(game->native->model, &game->belief, game->observation, &game->rng));
}

static NativeStep turn(Game *game, int position) {
    const NativeType *type = game->native->type;
    game->action = position;
    const NativeStep made = type->step(game->native->model, &game->state, &game->action, &game->rng, game->observation);
    assert_true(type->belief_update(game->native->model, &game->belief, &game->action, game->observation, &game->rng));
    return made;
}

// What the belief says of each position is compared with the state.
static void belief_agrees(const Game *game) {
    const ConcentrationModel *model = game->native->model;
    const int n = model->cards, values = model->values;
    float vector[CONCENTRATION_CARDS * (DECK_RANKS + 2)];
    double state[2 * CONCENTRATION_CARDS + 2], sums[DECK_RANKS] = {0};
    game->native->type->belief_vector(model, &game->belief, vector);
    game->native->type->privileged(model, &game->state, state);
    for (int p = 0; p < n; p++) {
        const int value = (int)state[p];
        assert_true(vector[p * values + value] > 0);
        for (int v = 0; v < values; v++) sums[v] += (double)vector[p * values + v];
        assert_true((double)vector[n * values + p] == state[n + p]);
        assert_true(vector[n * (values + 1) + p] == (float)(game->state.waiting && p == game->state.turn[0]));
    }
    for (int v = 0; v < values; v++) assert_true(fabs(sums[v] - (double)n / values) < 1e-4);
}

static void the_belief_keeps_step_with_the_state(void **unused) {
    (void)unused;
    for (int level = 0; level < LEVEL_COUNT; level++) {
        Game game = {.native = native_create(&concentration, &(NativeParams){.level = level}),
                     .rng = rng_stream(3, RNG_TEST, 0)};
        const uint32_t cards = (uint32_t)game.native->spec.action.choices[0];
        for (int episode = 0; episode < 20; episode++) {
            begin(&game);
            belief_agrees(&game);
            NativeStep made = {0};
            while (!made.terminated && !made.truncated) {
                made = turn(&game, (int)rng_below(&game.rng, cards));
                belief_agrees(&game);
            }
        }
        native_destroy(game.native);
    }
}

// Of cards that are turned for the first time, values come as often as the belief says: expected and found surprise, in nats.
static void unseen_cards_are_as_likely_as_the_belief_says(void **unused) {
    (void)unused;
    Game game = {.native = native_create(&concentration, &(NativeParams){.level = LEVEL_HARD}),
                 .rng = rng_stream(4, RNG_TEST, 0)};
    double surprise = 0, expected = 0;
    for (int episode = 0; episode < 400; episode++) {
        begin(&game);
        for (int p = 0; p < DECK_CARDS; p++) {
            float vector[DECK_CARDS * (DECK_RANKS + 2)];
            game.native->type->belief_vector(game.native->model, &game.belief, vector);
            for (int v = 0; v < DECK_RANKS; v++) {
                const double chance = (double)vector[p * DECK_RANKS + v];
                if (chance > 0) expected -= chance * log(chance);
            }
            turn(&game, p);
            surprise -= log((double)vector[p * DECK_RANKS + game.state.values[p]]);
        }
    }
    assert_true(fabs(surprise / expected - 1) < 0.005);
    native_destroy(game.native);
}

static void what_cannot_be_seen_is_refused(void **unused) {
    (void)unused;
    Game game = {.native = native_create(&concentration, &(NativeParams){.level = LEVEL_HARD}),
                 .rng = rng_stream(5, RNG_TEST, 0)};
    const NativeType *type = game.native->type;
    begin(&game);
    turn(&game, 7);
    const ConcentrationBelief before = game.belief;
    int32_t action = 8;
    game.observation[8] = DECK_RANKS;    // still face down
    assert_false(type->belief_update(game.native->model, &game.belief, &action, game.observation, &game.rng));
    game.observation[8] = 0, game.observation[9] = 0;    // a card that was not turned
    assert_false(type->belief_update(game.native->model, &game.belief, &action, game.observation, &game.rng));
    game.observation[9] = DECK_RANKS,
    game.observation[7] = (game.observation[7] + 1) % DECK_RANKS;    // another value than before
    assert_false(type->belief_update(game.native->model, &game.belief, &action, game.observation, &game.rng));
    assert_memory_equal(&before, &game.belief, sizeof before);
    native_destroy(game.native);
}

// ---- edges -----------------------------------------------------------------------------------------------------------------------

static double reward_of(Game *game, int position) {
    return turn(game, position).reward;
}

static void turns_that_find_nothing(void **unused) {
    (void)unused;
    Game game = {.native = native_create(&concentration, &(NativeParams){.level = LEVEL_EASY}),
                 .rng = rng_stream(6, RNG_TEST, 0)};
    begin(&game);
    for (int p = 0; p < DECK_CARDS; p++) game.state.values[p] = (uint8_t)(p % 2);
    assert_true(reward_of(&game, 5) == 0 && reward_of(&game, 5) == -2.0 / 104);    // the same card twice
    assert_int_equal(game.observation[5], 1);
    assert_true(reward_of(&game, 4) == 0 && reward_of(&game, 5) == -2.0 / 104);    // no pair, seen together once
    assert_int_equal(game.observation[4], 0);
    assert_true(reward_of(&game, 1) == 0 && reward_of(&game, 3) == 2.0 / 52);
    assert_int_equal(game.observation[4], 2);
    assert_true(reward_of(&game, 1) == -1.0 / 104);                                // face up, as the first
    assert_true(reward_of(&game, 7) == 0 && reward_of(&game, 3) == -2.0 / 104);    // and as the second, although they match
    assert_true(reward_of(&game, 0) == 0);
    assert_int_equal(game.observation[7], 2);
    native_destroy(game.native);
}

// All pairs found with steps wasted before: the last step of 104 is an end of both kinds.
static void the_last_step_can_be_both_ends(void **unused) {
    (void)unused;
    Game game = {.native = native_create(&concentration, &(NativeParams){.level = LEVEL_EASY}),
                 .rng = rng_stream(7, RNG_TEST, 0)};
    begin(&game);
    for (int p = 0; p < DECK_CARDS; p++) game.state.values[p] = (uint8_t)(p / 2 % 2);
    NativeStep made = {0};
    for (int t = 0; t < DECK_CARDS; t++) made = turn(&game, 0);
    for (int p = 0; p < DECK_CARDS; p++) {
        assert_false(made.terminated || made.truncated);
        made = turn(&game, p);
    }
    assert_true(made.terminated && made.truncated);
    native_destroy(game.native);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_original_s_spaces),
        cmocka_unit_test(the_original_s_traces),
        cmocka_unit_test(policies_score_as_on_the_original),
        cmocka_unit_test(uniform_actions_return_what_the_recursion_says),
        cmocka_unit_test(the_belief_keeps_step_with_the_state),
        cmocka_unit_test(unseen_cards_are_as_likely_as_the_belief_says),
        cmocka_unit_test(what_cannot_be_seen_is_refused),
        cmocka_unit_test(turns_that_find_nothing),
        cmocka_unit_test(the_last_step_can_be_both_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
