// The store in use, and what it does about damage, full disks and kills.

#include <errno.h>
#include <fcntl.h>
#include <hdf5.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "core/store.h"
#include "tests/support.h"

enum { STEPS = 60, PATH_SIZE = 512 };

static const char key[] = "0123456789abcdef", config[] = "agent = counter\nseed = 1\n";
static const StoreAttribute provenance[] = {{"revision", "abc"}, {"cpu", ""}};

// HDF5 1.10 does not free all that it allocated when it gives up a damaged file; a leak check has to look past that.
const char *__lsan_default_suppressions(void);     // NOLINT(bugprone-reserved-identifier): the sanitizer's own name
const char *__lsan_default_suppressions(void) {    // NOLINT(bugprone-reserved-identifier)
    return "leak:libhdf5";
}

// ---- a run in small: its records depend on all of its past ---------------------------------------------------------------

typedef struct Counter {
    int64_t step;
    double total;
    float noise[50];
    Rng rng;
} Counter;

static Counter counter_start(void) {
    return (Counter){.rng = rng_stream(3, RNG_TEST, 0)};
}

static void counter_archive(void *context, Archive *archive) {
    Counter *counter = context;
    archive_enter(archive, "counter");
    archive_i64(archive, "step", &counter->step);
    archive_f64(archive, "total", &counter->total);
    archive_array(archive, "noise", DTYPE_F32, 2, (size_t[]){5, 10}, counter->noise);
    archive_rng(archive, "rng", &counter->rng);
    archive_leave(archive);
}

static void counter_step(Counter *counter, const Recorder *recorder) {
    counter->step++;
    counter->noise[rng_below(&counter->rng, 50)] += (float)rng_uniform(&counter->rng);
    counter->total += counter->noise[7];
    record_scalar(recorder, "training/total", counter->step, counter->total);
    record_scalar(recorder, "training-rate", counter->step, counter->total / (double)counter->step);
    if (counter->step % 10 != 0) return;
    record_scalar(recorder, "evaluation/return", counter->step, rng_uniform(&counter->rng));
    record_array(recorder, "hidden/noise", counter->step, DTYPE_F32, 2, (size_t[]){5, 10}, counter->noise);
    record_array(recorder, "count", counter->step, DTYPE_I64, 0, NULL, &counter->step);
}

static void counter_run(Counter *counter, StoreWriter *writer, int64_t until, int64_t interval) {
    while (counter->step < until) {
        counter_step(counter, store_recorder(writer));
        if (interval && counter->step % interval == 0) assert_true(store_checkpoint(writer, counter_archive, counter, NULL));
    }
}

// ---- files ---------------------------------------------------------------------------------------------------------------

static char *folder;

static int make_folder(void **state) {
    *state = folder = support_folder();
    return 0;
}

static const char *in_folder(char path[PATH_SIZE], const char *name) {
    snprintf(path, PATH_SIZE, "%s/%s", folder, name);
    return path;
}

static const char *part_in_folder(char path[PATH_SIZE], const char *run, const char *part) {
    snprintf(path, PATH_SIZE, "%s/%s.parts/%s", folder, run, part);
    return path;
}

static bool there(const char *path) {
    return access(path, F_OK) == 0;
}

static void flip_byte(const char *path, long offset) {
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    fseek(file, offset, SEEK_SET);
    int byte = fgetc(file);
    fseek(file, offset, SEEK_SET);
    fputc(byte ^ 0x10, file);
    fclose(file);
}

static long file_size(const char *path) {
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    return (long)status.st_size;
}

static StoreWriter *open_writer(const char *path) {
    Error error = {0};
    StoreWriter *writer = store_writer_open(path, key, config, &error);
    if (!writer) fail_msg("%s", error.message);
    return writer;
}

static void publish(StoreWriter *writer, char digest[DIGEST_SIZE]) {
    Error error = {0};
    if (!store_publish(writer, provenance, 2, digest, &error)) fail_msg("%s", error.message);
    store_writer_close(writer);
}

// A whole run; checkpoints every `interval` steps, none for 0.
static void make_run(const char *path, int64_t interval, char digest[DIGEST_SIZE]) {
    StoreWriter *writer = open_writer(path);
    Counter counter = counter_start();
    counter_run(&counter, writer, STEPS, interval);
    publish(writer, digest);
}

// Opens again, resumes if there is something to resume, and runs to the end.
static void finish_run(const char *path, char digest[DIGEST_SIZE]) {
    StoreWriter *writer = open_writer(path);
    Counter counter = counter_start();
    if (store_segment_count(writer) > 0) assert_true(store_resume(writer, counter_archive, &counter, NULL));
    counter_run(&counter, writer, STEPS, 9);
    publish(writer, digest);
}

