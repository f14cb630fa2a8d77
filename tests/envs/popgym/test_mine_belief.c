// The belief about mines against the enumeration of all boards, in games that go on after a mine as well; and on boards that are too many to
// enumerate, against what does not need it.
#include "envs/popgym/mine_belief.h"

#include "core/rng.h"
#include "tests/support.h"

// ---- every board there is --------------------------------------------------------------------------------------------------------

typedef struct Boards {
    uint64_t *mines;
    size_t count;
} Boards;

static size_t number_of(const MineBoard *board) {
    double ways = 1;
    for (int i = 0; i < board->mines; i++) ways = ways * (board->cells - i) / (i + 1);
    return (size_t)llround(ways);
}

// All sets of as many cells, in ascending order: from one to the next the lowest block of ones moves (Gosper's rule).
static Boards every_board(const MineBoard *board) {
    Boards all = {.count = number_of(board)};
    all.mines = memory_zeroed(all.count, sizeof *all.mines);
    uint64_t set = (UINT64_C(1) << board->mines) - 1;
    for (size_t i = 0; i < all.count; i++) {
        all.mines[i] = set;
        const uint64_t low = set & -set, carried = set + low;
        set = carried | ((set ^ carried) >> 2) / low;
    }
    return all;
}

// Keeps the boards that have `mine` in the cell and this clue.
static Boards keep(const Boards *from, const MineBoard *board, int cell, int clue, bool mine) {
    Boards kept = {.mines = memory_zeroed(from->count + 1, sizeof *kept.mines)};
    for (size_t i = 0; i < from->count; i++) {
        const uint64_t mines = from->mines[i];
        if ((mines >> cell & 1) == mine && mine_count(mines & board->neighbourhood[cell]) == clue)
            kept.mines[kept.count++] = mines;
    }
    return kept;
}

// The largest difference of the belief from frequencies over `boards`.
static double worst_difference(const MineBoard *board, const MineClues *clues, const Boards *boards) {
    double chance[MINE_CELLS_MAX], worst = 0, with[MINE_CELLS_MAX] = {0};
    assert_int_equal(mine_belief(board, clues, chance), boards->count);
    for (size_t i = 0; i < boards->count; i++) {
        for (uint64_t left = boards->mines[i]; left; left &= left - 1) with[__builtin_ctzll(left)]++;
    }
    for (int i = 0; i < board->cells; i++) worst = fmax(worst, fabs(chance[i] - with[i] / (double)boards->count));
    return worst;
}

// A cell is told: clear, or a mine that was hit.
static void tell(MineClues *clues, const MineBoard *board, uint64_t mines, int cell) {
    const uint64_t bit = UINT64_C(1) << cell;
    clues->told |= bit;
    clues->hit |= mines & bit;
    clues->clue[cell] = (uint8_t)mine_count(mines & board->neighbourhood[cell]);
}

// Opens cells in random order, `most` of them, and compares after each.
static double game(const MineBoard *board, const Boards *all, Rng *rng, int most) {
    const uint64_t mines = all->mines[rng_below(rng, (uint32_t)all->count)];
    int order[MINE_CELLS_MAX];
    rng_permutation(rng, board->cells, order);
    MineClues clues = {0};
    double worst = worst_difference(board, &clues, all);
    Boards left = {0};
    for (int t = 0; t < most; t++) {
        tell(&clues, board, mines, order[t]);
        const Boards kept = keep(t == 0 ? all : &left, board, order[t], clues.clue[order[t]], mines >> order[t] & 1);
        free(left.mines);
        left = kept;
        worst = fmax(worst, worst_difference(board, &clues, &left));
    }
    free(left.mines);
    return worst;
}

