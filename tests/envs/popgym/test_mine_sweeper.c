// MineSweeper against traces of the original; what its random boards are; the best policy of the small board.
#include "envs/popgym/mine_sweeper.h"

#include "envs/popgym/popgym.h"
#include "tests/envs/popgym/spaces.h"
#include "tests/envs/popgym/statistics.h"

enum { SMALL = 16 };    // cells of the easy board

static void force(const Trace *trace, const Native *native, void *memory, Rng *rng, int32_t *observation) {
    MineSweeperState *state = memory;
    const MineSweeperModel *model = native->model;
    int mines[MINE_MINES_MAX], clues[MINE_CELLS_MAX];
    native->type->reset(model, state, rng, observation);
    assert_int_equal(trace_integers(trace, "mines_flat", mines, MINE_MINES_MAX), model->board.mines);
    state->mines = 0;
    for (int i = 0; i < model->board.mines; i++) state->mines |= UINT64_C(1) << mines[i];
    assert_int_equal(trace_integers(trace, "neighbor_grid", clues, MINE_CELLS_MAX), model->board.cells);
    for (int i = 0; i < model->board.cells; i++)
        assert_int_equal(mine_count(state->mines & model->board.neighbourhood[i]), clues[i]);
}

static void the_original_s_spaces(void **unused) {
    (void)unused;
    spaces_check(&mine_sweeper);
}

static void the_original_s_traces(void **unused) {
    (void)unused;
    traces_play(&mine_sweeper, force, trace_step, 9);
}

static void policies_score_as_on_the_original(void **unused) {
    (void)unused;
    statistics_check(&mine_sweeper, getenv("ENGRAM_TEST_FULL") ? 5000 : 300);
}

// The closed form, against the original's measurement.
static void uniform_actions_return_what_is_expected(void **unused) {
    (void)unused;
    CsvTable *table = support_table("tests/golden/popgym/random_stats.csv");
    int rows = 0;
    for (size_t row = 0; row < csv_rows(table); row++) {
        if (strcmp(csv_text(table, row, csv_column(table, "env")), "MineSweeper") != 0) continue;
        const int level = (int)trace_level(csv_text(table, row, csv_column(table, "difficulty")));
        Native *native = native_create(&mine_sweeper, &(NativeParams){.level = level});
        const double off = native->spec.random_return - support_number(table, row, "return_mean");
        assert_true(fabs(off) < 4 * support_number(table, row, "return_se"));
        native_destroy(native);
        rows++;
    }
    assert_int_equal(rows, LEVEL_COUNT);
    csv_destroy(table);
}

// ---- boards ------------------------------------------------------------------------------------------------------------------------

static uint64_t board_of(const Native *native, uint64_t episode) {
    Rng rng = rng_stream(11, RNG_TEST, episode);
    MineSweeperState state;
    int32_t observation;
    native->type->reset(native->model, &state, &rng, &observation);
    assert_int_equal(observation, 0);
    return state.mines;
}

// How often each cell and each pair of cells holds mines: chi-square of pairs, whose expected number is known.
static void boards_are_uniform(void **unused) {
    (void)unused;
    for (int level = 0; level < LEVEL_COUNT; level++) {
        Native *native = native_create(&mine_sweeper, &(NativeParams){.level = level});
        const MineBoard *board = &((const MineSweeperModel *)native->model)->board;
        enum { DRAWS = 60000 };
        static double count[MINE_CELLS_MAX][MINE_CELLS_MAX];
        memset(count, 0, sizeof count);
        for (uint64_t episode = 0; episode < DRAWS; episode++) {
            const uint64_t mines = board_of(native, episode);
            assert_int_equal(mine_count(mines), board->mines);
            assert_true(mines <= UINT64_MAX >> (64 - board->cells));
            for (uint64_t i = mines; i; i &= i - 1) {
                for (uint64_t j = i; j; j &= j - 1) count[__builtin_ctzll(i)][__builtin_ctzll(j)]++;
            }
        }
        const double n = board->cells, m = board->mines, single = DRAWS * m / n, pair = single * (m - 1) / (n - 1);
        double singles = 0, pairs = 0;
        for (int i = 0; i < board->cells; i++) {
            singles += pow(count[i][i] - single, 2) / (single * (1 - m / n));
            for (int j = i + 1; j < board->cells; j++) pairs += pow(count[i][j] - pair, 2) / pair;
        }
        // Each term of the first sum is 1 in expectation, of the second 1 - pair / DRAWS. Pairs that share a cell are correlated: the second
        // sum spreads more than one of independent terms.
        const double all = n * (n - 1) / 2;
        print_message("level %d: cells %.0f of %.0f, pairs %.0f of %.0f\n", level, singles, n, pairs, all);
        assert_true(fabs(singles - n) < 5 * sqrt(2 * n));
        assert_true(fabs(pairs - all * (1 - pair / DRAWS)) < 8 * sqrt(2 * all));
        native_destroy(native);
    }
}

