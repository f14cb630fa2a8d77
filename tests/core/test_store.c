// The store in use, and what it refuses.
#include "tests/core/small_store.h"

#include <sys/wait.h>

// ---- in use --------------------------------------------------------------------------------------------------------------

static void what_was_recorded_is_read(void **state) {
    (void)state;
    char path[PATH_SIZE], parts[PATH_SIZE], digest[DIGEST_SIZE], again[DIGEST_SIZE], value[16];
    make_run(in_folder(path, "new/deep/run.h5"), 7, digest);
    assert_false(there(in_folder(parts, "new/deep/run.h5.parts")));
    assert_true(store_is_complete(path));
    StoreReader *reader = store_open(path, NULL);
    assert_non_null(reader);
    assert_string_equal(store_key(reader), key);
    assert_string_equal(store_config(reader), config);
    assert_string_equal(store_digest(reader), digest);
    assert_string_equal(store_status(reader), "complete");
    assert_true(store_recompute_digest(reader, again, NULL));
    assert_string_equal(again, digest);
    assert_true(store_attribute(reader, "revision", value, sizeof value));
    assert_string_equal(value, "abc");
    assert_true(store_attribute(reader, "cpu", value, sizeof value));
    assert_string_equal(value, "");
    assert_false(store_attribute(reader, "wall", value, sizeof value));
    store_close(reader);
}

static void series_come_in_order_of_recording(void **state) {
    (void)state;
    char path[PATH_SIZE], digest[DIGEST_SIZE];
    make_run(in_folder(path, "series.h5"), 7, digest);
    StoreReader *reader = store_open(path, NULL);
    size_t count;
    int64_t *step;
    double *value;
    const char *const *names = store_series_names(reader, &count);
    assert_int_equal(count, 3);
    assert_string_equal(names[0], "evaluation/return");
    assert_string_equal(names[1], "training/total");    // depth first: the group "training" before "training-rate"
    assert_string_equal(names[2], "training-rate");
    assert_true(store_series(reader, "training/total", &count, &step, &value, NULL));
    assert_int_equal(count, STEPS);
    StoreWriter *writer = open_writer(in_folder(path, "series2.h5"));
    Counter counter = counter_start();
    for (size_t i = 0; i < count; i++) {
        counter_step(&counter, store_recorder(writer));
        assert_int_equal(step[i], (int64_t)i + 1);
        assert_memory_equal(&value[i], &counter.total, sizeof counter.total);
    }
    store_writer_close(writer);
    free(step);
    free(value);
    Error error;
    assert_false(store_series(reader, "training/totl", &count, &step, &value, &error));
    support_assert_has(error.message, "has no series 'training/totl'; the nearest name is 'training/total'");
    store_close(reader);
}

static void arrays_keep_type_and_shape(void **state) {
    (void)state;
    char path[PATH_SIZE], digest[DIGEST_SIZE];
    make_run(in_folder(path, "arrays.h5"), 25, digest);
    StoreReader *reader = store_open(path, NULL);
    size_t count;
    int64_t *steps;
    assert_true(store_array_steps(reader, &count, &steps, NULL));
    assert_int_equal(count, 6);
    for (size_t i = 0; i < count; i++) assert_int_equal(steps[i], 10 * ((int64_t)i + 1));
    free(steps);
    StoreArray array;
    assert_true(store_array_exists(reader, 20, "hidden/noise"));
    assert_false(store_array_exists(reader, 21, "hidden/noise"));
    assert_true(store_array(reader, 20, "hidden/noise", &array, NULL));
    assert_int_equal(array.type, DTYPE_F32);
    assert_int_equal(array.rank, 2);
    assert_int_equal(array.shape[0], 5);
    assert_int_equal(array.shape[1], 10);
    free(array.data);
    assert_true(store_array(reader, 20, "count", &array, NULL));
    assert_int_equal(array.type, DTYPE_I64);
    assert_int_equal(array.rank, 0);
    assert_int_equal(*(int64_t *)array.data, 20);
    free(array.data);
    Error error;
    assert_false(store_array(reader, 20, "hidden/nosie", &array, &error));
    support_assert_has(error.message, "nearest name is 'hidden/noise'");
    assert_false(store_array(reader, 21, "count", &array, &error));
    support_assert_has(error.message, "has no arrays at step 21");
    store_close(reader);
}

