// Typed parameter tables: every type's good and bad texts, defaults, canonical text.
#include <float.h>
#include <limits.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/param.h"
#include "core/rng.h"

typedef struct Maze {
    int length;
    double rate;
    bool open;
    int colour;
    int any;
    double free_real;
} Maze;

static const char *const colours[] = {"red", "green", "ultramarine", NULL};
static const ParamSpec rows[] = {
    {"length", PARAM_INT, offsetof(Maze, length), "20", 1, 10000, NULL, "corridor"},
    {"rate", PARAM_REAL, offsetof(Maze, rate), "0.25", 0, 1, NULL, "share"},
    {"open", PARAM_BOOL, offsetof(Maze, open), "true", 0, 0, NULL, "door"},
    {"colour", PARAM_CHOICE, offsetof(Maze, colour), "green", 0, 0, colours, "wall"},
    {"any", PARAM_INT, offsetof(Maze, any), "-3", INT_MIN, INT_MAX, NULL, "any integer"},
    {"free_real", PARAM_REAL, offsetof(Maze, free_real), "0", -INFINITY, INFINITY, NULL, "any real"},
};
static const ParamTable table = {"environment maze", rows, sizeof rows / sizeof *rows, sizeof(Maze)};

static void test_defaults(void **state) {
    (void)state;
    Maze maze;
    memset(&maze, 0xff, sizeof maze);
    param_defaults(&table, &maze);
    assert_int_equal(maze.length, 20);
    assert_true(maze.rate == 0.25 && maze.free_real == 0.0);
    assert_true(maze.open);
    assert_int_equal(maze.colour, 1);
    assert_int_equal(maze.any, -3);
}

typedef struct Case {
    const char *name, *text, *canonical;    // canonical NULL: refused
} Case;

static const Case cases[] = {
    {"length", "1", "1"},
    {"length", "10000", "10000"},
    {"length", "0", NULL},
    {"length", "10001", NULL},
    {"length", "", NULL},
    {"length", " 5", NULL},
    {"length", "5 ", NULL},
    {"length", "5x", NULL},
    {"length", "5.0", NULL},
    {"length", "1e2", NULL},
    {"length", "0x10", NULL},
    {"length", "-", NULL},
    {"length", "+5", "5"},
    {"length", "99999999999999999999999", NULL},
    {"length", "4294967297", NULL},
    {"any", "2147483647", "2147483647"},
    {"any", "-2147483648", "-2147483648"},
    {"any", "2147483648", NULL},
    {"rate", "0", "0"},
    {"rate", "-0", "0"},
    {"rate", "1", "1"},
    {"rate", "1e-3", "0.001"},
    {"rate", ".5", "0.5"},
    {"rate", "1.0000000000000002", NULL},
    {"rate", "-1e-300", NULL},
    {"rate", "nan", NULL},
    {"rate", "inf", NULL},
    {"rate", "0x1p-1", NULL},
    {"rate", "0.5abc", NULL},
    {"rate", ".", NULL},
    {"rate", "1e", NULL},
    {"rate", "", NULL},
    {"free_real", "1e999", NULL},
    {"free_real", "0.1", "0.1"},
    {"free_real", "100", "100"},
    {"free_real", "1e22", "1e+22"},
    {"free_real", "0.30000000000000004", "0.30000000000000004"},
    {"open", "true", "true"},
    {"open", "false", "false"},
    {"open", "True", NULL},
    {"open", "1", NULL},
    {"open", "yes", NULL},
    {"colour", "red", "red"},
    {"colour", "Red", NULL},
    {"colour", "0", NULL},
};

static void test_texts(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const Case *c = &cases[i];
        Maze maze, before;
        param_defaults(&table, &maze);
        before = maze;
        Error error = {""};
        bool good = param_set(&table, &maze, c->name, c->text, &error);
        if (good != (c->canonical != NULL)) fail_msg("%s=%s: %s", c->name, c->text, good ? "accepted" : error.message);
        if (!good) {
            assert_memory_equal(&maze, &before, sizeof maze);
            assert_non_null(strstr(error.message, "environment maze"));
            assert_non_null(strstr(error.message, c->name));
            assert_non_null(strstr(error.message, "accepted: "));
            continue;
        }
        char text[PARAM_TEXT_SIZE];
        param_text(param_find(&table, c->name), &maze, text);
        assert_string_equal(text, c->canonical);
    }
}