static void compare(int side, int mines, int games) {
    MineBoard board;
    mine_board_init(&board, side, mines);
    Boards all = every_board(&board);
    Rng rng = rng_stream((uint64_t)side, RNG_TEST, (uint64_t)mines);
    double worst = 0;
    for (int g = 0; g < games; g++) worst = fmax(worst, game(&board, &all, &rng, board.cells));
    print_message("side %d, %d mines, %zu boards: worst difference %.2g\n", side, mines, all.count, worst);
    assert_true(worst <= 1e-12);
    free(all.mines);
}

static void all_boards_of_16_cells(void **unused) {
    (void)unused;
    for (int mines = 1; mines <= 10; mines++) compare(4, mines, mines == 2 ? 1000 : 30);
}

static void all_boards_of_larger_sides(void **unused) {
    (void)unused;
    const bool full = getenv("ENGRAM_TEST_FULL");
    compare(6, 3, full ? 200 : 20);
    compare(8, 2, full ? 500 : 50);
    if (!full) return;
    compare(6, 6, 10);
    compare(8, 4, 20);
}

// ---- 64 cells, ten mines -----------------------------------------------------------------------------------------------------------

static uint64_t random_mines(const MineBoard *board, Rng *rng) {
    uint64_t mines = 0;
    while (mine_count(mines) < board->mines) mines |= UINT64_C(1) << rng_below(rng, (uint32_t)board->cells);
    return mines;
}

// The boards that fit, by trying every way of filling the cells that are not told.
static Boards completions(const MineBoard *board, const MineClues *clues) {
    int place[MINE_CELLS_MAX], places = 0;
    for (int i = 0; i < board->cells; i++) {
        if (!(clues->told >> i & 1)) place[places++] = i;
    }
    Boards fit = {.mines = memory_zeroed(UINT64_C(1) << places, sizeof *fit.mines)};
    for (uint32_t filled = 0; filled < UINT32_C(1) << places; filled++) {
        if (mine_count(filled) != board->mines) continue;
        uint64_t mines = 0;
        for (int i = 0; i < places; i++) mines |= (uint64_t)(filled >> i & 1) << place[i];
        bool fits = true;
        for (uint64_t left = clues->told; left && fits; left &= left - 1) {
            const int cell = __builtin_ctzll(left);
            fits = mine_count(mines & board->neighbourhood[cell]) == clues->clue[cell];
        }
        if (fits) fit.mines[fit.count++] = mines;
    }
    return fit;
}

static void late_games_of_64_cells(void **unused) {
    (void)unused;
    MineBoard board;
    mine_board_init(&board, 8, 10);
    Rng rng = rng_stream(2, RNG_TEST, 0);
    for (int g = 0; g < (getenv("ENGRAM_TEST_FULL") ? 200 : 10); g++) {
        const uint64_t mines = random_mines(&board, &rng);
        int order[MINE_CELLS_MAX], opened = 0;
        rng_permutation(&rng, board.cells, order);
        MineClues clues = {0};
        for (int i = 0; i < board.cells && opened < 47; i++) {    // 17 cells are left, ten of them with mines
            if (mines >> order[i] & 1) continue;
            tell(&clues, &board, mines, order[i]);
            opened++;
        }
        Boards fit = completions(&board, &clues);
        assert_true(worst_difference(&board, &clues, &fit) <= 1e-12);
        free(fit.mines);
    }
}