static void unusual_records(void **state) {
    (void)state;
    char path[PATH_SIZE], digest[DIGEST_SIZE];
    StoreWriter *writer = store_writer_open(in_folder(path, "unusual.h5"), "k", "", NULL);
    const Recorder *recorder = store_recorder(writer);
    record_scalar(recorder, "x", -5, NAN);
    record_array(recorder, "empty", 123456789012, DTYPE_F64, 2, (size_t[]){0, 3}, NULL);
    record_array(recorder, "bytes", 2, DTYPE_U8, 1, (size_t[]){3}, "abc");
    store_set_status(writer, "failed: loss is NaN at episode 3");
    assert_true(store_publish(writer, NULL, 0, digest, NULL));
    store_writer_close(writer);
    StoreReader *reader = store_open(path, NULL);
    assert_string_equal(store_config(reader), "");
    assert_string_equal(store_status(reader), "failed: loss is NaN at episode 3");
    size_t count;
    int64_t *step;
    double *value;
    assert_true(store_series(reader, "x", &count, &step, &value, NULL));
    assert_true(count == 1 && step[0] == -5 && isnan(value[0]));
    free(step);
    free(value);
    assert_true(store_array_steps(reader, &count, &step, NULL));
    assert_true(count == 2 && step[0] == 2 && step[1] == 123456789012);
    free(step);
    StoreArray array;
    assert_true(store_array(reader, 123456789012, "empty", &array, NULL));
    assert_true(array.rank == 2 && array.shape[0] == 0 && array.shape[1] == 3);
    free(array.data);
    store_close(reader);
}

static void the_same_array_twice_is_an_error(void **state) {
    (void)state;
    char path[PATH_SIZE], digest[DIGEST_SIZE];
    StoreWriter *writer = open_writer(in_folder(path, "twice.h5"));
    for (int i = 0; i < 2; i++) record_array(store_recorder(writer), "a", 1, DTYPE_U8, 1, (size_t[]){3}, "abc");
    Error error;
    assert_false(store_publish(writer, NULL, 0, digest, &error));
    support_assert_has(error.message, "twice.h5: /arrays/00000001/a cannot be written: name already exists");
    assert_false(there(path));
    store_writer_close(writer);
}

// The encoding is part of the file format: these bytes are written out by hand from its description in results/README.md.
static void the_digest_is_as_documented(void **state) {
    (void)state;
    char path[PATH_SIZE], digest[DIGEST_SIZE], expected[DIGEST_SIZE];
    StoreWriter *writer = store_writer_open(in_folder(path, "encoding.h5"), "k", "a = 1\n", NULL);
    record_scalar(store_recorder(writer), "m", 2, 1.0);
    record_array(store_recorder(writer), "w", 3, DTYPE_I32, 2, (size_t[]){1, 2}, (int32_t[]){1, -2});
    assert_true(store_publish(writer, NULL, 0, digest, NULL));
    store_writer_close(writer);
    static const char bytes[] = "/arrays/00000003/w\0i32\0"
                                "\2\0\0\0\0\0\0\0"
                                "\1\0\0\0\0\0\0\0"
                                "\2\0\0\0\0\0\0\0"
                                "\1\0\0\0"
                                "\xfe\xff\xff\xff"
                                "/config\0text\0"
                                "\1\0\0\0\0\0\0\0"
                                "\6\0\0\0\0\0\0\0"
                                "a = 1\n"
                                "/metrics/m\0table\0"
                                "\1\0\0\0\0\0\0\0"
                                "\1\0\0\0\0\0\0\0"
                                "\2\0\0\0\0\0\0\0"
                                "\0\0\0\0\0\0\xf0\x3f";
    digest_bytes(bytes, sizeof bytes - 1, expected);
    assert_string_equal(digest, expected);
}

static void the_digest_ignores_segments_and_provenance(void **state) {
    (void)state;
    char path[PATH_SIZE], expected[DIGEST_SIZE], digest[DIGEST_SIZE];
    undisturbed_digest(expected);
    for (int64_t interval = 1; interval <= 61; interval += 12) {
        make_run(in_folder(path, "interval.h5"), interval, digest);
        assert_string_equal(digest, expected);
        assert_true(store_remove(path, NULL));
    }
    StoreWriter *writer = open_writer(path);
    Counter counter = counter_start();
    counter_run(&counter, writer, STEPS, 0);
    assert_true(store_publish(writer, &(StoreAttribute){"cpu", "another"}, 1, digest, NULL));
    store_writer_close(writer);
    assert_string_equal(digest, expected);
}

static void only_two_states_are_kept(void **state) {
    (void)state;
    char path[PATH_SIZE], part[PATH_SIZE];
    make_unfinished(in_folder(path, "states.h5"));
    assert_false(there(path));
    assert_false(there(in_folder(part, "states.h5.parts/state-000002.h5")));
    assert_true(there(in_folder(part, "states.h5.parts/state-000003.h5")));
    assert_true(there(in_folder(part, "states.h5.parts/state-000004.h5")));
    static const char *const segments[] = {"segment-000001.h5", "segment-000002.h5", "segment-000003.h5", "segment-000004.h5"};
    for (int i = 0; i < 4; i++) assert_true(there(part_in_folder(part, "states.h5", segments[i])));
}

static void a_resumed_run_has_the_same_digest(void **state) {
    (void)state;
    char path[PATH_SIZE], expected[DIGEST_SIZE], digest[DIGEST_SIZE];
    undisturbed_digest(expected);
    make_unfinished(in_folder(path, "resumed.h5"));
    finish_run(path, digest);
    assert_string_equal(digest, expected);
}

