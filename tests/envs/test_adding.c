// Adding against its page, and its baseline against a golden number and against sampling.
#include "envs/adding.h"
#include "tests/envs/tasks.h"

static void marks_are_uniform_in_each_half(void **state) {
    (void)state;
    static const int lengths[] = {2, 3, 9, 10};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        const int T = lengths[i], half = T / 2, rest = T - half;
        Task *task = tasks_create(&adding_task, &(AddingParams){T});
        assert_true(task->spec.input_size == 2 && task->spec.output_size == 1 && task->spec.target == TASK_REGRESSION);
        TaskSequence *sample = task_sequence_create(&task->spec);
        int pairs[25] = {0};
        for (int n = 0; n < 2000; n++) {
            task_draw(task, 1, TASK_TRAIN, n, sample);
            int at[2] = {0}, marks = 0;
            for (int t = 0; t < T; t++) {
                float u = sample->input[2 * t], mark = sample->input[2 * t + 1];
                assert_true(u >= 0 && u < 1 && (mark == 0 || (mark == 1 && marks < 2)));
                if (mark == 1) at[marks++] = t;
            }
            assert_true(marks == 2 && at[0] < half && at[1] >= half);
            assert_true(sample->steps == T && sample->scored == 1 && sample->when[0] == T - 1);
            assert_true(sample->value[0] == sample->input[2 * at[0]] + sample->input[2 * at[1]]);
            pairs[at[0] * rest + at[1] - half]++;
        }
        if (half * rest > 1) tasks_expect_uniform(pairs, half * rest, "marked steps");
        tasks_expect_order_free(task);
        task_sequence_destroy(sample);
        task_destroy(task);
    }
}

static void numbers_are_uniform(void **state) {
    (void)state;
    enum { T = 600, BINS = 16 };
    Task *task = tasks_create(&adding_task, &(AddingParams){T});
    TaskSequence *sample = task_sequence_create(&task->spec);
    int bins[BINS] = {0}, neighbours[BINS] = {0};
    for (int n = 0; n < 50; n++) {
        task_draw(task, 5, TASK_TEST, n, sample);
        for (int t = 0; t < T; t++) {
            bins[(int)(sample->input[2 * t] * BINS)]++;
            if (t % 2 == 1) neighbours[(int)(sample->input[2 * t] * 4) * 4 + (int)(sample->input[2 * t - 2] * 4)]++;
        }
    }
    tasks_expect_uniform(bins, BINS, "numbers");
    tasks_expect_uniform(neighbours, BINS, "neighbours");
    task_sequence_destroy(sample);
    task_destroy(task);
}

// Number t is word t of the stream of this sequence, in all of the chunks in which they are drawn.
static void numbers_follow_the_stream(void **state) {
    (void)state;
    enum { T = 600 };
    Task *task = tasks_create(&adding_task, &(AddingParams){T});
    TaskSequence *sample = task_sequence_create(&task->spec);
    task_draw(task, 5, TASK_TRAIN, 2, sample);
    Rng rng = rng_stream(5, RNG_TASK_TRAIN, 2);
    for (int t = 0; t < T; t++) assert_true(sample->input[2 * t] == (float)(rng_u32(&rng) >> 8) / 16777216.0F);
    task_sequence_destroy(sample);
    task_destroy(task);
}

// The best that can be said from the last step: its own number where it is marked, and the mean, 1/2, of what is not seen. To say 1 always
// costs 1/6.
static void baselines_equal_sampling(void **state) {
    (void)state;
    enum { N = 20000 };
    CsvTable *table = support_table("tests/golden/dynamics/task_constants.csv");
    double always = NAN, worst = 0;
    for (size_t row = 0; row < csv_rows(table); row++) {
        if (strcmp(csv_text(table, row, csv_column(table, "task")), "adding") == 0)
            always = support_number(table, row, "value");
    }
    csv_destroy(table);
    static const int lengths[] = {2, 3, 5, 10, 200};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        const int T = lengths[i], count = T > 100 ? N / 5 : N;
        Task *task = tasks_create(&adding_task, &(AddingParams){T});
        TaskSequence *sample = task_sequence_create(&task->spec);
        double seen = 0, blind = 0;
        for (int n = 0; n < count; n++) {
            task_draw(task, 2, TASK_TRAIN, n, sample);
            double value = sample->value[0], last = sample->input[2 * T - 2];
            double best = sample->input[2 * T - 1] == 1 ? last + 0.5 : 1;
            seen += pow(value - best, 2) / count;
            blind += pow(value - 1, 2) / count;
        }
        // The squared error of a sum of two has standard deviation sqrt(7/180).
        double error = 4 * sqrt(7.0 / 180 / count);
        worst = fmax(worst, fmax(fabs(seen - task->spec.baseline_loss), fabs(blind - always)));
        tasks_expect_near(seen, task->spec.baseline_loss, error, "loss without a memory");
        tasks_expect_near(blind, always, error, "loss of the prediction 1");
        assert_true(task->spec.baseline_loss < always && isnan(task->spec.baseline_accuracy));
        if (T == 2) tasks_expect_near(task->spec.baseline_loss, 1.0 / 12, 1e-15, "one number is seen");
        if (T == 200) tasks_expect_near(task->spec.baseline_loss, always, 0.001, "the papers' value");
        task_sequence_destroy(sample);
        task_destroy(task);
    }
    print_message("worst deviation: task_constants.csv and baselines, by sampling %.3g\n", worst);
}

static void what_does_not_fit_is_refused(void **state) {
    (void)state;
    tasks_refuse_text(&adding_task, "length", "1", "2 to 1000000");
}

static void longer_is_longer(void **state) {
    (void)state;
    AddingParams params = {200};
    adding_task.lengthen(&params, 3);
    assert_int_equal(params.length, 600);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(marks_are_uniform_in_each_half), cmocka_unit_test(numbers_are_uniform),
        cmocka_unit_test(numbers_follow_the_stream),      cmocka_unit_test(baselines_equal_sampling),
        cmocka_unit_test(what_does_not_fit_is_refused),   cmocka_unit_test(longer_is_longer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
