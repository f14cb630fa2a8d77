// What the store does about damage, full disks and kills.
#include "tests/core/small_store.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

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
        cmocka_unit_test(unreadable_run_files),         cmocka_unit_test(another_schema_is_refused),
        cmocka_unit_test(flipped_bits_are_noticed),     cmocka_unit_test(damaged_parts_are_made_again),
        cmocka_unit_test(a_flipped_bit_in_a_segment),   cmocka_unit_test(a_full_disk_costs_nothing_earlier),
        cmocka_unit_test(kills_at_any_moment),          cmocka_unit_test(left_over_parts_are_cleaned),
        cmocka_unit_test(unfinished_files_are_removed),
    };
    return cmocka_run_group_tests_name("core/store_faults", tests, make_folder, support_tear_down);
}
