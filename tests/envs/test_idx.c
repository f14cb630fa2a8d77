// IDX files: what is written is read again, plain and compressed, byte by byte as the format has it; and one test per kind of bad file.
#include <signal.h>
#include <sys/resource.h>
#include <zlib.h>

#include "envs/idx.h"
#include "tests/support.h"

// The files of each test: in a folder of its own.
static char images[256], labels[256];

static int make_files(void **state) {
    char *folder = *state = support_folder();
    snprintf(images, sizeof images, "%s/images", folder);
    snprintf(labels, sizeof labels, "%s/labels", folder);
    return 0;
}

// Two images of 2 x 3 pixels, written out by hand: magic, count, rows, columns, pixels; magic, count, labels.
static const uint8_t two_images[] = {0, 0, 8, 3, 0, 0, 0, 2, 0,   0,   0,   2,   0,   0,
                                     0, 3, 1, 2, 3, 4, 5, 6, 250, 251, 252, 253, 254, 255};
static const uint8_t two_labels[] = {0, 0, 8, 1, 0, 0, 0, 2, 9, 0};
enum { IMAGES_SIZE = sizeof two_images, LABELS_SIZE = sizeof two_labels, HEADER = 16 };

static bool read_two(IdxSet *set, Error *error) {
    return idx_read(images, labels, 2, 3, set, error);
}

static void expect_two(void) {
    Error error = {0};
    IdxSet set;
    if (!read_two(&set, &error)) fail_msg("%s", error.message);
    assert_true(set.count == 2 && set.rows == 2 && set.columns == 3);
    assert_memory_equal(set.pixels, two_images + HEADER, 12);
    assert_memory_equal(set.labels, two_labels + 8, 2);
    idx_release(&set);
    assert_null(set.pixels);
}

// The files as they are must be refused, naming `path`, with `expected` in the message, and nothing must be left in the set.
static void expect_error(const char *path, const char *expected) {
    Error error = {0};
    IdxSet set;
    if (read_two(&set, &error)) fail_msg("accepted; expected: %s", expected);
    if (strncmp(error.message, path, strlen(path)) != 0) fail_msg("not of %s: %s", path, error.message);
    support_assert_has(error.message, expected);
    support_assert_has(error.message, "accepted");
    assert_true(!set.pixels && !set.labels && set.count == 0);
}

static void write_two(void) {
    support_write_bytes(NULL, images, two_images, IMAGES_SIZE);
    support_write_bytes(NULL, labels, two_labels, LABELS_SIZE);
}

// The files with one byte changed: of the images where `of_images`, else of the labels.
static void write_changed(bool of_images, int at, uint8_t byte) {
    uint8_t bytes[IMAGES_SIZE];
    write_two();
    memcpy(bytes, of_images ? two_images : two_labels, of_images ? IMAGES_SIZE : LABELS_SIZE);
    bytes[at] = byte;
    support_write_bytes(NULL, of_images ? images : labels, bytes, of_images ? IMAGES_SIZE : LABELS_SIZE);
}

static void write_gzip(const char *path, const uint8_t *bytes, size_t count) {
    gzFile file = gzopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(gzwrite(file, bytes, (unsigned)count), count);
    assert_int_equal(gzclose(file), Z_OK);
}

// ---- what is good -----------------------------------------------------------------------------------------------------------

static void a_file_written_by_hand(void **state) {
    (void)state;
    write_two();
    expect_two();
    write_gzip(images, two_images, IMAGES_SIZE);    // one of them compressed, then both
    expect_two();
    write_gzip(labels, two_labels, LABELS_SIZE);
    expect_two();
}

