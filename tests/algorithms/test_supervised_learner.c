// The loss of a batch of sequences against the authors' numbers, against finite differences, and against its sequences one by one.
#include "algorithms/agents/supervised.h"
#include "core/normal.h"
#include "tests/algorithms/warmup_golden.h"
#include "tests/envs/tasks.h"

// ---- golden numbers ----------------------------------------------------------------------------------------------------------------

static double of_case(const char *file, const char *name, const char *column) {
    CsvTable *table = support_table(file);
    double value = NAN;
    for (size_t row = 0; row < csv_rows(table); row++) {
        if (golden_is(table, row, "case", name)) value = support_number(table, row, column);
    }
    csv_destroy(table);
    return value;
}

// One golden data set in the places of a learner; returns how many sequences.
static int fill(SupervisedLearner *learner, const char *dataset, const TaskSpec *spec) {
    int count = 0;
    for (;; count++) {
        float input[64], mask[32] = {0}, target[32];
        int rows = tasks_golden_rows(TASKS_GOLDEN "dataset_samples.csv", dataset, count, "t", "value", spec->input_size, input);
        if (rows == 0) return count;
        TaskSequence *sample = supervised_learner_sample(learner, count);
        sample->steps = rows / spec->input_size;
        assert_int_equal(sample->steps, spec->steps);
        memcpy(sample->input, input, (size_t)rows * sizeof *input);
        tasks_golden_rows(TASKS_GOLDEN "dataset_masks.csv", dataset, count, "t", "mask", 1, mask);
        sample->scored = tasks_golden_rows(TASKS_GOLDEN "dataset_targets.csv", dataset, count, "j", "value", 1, target);
        memcpy(sample->value, target, (size_t)sample->scored * sizeof *target);
        for (int t = 0, k = 0; t < sample->steps; t++) {
            if (mask[t] != 0) sample->when[k++] = t;
        }
    }
}

// Outputs at all steps, by stepping the network.
static void compare_outputs(const Network *network, SupervisedLearner *learner, const char *name, WarmupGoldenWorst *worst) {
    CsvTable *table = support_table(WARMUP_GOLDEN "loss_outputs.csv");
    NetworkState *memory = network_state_create(network, 1, linalg_portable());
    network_state_load(memory, network);
    for (size_t row = 0; row < csv_rows(table); row++) {
        if (!golden_is(table, row, "case", name)) continue;
        int t = support_whole(table, row, "t");    // rows are in the order of the steps
        const TaskSequence *sample = supervised_learner_sample(learner, support_whole(table, row, "sample"));
        double x[2], y;
        if (t == 0) network_state_reset(memory, 0);
        for (int k = 0; k < network->input; k++) x[k] = (double)sample->input[t * network->input + k];
        network_step(memory, matrix_view(DTYPE_F64, 1, network->input, x), matrix_view(DTYPE_F64, 1, 1, &y));
        warmup_golden_compare(worst, y, support_number(table, row, "value"), 1e-9, name);
    }
    network_state_destroy(memory);
    csv_destroy(table);
}

static int compare_case(const char *name, const char *dataset, const char *cell, const TaskSpec *spec,
                        WarmupGoldenWorst *losses, WarmupGoldenWorst *outputs, WarmupGoldenWorst *gradients) {
    NetworkParams shape = {.cell = warmup_golden_cell(cell), .layers = 2, .hidden = 3};
    Network *network = network_create(&shape, spec->input_size, 1, DTYPE_F64);
    CsvTable *weights = support_table(WARMUP_GOLDEN "loss_weights.csv"),
             *expected = support_table(WARMUP_GOLDEN "loss_grads.csv");
    warmup_golden_weights(network, weights, "case", name);
    SupervisedLearner *learner = supervised_learner_create(spec, network, 8, linalg_portable());
    int count = fill(learner, dataset, spec);
    matrix_set(weights_gradient(network->weights, 1), 0, 0, 77);    // gradients are replaced, not added to
    SupervisedLoss loss = supervised_learner_loss(learner, count, true);
    assert_true(isnan(loss.accuracy) && loss.scored == count * spec->scored);
    warmup_golden_compare(losses, loss.loss, of_case(WARMUP_GOLDEN "loss_cases.csv", name, "loss"), 1e-9, name);
    for (size_t row = 0; row < csv_rows(expected); row++) {
        if (!golden_is(expected, row, "case", name)) continue;
        double found = warmup_golden_number(network, weights_gradient, expected, row);
        warmup_golden_compare(gradients, found, support_number(expected, row, "grad"), 1e-9, name);
    }
    compare_outputs(network, learner, name, outputs);
    assert_true(supervised_learner_loss(learner, count, false).loss == loss.loss);
    int numbers = network_parameter_count(network);
    supervised_learner_destroy(learner);
    network_destroy(network);
    csv_destroy(weights);
    csv_destroy(expected);
    return numbers;
}

