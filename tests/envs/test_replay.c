// The replay engine: every golden trajectory, both ways to write an observation, and one test per kind of bad input.
#include "envs/mountain_hike.h"
#include "envs/replay.h"
#include "tests/support.h"

static char input[256], output[256];

static int make_files(void **state) {
    char *folder = *state = support_folder();
    snprintf(input, sizeof input, "%s/input.csv", folder);
    snprintf(output, sizeof output, "%s/output.csv", folder);
    return 0;
}

static bool replay_with(const Env *env, ReplayOptions options, Error *error) {
    FILE *file = fopen(output, "w");
    assert_non_null(file);
    bool done = replay_file(env, input, &options, file, error);
    assert_int_equal(fclose(file), 0);
    return done;
}

static bool replay_input(const Env *env, bool privileged, Error *error) {
    return replay_with(env, (ReplayOptions){.privileged = privileged}, error);
}

// Replays `text` and compares the whole output.
static void expect_output(const Env *env, bool privileged, const char *text, const char *expected) {
    Error error = {0};
    support_write(NULL, input, text);
    if (!replay_input(env, privileged, &error)) fail_msg("%s", error.message);
    char *found = support_read(NULL, output, NULL);
    assert_string_equal(found, expected);
    free(found);
}

// Replaying `text` must fail with `expected` in the message, after `rows` valid lines (-1: not even a header).
static void expect_error(const char *text, const char *expected, int rows) {
    Env *env = support_maze(4, 0.3);
    Error error = {0};
    support_write(NULL, input, text);
    if (replay_input(env, false, &error)) fail_msg("accepted: %s", text);
    if (strncmp(error.message, input, strlen(input)) != 0) fail_msg("no file: %s", error.message);
    support_assert_has(error.message, expected);
    CsvTable *table = csv_read(output, &error);
    assert_int_equal(table ? (int)csv_rows(table) : -1, rows);
    if (table) assert_int_equal(csv_columns(table), 4 + env->spec.belief_size);
    csv_destroy(table);
    env_destroy(env);
}

// The golden file holds cases of several mazes: the rows of one case are written as a file of their own.
static size_t write_case(const CsvTable *steps, size_t first) {
    FILE *file = fopen(input, "w");
    assert_non_null(file);
    for (int c = 0; c < csv_columns(steps); c++) fprintf(file, "%s%s", c ? "," : "", csv_name(steps, c));
    size_t row = first;
    for (; row < csv_rows(steps) && support_number(steps, row, "case") == support_number(steps, first, "case"); row++) {
        for (int c = 0; c < csv_columns(steps); c++) fprintf(file, "%s%s", c ? "," : "\n", csv_text(steps, row, c));
    }
    fputc('\n', file);
    assert_int_equal(fclose(file), 0);
    return row - first;
}

// One replayed line: its belief, and where the file fixes it the state that the authors' program was in.
static void compare_line(const CsvTable *found, size_t row, const double *expected, int size, double goal, double position) {
    char name[32];
    for (int s = 0; s < size; s++) {
        snprintf(name, sizeof name, "belief_%d", s);
        double value = support_number(found, row, name);
        if (!(fabs(value - expected[s]) <= 1e-6)) fail_msg("line %zu, %s: %g, not %g", row + 2, name, value, expected[s]);
    }
    assert_true(support_number(found, row, "goal_up") == goal);
    int block = goal != 0 ? 0 : size / 2;
    bool fixed = *csv_text(found, row, csv_column(found, "position")) != '\0';
    assert_true(fixed == (expected[block + (int)position] == 1));
    if (fixed) assert_true(support_number(found, row, "position") == position);
}

