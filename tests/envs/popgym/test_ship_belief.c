// Where the ships are: against all placements one by one on small boards, and against the game's own placements.
#include "envs/popgym/ship_belief.h"

#include "envs/popgym/battleship.h"
#include "envs/popgym/popgym.h"
#include "tests/envs/popgym/traces.h"

// ---- by the definition: every placement with the product of its chances ----------------------------------------------------------

typedef struct Brute {
    const ShipTables *tables;
    const ShipBelief *belief;
    long double total, cell[SHIP_BOARD_MAX];    // of up to 3e8 terms
    long placements;
} Brute;

static void brute_leaf(Brute *brute, Cells ships, double weight) {
    if (!cells_same(cells_common(ships, brute->belief->shots), brute->belief->hits)) return;
    brute->placements++;
    brute->total += weight;
    for (int w = 0; w < SHIP_WORDS; w++) {
        for (uint64_t rest = ships.word[w]; rest; rest &= rest - 1) brute->cell[64 * w + __builtin_ctzll(rest)] += weight;
    }
}

static void brute_place(Brute *brute, int ship, Cells ships, double weight) {
    if (ship == SHIPS) {
        brute_leaf(brute, ships, weight);
        return;
    }
    const int kind = ship_lengths[ship] - 2, count = brute->tables->count[kind];
    const Cells *cells = brute->tables->cells[kind], missed = cells_without(brute->belief->shots, brute->belief->hits);
    int free = 0;
    for (int i = 0; i < count; i++) free += !cells_meet(cells[i], ships);
    for (int i = 0; i < count; i++) {
        if (!cells_meet(cells[i], ships) && !cells_meet(cells[i], missed))
            brute_place(brute, ship + 1, cells_union(ships, cells[i]), weight / free);
    }
}

// The largest difference of a probability; what is impossible must be so for both.
static double compare(const ShipTables *tables, const ShipBelief *belief, bool *possible) {
    Brute brute = {.tables = tables, .belief = belief};
    double chances[SHIP_BOARD_MAX], worst = 0;
    brute_place(&brute, 0, (Cells){0}, 1);
    ship_belief_chances(tables, belief, chances);
    *possible = brute.placements > 0;
    assert_int_equal(ship_belief_possible(tables, belief), *possible);
    for (int i = 0; i < tables->side * tables->side; i++) {
        if (!*possible) {
            assert_true(isnan(chances[i]));
            continue;
        }
        const double expected = (double)(brute.cell[i] / brute.total);
        assert_int_equal(chances[i] > 0, expected > 0);
        worst = fmax(worst, fabs(chances[i] - expected));
    }
    return worst;
}

// ---- positions --------------------------------------------------------------------------------------------------------------------

static Cells some_ships(int side, Rng *rng) {
    BattleshipModel *model = memory_zeroed(1, sizeof *model);
    BattleshipState state = {0};
    model->side = side;
    for (int ship = 0; ship < SHIPS;) {
        const ShipDraw draw = {.row = (int)rng_below(rng, (uint32_t)side),
                               .column = (int)rng_below(rng, (uint32_t)side),
                               .axis = (int)rng_below(rng, 2),
                               .sign = (int)rng_below(rng, 2)};
        ship += battleship_place(model, &state, ship, &draw);
    }
    free(model);
    return state.ships;
}

// `misses` shots beside the ships and `hits` on them.
static ShipBelief some_shots(int side, Cells ships, int misses, int hits, Rng *rng) {
    ShipBelief belief = {0};
    int order[SHIP_BOARD_MAX];
    rng_permutation(rng, side * side, order);
    for (int i = 0; i < side * side; i++) {
        const bool hit = cells_have(&ships, order[i]);
        int *left = hit ? &hits : &misses;
        if (*left == 0) continue;
        --*left;
        cells_add(&belief.shots, order[i]);
        if (hit) cells_add(&belief.hits, order[i]);
    }
    return belief;
}

static ShipTables *tables_of(int side) {
    ShipTables *tables = memory_zeroed(1, sizeof *tables);
    ship_tables_fill(side, tables);
    return tables;
}

static void segments_are_counted_by_hand(void **unused) {
    (void)unused;
    ShipTables *tables = tables_of(8);
    assert_int_equal(tables->count[SHIP_TWO], 2 * 8 * 7);
    assert_int_equal(tables->count[SHIP_THREE], 2 * 8 * 6);
    assert_int_equal(tables->count[SHIP_FOUR], 2 * 8 * 5);
    int most = 0;
    for (int i = 0; i < tables->count[SHIP_THREE]; i++) {
        if (tables->crossing[SHIP_THREE][SHIP_FOUR][i].count > most) most = tables->crossing[SHIP_THREE][SHIP_FOUR][i].count;
    }
    assert_int_equal(most,
                     5 + 3 * 4);    // all of its line; four across each cell
    free(tables);
}

