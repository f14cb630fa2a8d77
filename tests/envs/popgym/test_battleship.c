// Battleship against traces of the original. Its belief: tests/envs/popgym/test_ship_belief.c.
#include "envs/popgym/battleship.h"

#include "envs/popgym/popgym.h"
#include "tests/envs/popgym/statistics.h"

static void force(const Trace *trace, const Native *native, void *memory, Rng *rng, int32_t *observation) {
    (void)rng;
    enum { MOST = 400 };
    const BattleshipModel *model = native->model;
    BattleshipState *state = memory;
    int draws[MOST], board[SHIP_BOARD_MAX];
    const int count = trace_integers(trace, "placement_draws_r_c_axis_sign", draws, MOST);
    *state = (BattleshipState){.left = SHIP_CELLS};
    int used = 0, ship = 0;
    for (; ship < SHIPS && used + 4 <= count; used += 4) {
        const ShipDraw draw = {draws[used], draws[used + 1], draws[used + 2], draws[used + 3]};
        ship += battleship_place(model, state, ship, &draw);
    }
    assert_int_equal(ship, SHIPS);
    assert_int_equal(used, count);
    assert_int_equal(trace_integers(trace, "board", board, SHIP_BOARD_MAX), model->side * model->side);
    for (int i = 0; i < model->side * model->side; i++) assert_int_equal(cells_have(&state->ships, i), board[i]);
    *observation = 0;
}

static void the_original_s_traces(void **unused) {
    (void)unused;
    traces_play(&battleship, force, trace_step, 6);
}

static void policies_score_as_on_the_original(void **unused) {
    (void)unused;
    statistics_check(&battleship, getenv("ENGRAM_TEST_FULL") ? 5000 : 300);
}

static void sizes_are_the_original_s(void **unused) {
    (void)unused;
    static const int cells[] = {64, 100, 144};
    for (int level = 0; level < LEVEL_COUNT; level++) {
        Native *native = native_create(&battleship, &(NativeParams){.level = level});
        const NativeSpec *spec = &native->spec;
        assert_int_equal(spec->action.size, 2);
        assert_int_equal(space_joint(&spec->action), cells[level]);
        assert_int_equal(space_joint(&spec->observation), 2);
        assert_int_equal(spec->privileged_size, 2 * cells[level] + 1);
        assert_int_equal(spec->limit, cells[level]);
        native_destroy(native);
    }
}

// The closed form of random play against the original's means.
static void random_play_is_worth_what_is_said(void **unused) {
    (void)unused;
    CsvTable *table = support_table("tests/golden/popgym/random_stats.csv");
    int rows = 0;
    for (size_t row = 0; row < csv_rows(table); row++) {
        if (strcmp(csv_text(table, row, csv_column(table, "env")), "Battleship") != 0) continue;
        const NativeLevel level = trace_level(csv_text(table, row, csv_column(table, "difficulty")));
        Native *native = native_create(&battleship, &(NativeParams){.level = (int)level});
        const double z =
            (native->spec.random_return - support_number(table, row, "return_mean")) / support_number(table, row, "return_se");
        print_message("random return %.6f, %.2f standard errors off\n", native->spec.random_return, z);
        assert_true(fabs(z) < 4);
        native_destroy(native);
        rows++;
    }
    assert_int_equal(rows, 3);
    csv_destroy(table);
}

// The twelfth hit on the last step: both ends at once. Before that all else is shot, and a repeated hit counts as a miss.
static void both_ends_on_the_last_step(void **unused) {
    (void)unused;
    Native *native = native_create(&battleship, &(NativeParams){.level = LEVEL_EASY});
    BattleshipState state;
    Rng rng = rng_stream(2, RNG_TEST, 0);
    int32_t observation, last = -1;
    native->type->reset(native->model, &state, &rng, &observation);
    for (int32_t i = 0; i < 64; i++) {
        if (cells_have(&state.ships, i)) last = i;
    }
    double score = 0;
    for (int32_t i = 0; i < 64; i++) {
        const int32_t cell = i == 63 ? last : i == last ? 0 : i;    // all in order, the last ship cell in the end
        const bool repeat = cells_have(&state.shots, cell);
        const NativeStep made = native->type->step(native->model, &state, (int32_t[]){cell / 8, cell % 8}, &rng, &observation);
        assert_int_equal(observation, cells_have(&state.ships, cell) && !repeat);
        assert_int_equal(made.terminated, i == 63);
        assert_int_equal(made.truncated, i == 63);
        score += made.reward;
    }
    assert_true(fabs(score) < 1e-12);    // 12 hits and 52 others
    native_destroy(native);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_original_s_traces),      cmocka_unit_test(policies_score_as_on_the_original),
        cmocka_unit_test(sizes_are_the_original_s),   cmocka_unit_test(random_play_is_worth_what_is_said),
        cmocka_unit_test(both_ends_on_the_last_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
