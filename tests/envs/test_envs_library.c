// The shared library as it is built: what it needs and shows, that its environments are those of the program, to the bit, and that their spaces are
// those of the original (tests/golden/popgym/spaces.csv).
#include <dlfcn.h>

#include "core/rng.h"
#include "envs/api.h"
#include "envs/native.h"
#include "tests/ci/shell.h"

typedef struct Api {
    int (*version)(void);
    size_t (*count)(void);
    EngramEnvs *(*create)(const char *, const char *, const char *, int64_t, const char *, char *, size_t);
    void (*destroy)(EngramEnvs *);
    int (*describe)(const EngramEnvs *, EngramEnvsSpec *, size_t, char *, size_t);
    int (*reset)(EngramEnvs *, const uint64_t *, const uint8_t *, size_t, void *, size_t, char *, size_t);
    int (*step)(EngramEnvs *, const void *, size_t, const EngramEnvsStep *, char *, size_t);
} Api;

static const Api linked = {engram_envs_version,  engram_envs_count, engram_envs_create, engram_envs_destroy,
                           engram_envs_describe, engram_envs_reset, engram_envs_step};

static const char *library_path(void) {
    const char *asked = getenv("ENGRAM_LIBRARY");
    return asked ? asked : "build/libengram-envs.so";
}

static int library_open(void **state) {
    *state = dlopen(library_path(), RTLD_NOW | RTLD_LOCAL);
    if (!*state) print_message("%s\n", dlerror());
    return *state ? 0 : -1;
}

static int library_close(void **state) {
    return dlclose(*state);
}

static void look_up(void *library, const char *name, void *function) {
    void *found = dlsym(library, name);
    if (!found) fail_msg("%s is not there", name);
    memcpy(function, &found, sizeof found);    // ISO C knows no cast from an object's address to a function's
}

static Api loaded(void *library) {
    Api api;
    look_up(library, "engram_envs_version", &api.version);
    look_up(library, "engram_envs_count", &api.count);
    look_up(library, "engram_envs_create", &api.create);
    look_up(library, "engram_envs_destroy", &api.destroy);
    look_up(library, "engram_envs_describe", &api.describe);
    look_up(library, "engram_envs_reset", &api.reset);
    look_up(library, "engram_envs_step", &api.step);
    assert_true(api.create != engram_envs_create);
    return api;
}

// ---- what it needs and shows ---------------------------------------------------------------------------------------------------

static void expect_output(const char *format, const char *expected) {
    char output[SHELL_OUTPUT], *command = memory_format(format, library_path());
    assert_int_equal(shell_run("", command, output), 0);
    free(command);
    assert_string_equal(output, expected);
}

static void it_needs_the_c_library_and_nothing_else(void **state) {
    (void)state;
    if (getenv("ENGRAM_SANITIZED")) skip();    // then it needs the sanitizer too
    expect_output("readelf -d %s | sed -n 's/.*NEEDED.*\\[\\(.*\\)\\]/\\1/p' | sort", "libc.so.6\nlibm.so.6\n");
    expect_output("ldd -r %s 2>&1 >/dev/null", "");
}

static void it_shows_what_the_header_says(void **state) {
    (void)state;
    expect_output("nm -D --defined-only %s | sed 's/.* //' | sort",
                  "engram_envs_count\nengram_envs_create\nengram_envs_describe\nengram_envs_destroy\nengram_envs_entry\n"
                  "engram_envs_privileged\nengram_envs_reset\nengram_envs_step\nengram_envs_version\n");
}