static void losses_equal_the_authors(void **state) {
    (void)state;
    static const TaskSpec copy = {.input_size = 1, .output_size = 1, .target = TASK_REGRESSION, .steps = 12, .scored = 1};
    static const TaskSpec denoising = {.input_size = 2, .output_size = 1, .target = TASK_REGRESSION, .steps = 20, .scored = 5};
    CsvTable *cases = support_table(WARMUP_GOLDEN "loss_cases.csv");
    WarmupGoldenWorst losses = {0}, outputs = {0}, gradients = {0};
    int numbers = 0;
    for (size_t row = 0; row < csv_rows(cases); row++) {
        const char *name = csv_text(cases, row, csv_column(cases, "case"));
        const char *dataset = csv_text(cases, row, csv_column(cases, "dataset"));
        const char *cell = csv_text(cases, row, csv_column(cases, "cell"));
        numbers += compare_case(name, dataset, cell, strncmp(name, "copy", 4) == 0 ? &copy : &denoising, &losses, &outputs,
                                &gradients);
    }
    warmup_golden_tell(&losses, "loss_cases.csv", 4);
    warmup_golden_tell(&outputs, "loss_outputs.csv", 2 * (3 * 12 + 4 * 20));
    warmup_golden_tell(&gradients, "loss_grads.csv", numbers);
    csv_destroy(cases);
}

// ---- classes, unequal lengths --------------------------------------------------------------------------------------------------

enum { CLASSES = 4, STEPS = 7, BATCH = 5 };

static const TaskSpec classes = {.input_size = 2, .output_size = CLASSES, .target = TASK_CLASSES, .steps = STEPS, .scored = 3};

// Sequences of 1 to STEPS steps, each scored at up to three of them, the last among these.
static void draw(const TaskSpec *spec, TaskSequence *sample, uint64_t index) {
    Rng rng = rng_stream(1, RNG_TEST, index);
    static const int lengths[BATCH] = {4, 7, 1, 7, 2};
    sample->steps = lengths[index % BATCH];
    for (int i = 0; i < sample->steps * spec->input_size; i++) sample->input[i] = (float)rng_normal(&rng);
    sample->scored = sample->steps < spec->scored ? sample->steps : spec->scored;
    for (int k = 0; k < sample->scored; k++) {
        sample->when[k] = sample->steps - sample->scored + k;
        if (spec->target == TASK_CLASSES) sample->label[k] = (int)rng_below(&rng, CLASSES);
        for (int j = 0; j < spec->output_size; j++) sample->value[k * spec->output_size + j] = (float)rng_normal(&rng);
    }
}

static Network *random_network(int cell, const TaskSpec *spec, bool doubled) {
    NetworkParams shape = {.cell = cell, .layers = 2, .hidden = 4, .doubled = doubled, .time_scale = 100};
    Network *network = network_create(&shape, spec->input_size, spec->output_size, DTYPE_F64);
    Rng rng = rng_stream(2, RNG_TEST, (uint64_t)cell);
    network_initialise(network, &rng);
    return network;
}

static void fill_all(SupervisedLearner *learner, const TaskSpec *spec) {
    for (int i = 0; i < BATCH; i++) draw(spec, supervised_learner_sample(learner, i), (uint64_t)i);
}

// Central differences of the loss for every weight. Networks of rectified units have kinks: left out.
static double worst_difference(const TaskSpec *spec, int cell, bool doubled) {
    const double h = 1e-5;
    Network *network = random_network(cell, spec, doubled);
    SupervisedLearner *learner = supervised_learner_create(spec, network, BATCH, linalg_portable());
    fill_all(learner, spec);
    supervised_learner_loss(learner, BATCH, true);
    double worst = 0, largest = 0;
    for (int w = 0; w < weights_count(network->weights); w++) {
        Matrix value = weights_value(network->weights, w), gradient = weights_gradient(network->weights, w);
        for (int n = 0; n < value.rows * value.cols; n++) {
            int i = n / value.cols, j = n % value.cols;
            double kept = matrix_get(value, i, j), exact = matrix_get(gradient, i, j), loss[2];
            for (int side = 0; side < 2; side++) {
                matrix_set(value, i, j, kept + (side ? h : -h));
                loss[side] = supervised_learner_loss(learner, BATCH, false).loss;
            }
            matrix_set(value, i, j, kept);
            worst = fmax(worst, fabs((loss[1] - loss[0]) / (2 * h) - exact));
            largest = fmax(largest, fabs(exact));
        }
    }
    assert_true(largest > 1e-2);
    supervised_learner_destroy(learner);
    network_destroy(network);
    return worst;
}

