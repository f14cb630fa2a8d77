// The benches at a tiny size: they run, and all sides compute the same losses where PyTorch and oneDNN are installed; what they write;
// and the gate. No test on times.
#include <sys/wait.h>

#include "algorithms/cells/cell.h"
#include "benchmarks/speed/contender.h"
#include "benchmarks/speed/exchange.h"
#include "benchmarks/speed/gate.h"
#include "benchmarks/speed/kernels.h"
#include "benchmarks/speed/speed.h"
#include "core/kernels.h"
#include "envs/native.h"
#include "tests/support.h"

// Contenders of a build are beside its program, not beside this one.
static int find_contenders(void **state) {
    (void)state;
    const char *program = getenv("ENGRAM");
    if (!program) return 0;
    char *folder = memory_format("%s", program), *slash = strrchr(folder, '/');
    if (slash) *slash = '\0';
    char *contenders = memory_format("%s/benchmarks", slash ? folder : ".");
    int status = setenv("ENGRAM_CONTENDERS", contenders, 1);
    free(contenders);
    free(folder);
    return status;
}

// The widest path, and AVX2 forced.
static int path_count(void) {
    return kernels_supported(KERNELS_AVX512) ? 2 : 1;
}

// Runs a bench with settings "name=value"; to be freed.
static SpeedReport *run_bench(const char *name, const char *const *settings) {
    Error error = {0};
    const SpeedBench *bench = speed_find(name, &error);
    assert_non_null(bench);
    void *params = speed_params(bench);
    for (; *settings; settings++) {
        char key[64];
        size_t length = strcspn(*settings, "=");
        snprintf(key, sizeof key, "%.*s", (int)length, *settings);
        if (!param_set(&bench->params, params, key, *settings + length + 1, &error)) fail_msg("%s", error.message);
    }
    SpeedReport *report = memory_zeroed(1, sizeof *report);
    report->agrees = true;
    if (!bench->run(params, report, &error)) fail_msg("%s", error.message);
    free(params);
    assert_true(report->row_count > 0 && report->note_count > 0);
    return report;
}

// Every row has our times in order, and the same losses on all sides. Whether PyTorch was there.
static bool check_rows(const SpeedReport *report) {
    bool contender = isfinite(report->rows[0].time[SPEED_PYTORCH].median);
    for (int i = 0; i < report->row_count; i++) {
        const SpeedRow *row = &report->rows[i];
        SpeedTime ours = row->time[SPEED_OURS];
        assert_true(ours.least > 0 && ours.least <= ours.median && ours.median <= ours.most);
        const bool popgym = row->batch == 1024;
        bool beside = contender && !popgym && !strstr(row->what, "pairs");    // of histories: ours alone
        if (beside && !(row->difference < 1e-4)) fail_msg("%s %s: losses differ by %g", row->what, row->cell, row->difference);
        assert_int_equal(isfinite(row->ratio[SPEED_PYTORCH]), beside);
        if (popgym && isfinite(row->original)) assert_true(row->original_ratio > 10);    // in Python
        assert_true(row->path[0] != '\0');
    }
    assert_true(report->agrees);
    return contender;
}

// ---- benches -------------------------------------------------------------------------------------------------------------------------

static void a_training_step_is_the_same_work_for_all(void **state) {
    (void)state;
    int paths = path_count();
    bool contender = true, onednn = false;
    for (size_t i = 0; i < cell_type_count; i++) {
        char cell[32];
        snprintf(cell, sizeof cell, "cell=%s", cell_names[i]);
        SpeedReport *report = run_bench("kernels", (const char *const[]){cell, "hidden=6", "steps=7", "repeats=1", NULL});
        contender = check_rows(report);
        assert_int_equal(report->row_count, paths);
        for (int row = 0; row < paths; row++) {
            const SpeedRow *at = &report->rows[row];
            assert_true(at->bound > 0 && at->share > 0);
            assert_true(at->hidden == 6 && at->steps == 7);
            assert_string_equal(at->cell, cell_names[i]);
            onednn |= isfinite(at->time[SPEED_ONEDNN].median);
            bool known = strcmp(at->cell, "lstm") == 0 || strcmp(at->cell, "gru") == 0;
            if (!known) assert_true(isnan(at->time[SPEED_ONEDNN].median));
        }
        assert_string_equal(report->rows[paths - 1].path, "avx2");
        free(report);
    }
    char folder[256];
    contender_folder(folder, sizeof folder);
    if (support_exists(folder, "onednn")) assert_true(onednn);
    if (!contender) skip();
}