// ---- edges -----------------------------------------------------------------------------------------------------------------------

// Opens one clear cell again and again: how many steps there are.
static int steps_of_waiting(NativeVersion version, double *sum) {
    Native *native = native_create(&mine_sweeper, &(NativeParams){.level = LEVEL_EASY, .version = (int)version});
    MineSweeperState state = {.mines = 0x8001};
    int32_t observation, action[2] = {1, 1};
    Rng rng = rng_stream(1, RNG_TEST, 0);
    NativeStep made = {0};
    int steps = 0;
    for (*sum = 0; !made.truncated; steps++) {
        made = native->type->step(native->model, &state, action, &rng, &observation);
        *sum += made.reward;
        assert_int_equal(observation, 1);
        assert_false(made.terminated);
    }
    assert_int_equal(native->spec.limit, steps);
    native_destroy(native);
    return steps;
}

static void the_paper_s_limit_comes_a_step_later(void **unused) {
    (void)unused;
    double release, paper;
    assert_int_equal(steps_of_waiting(VERSION_RELEASE, &release), 14);
    assert_int_equal(steps_of_waiting(VERSION_PAPER, &paper), 15);
    assert_true(fabs(release - (1.0 / 14 - 13 * 0.5 / 12)) < 1e-12 && fabs(paper - (release - 0.5 / 12)) < 1e-12);
}

static void a_mine_at_the_limit_only_terminates(void **unused) {
    (void)unused;
    Native *native = native_create(&mine_sweeper, &(NativeParams){.level = LEVEL_EASY});
    MineSweeperState state = {.mines = 0x8001, .opened = 2, .steps = 13};
    int32_t observation, action[2] = {3, 3};
    Rng rng = rng_stream(1, RNG_TEST, 0);
    double cells[16];
    const NativeStep made = native->type->step(native->model, &state, action, &rng, &observation);
    assert_true(made.terminated && !made.truncated && made.reward == -0.5 - 1.0 / 14);
    native->type->privileged(native->model, &state, cells);
    assert_true(cells[15] == 1 && cells[1] == 2);
    native_destroy(native);
}

// ---- belief ------------------------------------------------------------------------------------------------------------------------

// Of what the belief should be: all boards it leaves possible, among those of two mines.
typedef struct Possible {
    int count;
    uint64_t mines[SMALL * SMALL];
} Possible;

static Possible possible_after(const Possible *before, const MineBoard *board, int cell, int clue, bool mine) {
    Possible after = {.count = 0};
    for (int i = 0; i < before->count; i++) {
        const uint64_t mines = before->mines[i];
        if ((mines >> cell & 1) == mine && mine_count(mines & board->neighbourhood[cell]) == clue)
            after.mines[after.count++] = mines;
    }
    return after;
}

static void belief_is(const Native *native, const MineSweeperBelief *belief, const Possible *possible, uint64_t opened) {
    float vector[3 * SMALL];
    native->type->belief_vector(native->model, belief, vector);
    assert_int_equal(belief->boards, possible->count);
    for (int cell = 0; cell < SMALL; cell++) {
        int with = 0;
        for (int i = 0; i < possible->count; i++) with += (int)(possible->mines[i] >> cell & 1);
        assert_true(vector[cell] == (float)((double)with / possible->count));
        assert_true(vector[SMALL + cell] == (float)(opened >> cell & 1));
    }
}