static void gradients_equal_finite_differences(void **state) {
    (void)state;
    TaskSpec regression = classes;
    regression.target = TASK_REGRESSION;
    double worst = 0;
    for (int cell = 0; cell < GOLDEN_CELLS; cell++) {
        worst = fmax(worst, worst_difference(&classes, cell, cell % 2));
        worst = fmax(worst, worst_difference(&regression, cell, !(cell % 2)));
    }
    print_message("worst deviation: %.2g\n", worst);
    assert_true(worst < 1e-8);
}

// Loss, accuracy and gradients of a batch are the means over its scored steps, whatever the lengths and the order; of the first `count` only.
static void a_batch_is_its_sequences(void **state) {
    (void)state;
    Network *network = random_network(1, &classes, false);
    SupervisedLearner *learner = supervised_learner_create(&classes, network, BATCH, linalg_portable());
    int cols = weights_values(network->weights).cols;
    double *mean = memory_zeroed((size_t)cols, sizeof *mean);
    for (int count = 1; count <= BATCH; count++) {
        double loss = 0, right = 0, scored = 0;
        memset(mean, 0, (size_t)cols * sizeof *mean);
        for (int i = 0; i < count; i++) {
            draw(&classes, supervised_learner_sample(learner, 0), (uint64_t)i);
            SupervisedLoss one = supervised_learner_loss(learner, 1, true);
            loss += one.loss * one.scored;
            right += one.accuracy * one.scored;
            scored += one.scored;
            for (int j = 0; j < cols; j++) mean[j] += one.scored * matrix_get(weights_gradients(network->weights), 0, j);
        }
        fill_all(learner, &classes);
        SupervisedLoss all = supervised_learner_loss(learner, count, true);
        assert_int_equal(all.scored, (int)scored);
        tasks_expect_near(all.loss, loss / scored, 1e-14, "loss");
        tasks_expect_near(all.accuracy, right / scored, 1e-14, "accuracy");
        for (int j = 0; j < cols; j++)
            tasks_expect_near(matrix_get(weights_gradients(network->weights), 0, j), mean[j] / scored, 1e-14, "gradient");
    }
    free(mean);
    supervised_learner_destroy(learner);
    network_destroy(network);
}

// Against logits by stepping the network: the share of steps whose largest one is the label's, and the mean of -log softmax.
static void accuracy_counts_the_largest(void **state) {
    (void)state;
    Network *network = random_network(0, &classes, false);
    SupervisedLearner *learner = supervised_learner_create(&classes, network, BATCH, linalg_portable());
    fill_all(learner, &classes);
    NetworkState *memory = network_state_create(network, 1, linalg_portable());
    network_state_load(memory, network);
    int right = 0, scored = 0;
    double sum = 0;
    for (int i = 0; i < BATCH; i++) {
        const TaskSequence *sample = supervised_learner_sample(learner, i);
        network_state_reset(memory, 0);
        for (int t = 0, k = 0; t < sample->steps; t++) {
            double x[2] = {(double)sample->input[2 * t], (double)sample->input[2 * t + 1]}, y[CLASSES], total = 0;
            network_step(memory, matrix_view(DTYPE_F64, 1, 2, x), matrix_view(DTYPE_F64, 1, CLASSES, y));
            if (sample->when[k] != t) continue;
            int best = 0;
            for (int c = 0; c < CLASSES; c++) best = y[c] > y[best] ? c : best;
            for (int c = 0; c < CLASSES; c++) total += exp(y[c]);
            right += best == sample->label[k];
            sum += log(total) - y[sample->label[k]];
            scored++, k++;
        }
    }
    SupervisedLoss loss = supervised_learner_loss(learner, BATCH, false);
    assert_true(right > 0 && right < scored && scored == loss.scored);
    tasks_expect_near(loss.accuracy, (double)right / scored, 1e-15, "accuracy");
    tasks_expect_near(loss.loss, sum / scored, 1e-12, "cross-entropy");
    network_state_destroy(memory);
    supervised_learner_destroy(learner);
    network_destroy(network);
}

static void broken_weights_give_a_broken_loss(void **state) {
    (void)state;
    Network *network = random_network(0, &classes, false);
    SupervisedLearner *learner = supervised_learner_create(&classes, network, BATCH, linalg_portable());
    fill_all(learner, &classes);
    weights_fill(network->weights, 0, NAN);
    assert_true(isnan(supervised_learner_loss(learner, BATCH, true).loss));
    supervised_learner_destroy(learner);
    supervised_learner_destroy(NULL);
    network_destroy(network);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(losses_equal_the_authors),          cmocka_unit_test(gradients_equal_finite_differences),
        cmocka_unit_test(a_batch_is_its_sequences),          cmocka_unit_test(accuracy_counts_the_largest),
        cmocka_unit_test(broken_weights_give_a_broken_loss),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
