// Warped and padded sequences against their page, and their baselines against counting.
#include "envs/warp.h"
#include "tests/envs/tasks.h"

enum { STEPS = 64 };

// The symbols of the sequence before it was stretched, and for how many steps each is there; how many there are.
static int base_sequence(const WarpParams *params, const TaskSequence *sample, int kind[STEPS], int taken[STEPS]) {
    int found = 0, dummy = params->symbols - 1;
    for (int t = 0; t < sample->steps; t++) {
        int shown = tasks_symbol(sample->input + t * params->symbols, params->symbols);
        bool fresh = params->mode == WARP_PADDED ? shown != dummy : t == 0 || shown != kind[found - 1];
        if (t == 0) assert_true(fresh);
        if (fresh) kind[found] = shown, taken[found++] = 0;
        taken[found - 1]++;
    }
    return found;
}

static void check_labels(const WarpParams *params, const TaskSequence *sample, const int *kind, const int *taken, int count) {
    const int dummy = params->symbols - 1;
    int t = 0;
    for (int k = 0; k < count; k++) {
        if (k > 0) assert_int_not_equal(kind[k], kind[k - 1]);
        for (int i = 0; i < taken[k]; i++, t++) {
            bool known = k == 0 || (params->mode == WARP_PADDED && i > 0);
            assert_int_equal(sample->label[t], known ? dummy : kind[k - 1]);
            assert_int_equal(sample->when[t], t);
        }
    }
    assert_true(t == sample->steps && t == params->length && t == sample->scored);
}

static void sequences_are_as_described(void **state) {
    (void)state;
    static const WarpParams tasks[] = {
        {60, 10, 1, WARP_WARPED, false}, {60, 10, 1, WARP_WARPED, true}, {60, 10, 1, WARP_PADDED, false},
        {60, 10, 4, WARP_WARPED, false}, {60, 10, 4, WARP_WARPED, true}, {60, 10, 4, WARP_PADDED, false},
        {60, 10, 4, WARP_PADDED, true},  {60, 4, 7, WARP_WARPED, true},  {60, 4, 7, WARP_PADDED, true},
        {60, 3, 7, WARP_PADDED, false},  {60, 2, 7, WARP_WARPED, false},
    };
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++) {
        const WarpParams *params = &tasks[i];
        const int S = params->symbols, W = params->warp, kinds = params->mode == WARP_PADDED ? S - 1 : S;
        Task *task = tasks_create(&warp_task, params);
        assert_true(task->spec.input_size == S && task->spec.output_size == S && task->spec.target == TASK_CLASSES);
        TaskSequence *sample = task_sequence_create(&task->spec);
        int first[10] = {0}, steps[10] = {0},
            next[10] = {0};    // next: how far the next symbol is from this one, around the circle
        for (int n = 0; n < 400; n++) {
            int kind[STEPS] = {0}, taken[STEPS] = {0};
            task_draw(task, 1, TASK_TRAIN, n, sample);
            int count = base_sequence(params, sample, kind, taken);
            check_labels(params, sample, kind, taken, count);
            first[kind[0]]++;
            for (int k = 0; k + 1 < count; k++) {
                assert_in_range(taken[k], params->variable ? 1 : W, W);
                next[(kind[k + 1] - kind[k] + kinds) % kinds]++;
            }
            // Few enough, so that the end cuts none of them.
            for (int k = 0; k < 60 / W - 1; k++) steps[taken[k] - 1]++;
        }
        tasks_expect_uniform(first, kinds, "first symbol");
        if (kinds > 2) tasks_expect_uniform(next + 1, kinds - 1, "next symbol");
        if (params->variable && W > 1) tasks_expect_uniform(steps, W, "steps of a symbol");
        if (S > 3) tasks_expect_order_free(task);    // else there are few sequences
        task_sequence_destroy(sample);
        task_destroy(task);
    }
}

static void baselines_equal_counting(void **state) {
    (void)state;
    static const WarpParams tasks[] = {
        {12, 5, 1, WARP_WARPED, false}, {12, 5, 3, WARP_WARPED, false}, {12, 5, 4, WARP_WARPED, true},
        {12, 5, 30, WARP_WARPED, true}, {12, 2, 4, WARP_WARPED, true},  {12, 3, 4, WARP_WARPED, true},
        {12, 5, 1, WARP_PADDED, false}, {12, 5, 3, WARP_PADDED, false}, {13, 5, 3, WARP_PADDED, false},
        {12, 5, 4, WARP_PADDED, true},  {12, 5, 30, WARP_PADDED, true}, {12, 3, 4, WARP_PADDED, true},
        {2, 5, 1, WARP_WARPED, false},  {2, 3, 1, WARP_PADDED, true},   {12, 10, 2, WARP_PADDED, true},
    };
    double worst = 0;
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++) {
        Task *task = tasks_create(&warp_task, &tasks[i]);
        worst = fmax(worst, tasks_expect_baseline(task, 60000, 0.004));
        task_destroy(task);
    }
    print_message("worst deviation: baselines %.3g\n", worst);
}

