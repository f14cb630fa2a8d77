// What tests of the card games share: beliefs against every order of the last cards.
#pragma once

#include "envs/native.h"
#include "envs/popgym/deck.h"
#include "tests/envs/popgym/spaces.h"
#include "tests/envs/popgym/traces.h"

// ---- beliefs -----------------------------------------------------------------------------------------------------------------

// A card game as these tests see it: the last `piles` numbers of an observation are of one card of each pile, of `kinds` kinds, and the last
// piles * kinds numbers of the belief are the probabilities of the next ones.
typedef struct CardGame {
    const NativeType *type;
    NativeLevel level;
    int cards, piles, kinds;
    // Orders of the piles as upstream has them, [piles, cards], into the state after a reset.
    void (*force)(const Native *native, const int *ids, void *state, int32_t *observation);
} CardGame;

enum { CARDS_LAST = 4, CARDS_ORDERS = 24, CARDS_PILES = 2, CARDS_RUNS = CARDS_ORDERS * CARDS_ORDERS };

// One way in which the last cards may come.
typedef struct CardsRun {
    int32_t seen[CARDS_LAST][CARDS_PILES];
    float forecast[CARDS_LAST][CARDS_PILES * DECK_RANKS];    // before each was seen
} CardsRun;

// The which-th order of the cards that are dealt last, which are the first in the pile.
static inline void cards_order(int which, const int *pile, int *out) {
    int rest[CARDS_LAST];
    memcpy(rest, pile, sizeof rest);
    for (int left = CARDS_LAST; left > 0; which /= left, left--) {
        *out++ = rest[which % left];
        rest[which % left] = rest[left - 1];
    }
}

static inline void cards_forecast(const Native *native, const void *belief, int count, float *out) {
    float *vector = memory_zeroed((size_t)belief_size(native->spec.belief, native->spec.belief_parts), sizeof *vector);
    native->type->belief_vector(native->model, belief, vector);
    memcpy(out, vector + belief_size(native->spec.belief, native->spec.belief_parts) - count, (size_t)count * sizeof *out);
    free(vector);
}

static inline CardsRun cards_run(const CardGame *game, const Native *native, const int *ids) {
    const NativeType *type = game->type;
    void *state = memory_zeroed(1, native->spec.state_bytes), *belief = memory_zeroed(1, native->spec.belief_bytes);
    int32_t observation[SPACE_MAX], action = 0;
    Rng rng = rng_stream(1, RNG_TEST, 0);
    CardsRun run = {0};
    game->force(native, ids, state, observation);
    assert_true(type->belief_reset(native->model, belief, observation, &rng));
    for (int dealt = 1; dealt < game->cards; dealt++) {
        const int last = dealt - (game->cards - CARDS_LAST);
        if (last >= 0) cards_forecast(native, belief, game->piles * game->kinds, run.forecast[last]);
        type->step(native->model, state, &action, &rng, observation);
        assert_true(type->belief_update(native->model, belief, &action, observation, &rng));
        const int32_t *seen = observation + native->spec.observation.size - game->piles;
        for (int p = 0; last >= 0 && p < game->piles; p++) run.seen[last][p] = seen[p];
    }
    free(state), free(belief);
    return run;
}

// Of the runs that agree with run `of` until card `t`, the share in which each kind comes then, against the forecast.
static inline void cards_compare(const CardGame *game, const CardsRun *runs, int count, int of, int t) {
    int agree = 0, found[CARDS_PILES][DECK_RANKS] = {{0}};
    for (int r = 0; r < count; r++) {
        if (t > 0 && memcmp(runs[r].seen, runs[of].seen, (size_t)t * sizeof *runs[r].seen) != 0) continue;
        agree++;
        for (int p = 0; p < game->piles; p++) found[p][runs[r].seen[t][p]]++;
    }
    for (int p = 0; p < game->piles; p++) {
        for (int k = 0; k < game->kinds; k++) {
            const double expected = (double)found[p][k] / agree;
            assert_true(fabs((double)runs[of].forecast[t][p * game->kinds + k] - expected) < 1e-6);
        }
    }
}

// Given the cards before, every order of the last ones is as likely: forecasts must be the shares of orders, whatever was seen of them.
static inline void cards_enumerate(const CardGame *game, uint64_t seed) {
    Native *native = native_create(game->type, &(NativeParams){.level = (int)game->level});
    Rng rng = rng_stream(seed, RNG_TEST, 0);
    const int count = game->piles == 2 ? CARDS_RUNS : CARDS_ORDERS;
    int *ids = memory_zeroed((size_t)game->piles * (size_t)game->cards, sizeof *ids), first[CARDS_PILES][CARDS_LAST];
    CardsRun *runs = memory_zeroed((size_t)count, sizeof *runs);
    for (int p = 0; p < game->piles; p++) {
        rng_permutation(&rng, game->cards, ids + p * game->cards);
        memcpy(first[p], ids + p * game->cards, sizeof first[p]);
    }
    for (int r = 0; r < count; r++) {
        cards_order(r % CARDS_ORDERS, first[0], ids);
        if (game->piles == 2) cards_order(r / CARDS_ORDERS, first[1], ids + game->cards);
        runs[r] = cards_run(game, native, ids);
    }
    for (int r = 0; r < count; r++) {
        for (int t = 0; t < CARDS_LAST; t++) cards_compare(game, runs, count, r, t);
    }
    free(runs), free(ids);
    native_destroy(native);
}