static void golden_trajectories_replay(void **state) {
    (void)state;
    CsvTable *steps = support_table("tests/golden/belief/tmaze_steps.csv");
    CsvTable *beliefs = support_table("tests/golden/belief/tmaze_belief.csv");
    size_t entry = 0;
    for (size_t first = 0, count; first < csv_rows(steps); first += count) {
        count = write_case(steps, first);
        Env *env = support_maze((int)support_number(steps, first, "L"), support_number(steps, first, "lambda"));
        Error error = {0};
        if (!replay_input(env, true, &error)) fail_msg("%s", error.message);
        CsvTable *found = support_table(output);
        assert_int_equal(csv_rows(found), count);
        int size = env->spec.belief_size;
        double *expected = memory_zeroed((size_t)size, sizeof *expected);
        for (size_t t = 0; t < count; t++) {
            memset(expected, 0, (size_t)size * sizeof *expected);
            for (;
                 entry < csv_rows(beliefs) && support_number(beliefs, entry, "case") == support_number(steps, first, "case") &&
                 support_number(beliefs, entry, "t") == (double)t;
                 entry++) {
                expected[(int)support_number(beliefs, entry, "state")] = support_number(beliefs, entry, "belief");
            }
            assert_true(support_number(found, t, "episode") == 0 && support_number(found, t, "t") == (double)t);
            assert_true(support_number(found, t, "action") == support_number(steps, first + t, "action"));
            assert_true(support_number(found, t, "obs") == support_number(steps, first + t, "obs"));
            compare_line(found, t, expected, size, support_number(steps, first + t, "true_goal_up"),
                         support_number(steps, first + t, "true_position"));
        }
        free(expected);
        csv_destroy(found);
        env_destroy(env);
    }
    assert_int_equal(entry, csv_rows(beliefs));
    csv_destroy(steps);
    csv_destroy(beliefs);
}

static void output_has_the_agreed_form(void **state) {
    (void)state;
    Env *env = support_maze(2, 0.5);
    // Two episodes; columns in another order, one more of them, cells with spaces. At lambda = 1/2 the chosen action
    // is the effective one with probability 5/8, each other with 1/8: "right" in the corridor, seen as corridor, is a
    // bump.
    expect_output(env, true, "note,obs,action\nx,1,-1\n\"y, z\", 2 ,0\n,2,0\n,3,0\n\n,0,-1\n",
                  "episode,t,action,obs,belief_0,belief_1,belief_2,belief_3,belief_4,belief_5,belief_6,belief_7,belief_8,"
                  "belief_9,goal_up,position\n"
                  "0,0,-1,1,0,0,0,0,0,1,0,0,0,0,0,0\n"
                  "0,1,0,2,0,0,0,0,0,0,1,0,0,0,0,1\n"
                  "0,2,0,2,0,0,0,0,0,0,1,0,0,0,0,1\n"
                  "0,3,0,3,0,0,0,0,0,0,0,1,0,0,0,2\n"
                  "1,0,-1,0,1,0,0,0,0,0,0,0,0,0,1,0\n");
    env_destroy(env);
}

static void unknown_parts_of_the_state_stay_empty(void **state) {
    (void)state;
    Env *env = support_maze(1, 0.5);
    // At the crossroad (b = 1), then "up", still seen as crossroad: bump 1/8, upper arm 5/8, lower arm 1/8, back to
    // the start (which would be seen) 1/8. Normalised: 1/7, 5/7, 1/7, in float, 9 digits.
    expect_output(env, true, "action,obs_0,obs_1,obs_2,obs_3\n-1,1,0,0,0\n0,0,0,0,1\n1,0,0,0,1.0\n",
                  "episode,t,action,obs_0,obs_1,obs_2,obs_3,belief_0,belief_1,belief_2,belief_3,belief_4,belief_5,belief_6,"
                  "belief_7,goal_up,position\n"
                  "0,0,-1,1,0,0,0,1,0,0,0,0,0,0,0,1,0\n"
                  "0,1,0,0,0,0,1,0,1,0,0,0,0,0,0,1,1\n"
                  "0,2,1,0,0,0,1.0,0,0.142857149,0.714285731,0.142857149,0,0,0,0,1,\n");
    env_destroy(env);
}

static void bad_files_are_errors(void **state) {
    (void)state;
    expect_error("", ":1: the file is empty", -1);
    expect_error("action,obs\n", "no rows after the header", -1);
    expect_error("acton,obs\n-1,0\n", ":1: no column \"action\" in the header; the nearest is \"acton\"", -1);
    expect_error("action,sight\n-1,0\n", ":1: no observation in the header; a column \"obs\", or columns \"obs_0\"..\"obs_3\"",
                 -1);
    expect_error("action,obs_0,obs_1,obs_2\n-1,1,0,0\n", ":1: no column \"obs_3\"", -1);
    expect_error("action,obs\n-1,0\n0\n", ":3: 1 cell; the header names 2 columns", -1);
    expect_error("action,obs\n-1,0\n0,\"2\n", ":3: malformed CSV", -1);
}

