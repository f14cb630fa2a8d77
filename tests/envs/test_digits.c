// Stand-in digits: the moments of the sheet, the recipe's bounds, the same bits everywhere, and files that the loader reads.
#include <math.h>

#include "core/digest.h"
#include "envs/digits.h"
#include "envs/idx.h"
#include "envs/mnist.h"
#include "tests/support.h"

static int draw(uint64_t index, int size, uint8_t *pixels) {
    Rng rng = rng_stream(1, RNG_TEST, index);
    return digits_draw(&rng, size, pixels);
}

// ---- one image --------------------------------------------------------------------------------------------------------------

// Of 3000 images: the moments that the recipe was given with (three digits; those of 14 x 14 are our own), and every label about as often.
// One label's count has a standard deviation of 16; the mean over images varies by 0.0005, as images have means of 0.087 +- 0.028.
static void moments_of_many(void **state) {
    (void)state;
    enum { IMAGES = 3000 };
    static const struct {
        int size;
        double mean, deviation, edge;
    } cases[] = {{28, 0.087, 0.241, 0.005}, {14, 0.088, 0.215, 0.03}};
    for (int c = 0; c < 2; c++) {
        const int area = cases[c].size * cases[c].size;
        double sum = 0, squares = 0;
        int times[10] = {0}, edge = 0;
        for (uint64_t i = 0; i < IMAGES; i++) {
            uint8_t pixels[DIGITS_PIXELS];
            times[draw(i, cases[c].size, pixels)]++;
            for (int k = 0; k < area; k++) {
                double v = pixels[k] / 255.0;
                sum += v;
                squares += v * v;
            }
            bool ink = false;
            for (int k = 0; k < cases[c].size; k++) ink = ink || pixels[area - 1 - k] > 0;
            edge += ink;
        }
        double mean = sum / IMAGES / area, deviation = sqrt(squares / IMAGES / area - mean * mean);
        print_message("%d x %d: mean pixel %.4f, standard deviation %.4f, images with ink in the last row %.4f\n",
                      cases[c].size, cases[c].size, mean, deviation, (double)edge / IMAGES);
        assert_true(fabs(mean - cases[c].mean) < 0.002);
        assert_true(fabs(deviation - cases[c].deviation) < 0.003);
        for (int label = 0; label < 10; label++) assert_in_range(times[label], 300 - 5 * 17, 300 + 5 * 17);
        assert_true(edge < IMAGES * cases[c].edge);    // which task mnist takes to be background
    }
}

// The strongest pixel is within 255 A, A from 0.8 to 1; there is ink, and it is not all over.
static void ink_within_bounds(void **state) {
    (void)state;
    for (uint64_t i = 0; i < 500; i++) {
        for (int size = DIGITS_SMALL; size <= DIGITS_SIZE; size += DIGITS_SMALL) {
            uint8_t pixels[DIGITS_PIXELS], most = 0;
            int inked = 0;
            draw(i, size, pixels);
            for (int k = 0; k < size * size; k++) {
                if (pixels[k] > most) most = pixels[k];
                inked += pixels[k] > 0;
            }
            // In the smaller image a stroke may be thinner than a pixel.
            assert_in_range(most, size == DIGITS_SIZE ? 190 : 100, 255);
            assert_in_range(inked, size * size / 40, size * size * 6 / 10);
        }
    }
}

// 6 and 9 are one another turned: pixels, summed over many images, are alike when one sum is turned.
static void nine_is_six_turned(void **state) {
    (void)state;
    static double sum[10][DIGITS_PIXELS];
    static int times[10];
    for (uint64_t i = 0; i < 6000; i++) {
        uint8_t pixels[DIGITS_PIXELS];
        int label = draw(i, DIGITS_SIZE, pixels);
        times[label]++;
        for (int k = 0; k < DIGITS_PIXELS; k++) sum[label][k] += pixels[k] / 255.0;
    }
    double worst = 0, against = 0;
    for (int k = 0; k < DIGITS_PIXELS; k++) {
        double six = sum[6][k] / times[6], nine = sum[9][DIGITS_PIXELS - 1 - k] / times[9];
        worst = fmax(worst, fabs(six - nine));
        against = fmax(against, fabs(six - sum[9][k] / times[9]));
    }
    print_message("worst deviation: %.3f turned, %.3f not turned\n", worst, against);
    assert_true(worst < 0.1 && against > 0.3);
}