// Steps to 47 with checkpoints at 10, 20, 30, 40.
static void make_unfinished(const char *path) {
    StoreWriter *writer = open_writer(path);
    Counter counter = counter_start();
    counter_run(&counter, writer, 47, 10);
    assert_int_equal(store_segment_count(writer), 4);
    store_writer_close(writer);
}

static void undisturbed_digest(char digest[DIGEST_SIZE]) {
    char path[PATH_SIZE];
    make_run(in_folder(path, "undisturbed.h5"), 0, digest);
    assert_true(store_remove(path, NULL));
}

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

// ---- damage --------------------------------------------------------------------------------------------------------------

static void expect_unreadable(const char *path, const char *message) {
    Error error;
    assert_null(store_open(path, &error));
    support_assert_has(error.message, path);
    support_assert_has(error.message, message);
    assert_false(store_is_complete(path));
}

static void unreadable_run_files(void **state) {
    (void)state;
    char path[PATH_SIZE], digest[DIGEST_SIZE];
    expect_unreadable(in_folder(path, "absent.h5"), "No such file or directory");
    support_write(NULL, in_folder(path, "text.h5"), "not at all\n");
    expect_unreadable(path, "is not an HDF5 file");
    make_run(in_folder(path, "short.h5"), 0, digest);
    assert_int_equal(truncate(path, file_size(path) / 2), 0);
    expect_unreadable(path, "truncated file");
    assert_int_equal(truncate(path, 0), 0);
    expect_unreadable(path, "is not an HDF5 file");
    Error error;
    assert_null(store_writer_open(path, key, config, &error));    // nor is it overwritten
    support_assert_has(error.message, "remove the file to run again");
    assert_true(there(path));
}

static void change_schema(const char *path, int64_t schema) {
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    hid_t attribute = H5Aopen(file, "schema", H5P_DEFAULT);
    assert_true(H5Awrite(attribute, H5T_NATIVE_INT64, &schema) >= 0);
    H5Aclose(attribute);
    H5Fclose(file);
}