// Going back within one process drops what was recorded since.
static void resuming_drops_later_records(void **state) {
    (void)state;
    char path[PATH_SIZE], expected[DIGEST_SIZE], digest[DIGEST_SIZE];
    undisturbed_digest(expected);
    StoreWriter *writer = open_writer(in_folder(path, "back.h5"));
    Counter counter = counter_start();
    counter_run(&counter, writer, 45, 20);
    assert_true(store_resume(writer, counter_archive, &counter, NULL));
    assert_int_equal(counter.step, 40);
    counter_run(&counter, writer, STEPS, 0);
    publish(writer, digest);
    assert_string_equal(digest, expected);
}

// ---- refusals ------------------------------------------------------------------------------------------------------------

static void another_run_is_refused(void **state) {
    (void)state;
    char path[PATH_SIZE], expected[DIGEST_SIZE], digest[DIGEST_SIZE];
    undisturbed_digest(expected);
    make_unfinished(in_folder(path, "another.h5"));
    Error error;
    assert_null(store_writer_open(path, key, "agent = other\n", &error));
    support_assert_has(error.message, "belongs to a run of another config");
    assert_null(store_writer_open(path, "other", config, &error));
    support_assert_has(error.message, "belongs to a run of another key");
    finish_run(path, digest);
    assert_string_equal(digest, expected);
    assert_null(store_writer_open(path, key, config, &error));
    support_assert_has(error.message, "finished already");
    assert_null(store_writer_open(path, "other", config, &error));
    support_assert_has(error.message, "another key");
    assert_true(store_is_complete(path));
}

static void unwritable_places(void **state) {
    (void)state;
    char file[PATH_SIZE], path[PATH_SIZE];
    Error error;
    support_write(NULL, in_folder(file, "plain"), "kept");
    assert_null(store_writer_open(in_folder(path, "plain/run.h5"), key, config, &error));
    support_assert_has(error.message, "the folder cannot be created");
    assert_int_equal(file_size(file), 4);
    assert_null(store_writer_open("/proc/engram/run.h5", key, config, &error));
    support_assert_has(error.message, "/proc/engram: the folder cannot be created");
}

static void one_writer_at_a_time(void **state) {
    (void)state;
    char path[PATH_SIZE];
    StoreWriter *writer = open_writer(in_folder(path, "locked.h5"));
    Error error;
    assert_null(store_writer_open(path, key, config, &error));
    char holder[64];
    snprintf(holder, sizeof holder, "another process (process %ld) is writing this run", (long)getpid());
    support_assert_has(error.message, holder);
    assert_false(store_remove(path, &error));
    Counter counter = counter_start();
    counter_run(&counter, writer, 20, 10);
    store_writer_close(writer);
    writer = open_writer(path);
    assert_int_equal(store_segment_count(writer), 2);
    store_writer_close(writer);
}

static void archive_other_counter(void *context, Archive *archive) {
    archive_enter(archive, "counter");
    archive_array(archive, "step", DTYPE_I32, 0, NULL, context);
    archive_leave(archive);
}

static void archive_other_shape(void *context, Archive *archive) {
    archive_enter(archive, "counter");
    archive_array(archive, "noise", DTYPE_F32, 2, (size_t[]){10, 5}, context);
    archive_leave(archive);
}

static void archive_one_of_four(void *context, Archive *archive) {
    archive_enter(archive, "counter");
    archive_i64(archive, "step", context);
    archive_leave(archive);
}

static void the_state_of_another_program(void **state) {
    (void)state;
    char path[PATH_SIZE];
    make_unfinished(in_folder(path, "state.h5"));
    StoreWriter *writer = open_writer(path);
    Error error;
    Counter counter = counter_start();
    assert_false(store_resume(writer, archive_other_counter, &counter, &error));
    support_assert_has(error.message, "counter/step was saved as i64 [], this program expects i32 []");
    assert_false(store_resume(writer, archive_other_shape, &counter, &error));
    support_assert_has(error.message, "counter/noise was saved as f32 [5, 10], this program expects f32 [10, 5]");
    assert_false(store_resume(writer, archive_one_of_four, &counter, &error));
    support_assert_has(error.message, "4 arrays, this program reads 1");
    store_writer_close(writer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_recorded_is_read),
        cmocka_unit_test(series_come_in_order_of_recording),
        cmocka_unit_test(arrays_keep_type_and_shape),
        cmocka_unit_test(unusual_records),
        cmocka_unit_test(the_same_array_twice_is_an_error),
        cmocka_unit_test(the_digest_is_as_documented),
        cmocka_unit_test(the_digest_ignores_segments_and_provenance),
        cmocka_unit_test(only_two_states_are_kept),
        cmocka_unit_test(a_resumed_run_has_the_same_digest),
        cmocka_unit_test(resuming_drops_later_records),
        cmocka_unit_test(another_run_is_refused),
        cmocka_unit_test(unwritable_places),
        cmocka_unit_test(one_writer_at_a_time),
        cmocka_unit_test(the_state_of_another_program),
    };
    return cmocka_run_group_tests_name("core/store", tests, make_folder, support_tear_down);
}
