// Mazes: the generator against what was measured on the original's, and the window by hand.
#include "envs/popgym/maze.h"

#include "tests/support.h"

enum { MAZES = 1000 };

static const int sides[LEVEL_COUNT] = {11, 15, 19};

static bool is_goal(int cell) {
    return (cell & MAZE_KIND) == MAZE_GOAL;
}

// A maze as LabyrinthEscape has it.
static Maze maze_of(Rng *rng, int side) {
    Maze maze;
    maze_generate(rng, side, maze.cells);
    const MazeEntrances entrances = maze_entrances(rng, side);
    maze.cells[entrances.end] = MAZE_GOAL;
    maze_begin(&maze, side, entrances.start);
    return maze;
}

// Rooms with one way out, entrances not counted.
static int dead_ends(const uint8_t *cells, int side) {
    int count = 0;
    for (int row = 1; row < side; row += 2) {
        for (int col = 1; col < side; col += 2) {
            const uint8_t *at = cells + row * side + col;
            count += (*at == MAZE_FREE) &&
                     (at[-1] == MAZE_FREE) + (at[1] == MAZE_FREE) + (at[-side] == MAZE_FREE) + (at[side] == MAZE_FREE) == 1;
        }
    }
    return count;
}

static int free_cells(const uint8_t *cells, int side) {
    int count = 0;
    for (int i = 0; i < side * side; i++) count += cells[i] == MAZE_FREE;
    return count;
}

typedef struct Moments {
    double sum, squares;
} Moments;

static void moments_add(Moments *moments, double value) {
    moments->sum += value;
    moments->squares += value * value;
}

// The mean's distance from one measured on the original, in standard errors of both.
static double distance(const Moments *moments, int count, double mean, double error) {
    const double own = moments->sum / count, variance = (moments->squares - count * own * own) / (count - 1);
    return (own - mean) / sqrt(variance / count + error * error);
}

// Path length and dead ends of three levels: six means, which share no mazes and are nearly independent.
static void mazes_are_like_the_original_s(void **unused) {
    (void)unused;
    CsvTable *table = support_table("tests/golden/popgym/maze_stats.csv");
    const int mazes = getenv("ENGRAM_TEST_FULL") ? 50 * MAZES : MAZES;
    double chi_square = 0;
    assert_int_equal(csv_rows(table), LEVEL_COUNT);
    for (size_t level = 0; level < LEVEL_COUNT; level++) {
        const int side = sides[level], full = (side / 2) * (side / 2) * 2 - 1;
        Moments length = {0}, ends = {0};
        int incomplete = 0, unreachable = 0;
        assert_int_equal(support_whole(table, level, "grid_side"), side);
        assert_int_equal(support_whole(table, level, "free_cells_min"), full);
        for (int i = 0; i < mazes; i++) {
            Rng rng = rng_stream(1, RNG_TEST, (uint64_t)i);
            const Maze maze = maze_of(&rng, side);
            const int path = maze_search(&maze, side, is_goal).length;
            incomplete += free_cells(maze.cells, side) != full;
            unreachable += path < 0;
            moments_add(&length, path);
            moments_add(&ends, dead_ends(maze.cells, side));
        }
        // Some in a hundred thousand lack a room; an end is cut off only behind such a room.
        assert_true(incomplete <= mazes / 1000 + 1 && unreachable <= incomplete);
        const double z[2] = {distance(&length, mazes, support_number(table, level, "shortest_path_mean"),
                                      support_number(table, level, "shortest_path_se")),
                             distance(&ends, mazes, support_number(table, level, "dead_ends_mean"),
                                      support_number(table, level, "dead_ends_se"))};
        print_message("side %d: path %+.2f, dead ends %+.2f standard errors; %d incomplete\n", side, z[0], z[1], incomplete);
        for (int k = 0; k < 2; k++) chi_square += z[k] * z[k];
    }
    print_message("chi-square %.1f of 6\n", chi_square);
    assert_true(chi_square < 6 + 4 * sqrt(12));
    csv_destroy(table);
}