// As another program would: C as of 1999, this one header, this one library.
static void another_program_is_built_with_it(void **state) {
    (void)state;
    if (getenv("ENGRAM_SANITIZED") || !shell_has("cc")) skip();
    char *folder = support_folder(), *source = support_path(folder, "other.c"), *api = realpath("envs/api.h", NULL);
    char *library = realpath(library_path(), NULL);
    assert_non_null(api);
    assert_non_null(library);
    char *text = memory_format("#include \"%s\"\nint main(void) {\n"
                               "    EngramEnvs *envs = engram_envs_create(\"repeat-first\", 0, 0, 3, 0, 0, 0);\n"
                               "    int32_t seen[3];\n"
                               "    int status = envs ? engram_envs_reset(envs, 0, 0, 0, seen, sizeof seen, 0, 0) : 1;\n"
                               "    engram_envs_destroy(envs);\n    return status;\n}\n",
                               api);
    support_write(folder, "other.c", text);
    char *command = memory_format("cc -std=c99 -pedantic -Wall -Wextra -Werror -o $F/other $F/other.c %s && "
                                  "LD_LIBRARY_PATH=%.*s $F/other",
                                  library, (int)(strrchr(library, '/') - library), library);
    shell_expect(0, folder, command);
    free(command);
    free(text);
    free(library);
    free(api);
    free(source);
    assert_int_equal(support_folder_remove(folder), 0);
}

// ---- its environments --------------------------------------------------------------------------------------------------------------

enum { COUNT = 5, STATE_MAX = 1024 };

// Numbers of all, of either kind.
typedef union Column {
    int32_t whole[COUNT * SPACE_MAX];
    float real[COUNT * SPACE_BOX_MAX];
} Column;

typedef struct Seen {
    Column observations, final_observations;
    double rewards[COUNT], privileged[COUNT * STATE_MAX], final_privileged[COUNT * STATE_MAX];
    uint8_t terminated[COUNT], truncated[COUNT];
} Seen;

typedef struct Player {
    const Api *api;
    EngramEnvs *envs;
    EngramEnvsSpec spec;
    Seen *seen;
    EngramEnvsStep step;
} Player;

static Player player_create(const Api *api, const char *id) {
    char error[256];
    Player player = {.api = api, .envs = api->create(id, NULL, NULL, COUNT, "same-step", error, sizeof error)};
    if (!player.envs) fail_msg("%s", error);
    assert_int_equal(api->describe(player.envs, &player.spec, sizeof player.spec, NULL, 0), ENGRAM_ENVS_OK);
    assert_true(player.spec.privileged_size <= STATE_MAX);
    const size_t observations = COUNT * 4 * (size_t)player.spec.observation.size,
                 states = COUNT * sizeof(double) * (size_t)player.spec.privileged_size;
    Seen *seen = player.seen = memory_zeroed(1, sizeof *seen);
    player.step = (EngramEnvsStep){{&seen->observations, observations}, {seen->rewards, sizeof seen->rewards},
                                   {seen->terminated, COUNT},           {seen->truncated, COUNT},
                                   {seen->privileged, states},          {&seen->final_observations, observations},
                                   {seen->final_privileged, states}};
    const uint64_t seed = 7;
    assert_int_equal(api->reset(player.envs, &seed, NULL, 0, &seen->observations, observations, NULL, 0), ENGRAM_ENVS_OK);
    return player;
}

static void player_step(Player *player, const Column *actions) {
    char error[256];
    const size_t bytes = COUNT * 4 * (size_t)player->spec.action.size;
    if (player->api->step(player->envs, actions, bytes, &player->step, error, sizeof error) != ENGRAM_ENVS_OK)
        fail_msg("%s", error);
}

static void player_destroy(Player *player) {
    player->api->destroy(player->envs);
    free(player->seen);
}

static void draw_actions(const EngramEnvsSpace *space, Rng *rng, Column *actions) {
    for (int i = 0; i < COUNT * space->size; i++) {
        const int k = i % space->size;
        if (space->kind == ENGRAM_ENVS_BOX) {
            actions->real[i] = (float)rng_between(rng, (double)space->low[k], (double)space->high[k]);
        } else {
            actions->whole[i] = (int32_t)rng_below(rng, (uint32_t)space->choices[k]);
        }
    }
}

static void play_beside(const Api *library, const char *id) {
    Player ours = player_create(&linked, id), other = player_create(library, id);
    Column actions;
    Rng rng = rng_stream(1, RNG_TEST, 0);
    int ends = 0;
    for (int t = 0; t < ours.spec.limit + 50; t++) {
        draw_actions(&ours.spec.action, &rng, &actions);
        player_step(&ours, &actions);
        player_step(&other, &actions);
        assert_memory_equal(ours.seen, other.seen, sizeof *ours.seen);
        for (int i = 0; i < COUNT; i++) ends += ours.seen->terminated[i] | ours.seen->truncated[i];
    }
    if (ends < COUNT) fail_msg("%s: %d episodes ended", id, ends);
    player_destroy(&ours);
    player_destroy(&other);
}