// From the empty board to the last hit, whatever has been shot: histories that can be.
static void small_boards_one_by_one(void **unused) {
    (void)unused;
    const int positions = getenv("ENGRAM_TEST_FULL") ? 400 : 16;
    double worst = 0;
    for (int side = 5; side <= 6; side++) {
        ShipTables *tables = tables_of(side);
        for (int p = 0; p < positions; p++) {
            Rng rng = rng_stream(21, RNG_TEST, 1000 * (uint64_t)side + (uint64_t)p);
            const Cells ships = some_ships(side, &rng);
            const int hits = p % 13,
                      misses = p < 13 ? (int)rng_below(&rng, 5) : (int)rng_below(&rng, (uint32_t)(side * side - 11));
            const ShipBelief belief = p == 0 ? (ShipBelief){0} : some_shots(side, ships, misses, hits, &rng);
            bool possible;
            worst = fmax(worst, compare(tables, &belief, &possible));
            assert_true(possible);
        }
        free(tables);
    }
    print_message("worst difference %.2g\n", worst);
    assert_true(worst < 1e-13);
}

// Hits and misses at random: mostly nothing can be so.
static void what_cannot_be_is_known(void **unused) {
    (void)unused;
    int found[2] = {0};
    ShipTables *tables = tables_of(5);
    for (int p = 0; p < 150; p++) {
        Rng rng = rng_stream(22, RNG_TEST, (uint64_t)p);
        const int hits = (int)rng_below(&rng, 7), misses = (int)rng_below(&rng, 14);
        Cells ships = {0};
        for (int i = 0; i < hits; i++) cells_add(&ships, (int)rng_below(&rng, 25));
        const ShipBelief belief = some_shots(5, ships, misses, hits, &rng);
        bool possible;
        assert_true(compare(tables, &belief, &possible) < 1e-13);
        found[possible]++;
    }
    print_message("%d possible, %d not\n", found[1], found[0]);
    assert_true(found[0] > 20 && found[1] > 20);
    free(tables);
}

static void the_real_board_one_by_one(void **unused) {
    (void)unused;
    const bool full = getenv("ENGRAM_TEST_FULL") != NULL;
    static const int shots[][2] = {{6, 1}, {8, 3}, {0, 0}, {3, 2}, {12, 4}};
    double worst = 0;
    for (int side = 8; side <= (full ? 10 : 8); side += 2) {
        ShipTables *tables = tables_of(side);
        for (int p = 0; p < (full ? 5 : 1); p++) {
            Rng rng = rng_stream(23, RNG_TEST, (uint64_t)p);
            const ShipBelief belief = some_shots(side, some_ships(side, &rng), shots[p][0], shots[p][1], &rng);
            bool possible;
            worst = fmax(worst, compare(tables, &belief, &possible));
            assert_true(possible);
        }
        free(tables);
    }
    print_message("worst difference %.2g\n", worst);
    assert_true(worst < 1e-13);
}

// ---- in the game ------------------------------------------------------------------------------------------------------------------

// How often a reset puts a ship on each cell. The prior is not that of placements all alike.
static void resets_follow_the_prior(void **unused) {
    (void)unused;
    enum { RESETS = 40000 };
    for (int level = 0; level < LEVEL_COUNT; level++) {
        Native *native = native_create(&battleship, &(NativeParams){.level = level});
        const BattleshipModel *model = native->model;
        const int cells = model->side * model->side;
        int count[SHIP_BOARD_MAX] = {0};
        double chances[SHIP_BOARD_MAX], sum = 0;
        Rng rng = rng_stream(24, RNG_TEST, (uint64_t)level);
        for (int r = 0; r < RESETS; r++) {
            BattleshipState state;
            int32_t observation;
            native->type->reset(model, &state, &rng, &observation);
            for (int i = 0; i < cells; i++) count[i] += cells_have(&state.ships, i);
        }
        ship_belief_chances(&model->tables, &(ShipBelief){0}, chances);
        for (int i = 0; i < cells; i++) {
            const double z = (count[i] - RESETS * chances[i]) / sqrt(RESETS * chances[i] * (1 - chances[i]));
            assert_true(fabs(z) < 5);
            sum += z * z;
        }
        print_message("level %d: mean square of z %.2f\n", level, sum / cells);
        assert_true(sum / cells < 1.6);    // neighbours hang together
        native_destroy(native);
    }
}

