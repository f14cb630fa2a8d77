// Messages: set, put into context, cut at their limit without harm; the nearest name.
#include "core/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void setting_formats_and_returns_false(void **state) {
    (void)state;
    Error error = {0};
    assert_false(error_set(&error, "%s:%d: found %g", "a.yaml", 7, 0.5));
    assert_string_equal(error.message, "a.yaml:7: found 0.5");
    assert_false(error_set(&error, "again"));
    assert_string_equal(error.message, "again");
    assert_false(error_set(NULL, "nobody %s", "listens"));
    assert_false(error_context(NULL, "nobody: "));
}

static void context_goes_before(void **state) {
    (void)state;
    Error error = {0};
    error_set(&error, "no such file");
    assert_false(error_context(&error, "%s: ", "x.h5"));
    error_context(&error, "run %d: ", 3);
    assert_string_equal(error.message, "run 3: x.h5: no such file");
}

static void long_messages_are_cut(void **state) {
    (void)state;
    enum { LONG = 3000 };
    char text[LONG + 1];
    memset(text, 'x', LONG);
    text[LONG] = '\0';
    struct {
        Error error;
        unsigned char guard[64];
    } place;
    memset(place.guard, 0xAB, sizeof place.guard);
    error_set(&place.error, "%s", text);
    assert_int_equal(strlen(place.error.message), sizeof place.error.message - 1);
    error_context(&place.error, "where: ");
    assert_int_equal(strlen(place.error.message), sizeof place.error.message - 1);
    assert_memory_equal(place.error.message, "where: xxx", 10);
    error_context(&place.error, "%s", text);
    assert_int_equal(strlen(place.error.message), sizeof place.error.message - 1);
    for (size_t i = 0; i < sizeof place.guard; i++) assert_int_equal(place.guard[i], 0xAB);
}

static void nearest_names(void **state) {
    (void)state;
    static const char *const names[] = {"gru", "lstm", "mgu", "brc", "nbrc", "stochasticity"};
    size_t count = sizeof names / sizeof *names;
    assert_string_equal(error_nearest("gru", names, count), "gru");
    assert_string_equal(error_nearest("ltsm", names, count), "lstm");    // distance 2
    assert_string_equal(error_nearest("nbrcs", names, count), "nbrc");
    assert_string_equal(error_nearest("stocasticty", names, count), "stochasticity");     // two letters left out
    assert_string_equal(error_nearest("stokastisiti", names, count), "stochasticity");    // 4 of 12
    assert_null(error_nearest("transformer", names, count));
    assert_null(error_nearest("xyz", names, count));
    assert_null(error_nearest("gru", names, 0));
    static const char *const alike[] = {"hike", "bike"};
    assert_string_equal(error_nearest("like", alike, 2), "hike");    // the earlier of two
    assert_string_equal(error_nearest("bikes", alike, 2), "bike");
    // Names beyond any sense are not compared.
    char endless[200];
    memset(endless, 'a', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';
    const char *const longest[] = {endless, "aa"};
    assert_null(error_nearest(endless, longest, 2));
    assert_string_equal(error_nearest("aaa", longest, 2), "aa");
}

static void unknown_names_say_what_is_accepted(void **state) {
    (void)state;
    static const char *const names[] = {"gru", "lstm"};
    Error error;
    assert_false(error_unknown(&error, "cell", "ltsm", names, 2));
    assert_string_equal(error.message, "found unknown cell 'ltsm', accepted: gru, lstm; nearest: lstm");
    assert_false(error_unknown(&error, "cell", "transformer", names, 2));
    assert_string_equal(error.message, "found unknown cell 'transformer', accepted: gru, lstm");
    const char *many[100];    // the list is cut, not the memory after it
    for (int i = 0; i < 100; i++) many[i] = "stochasticity";
    assert_false(error_unknown(&error, "parameter", "x", many, 100));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(setting_formats_and_returns_false),
        cmocka_unit_test(context_goes_before),
        cmocka_unit_test(long_messages_are_cut),
        cmocka_unit_test(nearest_names),
        cmocka_unit_test(unknown_names_say_what_is_accepted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
