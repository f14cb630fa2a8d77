#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/archive.h"

typedef struct Replay {
    float reward[5];
    uint8_t ended[2][3];
    int64_t head;
    double mean;
    Rng rng;
} Replay;

static void replay_archive(Replay *replay, Archive *archive) {
    archive_enter(archive, "agent");
    archive_enter(archive, "replay");
    archive_array(archive, "reward", DTYPE_F32, 1, (size_t[]){5}, replay->reward);
    archive_array(archive, "ended", DTYPE_U8, 2, (size_t[]){2, 3}, replay->ended);
    archive_i64(archive, "head", &replay->head);
    archive_leave(archive);
    archive_f64(archive, "mean", &replay->mean);
    archive_rng(archive, "rng", &replay->rng);
    archive_leave(archive);
    if (archive_loading(archive) && (replay->head < 0 || replay->head > 4)) {
        archive_reject(archive, "agent/replay/head %lld lies outside 0..4", (long long)replay->head);
    }
}

static Replay example(void) {
    Replay replay = {{1, 2, 3, 4, -0.0f}, {{1, 0, 1}, {0, 0, 255}}, 3, 0.1, rng_stream(7, RNG_TEST, 2)};
    for (int i = 0; i < 9; i++) rng_u32(&replay.rng);
    return replay;
}

static MemoryArchive *saved_example(void) {
    MemoryArchive *memory = memory_archive_create();
    Replay replay = example();
    Archive *archive = memory_archive_open(memory, ARCHIVE_SAVE);
    assert_false(archive_loading(archive));
    replay_archive(&replay, archive);
    assert_true(archive_destroy(archive, NULL));
    return memory;
}

static void what_was_saved_is_loaded(void **state) {
    (void)state;
    MemoryArchive *memory = saved_example();
    Replay original = example(), loaded = {.rng = rng_stream(7, RNG_TEST, 2)};
    Archive *archive = memory_archive_open(memory, ARCHIVE_LOAD);
    replay_archive(&loaded, archive);
    assert_true(archive_destroy(archive, NULL));
    assert_memory_equal(loaded.reward, original.reward, sizeof loaded.reward);
    assert_memory_equal(loaded.ended, original.ended, sizeof loaded.ended);
    assert_int_equal(loaded.head, 3);
    assert_memory_equal(&loaded.mean, &original.mean, sizeof loaded.mean);
    for (int i = 0; i < 10; i++) assert_int_equal(rng_u32(&loaded.rng), rng_u32(&original.rng));
    memory_archive_destroy(memory);
}

// Loads with one call and expects the message.
static void expect_load_error(void (*load)(Archive *), const char *expected) {
    MemoryArchive *memory = saved_example();
    Archive *archive = memory_archive_open(memory, ARCHIVE_LOAD);
    archive_enter(archive, "agent");
    load(archive);
    int64_t untouched = 42;
    archive_i64(archive, "head", &untouched);    // errors stick: nothing more is done
    assert_int_equal(untouched, 42);
    archive_leave(archive);
    Error error;
    assert_false(archive_destroy(archive, &error));
    assert_string_equal(error.message, expected);
    memory_archive_destroy(memory);
}

static void load_wrong_type(Archive *archive) {
    archive_i64(archive, "mean", &(int64_t){0});
}

static void load_wrong_shape(Archive *archive) {
    double data[6];
    archive_enter(archive, "replay");
    archive_array(archive, "ended", DTYPE_U8, 2, (size_t[]){3, 2}, data);
    archive_leave(archive);
}

static void load_wrong_rank(Archive *archive) {
    archive_array(archive, "mean", DTYPE_F64, 1, (size_t[]){1}, &(double){0});
}

static void load_wrong_name(Archive *archive) {
    archive_f64(archive, "maen", &(double){0});
}

static void load_wrong_stream(Archive *archive) {
    Rng rng = rng_stream(8, RNG_TEST, 2);
    archive_rng(archive, "rng", &rng);
}

static void load_rejected(Archive *archive) {
    archive_reject(archive, "impossible: %d", 1);
    archive_reject(archive, "a later one");
}

static void mismatches_are_named(void **state) {
    (void)state;
    expect_load_error(load_wrong_type, "agent/mean was saved as f64 [], this program expects i64 []");
    expect_load_error(load_wrong_shape, "agent/replay/ended was saved as u8 [2, 3], this program expects u8 [3, 2]");
    expect_load_error(load_wrong_rank, "agent/mean was saved as f64 [], this program expects f64 [1]");
    expect_load_error(load_wrong_name, "the saved state has no agent/maen; the nearest name is agent/mean");
    expect_load_error(load_wrong_stream, "agent/rng is stream (seed 7, role 14, index 2), expected (seed 8, role 14, index 2)");
    expect_load_error(load_rejected, "impossible: 1");
}

static void arrays_left_unread_are_an_error(void **state) {
    (void)state;
    MemoryArchive *memory = saved_example();
    Archive *archive = memory_archive_open(memory, ARCHIVE_LOAD);
    archive_enter(archive, "agent");
    archive_f64(archive, "mean", &(double){0});
    archive_leave(archive);
    Error error;
    assert_false(archive_destroy(archive, &error));
    assert_string_equal(error.message, "the saved state has 5 arrays, this program reads 1 of them");
    memory_archive_destroy(memory);
}

static void the_same_name_twice_is_an_error(void **state) {
    (void)state;
    MemoryArchive *memory = memory_archive_create();
    Archive *archive = memory_archive_open(memory, ARCHIVE_SAVE);
    archive_f64(archive, "x", &(double){0});
    archive_f64(archive, "x", &(double){0});
    Error error;
    assert_false(archive_destroy(archive, &error));
    assert_string_equal(error.message, "x is saved twice");
    memory_archive_destroy(memory);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_saved_is_loaded),
        cmocka_unit_test(mismatches_are_named),
        cmocka_unit_test(arrays_left_unread_are_an_error),
        cmocka_unit_test(the_same_name_twice_is_an_error),
    };
    return cmocka_run_group_tests_name("core/archive", tests, NULL, NULL);
}
