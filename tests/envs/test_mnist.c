// Sequential MNIST: the orders, written out from the image; padding; where files come from; what is refused.
#include "envs/digits.h"
#include "envs/idx.h"
#include "envs/mnist.h"
#include "envs/permutation.h"
#include "tests/support.h"

#define GOLDEN "tests/golden/warmup/"

static MnistParams defaults(void) {
    MnistParams params;
    param_defaults(&mnist_task.params, &params);
    return params;
}

static Task *make(const MnistParams *params) {
    Error error = {0};
    Task *task = task_create(&mnist_task, params, &error);
    if (!task) fail_msg("%s", error.message);
    return task;
}

// Sequence `index` of the test split from seed 3, in memory of its own; the image behind it in pixels, its label returned.
static TaskSequence *drawn(const Task *task, int64_t index, int size, uint8_t *pixels, int *label) {
    TaskSequence *sample = task_sequence_create(&task->spec);
    for (int i = 0; i < task->spec.steps * task->spec.input_size; i++) sample->input[i] = NAN;    // all must be written
    task_draw(task, 3, TASK_TEST, index, sample);
    Rng rng = rng_stream(3, RNG_TASK_TEST, (uint64_t)index);
    *label = digits_draw(&rng, size, pixels);
    return sample;
}

// ---- orders -----------------------------------------------------------------------------------------------------------------

// The sequence for these parameters, against source [n n], and zeros behind.
static void expect_order(MnistParams params, int size, int width, const int *source) {
    Task *task = make(&params);
    const int area = size * size, steps = area / width + params.padding;
    assert_true(task->spec.input_size == width && task->spec.output_size == 10 && task->spec.target == TASK_CLASSES);
    assert_true(task->spec.steps == steps && task->spec.scored == 1);
    assert_true(task->spec.samples[TASK_TRAIN] == 0 && task->spec.samples[TASK_TEST] == 0);
    for (int64_t index = 0; index < 5; index++) {
        uint8_t pixels[DIGITS_PIXELS];
        int label;
        TaskSequence *sample = drawn(task, index, size, pixels, &label);
        assert_true(sample->steps == steps && sample->scored == 1 && sample->when[0] == steps - 1);
        assert_int_equal(sample->label[0], label);
        for (int i = 0; i < area; i++) {
            float expected = (float)pixels[source[i]] / 255.0f - (params.shift ? 0.5f : 0.0f);
            if (sample->input[i] != expected)
                fail_msg("%d: %.9g, expected %.9g", i, (double)sample->input[i], (double)expected);
        }
        // Zeros: mid-grey on the shifted scale, whose background is -1/2.
        for (int i = area; i < steps * width; i++) assert_true(sample->input[i] == 0);
        task_sequence_destroy(sample);
    }
    task_destroy(task);
}

static void orders_of_the_image(void **state) {
    (void)state;
    int plain[DIGITS_PIXELS];
    for (int i = 0; i < DIGITS_PIXELS; i++) plain[i] = i;
    MnistParams params = defaults();
    assert_true(params.order == MNIST_PIXELS && params.padding == 5 && params.shift && params.images == MNIST_STAND_IN);
    for (int small = 0; small < 2; small++) {
        const int size = small ? 14 : 28;
        params.size = small ? MNIST_14 : MNIST_28;
        for (int padding = 0; padding < 3; padding += 2) {
            params.padding = padding;
            params.order = MNIST_PIXELS;
            expect_order(params, size, 1, plain);
            params.order = MNIST_ROWS;
            expect_order(params, size, size, plain);
            params.shift = !params.shift;
        }
    }
}

// The lists are those of the golden files, not those of permutation_legacy.
static void permuted_orders(void **state) {
    (void)state;
    int warmup[DIGITS_PIXELS], bistable[DIGITS_PIXELS], lines[DIGITS_PIXELS];
    CsvTable *table = support_table(GOLDEN "pmnist_permutation.csv");
    assert_int_equal(csv_rows(table), DIGITS_PIXELS);
    for (size_t row = 0; row < csv_rows(table); row++)
        warmup[support_whole(table, row, "position")] = support_whole(table, row, "source_pixel");
    csv_destroy(table);
    table = support_table(GOLDEN "brc_permutations.csv");
    for (size_t row = 0; row < csv_rows(table); row++) {
        int position = support_whole(table, row, "position"), source = support_whole(table, row, "source");
        if (strcmp(csv_text(table, row, csv_column(table, "kind")), "pixel784") == 0) {
            bistable[position] = source;
        } else {
            for (int x = 0; x < 28; x++) lines[position * 28 + x] = source * 28 + x;
        }
    }
    csv_destroy(table);

    MnistParams params = defaults();
    params.order = MNIST_PERMUTED;
    expect_order(params, 28, 1, warmup);
    params.permutation = MNIST_BISTABLE;
    expect_order(params, 28, 1, bistable);
    params.order = MNIST_PERMUTED_ROWS;
    params.padding = 72;
    expect_order(params, 28, 28, lines);
    params.permutation = MNIST_WARMUP;
    expect_order(params, 28, 28, warmup);
    print_message("worst deviation: 0\n");
}

