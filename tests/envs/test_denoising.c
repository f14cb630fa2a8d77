// Denoising against the sequences of the original authors' program, and each layout against its own law.
#include "envs/denoising.h"
#include "tests/envs/tasks.h"

static void ask_warmup(TaskSequence *sample) {
    denoising_ask(DENOISING_WARMUP, sample);
}

static void targets_equal_the_authors(void **state) {
    (void)state;
    double worst = 0;
    int sequences[2] = {0, 0};
    while (tasks_golden("denoising_T20_pad8", sequences[0], 2, ask_warmup, &worst)) sequences[0]++;
    while (tasks_golden("denoising_T16_pad5", sequences[1], 2, ask_warmup, &worst)) sequences[1]++;
    print_message("worst deviation: dataset_targets.csv %.3g\n", worst);
    assert_true(sequences[0] == 4 && sequences[1] == 2);
    assert_true(worst == 0);
}

// The flags of the golden sequences are such as ours may be: five marks in {0..T-N-1}, the call at T-5, noise everywhere.
static void golden_flags_are_as_ours(void **state) {
    (void)state;
    static const struct {
        const char *name;
        int T, N, sequences;
    } sets[] = {{"denoising_T20_pad8", 20, 8, 4}, {"denoising_T16_pad5", 16, 5, 2}};
    for (int s = 0; s < 2; s++) {
        for (int n = 0; n < sets[s].sequences; n++) {
            float input[2 * 20];
            assert_int_equal(tasks_golden_rows(TASKS_GOLDEN "dataset_samples.csv", sets[s].name, n, "t", "value", 2, input),
                             2 * sets[s].T);
            int marks = 0;
            for (int t = 0; t < sets[s].T; t++) {
                bool mark = input[2 * t + 1] == 1;
                marks += mark;
                assert_true(input[2 * t] != 0 && (!mark || t < sets[s].T - sets[s].N));
                if (!mark) assert_true(input[2 * t + 1] == (t == sets[s].T - 5 ? -1 : 0));
            }
            assert_int_equal(marks, 5);
        }
    }
}

// What the page says of a layout, step by step.
typedef struct Expected {
    float noise;    // NAN: any
    float flag;
} Expected;

static Expected expected_beside_marks(DenoisingLayout layout, int T, int t) {
    switch (layout) {
    case DENOISING_WARMUP: return (Expected){NAN, t == T - 5 ? -1 : 0};
    case DENOISING_BISTABLE: return t == T ? (Expected){0, 1} : (Expected){NAN, -1};
    default: return t < T - 1 ? (Expected){NAN, 0} : (Expected){0, t == T - 1 ? -1 : 0};
    }
}

// Returns whether the last step that may be marked is.
static bool check_sequence(DenoisingLayout layout, int T, int last_markable, const TaskSequence *sample) {
    const float mark = layout == DENOISING_BISTABLE ? 0 : 1;
    int marks = 0;
    for (int t = 0; t < sample->steps; t++) {
        Expected expected = expected_beside_marks(layout, T, t);
        float noise = sample->input[2 * t], flag = sample->input[2 * t + 1];
        if (t <= last_markable && flag == mark) {
            assert_true(marks < 5 && sample->value[marks] == noise);
            marks++;
        } else {
            assert_true(flag == expected.flag);
        }
        assert_true(isnan(expected.noise) ? noise != 0 : noise == expected.noise);
    }
    assert_int_equal(marks, 5);
    for (int k = 0; k < sample->scored; k++) assert_int_equal(sample->when[k], sample->steps - sample->scored + k);
    return sample->input[2 * last_markable + 1] == mark;
}

static void layouts_are_as_described(void **state) {
    (void)state;
    static const struct {
        DenoisingParams params;
        int steps, scored, outputs, last_markable;
    } cases[] = {
        {{DENOISING_WARMUP, 20, 8}, 20, 5, 1, 11},        {{DENOISING_WARMUP, 10, 5}, 10, 5, 1, 4},
        {{DENOISING_BISTABLE, 20, 0}, 21, 1, 5, 19},      {{DENOISING_BISTABLE, 20, 8}, 21, 1, 5, 11},
        {{DENOISING_BISTABLE, 5, 0}, 6, 1, 5, 4},         {{DENOISING_BISTABLE_2021, 20, 0}, 24, 5, 1, 18},
        {{DENOISING_BISTABLE_2021, 20, 1}, 24, 5, 1, 18}, {{DENOISING_BISTABLE_2021, 20, 8}, 24, 5, 1, 11},
        {{DENOISING_BISTABLE_2021, 6, 0}, 10, 5, 1, 4},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Task *task = tasks_create(&denoising_task, &cases[i].params);
        assert_true(task->spec.steps == cases[i].steps && task->spec.scored == cases[i].scored);
        assert_true(task->spec.input_size == 2 && task->spec.output_size == cases[i].outputs);
        TaskSequence *sample = task_sequence_create(&task->spec);
        int ends = 0;
        for (int n = 0; n < 200; n++) {
            task_draw(task, 1, TASK_TEST, n, sample);
            assert_true(sample->steps == cases[i].steps && sample->scored == cases[i].scored);
            ends +=
                check_sequence((DenoisingLayout)cases[i].params.layout, cases[i].params.length, cases[i].last_markable, sample);
        }
        assert_true(ends > 0);
        tasks_expect_order_free(task);
        task_sequence_destroy(sample);
        task_destroy(task);
    }
}