static void what_is_written(void **state) {
    char *folder = *state;
    uint8_t pixels[12], digits[2];
    memcpy(pixels, two_images + HEADER, sizeof pixels);
    memcpy(digits, two_labels + 8, sizeof digits);
    const IdxSet set = {.count = 2, .rows = 2, .columns = 3, .pixels = pixels, .labels = digits};
    for (int gzip = 0; gzip < 2; gzip++) {
        Error error = {0};
        if (!idx_write(images, labels, &set, gzip, &error)) fail_msg("%s", error.message);
        expect_two();
        size_t size;
        char *bytes = support_read(NULL, images, &size);
        if (gzip) {
            assert_true((uint8_t)bytes[0] == 0x1f && (uint8_t)bytes[1] == 0x8b);
        } else {
            assert_int_equal(size, IMAGES_SIZE);
            assert_memory_equal(bytes, two_images, IMAGES_SIZE);
        }
        free(bytes);
        // Nothing is overwritten.
        assert_false(idx_write(images, labels, &set, !gzip, &error));
        support_assert_has(error.message, "images: is there already; accepted: a folder without it");
        expect_two();
        assert_int_equal(remove(images), 0);
        assert_false(
            idx_write(images, labels, &set, !gzip, &error));    // the labels are there: the images are not written either
        support_assert_has(error.message, "labels: is there already");
        assert_int_not_equal(remove(images), 0);
        assert_int_equal(remove(labels), 0);
    }
    Error error = {0};
    char *nowhere = memory_format("%s/none/images", folder);
    assert_false(idx_write(nowhere, labels, &set, false, &error));
    support_assert_has(error.message, "none/images: cannot be written: No such file");
    free(nowhere);
}

// A disk that is full, as a limit on the size of files: no part of a file is left, under no name.
static void what_cannot_be_finished(void **state) {
    uint8_t pixels[2000] = {0}, digits[2000] = {0};
    const IdxSet set = {.count = 2000, .rows = 1, .columns = 1, .pixels = pixels, .labels = digits};
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    struct rlimit small = {.rlim_cur = 1000, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    Error error = {0};
    bool written = idx_write(images, labels, &set, false, &error);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, handler);
    assert_false(written);
    support_assert_has(error.message, "images: cannot be written: File too large");
    assert_int_equal(rmdir(*state), 0);    // it is empty
    assert_int_equal(mkdir(*state, 0700), 0);
}

// More than one chunk of reading, so that the memory grows on the way.
static void many_images(void **state) {
    (void)state;
    enum { COUNT = 5000, AREA = 28 * 28 };
    IdxSet set = {.count = COUNT, .rows = 28, .columns = 28}, found;
    set.pixels = memory_alloc((size_t)COUNT * AREA);
    set.labels = memory_alloc(COUNT);
    for (size_t i = 0; i < (size_t)COUNT * AREA; i++) set.pixels[i] = (uint8_t)(i * 2654435761u >> 13);
    for (int i = 0; i < COUNT; i++) set.labels[i] = (uint8_t)(i % 10);
    for (int gzip = 0; gzip < 2; gzip++) {
        Error error = {0};
        if (!idx_write(images, labels, &set, gzip, &error) || !idx_read(images, labels, 28, 28, &found, &error))
            fail_msg("%s", error.message);
        assert_int_equal(found.count, COUNT);
        assert_memory_equal(found.pixels, set.pixels, (size_t)COUNT * AREA);
        assert_memory_equal(found.labels, set.labels, COUNT);
        idx_release(&found);
        assert_int_equal(remove(images) | remove(labels), 0);
    }
    idx_release(&set);
}