// Cells that the agent comes to from where it stands, depth first: into cells that are new, and back.
static int reach(Maze *maze, int side) {
    int path[MAZE_CELLS], depth = 0, reached = 0;
    for (;;) {
        int action = 0;
        const int16_t row = maze->row, col = maze->col;
        while (action < MAZE_ACTIONS && !maze_move(maze, side, action)) {
            maze->row = row, maze->col = col;
            action++;
        }
        if (action < MAZE_ACTIONS) {
            path[depth++] = action;
            reached++;
        } else if (depth > 0) {
            maze_move(maze, side, path[--depth] ^ 1);    // the opposite
        } else {
            return reached;
        }
    }
}

// Every free cell can be reached, and there are as many doors as rooms less one: a tree.
static void mazes_are_trees(void **unused) {
    (void)unused;
    for (size_t level = 0; level < LEVEL_COUNT; level++) {
        const int side = sides[level];
        for (uint64_t i = 0; i < 100; i++) {
            Rng rng = rng_stream(2, RNG_TEST, i);
            Maze maze;
            int rooms = 0, doors = 0, start = 0;
            maze_generate(&rng, side, maze.cells);
            for (int at = 0; at < side * side; at++) {
                const int row = at / side, col = at % side;
                if (maze.cells[at] == MAZE_WALL) continue;
                assert_int_equal(maze.cells[at], MAZE_FREE);
                assert_true(row % 2 == 1 || col % 2 == 1);
                rooms += row % 2 == 1 && col % 2 == 1;
                doors += row % 2 != col % 2;
                start = at;    // any of them will do
            }
            assert_int_equal(doors, rooms - 1);
            maze_begin(&maze, side, start);
            assert_int_equal(reach(&maze, side) + 1, rooms + doors);
        }
    }
}

// Every wall and every odd coordinate, the end opposite to the start.
static void entrances_lie_in_opposite_walls(void **unused) {
    (void)unused;
    enum { SIDE = 11, DRAWS = 20000 };
    int starts[SIDE * SIDE] = {0}, ends[SIDE * SIDE] = {0};
    Rng rng = rng_stream(3, RNG_TEST, 0);
    for (int i = 0; i < DRAWS; i++) {
        const MazeEntrances entrances = maze_entrances(&rng, SIDE);
        starts[entrances.start]++, ends[entrances.end]++;
        const int row = entrances.start / SIDE, col = entrances.start % SIDE, to_row = entrances.end / SIDE,
                  to_col = entrances.end % SIDE;
        if (row % 2 == 1) assert_true((col == 0 || col == SIDE - 1) && to_col == SIDE - 1 - col && to_row % 2 == 1);
        else assert_true((row == 0 || row == SIDE - 1) && col % 2 == 1 && to_row == SIDE - 1 - row && to_col % 2 == 1);
    }
    double chi_square = 0;
    int cells = 0;
    for (int i = 0; i < SIDE * SIDE; i++) {
        assert_int_equal(starts[i] > 0, ends[i] > 0);
        if (starts[i] == 0) continue;
        const double expected = DRAWS / 20.0;
        chi_square +=
            (starts[i] - expected) * (starts[i] - expected) / expected + (ends[i] - expected) * (ends[i] - expected) / expected;
        cells++;
    }
    assert_int_equal(cells, 20);
    assert_true(chi_square < 38 + 4 * sqrt(2 * 38));
}

// ---- the agent --------------------------------------------------------------------------------------------------------------------

enum { SMALL = 5 };
static const uint8_t small[SMALL * SMALL] = {
    1, 1, 1, 1, 1,    //
    1, 0, 0, 0, 1,    //
    1, 0, 1, 1, 1,    //
    1, 0, 0, 0, 1,    //
    1, 1, 1, 1, 1,    //
};