static void its_environments_are_those_of_the_program(void **state) {
    const Api library = loaded(*state);
    assert_int_equal(library.version(), ENGRAM_ENVS_VERSION);
    assert_int_equal(library.count(), native_type_count);
    for (size_t i = 0; i < native_type_count; i++) {
        EngramEnvsEntry entry;
        assert_int_equal(engram_envs_entry(i, &entry, sizeof entry, NULL, 0), ENGRAM_ENVS_OK);
        for (int level = 0; level < LEVEL_COUNT; level++) play_beside(&library, entry.ids[level]);
    }
}

// ---- spaces of the original ----------------------------------------------------------------------------------------------------------

static const char *cell(const CsvTable *table, size_t row, const char *name) {
    return csv_text(table, row, csv_column(table, name));
}

// Lists are separated by spaces, those of a tuple's members by plus signs; one number may stand for all.
static double listed(const char *text, int i) {
    char *rest;
    double value = strtod(text, &rest);
    for (; i > 0 && *rest; i--) value = strtod(rest + 1, &rest);
    return value;
}

static void assert_space(const EngramEnvsSpace *space, const CsvTable *table, size_t row, const char *prefix) {
    static const char *const kinds[] = {"Discrete", "MultiDiscrete", "Tuple(Discrete+Discrete)", "Box(float32)"};
    char *kind = memory_format("%s_kind", prefix), *shape = memory_format("%s_shape", prefix),
         *low = memory_format("%s_low", prefix), *high = memory_format("%s_high_inclusive", prefix);
    assert_string_equal(kinds[space->kind], cell(table, row, kind));
    assert_int_equal(space->size, space->kind == ENGRAM_ENVS_TUPLE ? 2 : (int)listed(cell(table, row, shape), 0));
    for (int i = 0; i < space->size; i++) {
        const bool box = space->kind == ENGRAM_ENVS_BOX;
        const double lowest = box ? (double)space->low[i] : 0, highest = box ? (double)space->high[i] : space->choices[i] - 1;
        assert_true((float)lowest == (float)listed(cell(table, row, low), i));
        assert_true((float)highest == (float)listed(cell(table, row, high), i));
    }
    free(kind);
    free(shape);
    free(low);
    free(high);
}

static void spaces_are_those_of_the_original(void **state) {
    const Api library = loaded(*state);
    CsvTable *table = support_table("tests/golden/popgym/spaces.csv");
    size_t compared = 0;
    for (size_t row = 0; row < csv_rows(table); row++) {
        const char *id = cell(table, row, "gym_id");
        EngramEnvs *envs = library.create(id, NULL, NULL, 1, NULL, NULL, 0);
        if (!envs) continue;
        EngramEnvsSpec spec;
        assert_int_equal(library.describe(envs, &spec, sizeof spec, NULL, 0), ENGRAM_ENVS_OK);
        assert_string_equal(spec.id, id);
        assert_string_equal(spec.upstream, cell(table, row, "env"));
        assert_space(&spec.observation, table, row, "obs");
        assert_space(&spec.action, table, row, "act");
        assert_int_equal(spec.limit, support_whole(table, row, "max_episode_steps"));
        assert_int_equal(spec.privileged_size, support_whole(table, row, "state_flat_len"));
        assert_int_equal(spec.previous_action, support_whole(table, row, "obs_requires_prev_action"));
        library.destroy(envs);
        compared++;
    }
    csv_destroy(table);
    assert_int_equal(compared, LEVEL_COUNT * native_type_count);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_needs_the_c_library_and_nothing_else), cmocka_unit_test(it_shows_what_the_header_says),
        cmocka_unit_test(another_program_is_built_with_it),        cmocka_unit_test(its_environments_are_those_of_the_program),
        cmocka_unit_test(spaces_are_those_of_the_original),
    };
    return cmocka_run_group_tests(tests, library_open, library_close);
}