static void test_messages(void **state) {
    (void)state;
    Maze maze;
    param_defaults(&table, &maze);
    Error error;
    assert_false(param_set(&table, &maze, "lenght", "5", &error));
    assert_string_equal(error.message,
                        "environment maze: found unknown parameter 'lenght', accepted: length, rate, open, colour, any, "
                        "free_real; nearest: length");
    assert_false(param_set(&table, &maze, "zzzzzzzzzz", "5", &error));
    assert_null(strstr(error.message, "nearest"));
    assert_false(param_set(&table, &maze, "length", "abc", &error));
    assert_string_equal(error.message, "environment maze: length: found 'abc', accepted: integer, 1 to 10000");
    assert_false(param_set(&table, &maze, "colour", "gren", &error));
    assert_string_equal(error.message,
                        "environment maze: colour: found 'gren', accepted: one of: red, green, ultramarine; nearest: green");
    assert_false(param_set(&table, &maze, "length", "abc", NULL));    // nobody asked why
    char huge[5000];
    memset(huge, '7', sizeof huge - 1);
    huge[sizeof huge - 1] = '\0';
    assert_false(param_set(&table, &maze, "length", huge, &error));
    assert_false(param_set(&table, &maze, huge, "1", &error));
    assert_non_null(strstr(error.message, "accepted: length"));
}

static void assert_accepts(const char *name, const char *expected) {
    char text[128];
    param_accepts(param_find(&table, name), text, sizeof text);
    assert_string_equal(text, expected);
}

static void test_accepts(void **state) {
    (void)state;
    assert_accepts("length", "integer, 1 to 10000");
    assert_accepts("rate", "real, 0 to 1");
    assert_accepts("open", "true or false");
    assert_accepts("colour", "one of: red, green, ultramarine");
    assert_accepts("any", "integer");
    assert_accepts("free_real", "real");
    char small[12];
    param_accepts(param_find(&table, "colour"), small, sizeof small);
    assert_string_equal(small, "one of: red");
    const ParamSpec half = {.name = "half", .type = PARAM_REAL, .low = 0, .high = INFINITY};
    char text[64];
    param_accepts(&half, text, sizeof text);
    assert_string_equal(text, "real, at least 0");
    assert_null(param_find(&table, "nothing"));
}

static void assert_round_trip(double value) {
    const ParamSpec *spec = param_find(&table, "free_real");
    Maze maze = {.free_real = value}, read = {0};
    char text[PARAM_TEXT_SIZE];
    param_text(spec, &maze, text);
    assert_true(param_set(&table, &read, "free_real", text, NULL));
    assert_memory_equal(&read.free_real, &value, sizeof value);
}

static void test_reals_round_trip(void **state) {
    (void)state;
    const double special[] = {0.1,     1.0 / 3.0, 1e15,         1e15 + 2,     999999999999999.0,
                              DBL_MAX, DBL_MIN,   DBL_TRUE_MIN, -DBL_EPSILON, 123456.789};
    for (size_t i = 0; i < sizeof special / sizeof *special; i++) assert_round_trip(special[i]);
    Rng rng = rng_stream(7, RNG_TEST, 0);
    for (int i = 0; i < 20000;) {
        uint64_t bits = (uint64_t)rng_u32(&rng) << 32 | rng_u32(&rng);
        double value;
        memcpy(&value, &bits, sizeof value);
        if (!isfinite(value)) continue;
        assert_round_trip(value);
        i++;
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),         cmocka_unit_test(test_texts),
        cmocka_unit_test(test_messages),         cmocka_unit_test(test_accepts),
        cmocka_unit_test(test_reals_round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