// Seven steps may be marked: each of the 21 ways to leave two of them out is equally likely.
static void every_five_steps_are_equally_likely(void **state) {
    (void)state;
    static const DenoisingParams tasks[] = {
        {DENOISING_WARMUP, 12, 5}, {DENOISING_BISTABLE, 7, 0}, {DENOISING_BISTABLE_2021, 8, 0}};
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++) {
        Task *task = tasks_create(&denoising_task, &tasks[i]);
        TaskSequence *sample = task_sequence_create(&task->spec);
        const float mark = tasks[i].layout == DENOISING_BISTABLE ? 0 : 1;
        int ways[21] = {0};
        for (int n = 0; n < 4200; n++) {
            task_draw(task, 4, TASK_TRAIN, n, sample);
            int out[8] = {0}, missing = 0;
            for (int t = 0; t < 7; t++) {
                if (sample->input[2 * t + 1] != mark) out[missing++] = t;
            }
            assert_int_equal(missing, 2);
            ways[out[1] * (out[1] - 1) / 2 + out[0]]++;
        }
        tasks_expect_uniform(ways, 21, "marked steps");
        task_sequence_destroy(sample);
        task_destroy(task);
    }
}

static void the_variance_is_lost_without_a_memory(void **state) {
    (void)state;
    enum { N = 8000, VALUES = 5 * N };
    static const DenoisingParams tasks[] = {
        {DENOISING_WARMUP, 12, 5}, {DENOISING_BISTABLE, 9, 0}, {DENOISING_BISTABLE_2021, 9, 0}};
    double worst = 0;
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++) {
        Task *task = tasks_create(&denoising_task, &tasks[i]);
        TaskSequence *sample = task_sequence_create(&task->spec);
        double loss = 0, mean = 0, product = 0;
        for (int n = 0; n < N; n++) {
            task_draw(task, 2, TASK_TRAIN, n, sample);
            for (int k = 0; k < 5; k++) {
                int t = sample->when[sample->scored == 1 ? 0 : k];
                double value = sample->value[k];
                loss += value * value / VALUES;
                mean += value / VALUES;
                product += value * sample->input[2 * t] / VALUES;
            }
        }
        worst = fmax(worst, fabs(loss - task->spec.baseline_loss));
        tasks_expect_near(loss, task->spec.baseline_loss, 4 * sqrt(2.0 / VALUES), "loss");
        tasks_expect_near(mean, 0, 4 / sqrt(VALUES), "mean");
        tasks_expect_near(product, 0, 4 / sqrt(VALUES), "covariance with what is seen");
        task_sequence_destroy(sample);
        task_destroy(task);
    }
    print_message("worst deviation: baseline %.3g\n", worst);
}

static void what_does_not_fit_is_refused(void **state) {
    (void)state;
    tasks_refuse(&denoising_task, &(DenoisingParams){DENOISING_WARMUP, 100, 4},
                 "task denoising: padding 4 would mark steps of the answer in the layout warmup, accepted: 5 or more");
    tasks_refuse(&denoising_task, &(DenoisingParams){DENOISING_WARMUP, 9, 5},
                 "task denoising: length 9 with padding 5 leaves fewer than 5 steps to be marked, accepted: length 10 or more");
    tasks_refuse(
        &denoising_task, &(DenoisingParams){DENOISING_BISTABLE, 24, 20},
        "task denoising: length 24 with padding 20 leaves fewer than 5 steps to be marked, accepted: length 25 or more");
    tasks_refuse(&denoising_task, &(DenoisingParams){DENOISING_BISTABLE_2021, 5, 0},
                 "task denoising: length 5 with padding 0 leaves fewer than 5 steps to be marked, accepted: length 6 or more");
    tasks_refuse_text(&denoising_task, "layout", "bistable-2020", "warmup, bistable, bistable-2021");
    tasks_refuse_text(&denoising_task, "length", "4", "5 to 1000000");
    tasks_refuse_text(&denoising_task, "padding", "-1", "0 to 1000000");
}

static void longer_is_longer(void **state) {
    (void)state;
    DenoisingParams params = {DENOISING_BISTABLE_2021, 20, 8};
    denoising_task.lengthen(&params, 3);
    assert_true(params.layout == DENOISING_BISTABLE_2021 && params.length == 60 && params.padding == 24);
    task_destroy(tasks_create(&denoising_task, &params));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(targets_equal_the_authors),
        cmocka_unit_test(golden_flags_are_as_ours),
        cmocka_unit_test(layouts_are_as_described),
        cmocka_unit_test(every_five_steps_are_equally_likely),
        cmocka_unit_test(the_variance_is_lost_without_a_memory),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(longer_is_longer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