static void permuted_orders_of_the_smaller_image(void **state) {
    (void)state;
    int source[196], row[14], lines[196];
    MnistParams params = defaults();
    params.size = MNIST_14;
    params.order = MNIST_PERMUTED;
    permutation_legacy(42, 196, source);
    expect_order(params, 14, 1, source);
    params.order = MNIST_PERMUTED_ROWS;
    expect_order(params, 14, 14, source);
    params.permutation = MNIST_BISTABLE;
    permutation_legacy(1, 14, row);
    for (int i = 0; i < 196; i++) lines[i] = row[i / 14] * 14 + i % 14;
    expect_order(params, 14, 14, lines);
}

static void padding_and_background(void **state) {
    (void)state;
    Task *task = make(&(MnistParams){.order = MNIST_ROWS, .padding = 3, .shift = true});
    uint8_t pixels[DIGITS_PIXELS];
    int label;
    TaskSequence *sample = drawn(task, 0, 28, pixels, &label);
    assert_int_equal(pixels[0], 0);
    assert_true(sample->input[0] == -0.5f && sample->input[28 * 28] == 0.0f && sample->input[31 * 28 - 1] == 0.0f);
    task_sequence_destroy(sample);
    task_destroy(task);
}

// ---- what a forgetful one can do, and longer sequences ------------------------------------------------------------------------

static void baselines(void **state) {
    (void)state;
    for (int order = MNIST_PIXELS; order <= MNIST_PERMUTED_ROWS; order++) {
        for (int padding = 0; padding < 2; padding++) {
            Task *task = make(&(MnistParams){.order = order, .padding = padding});
            bool known = padding > 0 || order == MNIST_PIXELS || order == MNIST_ROWS;
            if (known) {
                assert_true(fabs(task->spec.baseline_loss - log(10)) < 1e-15 && task->spec.baseline_accuracy == 0.1);
            } else {
                assert_true(isnan(task->spec.baseline_loss) && isnan(task->spec.baseline_accuracy));
            }
            task_destroy(task);
        }
    }
}

static void longer_sequences(void **state) {
    (void)state;
    for (int order = MNIST_PIXELS; order <= MNIST_PERMUTED_ROWS; order++) {
        for (int small = 0; small < 2; small++) {
            for (int padding = 0; padding < 8; padding += 7) {
                MnistParams params = {.order = order, .padding = padding, .size = small ? MNIST_14 : MNIST_28};
                Task *task = make(&params);
                mnist_task.lengthen(&params, 3);
                Task *longer = make(&params);
                assert_int_equal(longer->spec.steps, 3 * task->spec.steps);
                assert_int_equal(longer->spec.input_size, task->spec.input_size);
                task_destroy(task);
                task_destroy(longer);
            }
        }
    }
}

// ---- files --------------------------------------------------------------------------------------------------------------------

static int set_up(void **state) {
    *state = support_folder();
    return setenv("ENGRAM_DATA", *state, 1);
}

static int tear_down(void **state) {
    return support_folder_remove(*state) | unsetenv("ENGRAM_DATA");
}

static MnistParams from_files(void) {
    MnistParams params = defaults();
    params.images = MNIST_FILES;
    params.order = MNIST_ROWS;
    return params;
}

static void images_of_files(void **state) {
    enum { TRAIN = 5, TEST = 4 };
    static uint8_t pixels[TRAIN * DIGITS_PIXELS];
    uint8_t labels[TRAIN] = {3, 3, 7, 3, 0};
    for (int i = 0; i < TRAIN * DIGITS_PIXELS; i++) pixels[i] = (uint8_t)(i * 7 + i / DIGITS_PIXELS);
    IdxSet set = {.count = TRAIN, .rows = 28, .columns = 28, .pixels = pixels, .labels = labels};
    Error error = {0};
    assert_true(idx_write_split(*state, TASK_TRAIN, &set, true, &error));
    set.count = TEST;
    assert_true(idx_write_split(*state, TASK_TEST, &set, false, &error));
    MnistParams params = from_files();
    Task *task = make(&params);
    assert_true(task->spec.samples[TASK_TRAIN] == TRAIN && task->spec.samples[TASK_TEST] == TEST);
    // Three of the four test labels are 3.
    assert_true(task->spec.baseline_accuracy == 0.75);
    assert_true(fabs(task->spec.baseline_loss + 0.75 * log(0.75) + 0.25 * log(0.25)) < 1e-15);
    TaskSequence *sample = task_sequence_create(&task->spec);
    for (int seed = 0; seed < 2; seed++) {    // which says nothing here
        for (int i = TRAIN - 1; i >= 0; i--) {
            task_draw(task, (uint64_t)seed, TASK_TRAIN, i, sample);
            assert_int_equal(sample->label[0], labels[i]);
            for (int k = 0; k < DIGITS_PIXELS; k++)
                assert_true(sample->input[k] == (float)pixels[i * DIGITS_PIXELS + k] / 255.0f - 0.5f);
        }
    }
    task_sequence_destroy(sample);
    task_destroy(task);
}