// Cells with clues in patterns that leave much open: states may become many. The truth has a chance, and chances sum to the number of mines.
static void patterns_on_64_cells(void **unused) {
    (void)unused;
    static const uint64_t patterns[] = {0,
                                        0x0000240000240000,    // far apart
                                        0x0022000000220000,
                                        0x00FF0000FF000000,
                                        0x55AA55AA55AA55AA,
                                        0x0055005500550055,
                                        0x2492492492492492,
                                        0x00FF00FF00FF00FF,
                                        0x8888888888888888,
                                        0x0042000000004200,
                                        0xFFFFFFFFFFFFFFFF};
    MineBoard board;
    mine_board_init(&board, 8, 10);
    Rng rng = rng_stream(3, RNG_TEST, 0);
    for (size_t p = 0; p < sizeof patterns / sizeof *patterns; p++) {
        for (int repeat = 0; repeat < 20; repeat++) {
            const uint64_t mines = random_mines(&board, &rng);
            MineClues clues = {0};
            for (uint64_t left = patterns[p] & ~mines; left; left &= left - 1)
                tell(&clues, &board, mines, __builtin_ctzll(left));
            double chance[MINE_CELLS_MAX], sum = 0;
            assert_true(mine_belief(&board, &clues, chance) > 0);
            for (int i = 0; i < board.cells; i++) {
                assert_true(mines >> i & 1 ? chance[i] > 0 : chance[i] < 1);
                assert_true(chance[i] <= 1 && (!(clues.told >> i & 1) || chance[i] == 0));
                sum += chance[i];
            }
            assert_true(fabs(sum - board.mines) < 1e-12 * board.cells);
        }
    }
}

// Games that go on until a mine: what happens is as likely as was believed. Of openings with chances p, the sum of (mine - p) is a martingale
// with variance sum p (1 - p).
static void mines_come_as_often_as_believed(void **unused) {
    (void)unused;
    MineBoard board;
    mine_board_init(&board, 8, 10);
    Rng rng = rng_stream(4, RNG_TEST, 0);
    double off = 0, variance = 0, log_score = 0, log_expected = 0, log_variance = 0;
    for (int g = 0; g < 2000; g++) {
        const uint64_t mines = random_mines(&board, &rng);
        int order[MINE_CELLS_MAX];
        rng_permutation(&rng, board.cells, order);
        MineClues clues = {0};
        for (int t = 0; t < board.cells; t++) {
            double chance[MINE_CELLS_MAX];
            mine_belief(&board, &clues, chance);
            const double p = chance[order[t]];
            const bool mine = mines >> order[t] & 1;
            off += mine - p;
            variance += p * (1 - p);
            if (p > 0 && p < 1) {
                log_score += log(mine ? p : 1 - p);
                log_expected += p * log(p) + (1 - p) * log(1 - p);
                log_variance += p * (1 - p) * pow(log(p / (1 - p)), 2);
            }
            if (mine) break;
            tell(&clues, &board, mines, order[t]);
        }
    }
    print_message("z of mines %.2f, of log scores %.2f\n", off / sqrt(variance),
                  (log_score - log_expected) / sqrt(log_variance));
    assert_true(fabs(off) < 4 * sqrt(variance) && fabs(log_score - log_expected) < 4 * sqrt(log_variance));
}

static void clues_that_no_board_has(void **unused) {
    (void)unused;
    MineBoard board;
    mine_board_init(&board, 4, 2);
    double chance[MINE_CELLS_MAX] = {7};
    MineClues clues = {.told = 1, .clue = {3}};    // more than there are
    assert_int_equal(mine_belief(&board, &clues, chance), 0);
    clues = (MineClues){.told = 0x9, .clue = {[0] = 2, [3] = 1}};    // three in disjoint places
    assert_int_equal(mine_belief(&board, &clues, chance), 0);
    clues = (MineClues){
        .told = 0x21, .clue = {[0] = 1, [5] = 0}};    // one around the first, none around its neighbour, which knows all of it
    assert_int_equal(mine_belief(&board, &clues, chance), 0);
    clues = (MineClues){.told = 1, .hit = 1, .clue = {0}};    // a mine that does not count itself
    assert_int_equal(mine_belief(&board, &clues, chance), 0);
    assert_true(chance[0] == 7);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_boards_of_16_cells),          cmocka_unit_test(all_boards_of_larger_sides),
        cmocka_unit_test(late_games_of_64_cells),          cmocka_unit_test(patterns_on_64_cells),
        cmocka_unit_test(mines_come_as_often_as_believed), cmocka_unit_test(clues_that_no_board_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