static void splits_of_a_folder(void **state) {
    const char *folder = *state;
    uint8_t pixels[2] = {7, 8}, digits[2] = {1, 2};
    IdxSet set = {.count = 2, .rows = 1, .columns = 1, .pixels = pixels, .labels = digits}, found;
    Error error = {0};
    assert_false(idx_read_split(folder, TASK_TRAIN, 1, 1, &found, &error));
    support_assert_has(error.message, "found neither train-images-idx3-ubyte nor train-images-idx3-ubyte.gz");
    assert_true(idx_write_split(folder, TASK_TRAIN, &set, true, &error));
    assert_true(support_exists(folder, "train-images-idx3-ubyte.gz") && support_exists(folder, "train-labels-idx1-ubyte.gz"));
    assert_true(idx_check_absent(folder, TASK_TEST, &error));
    set.count = 1;
    assert_true(idx_write_split(folder, TASK_TEST, &set, false, &error));
    assert_true(support_exists(folder, "t10k-images-idx3-ubyte") && support_exists(folder, "t10k-labels-idx1-ubyte"));
    for (TaskSplit split = TASK_TRAIN; split < TASK_SPLIT_COUNT; split++) {
        assert_true(idx_read_split(folder, split, 1, 1, &found, &error));
        assert_int_equal(found.count, split == TASK_TRAIN ? 2 : 1);
        assert_memory_equal(found.pixels, pixels, (size_t)found.count);
        idx_release(&found);
        // Neither in the same form nor in the other one are they written twice.
        for (int gzip = 0; gzip < 2; gzip++) assert_false(idx_write_split(folder, split, &set, gzip, &error));
        support_assert_has(error.message, "is there already; accepted: a folder without it");
    }
    // Labels alone missing.
    char *path = memory_format("%s/t10k-labels-idx1-ubyte", folder);
    assert_int_equal(remove(path), 0);
    free(path);
    assert_false(idx_read_split(folder, TASK_TEST, 1, 1, &found, &error));
    support_assert_has(error.message, "found neither t10k-labels-idx1-ubyte nor");
}

// ---- what is refused --------------------------------------------------------------------------------------------------------

static void files_that_are_none(void **state) {
    const char *folder = *state;
    Error error = {0};
    IdxSet set;
    assert_false(read_two(&set, &error));
    support_assert_has(error.message, "images: No such file");
    assert_int_equal(mkdir(images, 0700), 0);
    expect_error(images, "not a file; accepted: an IDX file");
    assert_int_equal(rmdir(images), 0);
    support_write_bytes(folder, "images", two_images, IMAGES_SIZE);
    assert_false(read_two(&set, &error));
    support_assert_has(error.message, "labels: No such file");
}

static void other_formats(void **state) {
    (void)state;
    write_two();
    support_write(NULL, images, "PK: an archive, or whatever");
    expect_error(images, "found 1347107360 at its start, accepted: 2051, that of an IDX file of images");
    support_write_bytes(NULL, images, two_labels, LABELS_SIZE);    // the two exchanged
    expect_error(images, "found 2049 at its start, accepted: 2051");
    write_two();
    support_write_bytes(NULL, labels, two_images, IMAGES_SIZE);
    expect_error(labels, "found 2051 at its start, accepted: 2049, that of an IDX file of labels");
}

static void files_cut_short(void **state) {
    (void)state;
    for (int gzip = 0; gzip < 2; gzip++) {
        for (int size = 0; size < IMAGES_SIZE; size++) {
            char expected[64];
            write_two();
            snprintf(expected, sizeof expected, "found %d bytes, accepted: at least %d,", size,
                     size < 4    ? 4
                     : size < 16 ? 16
                                 : 28);
            if (gzip) {
                write_gzip(images, two_images, (size_t)size);
            } else {
                support_write_bytes(NULL, images, two_images, (size_t)size);
            }
            expect_error(images, expected);
        }
        for (int size = 0; size < LABELS_SIZE; size++) {
            char expected[64];
            write_two();
            snprintf(expected, sizeof expected, "found %d bytes, accepted: at least %d,", size,
                     size < 4   ? 4
                     : size < 8 ? 8
                                : 10);
            if (gzip) {
                write_gzip(labels, two_labels, (size_t)size);
            } else {
                support_write_bytes(NULL, labels, two_labels, (size_t)size);
            }
            expect_error(labels, expected);
        }
    }
}