// Where the sums have short forms.
static void baselines_have_the_known_values(void **state) {
    (void)state;
    static const struct {
        WarpParams params;
        double unknown, of;    // steps at which one of so many symbols is asked, all equally likely
    } cases[] = {
        {{500, 10, 1, WARP_WARPED, false}, 499, 9},   {{500, 10, 1, WARP_WARPED, true}, 499, 9},
        {{500, 10, 100, WARP_WARPED, false}, 400, 9}, {{500, 10, 1, WARP_PADDED, false}, 499, 8},
        {{500, 10, 100, WARP_PADDED, false}, 4, 8},   {{501, 10, 100, WARP_PADDED, false}, 5, 8},
        {{500, 10, 499, WARP_PADDED, false}, 1, 8},   {{2, 10, 2, WARP_PADDED, true}, 0.5, 8},
        {{3, 10, 2, WARP_PADDED, true}, 1.25, 8},     {{500, 3, 7, WARP_PADDED, true}, 0, 1},
        {{500, 10, 499, WARP_WARPED, false}, 1, 9},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Task *task = tasks_create(&warp_task, &cases[i].params);
        double T = cases[i].params.length, share = cases[i].unknown / T;
        tasks_expect_near(task->spec.baseline_loss, share * log(cases[i].of), 1e-12, "loss");
        tasks_expect_near(task->spec.baseline_accuracy, 1 - share * (1 - 1 / cases[i].of), 1e-12, "accuracy");
        task_destroy(task);
    }
    // In the long run a symbol comes every (W + 1) / 2 steps.
    Task *task = tasks_create(&warp_task, &(WarpParams){100000, 10, 9, WARP_PADDED, true});
    tasks_expect_near(task->spec.baseline_loss, log(8) / 5, 1e-4, "long run");
    task_destroy(task);
}

static void labels_may_replace_symbols(void **state) {
    (void)state;
    int warped[] = {3, 3, 0, 0, 2, 1, 1}, padded[] = {0, 3, 3, 2, 1, 3, 2}, apart[7];
    static const int expected[2][7] = {{3, 3, 3, 3, 0, 2, 2}, {3, 3, 3, 0, 2, 3, 1}};
    warp_labels(WARP_WARPED, 3, warped, 7, apart);
    assert_memory_equal(apart, expected[0], sizeof apart);
    warp_labels(WARP_WARPED, 3, warped, 7, warped);
    assert_memory_equal(warped, expected[0], sizeof apart);
    warp_labels(WARP_PADDED, 3, padded, 7, apart);
    assert_memory_equal(apart, expected[1], sizeof apart);
    warp_labels(WARP_PADDED, 3, padded, 7, padded);
    assert_memory_equal(padded, expected[1], sizeof apart);
}

static void what_does_not_fit_is_refused(void **state) {
    (void)state;
    tasks_refuse(&warp_task, &(WarpParams){500, 2, 10, WARP_PADDED, true},
                 "task warp: symbols 2 leaves no two for neighbours when one is the padding, accepted: 3 or more");
    tasks_refuse(
        &warp_task, &(WarpParams){500, 10, 500, WARP_WARPED, false},
        "task warp: warp 500: a sequence of length 500 ends before its second symbol, accepted: a warp of 499 or less");
    task_destroy(tasks_create(&warp_task, &(WarpParams){500, 10, 500, WARP_WARPED, true}));
    tasks_refuse_text(&warp_task, "length", "1", "2 to 1000000");
    tasks_refuse_text(&warp_task, "symbols", "1", "2 to 1000");
    tasks_refuse_text(&warp_task, "warp", "0", "1 to 1000000");
    tasks_refuse_text(&warp_task, "mode", "pad", "warped, padded");
    tasks_refuse_text(&warp_task, "variable", "1", "true or false");
}

static void longer_is_slower(void **state) {
    (void)state;
    WarpParams params = {500, 10, 50, WARP_WARPED, true};
    warp_task.lengthen(&params, 10);
    assert_true(params.length == 500 && params.symbols == 10 && params.warp == 500 && params.variable);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sequences_are_as_described),      cmocka_unit_test(baselines_equal_counting),
        cmocka_unit_test(baselines_have_the_known_values), cmocka_unit_test(labels_may_replace_symbols),
        cmocka_unit_test(what_does_not_fit_is_refused),    cmocka_unit_test(longer_is_slower),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
