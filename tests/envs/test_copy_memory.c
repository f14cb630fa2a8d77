// Copy against its page, its constants against golden numbers, its baselines against counting.
#include "envs/copy_memory.h"
#include "tests/envs/tasks.h"

#define CONSTANTS "tests/golden/dynamics/task_constants.csv"

static void losses_without_a_memory_equal_the_table(void **state) {
    (void)state;
    CsvTable *table = support_table(CONSTANTS);
    double worst = 0;
    int compared = 0;
    for (size_t row = 0; row < csv_rows(table); row++) {
        int T;
        if (sscanf(csv_text(table, row, csv_column(table, "task")), "copy_T%d", &T) != 1) continue;
        Task *task = tasks_create(&copy_memory_task, &(CopyMemoryParams){T, false});
        double expected = support_number(table, row, "value");
        worst = fmax(worst, fabs(task->spec.baseline_loss / expected - 1));
        tasks_expect_near(task->spec.baseline_accuracy, (T + 10 + 1.25) / (T + 20), 1e-15, "accuracy");
        compared++;
        task_destroy(task);
    }
    csv_destroy(table);
    print_message("worst deviation: task_constants.csv %.3g\n", worst);
    assert_int_equal(compared, 4);
    assert_true(worst < 1e-12);
}

// Checks a sequence against the page and returns its gap, the steps from the last letter to the signal.
static int check_sequence(int T, const TaskSequence *sample) {
    int symbol[128], signal = 0;
    assert_true(sample->steps == T + 20 && sample->scored == T + 20);
    for (int t = 0; t < T + 20; t++) {
        symbol[t] = tasks_symbol(sample->input + 10 * t, 10);
        assert_int_equal(sample->when[t], t);
        assert_true(t < 10 ? symbol[t] <= 7 : symbol[t] >= 8);
        if (symbol[t] != 9) continue;
        assert_int_equal(signal, 0);
        signal = t;
    }
    for (int t = 0; t < T + 20; t++) {
        bool asked = t > signal && t <= signal + 10;
        assert_int_equal(sample->label[t], asked ? symbol[t - signal - 1] : 8);
    }
    return signal - 9;
}

static void sequences_are_as_described(void **state) {
    (void)state;
    static const CopyMemoryParams tasks[] = {{1, false}, {1, true}, {2, false}, {2, true}, {9, true}, {60, false}, {60, true}};
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++) {
        const int T = tasks[i].length;
        Task *task = tasks_create(&copy_memory_task, &tasks[i]);
        assert_true(task->spec.input_size == 10 && task->spec.output_size == 9 && task->spec.target == TASK_CLASSES);
        TaskSequence *sample = task_sequence_create(&task->spec);
        int gaps[61] = {0}, letters[10 * 8] = {0};
        for (int n = 0; n < 1200; n++) {
            task_draw(task, 1, TASK_TRAIN, n, sample);
            int gap = check_sequence(T, sample);
            assert_in_range(gap, 1, T);
            gaps[gap]++;
            for (int k = 0; k < 10; k++) letters[8 * k + tasks_symbol(sample->input + 10 * k, 10)]++;
        }
        if (tasks[i].variable && T > 1) tasks_expect_uniform(gaps + 1, T, "gap");
        if (!tasks[i].variable) assert_int_equal(gaps[T], 1200);
        for (int k = 0; k < 10; k++) tasks_expect_uniform(letters + 8 * k, 8, "letter");
        tasks_expect_order_free(task);
        task_sequence_destroy(sample);
        task_destroy(task);
    }
}

static void baselines_equal_counting(void **state) {
    (void)state;
    static const CopyMemoryParams tasks[] = {{1, false}, {1, true}, {3, true}, {12, false}, {12, true}, {30, true}};
    double worst = 0;
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++) {
        Task *task = tasks_create(&copy_memory_task, &tasks[i]);
        worst = fmax(worst, tasks_expect_baseline(task, 8000, 0.005));
        task_destroy(task);
    }
    print_message("worst deviation: baselines %.3g\n", worst);
}

// One gap only is the same task; and not to know the gap costs something otherwise.
static void variable_is_the_same_or_harder(void **state) {
    (void)state;
    for (int T = 1; T <= 2000; T = 2 * T + 1) {
        Task *fixed = tasks_create(&copy_memory_task, &(CopyMemoryParams){T, false});
        Task *variable = tasks_create(&copy_memory_task, &(CopyMemoryParams){T, true});
        double more = variable->spec.baseline_loss - fixed->spec.baseline_loss;
        if (T == 1) {
            tasks_expect_near(more, 0, 1e-15, "one gap");
            tasks_expect_near(variable->spec.baseline_accuracy, fixed->spec.baseline_accuracy, 1e-15, "one gap");
        } else {
            assert_true(more > 0 && more < log(2));    // whether a letter is asked is less than one bit
        }
        task_destroy(fixed);
        task_destroy(variable);
    }
}

static void labels_may_replace_symbols(void **state) {
    (void)state;
    int symbol[22] = {0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 8, 9}, apart[22];
    for (int t = 12; t < 22; t++) symbol[t] = 8;
    copy_memory_labels(symbol, 22, apart);
    copy_memory_labels(symbol, 22, symbol);
    assert_memory_equal(symbol, apart, sizeof apart);
    for (int t = 0; t < 22; t++) assert_int_equal(apart[t], t < 12 ? 8 : (t - 12) % 8);
}

static void what_does_not_fit_is_refused(void **state) {
    (void)state;
    tasks_refuse_text(&copy_memory_task, "length", "0", "1 to 1000000");
    tasks_refuse_text(&copy_memory_task, "variable", "maybe", "true or false");
}

static void longer_is_longer(void **state) {
    (void)state;
    CopyMemoryParams params = {20, true};
    copy_memory_task.lengthen(&params, 5);
    assert_true(params.length == 100 && params.variable);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(losses_without_a_memory_equal_the_table),
        cmocka_unit_test(sequences_are_as_described),
        cmocka_unit_test(baselines_equal_counting),
        cmocka_unit_test(variable_is_the_same_or_harder),
        cmocka_unit_test(labels_may_replace_symbols),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(longer_is_longer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