static void expect_error(const MnistParams *params, const char *const *expected) {
    Error error = {0};
    Task *task = task_create(&mnist_task, params, &error);
    if (task) fail_msg("accepted; expected: %s", *expected);
    for (; *expected; expected++) support_assert_has(error.message, *expected);
}

static void files_that_are_missing(void **state) {
    const char *folder = *state;
    MnistParams params = from_files();
    static const char *const none[] = {"task mnist: images: mnist: ",
                                       "found neither train-images-idx3-ubyte nor train-images-idx3-ubyte.gz",
                                       "{train,t10k}-{images-idx3,labels-idx1}-ubyte",
                                       "ENGRAM_DATA",
                                       "images: stand-in",
                                       NULL};
    expect_error(&params, none);
    expect_error(&params, (const char *const[]){folder, NULL});
    unsetenv("ENGRAM_DATA");
    expect_error(&params, (const char *const[]){"found no ENGRAM_DATA", "or go on with images: stand-in", NULL});
    setenv("ENGRAM_DATA", "", 1);
    expect_error(&params, (const char *const[]){"found no ENGRAM_DATA", NULL});
    setenv("ENGRAM_DATA", folder, 1);

    Error error = {0};    // only the first split is there
    assert_true(digits_write(folder, 1, 3, 2, 28, false, &error));
    char *labels = memory_format("%s/t10k-labels-idx1-ubyte", folder);
    assert_int_equal(remove(labels), 0);
    free(labels);
    expect_error(&params, (const char *const[]){"found neither t10k-labels-idx1-ubyte nor", "images: stand-in", NULL});
}

static void files_of_another_size(void **state) {
    Error error = {0};
    MnistParams params = from_files();
    assert_true(digits_write(*state, 1, 3, 2, 14, false, &error));
    expect_error(&params, (const char *const[]){"found images of 14 x 14 pixels, accepted: 28 x 28", "images: stand-in", NULL});
    params.size = MNIST_14;    // nor is that an order to look for smaller files
    expect_error(&params,
                 (const char *const[]){"size: found 14 with images: mnist, accepted: 28, or 14 with images: stand-in", NULL});
}

// ---- parameters -----------------------------------------------------------------------------------------------------------------

static void parameters_out_of_range(void **state) {
    (void)state;
    static const struct {
        const char *name, *text, *expected;
    } cases[] = {
        {"order", "columns", "one of: pixels, permuted, rows, permuted-rows"},
        {"padding", "-1", "integer, 0 to 1000000"},
        {"images", "cifar", "one of: stand-in, mnist"},
        {"size", "27", "one of: 28, 14"},
        {"shift", "1", "true or false"},
        {"permutation", "random", "one of: warmup, bistable"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        MnistParams params = defaults();
        Error error = {0};
        assert_false(param_set(&mnist_task.params, &params, cases[i].name, cases[i].text, &error));
        support_assert_has(error.message, cases[i].expected);
    }
}

static void it_is_in_the_registry(void **state) {
    (void)state;
    Error error = {0};
    assert_ptr_equal(task_find("mnist", &error), &mnist_task);
    support_assert_has(mnist_task.help, "stand-in");
    support_assert_has(param_find(&mnist_task.params, "images")->help, "not MNIST's");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders_of_the_image),
        cmocka_unit_test(permuted_orders),
        cmocka_unit_test(permuted_orders_of_the_smaller_image),
        cmocka_unit_test(padding_and_background),
        cmocka_unit_test(baselines),
        cmocka_unit_test(longer_sequences),
        TEST(images_of_files),
        TEST(files_that_are_missing),
        TEST(files_of_another_size),
        cmocka_unit_test(parameters_out_of_range),
        cmocka_unit_test(it_is_in_the_registry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
