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
        {60, 10, 1, WARP_WARPED, false, 1, 0}, {60, 10, 1, WARP_WARPED, true, 1, 0}, {60, 10, 1, WARP_PADDED, false, 1, 0},
        {60, 10, 4, WARP_WARPED, false, 1, 0}, {60, 10, 4, WARP_WARPED, true, 1, 0}, {60, 10, 4, WARP_PADDED, false, 1, 0},
        {60, 10, 4, WARP_PADDED, true, 1, 0},  {60, 4, 7, WARP_WARPED, true, 1, 0},  {60, 4, 7, WARP_PADDED, true, 1, 0},
        {60, 3, 7, WARP_PADDED, false, 1, 0},  {60, 2, 7, WARP_WARPED, false, 1, 0}, {60, 10, 7, WARP_WARPED, true, 3, 0},
        {60, 10, 7, WARP_PADDED, true, 3, 0},  {60, 10, 4, WARP_WARPED, true, 4, 0}, {60, 10, 4, WARP_PADDED, true, 4, 8},
        {60, 10, 7, WARP_WARPED, true, 6, 9},
    };
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++) {
        const WarpParams *params = &tasks[i];
        const int S = params->symbols, W = params->warp, kinds = params->mode == WARP_PADDED ? S - 1 : S;
        const int least = params->variable ? params->shortest : W;
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
                assert_in_range(taken[k], least, W);
                next[(kind[k + 1] - kind[k] + kinds) % kinds]++;
            }
            // Few enough, so that the end cuts none of them.
            for (int k = 0; k < 60 / W - 1; k++) steps[taken[k] - 1]++;
        }
        tasks_expect_uniform(first, kinds, "first symbol");
        if (kinds > 2) tasks_expect_uniform(next + 1, kinds - 1, "next symbol");
        if (W > least) tasks_expect_uniform(steps + least - 1, W - least + 1, "steps of a symbol");
        if (S > 3) tasks_expect_order_free(task);    // else there are few sequences
        task_sequence_destroy(sample);
        task_destroy(task);
    }
}

static void baselines_equal_counting(void **state) {
    (void)state;
    static const WarpParams tasks[] = {
        {12, 5, 1, WARP_WARPED, false, 1, 0}, {12, 5, 3, WARP_WARPED, false, 1, 0}, {12, 5, 4, WARP_WARPED, true, 1, 0},
        {12, 5, 30, WARP_WARPED, true, 1, 0}, {12, 2, 4, WARP_WARPED, true, 1, 0},  {12, 3, 4, WARP_WARPED, true, 1, 0},
        {12, 5, 1, WARP_PADDED, false, 1, 0}, {12, 5, 3, WARP_PADDED, false, 1, 0}, {13, 5, 3, WARP_PADDED, false, 1, 0},
        {12, 5, 4, WARP_PADDED, true, 1, 0},  {12, 5, 30, WARP_PADDED, true, 1, 0}, {12, 3, 4, WARP_PADDED, true, 1, 0},
        {2, 5, 1, WARP_WARPED, false, 1, 0},  {2, 3, 1, WARP_PADDED, true, 1, 0},   {12, 10, 2, WARP_PADDED, true, 1, 0},
        {12, 5, 4, WARP_WARPED, true, 3, 0},  {12, 5, 30, WARP_WARPED, true, 9, 0}, {12, 2, 5, WARP_WARPED, true, 2, 0},
        {12, 5, 4, WARP_PADDED, true, 3, 0},  {12, 5, 30, WARP_PADDED, true, 9, 0}, {12, 5, 3, WARP_PADDED, true, 3, 0},
    };
    double worst = 0;
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++) {
        Task *task = tasks_create(&warp_task, &tasks[i]);
        worst = fmax(worst, tasks_expect_baseline(task, 60000, 0.004));
        task_destroy(task);
    }
    print_message("worst deviation: baselines %.3g\n", worst);
}

// How often each label comes with each symbol at each step, from all sequences and their probabilities.
typedef struct Tally {
    const WarpParams *params;
    int shown[STEPS];
    double *weight;    // [length, symbols, symbols]
} Tally;

static void tally_add(Tally *tally, double probability) {
    const WarpParams *params = tally->params;
    int S = params->symbols, label[STEPS];
    warp_labels((WarpMode)params->mode, S - 1, tally->shown, params->length, label);
    for (int t = 0; t < params->length; t++) tally->weight[(t * S + tally->shown[t]) * S + label[t]] += probability;
}

// Every continuation from step t on, after this kind of symbol; -1: there is none yet.
static void tally_follow(Tally *tally, int t, int kind, double probability) {
    const WarpParams *params = tally->params;
    const bool padded = params->mode == WARP_PADDED;
    const int dummy = params->symbols - 1, kinds = padded ? dummy : params->symbols;
    const int least = params->variable ? params->shortest : params->warp;
    if (t >= params->length) {
        tally_add(tally, probability);
        return;
    }
    const double each = probability / (kind < 0 ? kinds : kinds - 1) / (params->warp - least + 1);
    for (int next = 0; next < kinds; next++) {
        for (int steps = least; next != kind && steps <= params->warp; steps++) {
            for (int i = 0; i < steps && t + i < params->length; i++) tally->shown[t + i] = padded && i > 0 ? dummy : next;
            tally_follow(tally, t + steps, next, each);
        }
    }
}