static void another_schema_is_refused(void **state) {
    (void)state;
    char path[PATH_SIZE], part[PATH_SIZE], digest[DIGEST_SIZE];
    make_run(in_folder(path, "schema.h5"), 0, digest);
    change_schema(path, 99);
    expect_unreadable(path, "has schema 99, this program reads schema 1");
    make_unfinished(in_folder(path, "schema2.h5"));
    change_schema(in_folder(part, "schema2.h5.parts/segment-000002.h5"), 0);
    Error error;
    assert_null(store_writer_open(path, key, config, &error));
    support_assert_has(error.message, "has schema 0, this program continues schema 1");
    assert_true(there(in_folder(part, "schema2.h5.parts/segment-000004.h5")));
    hid_t file = H5Fcreate(in_folder(path, "foreign.h5"), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    H5Fclose(file);
    expect_unreadable(path, "not a file of engram's");
}

// Wherever a bit flips: the file does not open, or its digest cannot be computed or differs, or nothing that counts changed.
static void flipped_bits_are_noticed(void **state) {
    (void)state;
    char path[PATH_SIZE], digest[DIGEST_SIZE], again[DIGEST_SIZE];
    make_run(in_folder(path, "flip.h5"), 0, digest);
    int unreadable = 0, different = 0;
    long size = file_size(path);
    for (long offset = 3; offset < size; offset += 61) {
        flip_byte(path, offset);
        StoreReader *reader = store_open(path, NULL);
        if (!reader || !store_recompute_digest(reader, again, NULL)) unreadable++;
        else if (strcmp(again, store_digest(reader)) != 0) different++;
        store_close(reader);
        flip_byte(path, offset);
    }
    assert_true(unreadable > 10 && different > 10);
    StoreReader *reader = store_open(path, NULL);
    assert_true(store_recompute_digest(reader, again, NULL));
    assert_string_equal(again, digest);
    store_close(reader);
}

// Damages one part of an unfinished run, and expects that it goes on from `segments` and ends as if undisturbed.
static void expect_recovery(const char *part, bool cut, int segments, const char *notice) {
    char path[PATH_SIZE], damaged[PATH_SIZE], expected[DIGEST_SIZE], digest[DIGEST_SIZE];
    undisturbed_digest(expected);
    make_unfinished(in_folder(path, "damaged.h5"));
    part_in_folder(damaged, "damaged.h5", part);
    long size = file_size(damaged);
    if (cut) assert_int_equal(truncate(damaged, size / 2), 0);
    else
        for (long offset = 0; offset < size; offset += 100) flip_byte(damaged, offset);
    StoreWriter *writer = open_writer(path);
    assert_int_equal(store_segment_count(writer), segments);
    if (notice) support_assert_has(store_notice(writer), notice);
    else assert_null(store_notice(writer));
    store_writer_close(writer);
    writer = open_writer(path);    // what was broken is gone
    assert_int_equal(store_segment_count(writer), segments);
    assert_null(store_notice(writer));
    store_writer_close(writer);
    finish_run(path, digest);
    assert_string_equal(digest, expected);
    assert_true(store_remove(path, NULL));
}

static void damaged_parts_are_made_again(void **state) {
    (void)state;
    expect_recovery("segment-000004.h5", true, 3, "goes on from checkpoint 3");
    expect_recovery("segment-000004.h5", false, 3, "goes on from checkpoint 3");
    expect_recovery("state-000004.h5", true, 3, "goes on from checkpoint 3");
    expect_recovery("state-000004.h5", false, 3, "goes on from checkpoint 3");
    expect_recovery("state-000003.h5", false, 4, NULL);
    expect_recovery("segment-000002.h5", true, 0, "the run starts again");
}

// One flipped bit anywhere in the newest segment: never a wrong result, never a refusal for good.
static void a_flipped_bit_in_a_segment(void **state) {
    (void)state;
    char path[PATH_SIZE], copy[PATH_SIZE], part[PATH_SIZE], command[3 * PATH_SIZE], expected[DIGEST_SIZE], digest[DIGEST_SIZE];
    undisturbed_digest(expected);
    make_unfinished(in_folder(path, "bit.h5"));
    in_folder(copy, "bit-copy.h5");
    part_in_folder(part, "bit-copy.h5", "segment-000004.h5");
    for (int i = 0; i < 12; i++) {
        snprintf(command, sizeof command, "cp -r %s.parts %s.parts", path, copy);
        assert_int_equal(system(command), 0);
        flip_byte(part, (i * 997 + 13) % file_size(part));
        finish_run(copy, digest);
        assert_string_equal(digest, expected);
        assert_true(store_remove(copy, NULL));
    }
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

// ---- full disk -----------------------------------------------------------------------------------------------------------

static void limit_files(rlim_t bytes) {
    struct rlimit limit;
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limit);
}

// In a child: 0 if all went as it should. A limit on file sizes acts like a disk that is full in the middle of a file.
static int fill_disk(const char *path, rlim_t room) {
    signal(SIGXFSZ, SIG_IGN);
    Error error = {0};
    char digest[DIGEST_SIZE];
    StoreWriter *writer = store_writer_open(path, key, config, &error);
    Counter counter = counter_start();
    while (counter.step < 35) {
        counter_step(&counter, store_recorder(writer));
        if (counter.step % 10 == 0 && !store_checkpoint(writer, counter_archive, &counter, &error)) return 1;
    }
    limit_files(room);
    if (store_checkpoint(writer, counter_archive, &counter, &error)) return 2;
    if (!strstr(error.message, "File too large")) return 3;
    if (store_publish(writer, provenance, 2, digest, &error) || access(path, F_OK) == 0) return 4;
    limit_files(RLIM_INFINITY);
    if (store_segment_count(writer) != 3) return 5;
    while (counter.step < 50) counter_step(&counter, store_recorder(writer));
    if (!store_checkpoint(writer, counter_archive, &counter, &error)) return 6;    // room again: it goes on
    if (store_segment_count(writer) != 4) return 7;
    store_writer_close(writer);
    return 0;
}

static void a_full_disk_costs_nothing_earlier(void **state) {
    (void)state;
    char path[PATH_SIZE], expected[DIGEST_SIZE], digest[DIGEST_SIZE];
    undisturbed_digest(expected);
    in_folder(path, "full.h5");
    static const rlim_t rooms[] = {0, 100, 1000, 2000};
    for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++) {
        pid_t child = fork();
        if (child == 0) exit(fill_disk(path, rooms[i]));    // exit, not _exit: HDF5 must survive its own clean-up
        int status;
        waitpid(child, &status, 0);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
        finish_run(path, digest);
        assert_string_equal(digest, expected);
        assert_true(store_remove(path, NULL));
    }
}

// ---- kills ---------------------------------------------------------------------------------------------------------------

// Never returns to the tests. Checkpoints at irregular steps that differ from life to life.
static void run_until_killed(const char *path, int life) {
    char digest[DIGEST_SIZE];
    StoreWriter *writer = store_writer_open(path, key, config, NULL);
    if (!writer) _exit(store_is_complete(path) ? 0 : 1);
    Counter counter = counter_start();
    if (store_segment_count(writer) > 0 && !store_resume(writer, counter_archive, &counter, NULL)) _exit(2);
    Rng moments = rng_stream((uint64_t)life, RNG_TEST, 2);
    while (counter.step < STEPS) {
        counter_step(&counter, store_recorder(writer));
        if (rng_below(&moments, 3) > 0) continue;
        if (!store_checkpoint(writer, counter_archive, &counter, NULL)) _exit(3);
    }
    if (!store_publish(writer, provenance, 2, digest, NULL)) _exit(4);
    store_writer_close(writer);
    _exit(0);
}

