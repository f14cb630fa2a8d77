// What tasks over symbols share.
#include "envs/symbols.h"
#include "tests/envs/tasks.h"

static void symbols_are_shown_one_hot(void **state) {
    (void)state;
    static const int symbol[] = {2, 0, 1, 2};
    static const float expected[] = {0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 1};
    float input[13];
    for (int i = 0; i < 13; i++) input[i] = 7;
    symbols_show(symbol, 4, 3, input);
    assert_memory_equal(input, expected, sizeof expected);
    assert_true(input[12] == 7);    // not beyond
    symbols_show((int[]){0}, 1, 1, input);
    assert_true(input[0] == 1 && input[1] == 0);
}

static void every_step_is_asked(void **state) {
    (void)state;
    TaskSpec spec = {.input_size = 1, .output_size = 2, .steps = 5, .scored = 5};
    TaskSequence *sample = task_sequence_create(&spec);
    sample->when[3] = 9;
    symbols_ask_always(3, sample);
    assert_true(sample->steps == 3 && sample->scored == 3);
    for (int t = 0; t < 3; t++) assert_int_equal(sample->when[t], t);
    assert_int_equal(sample->when[3], 9);
    task_sequence_destroy(sample);
}

static void entropy_terms_equal_libm(void **state) {
    (void)state;
    assert_true(symbols_entropy_term(0) == 0 && symbols_entropy_term(1) == 0);
    double worst = 0;
    for (double p = 1; p > 1e-300; p /= 1.7)
        worst = fmax(worst, fabs(symbols_entropy_term(p) + p * log(p)) / fmax(-p * log(p), 1e-300));
    print_message("worst deviation: entropy term %.3g\n", worst);
    assert_true(worst < 1e-14);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(symbols_are_shown_one_hot),
        cmocka_unit_test(every_step_is_asked),
        cmocka_unit_test(entropy_terms_equal_libm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