// Random shots hit as often as the belief says, and surprise as much as it expects.
static void the_belief_is_calibrated(void **unused) {
    (void)unused;
    Native *native = native_create(&battleship, &(NativeParams){.level = LEVEL_EASY});
    const uint64_t episodes = getenv("ENGRAM_TEST_FULL") ? 200 : 10;
    double hits = 0, expected = 0, variance = 0, surprise = 0, entropy = 0, spread = 0;
    for (uint64_t episode = 0; episode < episodes; episode++) {
        Rng rng = rng_stream(25, RNG_TEST, episode);
        BattleshipState state;
        ShipBelief belief;
        int32_t observation;
        int order[64];
        rng_permutation(&rng, 64, order);
        native->type->reset(native->model, &state, &rng, &observation);
        assert_true(native->type->belief_reset(native->model, &belief, &observation, &rng));
        for (int t = 0; t < 64 && state.left > 0; t++) {
            const int32_t cell = order[t], action[2] = {cell / 8, cell % 8};
            float vector[192];
            native->type->belief_vector(native->model, &belief, vector);
            const double p = (double)vector[cell];
            native->type->step(native->model, &state, action, &rng, &observation);
            assert_true(native->type->belief_update(native->model, &belief, action, &observation, &rng));
            hits += observation, expected += p, variance += p * (1 - p);
            surprise -= log(observation ? p : 1 - p);
            if (p == 0 || p == 1) continue;
            const double odds = log(p / (1 - p));
            entropy -= p * log(p) + (1 - p) * log(1 - p);
            spread += p * (1 - p) * odds * odds;
        }
    }
    print_message("hits %.0f of %.1f +- %.1f, surprise %.1f of %.1f +- %.1f nats\n", hits, expected, sqrt(variance), surprise,
                  entropy, sqrt(spread));
    assert_true(fabs(hits - expected) < 4 * sqrt(variance));
    assert_true(fabs(surprise - entropy) < 4 * sqrt(spread));
    native_destroy(native);
}

// What is written, part by part, and what is refused: the belief stays as it was.
static void shots_are_flagged_and_nonsense_refused(void **unused) {
    (void)unused;
    Native *native = native_create(&battleship, &(NativeParams){.level = LEVEL_EASY});
    const NativeType *type = native->type;
    ShipBelief belief, before;
    Rng rng = rng_stream(1, RNG_TEST, 0);
    const int32_t hit = 1, miss = 0, beside[2][2] = {{0, 1}, {1, 0}}, corner[2] = {0, 0};
    float vector[192];
    assert_int_equal(belief_size(native->spec.belief, native->spec.belief_parts), 192);
    assert_false(type->belief_reset(native->model, &belief, &hit, &rng));
    assert_true(type->belief_reset(native->model, &belief, &miss, &rng));
    assert_true(type->belief_update(native->model, &belief, corner, &hit, &rng));
    assert_true(type->belief_update(native->model, &belief, beside[0], &miss, &rng));
    type->belief_vector(native->model, &belief, vector);
    assert_true(vector[0] == 0 && vector[1] == 0 && vector[8] == 1);    // the ship can only go on downwards
    assert_true(vector[64] == 1 && vector[65] == 1 && vector[66] == 0 && vector[128] == 1 && vector[129] == 0);
    double sum = 0;
    for (int i = 0; i < 64; i++) sum += (double)vector[i];
    assert_true(fabs(sum - 11) < 1e-5);
    before = belief;
    assert_false(type->belief_update(native->model, &belief, beside[1], &miss, &rng));
    assert_false(type->belief_update(native->model, &belief, corner, &hit, &rng));    // a second time
    assert_true(type->belief_update(native->model, &belief, corner, &miss, &rng));
    assert_memory_equal(&belief, &before, sizeof belief);
    native_destroy(native);
}

static void shooting_where_it_is_likeliest_pays(void **unused) {
    (void)unused;
    Native *native = native_create(&battleship, &(NativeParams){.level = LEVEL_EASY});
    const NativePolicy *greedy = &native->type->policies[3];
    assert_string_equal(greedy->name, "belief_greedy");
    const int episodes = getenv("ENGRAM_TEST_FULL") ? 200 : 10;
    double sum = 0;
    for (int e = 0; e < episodes; e++) {
        Rng world = rng_stream(26, RNG_TEST, 2 * (uint64_t)e), actor = rng_stream(26, RNG_TEST, 2 * (uint64_t)e + 1);
        const NativeEpisode episode = native_play(native, greedy, &world, &actor);
        assert_true(episode.terminated);
        sum += episode.score;
    }
    print_message("mean return %.3f\n", sum / episodes);
    assert_true(sum / episodes > 0.4);    // a scan in order has 0.17
    native_destroy(native);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(segments_are_counted_by_hand),
        cmocka_unit_test(small_boards_one_by_one),
        cmocka_unit_test(what_cannot_be_is_known),
        cmocka_unit_test(the_real_board_one_by_one),
        cmocka_unit_test(resets_follow_the_prior),
        cmocka_unit_test(the_belief_is_calibrated),
        cmocka_unit_test(shots_are_flagged_and_nonsense_refused),
        cmocka_unit_test(shooting_where_it_is_likeliest_pays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
