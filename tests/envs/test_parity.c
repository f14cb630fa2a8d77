// Streaming parity against its page, and its baseline against counting.
#include <gsl/gsl_randist.h>

#include "envs/parity.h"
#include "tests/envs/tasks.h"

static void labels_are_running_parities(void **state) {
    (void)state;
    static const ParityParams tasks[] = {{1, 0.5}, {2, 0.5}, {70, 0.5}, {600, 0.1}, {600, 0.9}};
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++) {
        const int T = tasks[i].length;
        Task *task = tasks_create(&parity_task, &tasks[i]);
        assert_true(task->spec.input_size == 1 && task->spec.output_size == 2 && task->spec.target == TASK_CLASSES);
        TaskSequence *sample = task_sequence_create(&task->spec);
        unsigned ones = 0, total = 0;
        for (int n = 0; n < 200; n++) {
            int sum = 0;
            task_draw(task, 1, TASK_TRAIN, n, sample);
            assert_true(sample->steps == T && sample->scored == T);
            for (int t = 0; t < T; t++, total++) {
                assert_true(sample->input[t] == 0 || sample->input[t] == 1);
                sum += sample->input[t] == 1;
                assert_true(sample->when[t] == t && sample->label[t] == sum % 2);
            }
            ones += (unsigned)sum;
        }
        double below = gsl_cdf_binomial_P(ones, tasks[i].density, total);
        assert_true(below > 1e-3 && below < 1 - 1e-3);
        if (T > 50) tasks_expect_order_free(task);
        task_sequence_destroy(sample);
        task_destroy(task);
    }
}

static void bits_are_independent(void **state) {
    (void)state;
    enum { T = 520 };
    Task *task = tasks_create(&parity_task, &(ParityParams){T, 0.5});
    TaskSequence *sample = task_sequence_create(&task->spec);
    int words[16] = {0}, edge[4] = {0};
    for (int n = 0; n < 400; n++) {
        task_draw(task, 9, TASK_TEST, n, sample);
        for (int t = 0; t + 4 <= T; t += 4) {
            int word = 0;
            for (int b = 0; b < 4; b++) word = 2 * word + (int)sample->input[t + b];
            words[word]++;
        }
        edge[2 * (int)sample->input[255] + (int)sample->input[256]]++;
    }
    tasks_expect_uniform(words, 16, "four bits");
    tasks_expect_uniform(edge, 4, "bits at the edge");
    task_sequence_destroy(sample);
    task_destroy(task);
}

// Bit t is word t of the stream of this sequence, in all of the chunks in which they are drawn.
static void bits_follow_the_stream(void **state) {
    (void)state;
    enum { T = 600 };
    Task *task = tasks_create(&parity_task, &(ParityParams){T, 0.25});
    TaskSequence *sample = task_sequence_create(&task->spec);
    task_draw(task, 5, TASK_TRAIN, 2, sample);
    Rng rng = rng_stream(5, RNG_TASK_TRAIN, 2);
    for (int t = 0; t < T; t++) assert_true(sample->input[t] == (float)(rng_u32(&rng) >> 30 == 0));
    task_sequence_destroy(sample);
    task_destroy(task);
}

static void baselines_equal_counting(void **state) {
    (void)state;
    static const ParityParams tasks[] = {{1, 0.5}, {2, 0.5}, {15, 0.5}, {15, 0.1}, {15, 0.8}, {15, 0.99}};
    double worst = 0;
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++) {
        Task *task = tasks_create(&parity_task, &tasks[i]);
        worst = fmax(worst, tasks_expect_baseline(task, 60000, 0.004));
        task_destroy(task);
    }
    print_message("worst deviation: baselines %.3g\n", worst);
    for (int T = 1; T <= 1000; T *= 10) {
        Task *task = tasks_create(&parity_task, &(ParityParams){T, 0.5});
        tasks_expect_near(task->spec.baseline_loss, log(2) * (1 - 1.0 / T), 1e-13, "loss of fair bits");
        tasks_expect_near(task->spec.baseline_accuracy, (1 + 1.0 / T) / 2, 1e-13, "accuracy of fair bits");
        task_destroy(task);
    }
}

static void what_does_not_fit_is_refused(void **state) {
    (void)state;
    tasks_refuse_text(&parity_task, "length", "0", "1 to 1000000");
    tasks_refuse_text(&parity_task, "density", "0", "1e-06 to 0.999999");
    tasks_refuse_text(&parity_task, "density", "1", "1e-06 to 0.999999");
}

// Rare ones are drawn, rare zeros too.
static void extreme_densities_are_drawn(void **state) {
    (void)state;
    static const double densities[] = {1e-6, 1 - 1e-6};
    for (int i = 0; i < 2; i++) {
        Task *task = tasks_create(&parity_task, &(ParityParams){1000000, densities[i]});
        TaskSequence *sample = task_sequence_create(&task->spec);
        unsigned rare = 0;
        for (int n = 0; n < 8; n++) {
            task_draw(task, 1, TASK_TRAIN, n, sample);
            for (int t = 0; t < sample->steps; t++) rare += sample->input[t] == (float)(i == 0);
        }
        assert_true(gsl_cdf_poisson_P(rare, 8) > 1e-3 && gsl_cdf_poisson_Q(rare, 8) > 1e-3 && rare > 0);
        task_sequence_destroy(sample);
        task_destroy(task);
    }
}

static void longer_is_longer(void **state) {
    (void)state;
    ParityParams params = {40, 0.25};
    parity_task.lengthen(&params, 2);
    assert_true(params.length == 80 && params.density == 0.25);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_are_running_parities),
        cmocka_unit_test(bits_are_independent),
        cmocka_unit_test(bits_follow_the_stream),
        cmocka_unit_test(baselines_equal_counting),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(extreme_densities_are_drawn),
        cmocka_unit_test(longer_is_longer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