static void bad_rows_are_errors_after_valid_lines(void **state) {
    (void)state;
    expect_error("action,obs\n0,0\n", ":2: action is \"0\" in the first row; an episode begins with action -1", 0);
    expect_error("action,obs\n-1,0\n4,2\n", ":3: action is \"4\"; a whole number from -1 to 3 would be accepted", 1);
    expect_error("action,obs\n-1,0\n-2,2\n", ":3: action is \"-2\"", 1);
    expect_error("action,obs\n-1,0\n0.5,2\n", ":3: action is \"0.5\"; a whole number", 1);
    expect_error("action,obs\n-1,0\nnan,2\n", ":3: action is \"nan\"; a whole number", 1);
    expect_error("action,obs\n-1,0\n,2\n", ":3: action is \"\"; a whole number", 1);
    expect_error("action,obs\n-1,0\nright,2\n", ":3: action is \"right\"; a whole number", 1);
    expect_error("action,obs\n-1,0\n0,4\n", ":3: obs is \"4\"; a whole number from 0 to 3 would be accepted", 1);
    expect_error("action,obs\n-1,0\n0,1.5\n", ":3: obs is \"1.5\"", 1);
    expect_error("action,obs\n-1,nan\n", ":2: obs is \"nan\"", 0);
}

static void impossible_observations_are_errors(void **state) {
    (void)state;
    expect_error("action,obs\n-1,2\n", ":2: the observation 2 has probability zero at the start of an episode; obs 0, 1 would",
                 0);
    expect_error("action,obs\n-1,0\n0,2\n\n0,3\n", ":5: the observation 3 has probability zero after action 0; obs 0, 2 would",
                 2);
    expect_error("action,obs\n-1,0\n0,1\n", ":3: the observation 1 has probability zero after action 0", 1);
}

