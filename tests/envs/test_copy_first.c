// Copy first input against the sequences of the original authors' program, and against its own law.
#include "envs/copy_first.h"
#include "tests/envs/tasks.h"

static void ask_dense(TaskSequence *sample) {
    copy_first_ask(false, sample);
}

static void targets_equal_the_authors(void **state) {
    (void)state;
    double worst = 0;
    int sequences = 0;
    while (tasks_golden("copy_T12", sequences, 1, ask_dense, &worst)) sequences++;
    print_message("worst deviation: dataset_targets.csv %.3g\n", worst);
    assert_int_equal(sequences, 3);
    assert_true(worst == 0);
}

static void the_first_number_is_asked_at_the_end(void **state) {
    (void)state;
    Task *task = tasks_create(&copy_first_task, &(CopyFirstParams){9, false});
    TaskSequence *sample = task_sequence_create(&task->spec);
    assert_true(task->spec.input_size == 1 && task->spec.output_size == 1 && task->spec.target == TASK_REGRESSION);
    assert_true(task->spec.steps == 9 && task->spec.scored == 1 && task->spec.samples[TASK_TRAIN] == 0);
    for (int n = 0; n < 100; n++) {
        task_draw(task, 1, TASK_TRAIN, n, sample);
        assert_true(sample->steps == 9 && sample->scored == 1 && sample->when[0] == 8);
        assert_true(sample->value[0] == sample->input[0]);
    }
    tasks_expect_order_free(task);
    task_sequence_destroy(sample);
    task_destroy(task);
}

static void sparse_shows_one_number_anywhere_but_at_the_end(void **state) {
    (void)state;
    enum { T = 11 };
    Task *task = tasks_create(&copy_first_task, &(CopyFirstParams){T, true});
    TaskSequence *sample = task_sequence_create(&task->spec);
    int at[T] = {0};
    for (int n = 0; n < 5000; n++) {
        task_draw(task, 1, TASK_TEST, n, sample);
        int shown = 0;
        for (int t = 0; t < T; t++) {
            if (sample->input[t] == 0) continue;
            shown++;
            at[t]++;
            assert_true(sample->value[0] == sample->input[t]);
        }
        assert_true(shown == 1 && sample->when[0] == T - 1);
    }
    assert_int_equal(at[T - 1], 0);
    tasks_expect_uniform(at, T - 1, "position of the number");
    tasks_expect_order_free(task);
    task_sequence_destroy(sample);
    task_destroy(task);
}

// What is asked has mean 0 and variance 1, and tells nothing of what is seen then: 0 is the best prediction.
static void the_variance_is_lost_without_a_memory(void **state) {
    (void)state;
    enum { N = 40000 };
    static const CopyFirstParams tasks[] = {{2, false}, {2, true}, {10, false}, {10, true}};
    double worst = 0;
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++) {
        Task *task = tasks_create(&copy_first_task, &tasks[i]);
        TaskSequence *sample = task_sequence_create(&task->spec);
        double loss = 0, mean = 0, product = 0;
        for (int n = 0; n < N; n++) {
            task_draw(task, 2, TASK_TRAIN, n, sample);
            double value = sample->value[0];
            loss += value * value / N;
            mean += value / N;
            product += value * sample->input[sample->steps - 1] / N;
        }
        worst = fmax(worst, fabs(loss - task->spec.baseline_loss));
        tasks_expect_near(loss, task->spec.baseline_loss, 4 * sqrt(2.0 / N), "loss");
        tasks_expect_near(mean, 0, 4 / sqrt(N), "mean");
        tasks_expect_near(product, 0, 4 / sqrt(N), "covariance with what is seen");
        assert_true(isnan(task->spec.baseline_accuracy));
        task_sequence_destroy(sample);
        task_destroy(task);
    }
    print_message("worst deviation: baseline %.3g\n", worst);
}

static void extremes_are_prepared_or_refused(void **state) {
    (void)state;
    Task *task = tasks_create(&copy_first_task, &(CopyFirstParams){1, false});
    TaskSequence *sample = task_sequence_create(&task->spec);
    task_draw(task, 1, TASK_TRAIN, 0, sample);
    assert_true(sample->steps == 1 && sample->when[0] == 0 && sample->value[0] == sample->input[0]);
    assert_true(task->spec.baseline_loss == 0);    // it is seen
    task_sequence_destroy(sample);
    task_destroy(task);
    tasks_refuse(&copy_first_task, &(CopyFirstParams){1, true},
                 "task copy-first: length 1 leaves no step before the last one for the number of the sparse variant, "
                 "accepted: 2 or more");
    tasks_refuse_text(&copy_first_task, "length", "0", "1 to 1000000");
    tasks_refuse_text(&copy_first_task, "sparse", "2", "true or false");
}

static void longer_is_longer(void **state) {
    (void)state;
    CopyFirstParams params = {25, true};
    copy_first_task.lengthen(&params, 4);
    assert_true(params.length == 100 && params.sparse);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(targets_equal_the_authors),
        cmocka_unit_test(the_first_number_is_asked_at_the_end),
        cmocka_unit_test(sparse_shows_one_number_anywhere_but_at_the_end),
        cmocka_unit_test(the_variance_is_lost_without_a_memory),
        cmocka_unit_test(extremes_are_prepared_or_refused),
        cmocka_unit_test(longer_is_longer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