static void the_usual_rows_can_be_narrowed_down(void **state) {
    (void)state;
    static const struct {
        const char *settings[4];
        int rows;    // of one path
    } cases[] = {
        {{"hidden=2", "steps=3", NULL}, 5},
        {{"cell=lstm", "steps=2", NULL}, 4},
        {{"cell=mgu", "hidden=3", "steps=2", NULL}, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *settings[8] = {"contenders=false", "path=avx2", "repeats=1"};
        memcpy(settings + 3, cases[i].settings, sizeof cases[i].settings);
        SpeedReport *report = run_bench("kernels", settings);
        assert_int_equal(report->row_count, cases[i].rows);
        assert_true(isnan(report->rows[0].difference));
        free(report);
    }
}

static void too_large_a_product_is_refused(void **state) {
    (void)state;
    Error error = {0};
    void *params = speed_params(&speed_kernels);
    assert_true(param_set(&speed_kernels.params, params, "hidden", "1024", &error));
    assert_true(param_set(&speed_kernels.params, params, "steps", "10000", &error));
    SpeedReport *report = memory_zeroed(1, sizeof *report);
    assert_false(speed_kernels.run(params, report, &error));
    support_assert_has(error.message, "hidden 1024 with steps 10000");
    free(report);
    free(params);
}

// Forward (T I G H + (T-1) H R H), the same for the weights, the second term again for the states; 2 B each.
static void flops_are_counted(void **state) {
    (void)state;
    double lstm = kernel_flops(kernel_cost("lstm"), 3, 5), brc = kernel_flops(kernel_cost("brc"), 3, 5);
    assert_true(lstm == 2.0 * 32 * (2 * 3 * 10 * 20 + 3 * 2 * 5 * 20));
    assert_true(brc == 2.0 * 32 * 2 * 3 * 10 * 15);
    assert_null(kernel_cost("unheard of"));
    for (size_t i = 0; i < cell_type_count; i++) assert_non_null(kernel_cost(cell_names[i]));
}

static void an_episode_is_the_same_work_for_both(void **state) {
    (void)state;
    bool all = getenv("ENGRAM_TEST_FULL") != NULL, contender = true;
    for (size_t i = 0; i < (all ? cell_type_count : 1); i++) {
        char cell[32];
        snprintf(cell, sizeof cell, "cell=%s", cell_names[i]);
        const char *const settings[] = {cell,        "length=20",        "hidden=6",       "batch=4",
                                        "repeats=2", "gradient_steps=3", "transitions=64", NULL};
        SpeedReport *report = run_bench("drqn", settings);
        contender = check_rows(report);
        assert_int_equal(report->row_count, (contender ? 2 : 1) * path_count());
        assert_string_equal(report->rows[report->row_count - 1].path, "avx2");
        assert_true(report->rows[0].calibration > 0);
        free(report);
    }
    if (!contender) skip();
}

static void acting_is_the_same_work_for_both(void **state) {
    (void)state;
    SpeedReport *report = run_bench("envs", (const char *const[]){"length=3", "hidden=4", "steps=5", "repeats=2", NULL});
    bool contender = check_rows(report);
    const int acting = 6 * path_count();    // then POPGym's environments
    assert_int_equal(report->row_count, acting + LEVEL_COUNT * (int)native_type_count);
    assert_string_equal(report->rows[acting - 1].path, "avx2");
    assert_int_equal(report->rows[3].batch, 64);
    free(report);
    if (!contender) skip();
}

static void an_epoch_is_the_same_work_for_both(void **state) {
    (void)state;
    SpeedReport *report = run_bench(
        "mine", (const char *const[]){"length=3", "hidden=8", "pairs=1500", "repeats=2", "particles=8", "set_repeats=1", NULL});
    bool contender = check_rows(report);
    assert_int_equal(report->row_count, 2);    // vectors, and sets
    free(report);
    if (!contender) skip();
}

static void a_sequence_is_the_same_work_for_both(void **state) {
    (void)state;
    static const char *const asked[][3] = {
        {"cell=gru", "task=copy-first", "contenders=true"},
        {"cell=lstm", "task=copy-memory", "contenders=true"},
        {"cell=nbrc", "task=copy-memory", "contenders=false"},
    };
    static const int times[] = {1, 5, 20};
    bool contender = true;
    for (int i = 0; i < 3; i++) {
        SpeedReport *report =
            run_bench("sequence", (const char *const[]){asked[i][0], asked[i][1], asked[i][2], "hidden=6", "steps=21",
                                                        "repeats=2", "horizon=30", "samples=3", NULL});
        bool beside = isfinite(report->rows[0].time[SPEED_PYTORCH].median);
        if (i < 2) contender &= beside;
        assert_true(report->agrees);
        assert_int_equal(report->row_count, 4);
        for (int l = 0; l < 3; l++) {
            const SpeedRow *row = &report->rows[l];
            if (beside && !(row->difference < 1e-4)) fail_msg("%s: losses differ by %g", asked[i][0], row->difference);
            assert_int_equal(row->steps, 21 * times[l]);
            assert_true(row->time[SPEED_OURS].least > 0 && row->growth[SPEED_OURS] > 0 && row->memory > 0);
            assert_int_equal(isfinite(row->growth[SPEED_PYTORCH]), beside);
        }
        assert_true(report->rows[0].growth[SPEED_OURS] == 1 && report->rows[2].memory > 2 * report->rows[0].memory);
        const SpeedRow *vaa = &report->rows[3];
        assert_string_equal(vaa->what, "vaa");
        assert_true(vaa->steps == 30 && vaa->batch == 3 && vaa->forward > 0 && vaa->time[SPEED_OURS].median > 0);
        free(report);
    }
    if (!contender) skip();
}

static void sequences_of_impossible_sizes_are_refused(void **state) {
    (void)state;
    static const char *const settings[][3] = {
        {"hidden", "1000", "hidden 1000 with steps 100"},
        {"task", "copy-memory", "steps 20 with task copy-memory, accepted: 21 or more"},
    };
    for (int i = 0; i < 2; i++) {
        Error error = {0};
        void *params = speed_params(&speed_sequence);
        assert_true(param_set(&speed_sequence.params, params, "steps", i == 0 ? "100" : "20", &error));
        assert_true(param_set(&speed_sequence.params, params, settings[i][0], settings[i][1], &error));
        SpeedReport *report = memory_zeroed(1, sizeof *report);
        assert_false(speed_sequence.run(params, report, &error));
        support_assert_has(error.message, settings[i][2]);
        free(report);
        free(params);
    }
}

static void an_unknown_bench_names_the_nearest(void **state) {
    (void)state;
    Error error = {0};
    assert_null(speed_find("drqm", &error));
    assert_string_equal(
        error.message,
        "bench \"drqm\" is unknown, nearest is drqn; accepted: kernels, drqn, envs, mine, sequence, gate, or statistics");
}

// ---- reports -------------------------------------------------------------------------------------------------------------------------

static void summaries(void **state) {
    (void)state;
    double odd[] = {3, 1, 2}, even[] = {4, 1, 2, 8};
    SpeedTime time = speed_summary(odd, 3);
    assert_true(time.median == 2 && time.least == 1 && time.most == 3);
    time = speed_summary(even, 4);
    assert_true(time.median == 3 && time.least == 1 && time.most == 8);
    SpeedReport *report = memory_zeroed(1, sizeof *report);
    report->agrees = true;
    SpeedRow row = {.time = {{2, 1, 3}, {NAN, NAN, NAN}, {5, 4, 6}}, .bound = 1, .difference = 0.5};
    double theirs[] = {10, 6, 50}, ours[] = {4, 3, 10};    // by turns 2.5, 2, 5; by medians 10 / 4 as well, by sums 66 / 17
    assert_true(speed_ratio(theirs, ours, 3) == 2.5 && speed_ratio(ours, ours, 3) == 1);
    assert_true(isnan(speed_ratio((double[]){NAN, NAN}, ours, 2)));
    speed_add(report, row, 1);
    assert_true(report->agrees && report->row_count == 1 && report->rows[0].time[SPEED_PYTORCH].median == 5);
    row.difference = NAN;
    speed_add(report, row, 1);
    assert_false(report->agrees);    // a loss that is not a number agrees with nothing
    report->agrees = true;
    row.time[SPEED_PYTORCH] = speed_not_measured();
    speed_add(report, row, 1);
    assert_true(report->agrees);    // without a contender there is nothing to agree with
    free(report);
}

// Rows as a run of kernels would have them.
static SpeedReport *made_up_report(void) {
    SpeedReport *report = memory_zeroed(1, sizeof *report);
    static const char *const cells[] = {"lstm", "gru", "brc"}, *const paths[] = {"avx512", "avx2"};
    for (int i = 0; i < 12; i++) {
        SpeedRow row = {.hidden = i < 6 ? 32 : 128, .steps = 100, .bound = 1 + i};
        snprintf(row.cell, sizeof row.cell, "%s", cells[i % 3]);
        snprintf(row.path, sizeof row.path, "%s", paths[i / 3 % 2]);
        row.time[SPEED_OURS] = (SpeedTime){2 + i, 1.5 + i, 3 + i};
        row.time[SPEED_ONEDNN] = i % 3 < 2 ? (SpeedTime){3 + i, 2 + i, 5 + i} : speed_not_measured();
        row.time[SPEED_PYTORCH] = (SpeedTime){20 + i, 19 + i, 30 + i};
        for (int side = 0; side < SPEED_SIDES; side++) row.ratio[side] = row.time[side].median / (2 + i);
        row.share = row.bound / (2 + i);
        speed_add(report, row, 1);
    }
    speed_note(report, "a note");
    return report;
}

static void tables_and_figure_are_saved(void **state) {
    Error error = {0};
    char *folder = NULL, class[64];
    SpeedReport *report = made_up_report();
    speed_cpu_class(class, sizeof class);
    bool saved = speed_save(&speed_kernels, report, *state, &folder, &error);
    if (!saved && strstr(error.message, "gnuplot was not found")) skip();
    if (!saved) fail_msg("%s", error.message);
    support_assert_has(folder, class);
    char *table = support_read(folder, "kernels.csv", NULL), *notes = support_read(folder, "kernels.txt", NULL);
    const char *head = "cell,hidden,steps,engram_ms,onednn_ms,pytorch_ms,bound_ms,path,share,onednn/engram,";    // and more
    assert_memory_equal(table, head, strlen(head));
    support_assert_has(table, "\nlstm,32,100,2,3,20,1,avx512,0.5,1.5,10,");
    support_assert_has(table, "\nbrc,32,100,4,,22,3,avx512,0.75,,5.5,");    // no oneDNN: an empty cell
    assert_string_equal(notes, "a note\n");
    assert_true(support_exists(folder, "kernels/figure.png") && support_exists(folder, "kernels/times.csv"));
    free(table);
    free(notes);
    free(folder);
    free(report);
}

// ---- contenders ------------------------------------------------------------------------------------------------------------------------

static void write_program(const char *folder, const char *name, const char *text) {
    char *path = support_path(folder, name);
    support_write(folder, name, text);
    assert_int_equal(chmod(path, 0755), 0);
    assert_int_equal(setenv("ENGRAM_CONTENDERS", folder, 1), 0);
    free(path);
}

static void nothing_steers_a_contender_from_outside(void **state) {
    Error error = {0};
    write_program(*state, "fake",
                  "#!/bin/sh\necho \"ready $OMP_NUM_THREADS $OPENBLAS_NUM_THREADS $DNNL_MAX_CPU_ISA.$1\"\n"
                  "while read -r a b; do echo \"$b 0.25\"; done\n");
    setenv("OMP_NUM_THREADS", "7", 1);
    setenv("OPENBLAS_NUM_THREADS", "7", 1);
    setenv("DNNL_MAX_CPU_ISA", "SSE41", 1);
    Contender contender;
    const char *const given[] = {"DNNL_MAX_CPU_ISA=AVX2", NULL};
    ContenderCommand command = {.name = "fake", .program = "fake", .words = {"word"}};
    for (int i = 0; i < 2; i++) {
        if (!contender_start(&contender, &command, &error)) fail_msg("%s", error.message);
        assert_string_equal(contender.version, i == 0 ? "1 1 .word" : "1 1 AVX2.word");
        double ms, value;
        if (!contender_ask(&contender, "step 3", &ms, &value, &error)) fail_msg("%s", error.message);
        assert_true(ms == 3 && value == 0.25);
        contender_stop(&contender);
        command.environment = given;
    }
    unsetenv("OMP_NUM_THREADS");
    unsetenv("OPENBLAS_NUM_THREADS");
    unsetenv("DNNL_MAX_CPU_ISA");
    find_contenders(NULL);
}

static void a_contender_that_dies_is_named(void **state) {
    Error error = {0};
    double ms, value;
    Contender contender;
    ContenderCommand command = {.name = "Fake", .program = "fake"};
    write_program(*state, "fake", "#!/bin/sh\necho ready 1\nread -r line\nexit 3\n");
    assert_true(contender_start(&contender, &command, &error));
    assert_false(contender_ask(&contender, "step 1", &ms, &value, &error));
    support_assert_has(error.message, "Fake ended with status 3 at the request 'step 1'");
    write_program(*state, "fake", "#!/bin/sh\necho ready 1\nread -r line\nkill -9 $$\n");
    assert_true(contender_start(&contender, &command, &error));
    assert_false(contender_ask(&contender, "step 1", &ms, &value, &error));
    support_assert_has(error.message, "was ended by signal 9");
    write_program(*state, "fake", "#!/bin/sh\nexit 1\n");
    assert_false(contender_start(&contender, &command, &error));
    support_assert_has(error.message, "Fake (fake) does not start");
    write_program(*state, "fake", "#!/bin/sh\necho absent it has holidays\n");
    assert_true(contender_start(&contender, &command, &error));
    assert_int_equal(contender.process, 0);
    assert_string_equal(contender.version, "it has holidays");
    command.program = "nobody";
    assert_true(contender_start(&contender, &command, &error));
    assert_int_equal(contender.process, 0);
    support_assert_has(contender.version, "not built");
    find_contenders(NULL);
}

static void arrays_go_through_a_file(void **state) {
    (void)state;
    Error error = {0};
    Exchange exchange;
    float numbers[] = {1, -2.5f, 3, 4, 5, 6};
    int whole[] = {7};
    assert_true(exchange_open(&exchange, &error));
    exchange_put(&exchange, "numbers", matrix_view(DTYPE_F32, 2, 3, numbers));
    exchange_put(&exchange, "whole", matrix_view(DTYPE_I32, 1, 1, whole));
    assert_true(exchange_finish(&exchange, &error));
    Matrix read;
    assert_true(exchange_read(exchange.path, "whole", &read, &error));
    assert_true(read.type == DTYPE_I32 && ((const int *)read.data)[0] == 7);
    free(read.data);
    assert_true(exchange_read(exchange.path, "numbers", &read, &error));
    assert_true(read.rows == 2 && read.cols == 3);
    assert_memory_equal(read.data, numbers, sizeof numbers);
    free(read.data);
    assert_false(exchange_read(exchange.path, "nothing", &read, &error));
    support_assert_has(error.message, "found no array nothing");
    exchange_remove(&exchange);
}

// ---- the gate --------------------------------------------------------------------------------------------------------------------------

#define HEAD "cell,hidden,steps,path,share,onednn/engram\n"

static GateReport *compare(const char *folder, const char *committed, const char *fresh) {
    Error error = {0};
    support_write(folder, "old.csv", committed);
    support_write(folder, "new.csv", fresh);
    char *old = support_path(folder, "old.csv"), *now = support_path(folder, "new.csv");
    GateReport *report = memory_zeroed(1, sizeof *report);
    if (!gate_compare("kernels", old, now, report, &error)) fail_msg("%s", error.message);
    free(old);
    free(now);
    return report;
}

static void the_gate_compares_ratios(void **state) {
    static const char committed[] = HEAD "gru,32,100,avx512,0.6,1.5\nlstm,32,100,avx2,0.5,\n";
    static const struct {
        const char *fresh;
        int lines, worse, missing;
    } cases[] = {
        {committed, 3, 0, 0},
        {HEAD "gru,32,100,avx512,0.54,1.35\nlstm,32,100,avx2,0.5,\n", 3, 0, 0},    // our time is 11 % longer
        {HEAD "gru,32,100,avx512,0.5,1.25\nlstm,32,100,avx2,0.5,\n", 3, 2, 0},     // 20 % longer, by both ratios
        {HEAD "gru,32,100,avx512,0.6,1.2\nlstm,32,100,avx2,1,\n", 3, 1, 0},        // oneDNN has become faster
        {HEAD "gru,32,100,avx512,0.6,\n", 1, 0, 1},                                // no oneDNN today; a row less
        {HEAD "gru,32,500,avx512,0.1,1.5\nlstm,32,100,avx2,0.4,\n", 1, 1, 1},      // another row is not compared
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        GateReport *report = compare(*state, committed, cases[i].fresh);
        assert_int_equal(report->line_count, cases[i].lines);
        assert_int_equal(report->worse, cases[i].worse);
        assert_int_equal(report->missing, cases[i].missing);
        free(report);
    }
    GateReport *report = compare(*state, committed, cases[2].fresh);
    assert_string_equal(report->lines[0].row, "gru 32 100 avx512");
    assert_string_equal(report->lines[0].ratio, "share");
    assert_true(report->lines[0].worse && report->lines[0].committed == 0.6 && report->lines[0].fresh == 0.5);
    free(report);
}

static void the_gate_refuses_what_is_no_table(void **state) {
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"cell,hidden,steps,path,onednn/engram\ngru,32,100,avx512,1.5\n", "share"},
        {HEAD "gru,32,100,avx512,x,1.5\n", "new.csv:2"},
        {HEAD "gru,32,100,avx512,0.6,0\n", "expected a positive number in onednn/engram"},
    };
    char *old = support_path(*state, "old.csv"), *now = support_path(*state, "new.csv");
    support_write(*state, "old.csv", HEAD "gru,32,100,avx512,0.6,1.5\n");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Error error = {0};
        GateReport *report = memory_zeroed(1, sizeof *report);
        support_write(*state, "new.csv", cases[i].text);
        assert_false(gate_compare("kernels", old, now, report, &error));
        support_assert_has(error.message, cases[i].message);
        free(report);
    }
    free(old);
    free(now);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, support_set_up, support_tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_training_step_is_the_same_work_for_all),
        cmocka_unit_test(the_usual_rows_can_be_narrowed_down),
        cmocka_unit_test(too_large_a_product_is_refused),
        cmocka_unit_test(flops_are_counted),
        cmocka_unit_test(an_episode_is_the_same_work_for_both),
        cmocka_unit_test(acting_is_the_same_work_for_both),
        cmocka_unit_test(an_epoch_is_the_same_work_for_both),
        cmocka_unit_test(a_sequence_is_the_same_work_for_both),
        cmocka_unit_test(sequences_of_impossible_sizes_are_refused),
        cmocka_unit_test(an_unknown_bench_names_the_nearest),
        cmocka_unit_test(summaries),
        IN_FOLDER(tables_and_figure_are_saved),
        IN_FOLDER(nothing_steers_a_contender_from_outside),
        IN_FOLDER(a_contender_that_dies_is_named),
        cmocka_unit_test(arrays_go_through_a_file),
        IN_FOLDER(the_gate_compares_ratios),
        IN_FOLDER(the_gate_refuses_what_is_no_table),
    };
    return cmocka_run_group_tests_name("speed", tests, find_contenders, NULL);
}