// Every length of a compressed file but the whole, then every byte of its data and checksum changed, but the last
// byte of data, some bits of which mean nothing.
static void damaged_gzip(void **state) {
    (void)state;
    Error error = {0};
    IdxSet set;
    write_two();
    write_gzip(images, two_images, IMAGES_SIZE);
    size_t size;
    char *whole = support_read(NULL, images, &size);
    for (size_t part = 0; part < size; part++) {
        support_write_bytes(NULL, images, whole, part);
        assert_false(read_two(&set, &error));
        if (strncmp(error.message, images, strlen(images)) != 0) fail_msg("%s", error.message);
    }
    for (size_t at = 10; at < size; at++) {
        if (at == size - 9) continue;
        whole[at] = (char)(whole[at] ^ 0x10);
        support_write_bytes(NULL, images, whole, size);
        assert_false(read_two(&set, &error));
        whole[at] = (char)(whole[at] ^ 0x10);
    }
    whole[size - 5] = (char)~whole[size - 5];    // of the checksum
    support_write_bytes(NULL, images, whole, size);
    assert_false(read_two(&set, &error));
    support_assert_has(error.message, "images: damaged after ");
    support_assert_has(error.message, " bytes: incorrect data check; accepted: ");
    free(whole);
}

static void bytes_behind(void **state) {
    (void)state;
    uint8_t longer[IMAGES_SIZE + 1] = {0};
    for (int gzip = 0; gzip < 2; gzip++) {
        write_two();
        memcpy(longer, two_images, IMAGES_SIZE);
        gzip ? write_gzip(images, longer, IMAGES_SIZE + 1) : support_write_bytes(NULL, images, longer, IMAGES_SIZE + 1);
        expect_error(images, "found more than 28 bytes, accepted: ");
        write_two();
        memcpy(longer, two_labels, LABELS_SIZE);
        longer[LABELS_SIZE] = 3;
        gzip ? write_gzip(labels, longer, LABELS_SIZE + 1) : support_write_bytes(NULL, labels, longer, LABELS_SIZE + 1);
        expect_error(labels, "found more than 10 bytes, accepted: ");
    }
}

// A count that is within the bounds but a lie is found out by what is there, one that is not by itself.
static void counts(void **state) {
    (void)state;
    write_changed(true, 7, 0);
    expect_error(images, "found a count of 0 images, accepted: 1 to 1000000");
    write_changed(true, 4, 255);
    expect_error(images, "found a count of 4278190082 images, accepted: 1 to 1000000");
    write_changed(true, 5, 15);
    expect_error(images, "found 28 bytes, accepted: at least 5898268,");    // 16 + 983042 x 6
    write_changed(true, 7, 1);
    expect_error(images, "found more than 22 bytes");
    write_changed(false, 7, 1);
    expect_error(labels, "found a count of 1 labels, accepted: 2, one for each image");
    write_changed(false, 4, 255);
    expect_error(labels, "found a count of 4278190082 labels, accepted: 2");
}

static void sizes_and_labels(void **state) {
    (void)state;
    write_changed(true, 11, 3);
    expect_error(images, "found images of 3 x 3 pixels, accepted: 2 x 3");
    write_changed(true, 12, 1);
    expect_error(images, "found images of 2 x 16777219 pixels, accepted: 2 x 3");
    write_changed(false, 9, 10);
    expect_error(labels, "found label 10 of image 1, accepted: 0 to 9");
    write_changed(false, 8, 255);
    expect_error(labels, "found label 255 of image 0, accepted: 0 to 9");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_files, support_tear_down)
int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_file_written_by_hand),
        TEST(what_is_written),
        TEST(what_cannot_be_finished),
        TEST(many_images),
        TEST(splits_of_a_folder),
        TEST(files_that_are_none),
        TEST(other_formats),
        TEST(files_cut_short),
        TEST(damaged_gzip),
        TEST(bytes_behind),
        TEST(counts),
        TEST(sizes_and_labels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