// Starts lives and kills them until one comes to its end; returns the number of kills.
static int kill_until_done(const char *path, Rng *rng) {
    for (int kills = 0;; kills++) {
        pid_t child = fork();
        if (child == 0) run_until_killed(path, kills);
        uint32_t longest = 8000u << (kills / 8 < 8 ? kills / 8 : 8);    // µs; longer and longer where a life comes to nothing
        usleep(500 + rng_below(rng, longest));
        kill(child, SIGKILL);
        int status;
        waitpid(child, &status, 0);
        if (WIFSIGNALED(status)) continue;
        assert_int_equal(WEXITSTATUS(status), 0);
        return kills;
    }
}

static void kills_at_any_moment(void **state) {
    (void)state;
    char path[PATH_SIZE], parts[PATH_SIZE], expected[DIGEST_SIZE], again[DIGEST_SIZE];
    undisturbed_digest(expected);
    Rng rng = rng_stream((uint64_t)time(NULL), RNG_TEST, 1);    // other moments every time
    int rounds = getenv("ENGRAM_TEST_FULL") ? 200 : 20, kills = 0;
    in_folder(path, "killed.h5");
    in_folder(parts, "killed.h5.parts");
    for (int round = 0; round < rounds; round++) {
        kills += kill_until_done(path, &rng);
        assert_true(store_clean(path, NULL));
        assert_false(there(parts));
        StoreReader *reader = store_open(path, NULL);
        assert_non_null(reader);
        assert_true(store_recompute_digest(reader, again, NULL));
        assert_string_equal(store_digest(reader), expected);
        assert_string_equal(again, expected);
        store_close(reader);
        assert_true(store_remove(path, NULL));
    }
    print_message("%d rounds, %d kills\n", rounds, kills);
    assert_true(kills >= rounds);
}

// Killed between publication and clean-up: the folder of segments is still there beside the finished file.
static void left_over_parts_are_cleaned(void **state) {
    (void)state;
    char path[PATH_SIZE], parts[PATH_SIZE], kept[PATH_SIZE], command[3 * PATH_SIZE], digest[DIGEST_SIZE];
    in_folder(path, "left.h5");
    in_folder(parts, "left.h5.parts");
    in_folder(kept, "left.h5.parts.kept");
    for (int way = 0; way < 2; way++) {
        make_unfinished(path);
        snprintf(command, sizeof command, "cp -r %s %s", parts, kept);
        assert_int_equal(system(command), 0);
        finish_run(path, digest);
        assert_int_equal(rename(kept, parts), 0);
        Error error;
        if (way == 0) assert_true(store_clean(path, NULL));
        else assert_null(store_writer_open(path, key, config, &error));
        assert_false(there(parts));
        assert_true(store_is_complete(path));
        assert_true(store_remove(path, NULL));
        assert_false(there(path));
    }
    make_unfinished(path);
    assert_true(store_clean(path, NULL));    // nothing finished: nothing to clean
    assert_true(there(parts));
    assert_true(store_remove(path, NULL));
    assert_false(there(parts));
}

static void unfinished_files_are_removed(void **state) {
    (void)state;
    char path[PATH_SIZE], left[PATH_SIZE];
    make_unfinished(in_folder(path, "left-over.h5"));
    support_write(NULL, in_folder(left, "left-over.h5.parts/segment-000005.h5.tmp-4711"), "half of");
    store_writer_close(open_writer(path));
    assert_false(there(left));
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
        cmocka_unit_test(unreadable_run_files),
        cmocka_unit_test(another_schema_is_refused),
        cmocka_unit_test(flipped_bits_are_noticed),
        cmocka_unit_test(damaged_parts_are_made_again),
        cmocka_unit_test(a_flipped_bit_in_a_segment),
        cmocka_unit_test(another_run_is_refused),
        cmocka_unit_test(unwritable_places),
        cmocka_unit_test(one_writer_at_a_time),
        cmocka_unit_test(the_state_of_another_program),
        cmocka_unit_test(a_full_disk_costs_nothing_earlier),
        cmocka_unit_test(kills_at_any_moment),
        cmocka_unit_test(left_over_parts_are_cleaned),
        cmocka_unit_test(unfinished_files_are_removed),
    };
    return cmocka_run_group_tests_name("core/store", tests, make_folder, support_tear_down);
}