// The bits of a hundred images of each size, drawn and digested on every machine alike.
static void the_same_bits_everywhere(void **state) {
    (void)state;
    static const char *const expected[] = {
        "669dc23fbc0f342c793fac6616e45510df6114df8111b4dba6369eeaca347d99",
        "a2c5f55e621691bb5051f54b63cb76ac274101b4bdcaf33b50371f3399d5d460",
    };
    for (int s = 0; s < 2; s++) {
        const int size = s ? DIGITS_SIZE : DIGITS_SMALL;
        Digest *digest = digest_create();
        for (uint64_t i = 0; i < 100; i++) {
            uint8_t pixels[DIGITS_PIXELS], label = (uint8_t)draw(i, size, pixels);
            digest_update(digest, &label, 1);
            digest_update(digest, pixels, (size_t)size * (size_t)size);
        }
        char found[DIGEST_SIZE];
        digest_finish(digest, found);
        assert_string_equal(found, expected[s]);
    }
}

// ---- files --------------------------------------------------------------------------------------------------------------------

static void files_hold_what_the_task_shows(void **state) {
    const uint64_t seed = 5;
    for (int size = DIGITS_SMALL; size <= DIGITS_SIZE; size += DIGITS_SMALL) {
        Error error = {0};
        char *folder = memory_format("%s/a/%d", (const char *)*state, size);    // neither folder is there yet
        if (!digits_write(folder, seed, 30, 20, size, size == DIGITS_SIZE, &error)) fail_msg("%s", error.message);
        MnistParams params = {.order = MNIST_ROWS, .size = size == DIGITS_SIZE ? MNIST_28 : MNIST_14};
        Task *task = task_create(&mnist_task, &params, &error);
        assert_non_null(task);
        TaskSequence *sample = task_sequence_create(&task->spec);
        for (TaskSplit split = TASK_TRAIN; split < TASK_SPLIT_COUNT; split++) {
            IdxSet set;
            if (!idx_read_split(folder, split, size, size, &set, &error)) fail_msg("%s", error.message);
            assert_int_equal(set.count, split == TASK_TRAIN ? 30 : 20);
            for (int i = 0; i < set.count; i++) {
                task_draw(task, seed, split, i, sample);
                assert_int_equal(sample->label[0], set.labels[i]);
                for (int k = 0; k < size * size; k++)
                    assert_int_equal(lroundf(sample->input[k] * 255), set.pixels[i * size * size + k]);
            }
            idx_release(&set);
        }
        char *note = support_read(folder, "STAND-IN", NULL);
        support_assert_has(note, "They are not MNIST");
        support_assert_has(note, "seed 5");
        free(note);
        task_sequence_destroy(sample);
        task_destroy(task);
        free(folder);
    }
}

// A folder with any of MNIST's files stays as it is: no note is put beside them either.
static void files_that_are_there(void **state) {
    const char *folder = *state;
    Error error = {0};
    support_write(folder, "t10k-labels-idx1-ubyte.gz", "precious");
    assert_false(digits_write(folder, 1, 3, 2, 28, false, &error));
    support_assert_has(error.message, "t10k-labels-idx1-ubyte.gz: is there already; accepted: a folder without it");
    assert_false(support_exists(folder, "STAND-IN") || support_exists(folder, "train-images-idx3-ubyte"));
    char *kept = support_read(folder, "t10k-labels-idx1-ubyte.gz", NULL);
    assert_string_equal(kept, "precious");
    free(kept);
}

static void numbers_out_of_range(void **state) {
    static const struct {
        int train, test, size;
        const char *expected;
    } cases[] = {
        {3, 2, 27, "found size 27, accepted: 28 or 14"},
        {3, 2, 0, "found size 0, accepted: 28 or 14"},
        {0, 2, 28, "found 0 training images, accepted: 1 to 1000000"},
        {3, -1, 14, "found -1 test images, accepted: 1 to 1000000"},
        {3, 1000001, 14, "found 1000001 test images, accepted: 1 to 1000000"},
    };
    const char *folder = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Error error = {0};
        assert_false(digits_write(folder, 1, cases[i].train, cases[i].test, cases[i].size, false, &error));
        support_assert_has(error.message, cases[i].expected);
    }
    Error error = {0};
    support_write(folder, "file", "");
    char *below = memory_format("%s/file/folder", folder);
    assert_false(digits_write(below, 1, 3, 2, 28, false, &error));
    support_assert_has(error.message, below);
    free(below);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, support_set_up, support_tear_down)
int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moments_of_many),    cmocka_unit_test(ink_within_bounds),
        cmocka_unit_test(nine_is_six_turned), cmocka_unit_test(the_same_bits_everywhere),
        TEST(files_hold_what_the_task_shows), TEST(files_that_are_there),
        TEST(numbers_out_of_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