static void bad_vectors_are_errors(void **state) {
    (void)state;
    Env *env = support_maze(4, 0.3);
    static const struct {
        const char *row, *expected;
    } cases[] = {
        {"0,0,0,1,1", ":3: the observation has probability zero after action 0"},
        {"0,0,0,0.5,0", ":3: the observation has probability zero after action 0"},
        {"0,0,0,nan,0", ":3: obs_2 is \"nan\"; a finite decimal number"},
        {"0,0,0,1e300,0", ":3: obs_2 is \"1e300\"; a number of at most"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[128];
        snprintf(text, sizeof text, "action,obs_0,obs_1,obs_2,obs_3\n-1,1,0,0,0\n%s\n", cases[i].row);
        support_write(NULL, input, text);
        Error error = {0};
        assert_false(replay_input(env, false, &error));
        if (!strstr(error.message, cases[i].expected)) fail_msg("%s", error.message);
    }
    env_destroy(env);
}

static void a_full_disk_is_an_error(void **state) {
    (void)state;
    FILE *full = fopen("/dev/full", "w");
    if (!full) skip();
    Env *env = support_maze(4, 0);
    Error error = {0};
    support_write(NULL, input, "action,obs\n-1,0\n");
    assert_false(replay_file(env, input, &(ReplayOptions){.privileged = false}, full, &error));
    assert_string_equal(error.message, "the replay cannot be written: No space left on device");
    fclose(full);
    env_destroy(env);
}

// ---- particles ------------------------------------------------------------------------------------------------------

// A Mountain Hike with few particles, to be destroyed with env_destroy.
static Env *make_hike(HikeVariation variation, HikeFilter filter) {
    MountainHikeParams params;
    param_defaults(&mountain_hike_type.params, &params);
    params.variation = (int)variation, params.filter = (int)filter, params.particles = 50, params.grid = 21;
    Error error = {0};
    Env *env = env_create(&mountain_hike_type, &params, &error);
    if (!env) fail_msg("%s", error.message);
    return env;
}

static const char walk[] = "action,obs\n-1,-0.6\n0,-0.75\n1,-0.9\n0,-1.2e0\n-1,0\n3,-0.8\n";

// The whole output, to be freed.
static char *replay_walk(const Env *env, ReplayOptions options) {
    Error error = {0};
    support_write(NULL, input, walk);
    if (!replay_with(env, options, &error)) fail_msg("%s", error.message);
    return support_read(NULL, output, NULL);
}

static float belief_of(const CsvTable *table, size_t row, int i) {
    char name[32];
    snprintf(name, sizeof name, "belief_%d", i);
    return (float)support_number(table, row, name);
}

// The summary is that of the particles which are written on request, and both repeat.
static void particles_are_summarised_or_written(void **state) {
    (void)state;
    for (HikeVariation variation = HIKE_FIXED; variation <= HIKE_ROTATIONS; variation++) {
        Env *env = make_hike(variation, HIKE_PARTICLES);
        const BeliefPart *part = &env->spec.belief[0];
        const int size = belief_summary_size(part);
        assert_int_equal(size, variation == HIKE_FIXED ? 9 : 17);
        char *first = replay_walk(env, (ReplayOptions){.privileged = true});
        char *again = replay_walk(env, (ReplayOptions){.privileged = true});
        assert_string_equal(first, again);
        CsvTable *summaries = support_table(output);
        free(again);
        free(first);
        free(replay_walk(env, (ReplayOptions){.particles = true}));
        CsvTable *particles = support_table(output);
        assert_int_equal(csv_columns(particles), 4 + 150);
        assert_int_equal(csv_columns(summaries), 4 + size + env->spec.privileged_size);
        assert_int_equal(csv_rows(particles), 6);
        for (size_t row = 0; row < 6; row++) {
            float set[150], summary[17];
            for (int i = 0; i < 150; i++) set[i] = belief_of(particles, row, i);
            belief_summary(part, set, summary);
            for (int i = 0; i < size; i++) assert_true(belief_of(summaries, row, i) == summary[i]);
            bool start = support_number(summaries, row, "action") < 0;
            assert_true(start == (*csv_text(summaries, row, csv_column(summaries, "x")) != '\0'));
            if (start) assert_true((float)support_number(summaries, row, "y") == -0.8F);
            assert_string_equal(csv_text(particles, row, csv_column(particles, "obs")),
                                csv_text(summaries, row, csv_column(summaries, "obs")));    // as it was read
        }
        csv_destroy(summaries);
        csv_destroy(particles);
        env_destroy(env);
    }
}

static void grids_are_written_whole(void **state) {
    (void)state;
    Env *env = make_hike(HIKE_FIXED, HIKE_GRID);
    free(replay_walk(env, (ReplayOptions){.privileged = false}));
    CsvTable *table = support_table(output);
    assert_int_equal(csv_columns(table), 4 + 21 * 21);
    for (size_t row = 0; row < csv_rows(table); row++) {
        double sum = 0;
        for (int i = 0; i < 21 * 21; i++) sum += (double)belief_of(table, row, i);
        assert_true(fabs(sum - 1) < 1e-6);
    }
    csv_destroy(table);
    env_destroy(env);
}

// Without a filter the file is checked all the same, nothing is known about the state, and no observation is impossible.
static void environments_without_filter_replay(void **state) {
    (void)state;
    Env *env = make_hike(HIKE_PERMUTATIONS, HIKE_PARTICLES);
    expect_output(env, false, "action,obs\n-1,-0.6\n0,17\n", "episode,t,action,obs\n0,0,-1,-0.6\n0,1,0,17\n");
    expect_output(env, true, "action,obs_0\n-1,-0.6\n", "episode,t,action,obs_0,x,y,variant\n0,0,-1,-0.6,,,\n");
    Error error = {0};
    support_write(NULL, input, "action,obs\n-1,nan\n");
    assert_false(replay_input(env, false, &error));
    support_assert_has(error.message, ":2: obs is \"nan\"");
    env_destroy(env);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_trajectories_replay),
        cmocka_unit_test(output_has_the_agreed_form),
        cmocka_unit_test(unknown_parts_of_the_state_stay_empty),
        cmocka_unit_test(bad_files_are_errors),
        cmocka_unit_test(bad_rows_are_errors_after_valid_lines),
        cmocka_unit_test(impossible_observations_are_errors),
        cmocka_unit_test(bad_vectors_are_errors),
        cmocka_unit_test(a_full_disk_is_an_error),
        cmocka_unit_test(particles_are_summarised_or_written),
        cmocka_unit_test(grids_are_written_whole),
        cmocka_unit_test(environments_without_filter_replay),
    };
    return cmocka_run_group_tests(tests, make_files, support_tear_down);
}