// Exact: nothing is drawn.
static double expect_enumerated(const WarpParams *params) {
    const int S = params->symbols, T = params->length;
    Tally tally = {.params = params, .weight = memory_zeroed((size_t)T * (size_t)S * (size_t)S, sizeof(double))};
    tally_follow(&tally, 0, -1, 1);
    double loss = 0, right = 0;
    for (int cell = 0; cell < T * S; cell++) {
        const double *weight = tally.weight + cell * S;
        double all = 0, likely = 0;
        for (int c = 0; c < S; c++) all += weight[c], likely = fmax(likely, weight[c]);
        for (int c = 0; c < S; c++) loss += weight[c] > 0 ? weight[c] * log(all / weight[c]) : 0;
        right += likely;
    }
    free(tally.weight);
    Task *task = tasks_create(&warp_task, params);
    double found_loss = task->spec.baseline_loss, found_accuracy = task->spec.baseline_accuracy;
    task_destroy(task);
    tasks_expect_near(found_loss, loss / T, 1e-12, "loss");
    tasks_expect_near(found_accuracy, right / T, 1e-12, "accuracy");
    return fmax(fabs(found_loss - loss / T), fabs(found_accuracy - right / T));
}

static void baselines_equal_enumeration(void **state) {
    (void)state;
    double worst = 0;
    for (int warp = 1; warp <= 9; warp++) {
        for (int least = 1; least <= warp && least < 7; least++) {
            for (int mode = WARP_WARPED; mode <= WARP_PADDED; mode++) {
                worst = fmax(worst, expect_enumerated(&(WarpParams){7, 4, warp, mode, true, least, 0}));
                if (warp < 7) worst = fmax(worst, expect_enumerated(&(WarpParams){7, 4, warp, mode, false, 1, 0}));
            }
        }
    }
    worst = fmax(worst, expect_enumerated(&(WarpParams){12, 4, 6, WARP_WARPED, true, 3, 0}));
    worst = fmax(worst, expect_enumerated(&(WarpParams){16, 5, 6, WARP_PADDED, true, 4, 0}));
    print_message("worst deviation: enumerated baselines %.3g\n", worst);
}