// Random games to their end. A mine is believed to be a clear cell unless that is impossible; counts how often it is not.
static void the_belief_is_that_of_all_boards(void **unused) {
    (void)unused;
    Native *native = native_create(&mine_sweeper, &(NativeParams){.level = LEVEL_EASY});
    const NativeType *type = native->type;
    const MineBoard *board = &((const MineSweeperModel *)native->model)->board;
    int ends[2] = {0};
    for (uint64_t episode = 0; episode < 500; episode++) {
        Rng rng = rng_stream(21, RNG_TEST, episode);
        MineSweeperState state;
        MineSweeperBelief belief;
        int32_t observation, action[2];
        Possible possible = {.count = 0};
        for (int i = 0; i < SMALL; i++) {
            for (int j = i + 1; j < SMALL; j++) possible.mines[possible.count++] = UINT64_C(1) << i | UINT64_C(1) << j;
        }
        type->reset(native->model, &state, &rng, &observation);
        assert_true(type->belief_reset(native->model, &belief, &observation, &rng));
        belief_is(native, &belief, &possible, 0);
        for (NativeStep made = {0}; !made.terminated && !made.truncated;) {
            native_act_uniformly(&native->spec.action, &rng, action);
            made = type->step(native->model, &state, action, &rng, &observation);
            assert_true(type->belief_update(native->model, &belief, action, &observation, &rng));
            const int cell = 4 * action[0] + action[1];
            const bool hit = state.mines >> cell & 1;
            Possible after = possible_after(&possible, board, cell, observation, false);
            const bool told = after.count == 0;
            if (told) after = possible_after(&possible, board, cell, observation, true);
            assert_true(!told || hit);
            belief_is(native, &belief, &after, state.opened | (hit && !told ? UINT64_C(1) << cell : 0));
            if (hit) ends[told]++;
            possible = after;
        }
    }
    assert_true(ends[0] > 20 && ends[1] > 20);
    native_destroy(native);
}

static void what_no_board_shows_is_refused(void **unused) {
    (void)unused;
    Native *native = native_create(&mine_sweeper, &(NativeParams){.level = LEVEL_EASY});
    const NativeType *type = native->type;
    MineSweeperBelief belief;
    Rng rng = rng_stream(1, RNG_TEST, 0);
    int32_t first = 0, one = 1, two = 2, corner[2] = {0, 0}, inside[2] = {1, 1};
    assert_false(type->belief_reset(native->model, &belief, &one, &rng));
    assert_true(type->belief_reset(native->model, &belief, &first, &rng));
    assert_true(type->belief_update(native->model, &belief, corner, &two, &rng));
    const MineSweeperBelief before = belief;
    assert_false(type->belief_update(native->model, &belief, corner, &one, &rng));    // another clue than before
    assert_false(
        type->belief_update(native->model, &belief, inside, &one, &rng));    // two around the corner are around this cell
    assert_memory_equal(&before, &belief, sizeof before);
    native_destroy(native);
}

// ---- the best policy on 4 x 4 cells ------------------------------------------------------------------------------------------------

// What is known is which cells are open and their clues, in whatever order they were opened. Opening a cell again tells nothing, so whoever
// does it may as well do it at the end: to wait for the limit is better than some guesses.
enum { BOARDS = 120, CLUES = 2 /* bits of a clue */ };

typedef struct Best {
    uint32_t mines[BOARDS], clues[BOARDS];    // of each board: cells with mines; all clues
    double (*value)[BOARDS];                  // [set of open cells][board]: of what is known then
    int limit;
} Best;

static uint32_t clues_shown(uint32_t opened) {
    uint32_t shown = 0;
    for (int i = 0; i < SMALL; i++) shown |= (opened >> i & 1) * UINT32_C(3) << (CLUES * i);
    return shown;
}

// Boards `group` look the same where `opened`.
static double best_value(const Best *best, uint32_t opened, int count, const int *group) {
    const int found = mine_count(opened);
    const double safe = SMALL - 2;
    if (found == SMALL - 2) return 0;
    double most = -0.5 / (safe - 2) * (best->limit - found);
    for (int cell = 0; cell < SMALL; cell++) {
        if (opened >> cell & 1) continue;
        double sum = 0;
        for (int i = 0; i < count; i++) {
            const bool mine = best->mines[group[i]] >> cell & 1;
            sum += mine ? -0.5 - 1 / safe : 1 / safe + best->value[opened | UINT32_C(1) << cell][group[i]];
        }
        most = fmax(most, sum / count);
    }
    return most;
}