// Tries every observation on a belief: it must be refused, the belief left alone, exactly where a forecast is 0. How many were refused.
static inline int cards_try_all(const CardGame *game, const Native *native, const void *belief, const int32_t *template) {
    const Space *space = &native->spec.observation;
    const size_t bytes = native->spec.belief_bytes;
    void *copy = memory_zeroed(1, bytes);
    float forecast[CARDS_PILES * DECK_RANKS];
    int32_t tried[SPACE_MAX], *cards = tried + space->size - game->piles, action = 0;
    Rng rng = rng_stream(1, RNG_TEST, 0);
    int refused = 0;
    memcpy(tried, template, (size_t)space->size * sizeof *tried);
    cards_forecast(native, belief, game->piles * game->kinds, forecast);
    for (int which = 0; which < (game->piles == 2 ? game->kinds * game->kinds : game->kinds); which++) {
        bool possible = true;
        for (int p = 0, rest = which; p < game->piles; p++, rest /= game->kinds) {
            cards[p] = rest % game->kinds;
            possible = possible && forecast[p * game->kinds + cards[p]] > 0;
        }
        memcpy(copy, belief, bytes);
        assert_int_equal(game->type->belief_update(native->model, copy, &action, tried, &rng), possible);
        if (!possible) assert_memory_equal(copy, belief, bytes);
        refused += !possible;
    }
    free(copy);
    return refused;
}

// While cards are dealt, and once more after the last.
static inline void cards_refuse(const CardGame *game, uint64_t seed) {
    Native *native = native_create(game->type, &(NativeParams){.level = (int)game->level});
    void *state = memory_zeroed(1, native->spec.state_bytes), *belief = memory_zeroed(1, native->spec.belief_bytes);
    int32_t observation[SPACE_MAX] = {0}, action = 0;
    Rng rng = rng_stream(seed, RNG_TEST, 0);
    int refused = 0;
    game->type->reset(native->model, state, &rng, observation);
    assert_true(game->type->belief_reset(native->model, belief, observation, &rng));
    for (int dealt = 1; dealt < game->cards; dealt++) {
        void *before = memory_zeroed(1, native->spec.belief_bytes);
        memcpy(before, belief, native->spec.belief_bytes);
        game->type->step(native->model, state, &action, &rng, observation);
        refused += cards_try_all(game, native, before, observation);
        assert_true(game->type->belief_update(native->model, belief, &action, observation, &rng));
        free(before);
    }
    assert_true(refused > 0);
    free(state), free(belief);
    native_destroy(native);
}

// What an action is by the belief alone.
typedef int32_t (*CardsChoose)(const Native *native, const float *vector);

static inline double cards_score(const Native *native, CardsChoose choose, Rng *world) {
    const NativeType *type = native->type;
    void *state = memory_zeroed(1, native->spec.state_bytes), *belief = memory_zeroed(1, native->spec.belief_bytes);
    float *vector = memory_zeroed((size_t)belief_size(native->spec.belief, native->spec.belief_parts), sizeof *vector);
    Rng watcher = rng_stream(1, RNG_TEST, 2);
    int32_t observation[SPACE_MAX];
    double score = 0;
    type->reset(native->model, state, world, observation);
    assert_true(type->belief_reset(native->model, belief, observation, &watcher));
    for (bool over = false; !over;) {
        type->belief_vector(native->model, belief, vector);
        const int32_t action = choose(native, vector);
        const NativeStep made = type->step(native->model, state, &action, world, observation);
        assert_true(type->belief_update(native->model, belief, &action, observation, &watcher));
        score += made.reward;
        over = made.terminated;
    }
    free(vector), free(state), free(belief);
    return score;
}

// Plays by the belief, and by the last of the environment's policies, which must be the one named: in the same world both must score the same, to
// the bit.
static inline void cards_play_by_belief(const NativeType *type, CardsChoose choose, const char *policy) {
    const NativePolicy *last = &type->policies[type->policy_count - 1];
    assert_string_equal(last->name, policy);
    for (int level = 0; level < LEVEL_COUNT; level++) {
        Native *native = native_create(type, &(NativeParams){.level = level});
        for (uint64_t seed = 0; seed < 10; seed++) {
            Rng world = rng_stream(seed, RNG_TEST, 0), again = world, actor = rng_stream(seed, RNG_TEST, 1);
            assert_true(cards_score(native, choose, &world) == native_play(native, last, &again, &actor).score);
        }
        native_destroy(native);
    }
}