static Maze small_from(int row, int col) {
    Maze maze;
    memcpy(maze.cells, small, sizeof small);
    maze_begin(&maze, SMALL, row * SMALL + col);
    return maze;
}

static void sees(const Maze *maze, const int32_t *expected) {
    int32_t found[MAZE_OBSERVATION];
    maze_observe(maze, SMALL, MAZE_NO_ACTION, found);
    for (int i = 0; i < MAZE_WINDOW; i++) assert_int_equal(found[i], expected[i]);
    assert_int_equal(found[MAZE_WINDOW], MAZE_NO_ACTION);
}

static void the_window_is_off_centre_at_the_top_and_on_the_left(void **unused) {
    (void)unused;
    const Maze top = small_from(0, 1), left = small_from(3, 0), bottom = small_from(4, 3), right = small_from(1, 4),
               middle = small_from(2, 1);
    sees(&top, (const int32_t[]){1, 2, 1, 1, 0, 0, 1, 1, 1});       // its own row comes first, the third is missing
    sees(&left, (const int32_t[]){1, 0, 1, 2, 0, 1, 1, 1, 1});      // its own column comes first
    sees(&bottom, (const int32_t[]){0, 0, 1, 1, 2, 1, 1, 1, 1});    // in the middle
    sees(&right, (const int32_t[]){1, 1, 1, 0, 2, 1, 1, 1, 1});     // in the middle
    sees(&middle, (const int32_t[]){1, 0, 0, 1, 2, 1, 1, 0, 0});
}

static void walls_and_the_rim_stop_the_agent(void **unused) {
    (void)unused;
    Maze maze = small_from(0, 1);
    assert_false(maze_move(&maze, SMALL, MAZE_UP));       // out of the grid: stays on the start
    assert_false(maze_move(&maze, SMALL, MAZE_RIGHT));    // a wall
    assert_true(maze.row == 0 && maze.col == 1);
    assert_true(maze_move(&maze, SMALL, MAZE_DOWN));
    assert_true(maze_move(&maze, SMALL, MAZE_RIGHT));
    assert_false(maze_move(&maze, SMALL, MAZE_LEFT));    // moves, but has been there
    assert_true(maze.row == 1 && maze.col == 1 && maze.time == 5);
    double state[SMALL * SMALL];
    maze_privileged(&(MazeModel){SMALL}, &maze, state);
    for (int i = 0; i < SMALL * SMALL; i++)
        assert_true(state[i] == (i == 1 ? MAZE_START : i == 6 || i == 7 ? MAZE_FREE : MAZE_UNKNOWN));
}

static bool is_new(int cell) {
    return cell == MAZE_FREE;
}

static bool is_nothing(int cell) {
    (void)cell;
    return false;
}

static void search_finds_the_nearest(void **unused) {
    (void)unused;
    Maze maze = small_from(0, 1);
    MazePath path = maze_search(&maze, SMALL, is_new);
    assert_true(path.action == MAZE_DOWN && path.length == 1);
    assert_int_equal(maze_depth(&maze, SMALL), 5);    // (3, 3): down three times, right twice
    maze_move(&maze, SMALL, MAZE_DOWN);
    path = maze_search(&maze, SMALL, is_new);    // right comes before down
    assert_true(path.action == MAZE_RIGHT && path.length == 1);
    path = maze_search(&maze, SMALL, is_nothing);
    assert_true(path.action == MAZE_NO_ACTION && path.length == -1);
    maze.cells[3 * SMALL + 3] = MAZE_GOAL;
    path = maze_search(&maze, SMALL, is_goal);
    assert_true(path.action == MAZE_DOWN && path.length == 4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mazes_are_like_the_original_s),
        cmocka_unit_test(mazes_are_trees),
        cmocka_unit_test(entrances_lie_in_opposite_walls),
        cmocka_unit_test(the_window_is_off_centre_at_the_top_and_on_the_left),
        cmocka_unit_test(walls_and_the_rim_stop_the_agent),
        cmocka_unit_test(search_finds_the_nearest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