static void best_values(const Best *best, uint32_t opened) {
    const uint32_t shown = clues_shown(opened);
    bool done[BOARDS] = {false};
    for (int first = 0; first < BOARDS; first++) {
        if (done[first] || best->mines[first] & opened) continue;
        int group[BOARDS], count = 0;
        for (int b = first; b < BOARDS; b++) {
            if (best->mines[b] & opened || (best->clues[b] ^ best->clues[first]) & shown) continue;
            done[b] = true;
            group[count++] = b;
        }
        const double value = best_value(best, opened, count, group);
        for (int i = 0; i < count; i++) best->value[opened][group[i]] = value;
    }
}

static double best_return(const Native *native) {
    const MineBoard *board = &((const MineSweeperModel *)native->model)->board;
    Best best = {.value = memory_alloc((1 << SMALL) * sizeof *best.value), .limit = native->spec.limit};
    for (int i = 0, b = 0; i < SMALL; i++) {
        for (int j = i + 1; j < SMALL; j++, b++) {
            best.mines[b] = UINT32_C(1) << i | UINT32_C(1) << j;
            for (int cell = 0; cell < SMALL; cell++)
                best.clues[b] |= (uint32_t)mine_count(best.mines[b] & board->neighbourhood[cell]) << (CLUES * cell);
        }
    }
    for (uint32_t opened = 1 << SMALL; opened-- > 0;) {    // a superset has a larger number
        if (mine_count(opened) <= SMALL - 2) best_values(&best, opened);
    }
    const double value = best.value[0][0];
    free(best.value);
    return value;
}

static double return_on(const Native *native, const NativePolicy *policy, uint64_t mines) {
    MineSweeperState state = {.mines = mines};
    MineSweeperBelief memory = {.boards = 0};
    int32_t observation = 0, action[2] = {0, 0}, previous[2] = {0, 0};
    Rng rng = rng_stream(1, RNG_TEST, 0);
    PolicyView view = {native->model, &state, 0, &observation, previous, &memory};
    double sum = 0;
    for (NativeStep made = {0}; !made.terminated; view.time++) {
        policy->act(&view, &rng, action);
        made = native->type->step(native->model, &state, action, &rng, &observation);
        memcpy(previous, action, sizeof previous);
        sum += made.reward;
    }
    return sum;
}

static void the_best_return_of_the_small_board(void **unused) {
    (void)unused;
    for (int version = 0; version < VERSION_COUNT; version++) {
        Native *native = native_create(&mine_sweeper, &(NativeParams){.level = LEVEL_EASY, .version = version});
        const double best = best_return(native);
        if (!(fabs(native->spec.optimal_return - best) < 1e-12)) fail_msg("version %d: %.15g", version, best);
        native_destroy(native);
    }
}

// Of exact_belief, over all boards: below the best, and well above what other policies get.
static void looking_one_step_ahead_is_nearly_as_good(void **unused) {
    (void)unused;
    Native *native = native_create(&mine_sweeper, &(NativeParams){.level = LEVEL_EASY});
    const NativePolicy *policy = native->type->policies;
    while (strcmp(policy->name, "exact_belief") != 0) policy++;
    double sum = 0;
    for (int board = 0, i = 1, j = 0; board < BOARDS; board++, j = j + 1 < i ? j + 1 : (i++, 0))
        sum += return_on(native, policy, UINT64_C(1) << i | UINT64_C(1) << j);
    assert_true(fabs(sum / BOARDS - 1267.0 / 1680) < 1e-12);
    assert_true(sum / BOARDS < native->spec.optimal_return);
    native_destroy(native);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_original_s_spaces),
        cmocka_unit_test(the_original_s_traces),
        cmocka_unit_test(policies_score_as_on_the_original),
        cmocka_unit_test(uniform_actions_return_what_is_expected),
        cmocka_unit_test(boards_are_uniform),
        cmocka_unit_test(the_paper_s_limit_comes_a_step_later),
        cmocka_unit_test(a_mine_at_the_limit_only_terminates),
        cmocka_unit_test(the_belief_is_that_of_all_boards),
        cmocka_unit_test(what_no_board_shows_is_refused),
        cmocka_unit_test(the_best_return_of_the_small_board),
        cmocka_unit_test(looking_one_step_ahead_is_nearly_as_good),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