// Where the sums have short forms.
static void baselines_have_the_known_values(void **state) {
    (void)state;
    static const struct {
        WarpParams params;
        double unknown, of;    // steps at which one of so many symbols is asked, all equally likely
    } cases[] = {
        {{500, 10, 1, WARP_WARPED, false, 1, 0}, 499, 9},   {{500, 10, 1, WARP_WARPED, true, 1, 0}, 499, 9},
        {{500, 10, 100, WARP_WARPED, false, 1, 0}, 400, 9}, {{500, 10, 1, WARP_PADDED, false, 1, 0}, 499, 8},
        {{500, 10, 100, WARP_PADDED, false, 1, 0}, 4, 8},   {{501, 10, 100, WARP_PADDED, false, 1, 0}, 5, 8},
        {{500, 10, 499, WARP_PADDED, false, 1, 0}, 1, 8},   {{2, 10, 2, WARP_PADDED, true, 1, 0}, 0.5, 8},
        {{3, 10, 2, WARP_PADDED, true, 1, 0}, 1.25, 8},     {{500, 3, 7, WARP_PADDED, true, 1, 0}, 0, 1},
        {{500, 10, 499, WARP_WARPED, false, 1, 0}, 1, 9},   {{500, 10, 100, WARP_WARPED, true, 100, 0}, 400, 9},
        {{501, 10, 100, WARP_PADDED, true, 100, 0}, 5, 8},  {{7, 10, 3, WARP_PADDED, true, 2, 0}, 2.125, 8},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Task *task = tasks_create(&warp_task, &cases[i].params);
        double T = cases[i].params.length, share = cases[i].unknown / T;
        tasks_expect_near(task->spec.baseline_loss, share * log(cases[i].of), 1e-12, "loss");
        tasks_expect_near(task->spec.baseline_accuracy, 1 - share * (1 - 1 / cases[i].of), 1e-12, "accuracy");
        task_destroy(task);
    }
    // In the long run a symbol comes every (W + 1) / 2 steps.
    Task *task = tasks_create(&warp_task, &(WarpParams){100000, 10, 9, WARP_PADDED, true, 1, 0});
    tasks_expect_near(task->spec.baseline_loss, log(8) / 5, 1e-4, "long run");
    task_destroy(task);
    // (w + W) / 2
    task = tasks_create(&warp_task, &(WarpParams){100000, 10, 9, WARP_PADDED, true, 7, 0});
    tasks_expect_near(task->spec.baseline_loss, log(8) / 8, 1e-4, "long run");
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
    tasks_refuse(&warp_task, &(WarpParams){500, 2, 10, WARP_PADDED, true, 1, 0},
                 "task warp: symbols 2 leaves no two for neighbours when one is the padding, accepted: 3 or more");
    tasks_refuse(
        &warp_task, &(WarpParams){500, 10, 500, WARP_WARPED, false, 1, 0},
        "task warp: warp 500: a sequence of length 500 ends before its second symbol, accepted: a warp of 499 or less");
    task_destroy(tasks_create(&warp_task, &(WarpParams){500, 10, 500, WARP_WARPED, true, 1, 0}));
    tasks_refuse(&warp_task, &(WarpParams){500, 10, 7, WARP_WARPED, true, 8, 0},
                 "task warp: shortest 8 is above warp 7, accepted: 1 to 7");
    task_destroy(tasks_create(&warp_task, &(WarpParams){500, 10, 7, WARP_WARPED, true, 7, 0}));
    tasks_refuse(&warp_task, &(WarpParams){500, 10, 7, WARP_WARPED, false, 7, 0},
                 "task warp: shortest 7, but all warps are 7 without variable, accepted: 1, or variable true");
    tasks_refuse(&warp_task, &(WarpParams){500, 10, 600, WARP_PADDED, true, 500, 0},
                 "task warp: shortest 500: a sequence of length 500 ends before its second symbol, accepted: 1 to 499");
    task_destroy(tasks_create(&warp_task, &(WarpParams){500, 10, 600, WARP_PADDED, true, 499, 0}));
    tasks_refuse(&warp_task, &(WarpParams){500, 10, 7, WARP_WARPED, false, 1, 14},
                 "task warp: longer_from 14, but warps have no range without variable, accepted: 0, or variable true");
    tasks_refuse(&warp_task, &(WarpParams){500, 10, 50, WARP_WARPED, true, 1, 101},
                 "task warp: longer_from 101: at twice the warp 50 all warps are shorter, accepted: 0 to 100");
    tasks_refuse(&warp_task, &(WarpParams){100, 10, 50, WARP_WARPED, true, 1, 100},
                 "task warp: longer_from 100: a test of length 100 ends before its second symbol, accepted: 0 to 99");
    tasks_refuse_text(&warp_task, "length", "1", "2 to 1000000");
    tasks_refuse_text(&warp_task, "symbols", "1", "2 to 1000");
    tasks_refuse_text(&warp_task, "warp", "0", "1 to 1000000");
    tasks_refuse_text(&warp_task, "mode", "pad", "warped, padded");
    tasks_refuse_text(&warp_task, "variable", "1", "true or false");
    tasks_refuse_text(&warp_task, "shortest", "0", "1 to 1000000");
    tasks_refuse_text(&warp_task, "longer_from", "-1", "0 to 1000000");
}

static void expect_range(const WarpParams *trained, int factor, int shortest, int warp) {
    Task *task = tasks_create(&warp_task, trained), *longer = task_lengthened(task, factor, NULL);
    assert_non_null(longer);
    const WarpParams *found = longer->params;
    assert_true(found->length == trained->length && found->symbols == trained->symbols && found->variable == trained->variable);
    assert_int_equal(found->shortest, shortest);
    assert_int_equal(found->warp, warp);
    task_destroy(longer);
    task_destroy(task);
}

static void longer_is_slower(void **state) {
    (void)state;
    const WarpParams same = {500, 10, 50, WARP_WARPED, true, 1, 0}, apart = {500, 10, 50, WARP_WARPED, true, 1, 100},
                     above = {500, 10, 50, WARP_PADDED, true, 5, 0}, uniform = {501, 10, 50, WARP_WARPED, false, 1, 0};
    expect_range(&same, 1, 1, 50);
    expect_range(&same, 10, 1, 500);
    expect_range(&above, 10, 5, 500);
    expect_range(&uniform, 10, 1, 500);
    // The test of the thesis. Twice as long, all warps are the same.
    expect_range(&apart, 1, 1, 50);
    expect_range(&apart, 2, 100, 100);
    expect_range(&apart, 10, 100, 500);
}

// The largest that the tables of parameters let through.
static void the_longest_warps_are_no_overflow(void **state) {
    (void)state;
    Task *task = tasks_create(&warp_task, &(WarpParams){1000000, 2, 1000000, WARP_WARPED, true, 1, 900000});
    Task *longer = task_lengthened(task, 1000, NULL);
    assert_non_null(longer);
    assert_int_equal(((const WarpParams *)longer->params)->warp, 1000000000);
    TaskSequence *sample = task_sequence_create(&longer->spec);
    task_draw(longer, 1, TASK_TEST, 0, sample);
    for (int t = 0; t < 900000; t++) assert_int_equal(sample->label[t], 1);
    task_sequence_destroy(sample);
    task_destroy(longer);
    task_destroy(task);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sequences_are_as_described),
        cmocka_unit_test(baselines_equal_counting),
        cmocka_unit_test(baselines_equal_enumeration),
        cmocka_unit_test(baselines_have_the_known_values),
        cmocka_unit_test(labels_may_replace_symbols),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(longer_is_slower),
        cmocka_unit_test(the_longest_warps_are_no_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
