// engram bench from the command line: what it refuses, what it prints, the gate's exit codes. The program itself, as $ENGRAM names it.
#include <sys/wait.h>

#include "benchmarks/speed/speed.h"
#include "cli/cli.h"
#include "tests/support.h"

enum { OUTPUT_SIZE = 8192 };

// Runs `VARIABLES $ENGRAM bench WORDS` with "@" in the words standing for the folder; what it prints into `output`, both streams unless
// the words say where the second goes. Its exit code.
static int bench(const char *folder, const char *variables, const char *words, char output[OUTPUT_SIZE]) {
    char line[2048];
    const char *errors = strstr(words, "2>") ? "" : " 2>&1";
    int used = snprintf(line, sizeof line, "%s \"$ENGRAM\" bench ", variables);
    for (; *words && used < 1900; words++) {
        if (*words == '@') used += snprintf(line + used, sizeof line - (size_t)used, "%s", folder);
        else line[used++] = *words;
    }
    snprintf(line + used, sizeof line - (size_t)used, "%s", errors);
    FILE *pipe = popen(line, "r");
    assert_non_null(pipe);
    size_t length = fread(output, 1, OUTPUT_SIZE - 1, pipe);
    output[length] = '\0';
    int status = pclose(pipe);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#define TINY "kernels --cell brc --hidden 2 --steps 2 --set contenders=false --set repeats=1 "

static void mistakes_are_named(void **state) {
    if (!getenv("ENGRAM")) skip();
    static const struct {
        const char *words, *message;
    } cases[] = {
        {"kernel", "nearest is kernels"},
        {"kernels --cell gur", "--cell gur: "},
        {"kernels --hidden 0", "--hidden 0: "},
        {"kernels --hidden 100000", "integer, 1 to 1024"},
        {"kernels --hidden many", "--hidden many: "},
        {"kernels --steps 0", "--steps 0: "},
        {"kernels --steps", "needs a value"},
        {"kernels --hidden 1024 --steps 10000", "their product may be"},
        {"kernels --set path=avx1024", "--set path=avx1024: "},
        {"mine --cell gru", "--cell gru: "},
        {"drqn --steps 5", "--steps 5: "},
        {"kernels --save --cell gru", "leave out --set, --cell"},
        {"gate --cell gru", "gate compares tables"},
        {"statistics --set data_sets=0", "--set data_sets=0: "},
        {"statistics --set replicates=5", "integer, 10 to 1000000"},
        {"statistics --cell gru", "--cell gru: "},
        {"statistics --save --set seed=1", "leave out --set"},
        {"mi --set pairs=1", "integer, 2 to 1000000"},
        {"mi --set tasks=long", "one of: short, all, line"},
        {"mi --set estimator=ksg", "nearest: ksg1"},
        {"mi some", "only `bench claims` takes the name"},
        {"vaa --set horizon=99", "integer, 100 to 10000"},
        {"vaa --set seedz=1", "nearest"},
        {"popgym --set level=eazy", "one of: easy, medium, hard, all"},
        {"popgym --set episodes=1", "integer, 2 to 10000000"},
        {"popgym --save --set episodes=5", "leave out --set"},
    };
    char output[OUTPUT_SIZE];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int code = bench(*state, "", cases[i].words, output);
        if (code != EXIT_BAD_INPUT) fail_msg("bench %s: exit code %d\n%s", cases[i].words, code, output);
        support_assert_has(output, cases[i].message);
    }
}

static void the_table_has_eight_columns(void **state) {
    if (!getenv("ENGRAM")) skip();
    char output[OUTPUT_SIZE];
    assert_int_equal(bench(*state, "", TINY "--csv 2>/dev/null", output), EXIT_FINE);
    const char *head = "cell,hidden,steps,engram_ms,onednn_ms,pytorch_ms,bound_ms,path\nbrc,2,2,";
    if (strncmp(output, head, strlen(head)) != 0) fail_msg("%s", output);
    char *row = strstr(output, "brc,2,2,") + 8;
    char *after = NULL;
    assert_true(strtod(row, &after) > 0);
    assert_true(strncmp(after, ",,,", 3) == 0);    // neither oneDNN nor PyTorch
    assert_true(strtod(after + 3, NULL) > 0);      // the bound
    support_assert_has(output, ",avx2\n");
}

// What steers OpenBLAS is gone before it begins, for this verb as for all.
static void blas_variables_do_not_matter(void **state) {
    if (!getenv("ENGRAM")) skip();
    char plain[OUTPUT_SIZE], steered[OUTPUT_SIZE];
    assert_int_equal(bench(*state, "", TINY "2>&1 | grep OpenBLAS", plain), EXIT_FINE);
    assert_int_equal(bench(*state, "OPENBLAS_CORETYPE=Nehalem OMP_NUM_THREADS=3", TINY "2>&1 | grep OpenBLAS", steered),
                     EXIT_FINE);
    assert_string_equal(plain, steered);
}

static void the_gate_has_three_answers(void **state) {
    if (!getenv("ENGRAM")) skip();
    static const char head[] = "cell,hidden,steps,path,share,onednn/engram\n";
    char output[OUTPUT_SIZE], class[64], variables[512], text[512];
    speed_cpu_class(class, sizeof class);
    snprintf(variables, sizeof variables, "ENGRAM_HOME='%s'", (char *)*state);
    assert_int_equal(bench(*state, variables, "gate --results @/fresh", output), EXIT_FINE);
    support_assert_has(output, "No committed table for this kind of machine");
    support_assert_has(output, class);

    snprintf(text, sizeof text, "mkdir -p %s/results/reference/speed/%s %s/fresh/speed/%s", (char *)*state, class,
             (char *)*state, class);
    assert_int_equal(system(text), 0);
    char *committed = memory_format("results/reference/speed/%s/kernels.csv", class);
    char *fresh = memory_format("fresh/speed/%s/kernels.csv", class);
    snprintf(text, sizeof text, "%sgru,32,100,avx512,0.6,1.5\n", head);
    support_write(*state, committed, text);
    assert_int_equal(bench(*state, variables, "gate --results @/fresh", output), EXIT_BAD_INPUT);
    support_assert_has(output, "`make bench` writes it");

    snprintf(text, sizeof text, "%sgru,32,100,avx512,0.54,1.35\n", head);
    support_write(*state, fresh, text);
    assert_int_equal(bench(*state, variables, "gate --results @/fresh", output), EXIT_FINE);
    support_assert_has(output, "2 ratios compared with the committed ones, 0 worse");

    snprintf(text, sizeof text, "%sgru,32,100,avx512,0.5,1.25\n", head);
    support_write(*state, fresh, text);
    assert_int_equal(bench(*state, variables, "gate --results @/fresh", output), EXIT_DIFFERS);
    support_assert_has(output, "2 worse by more than 15 %");
    support_assert_has(output, "gru 32 100 avx512");
    assert_int_equal(bench(*state, variables, "gate --results @/fresh --csv 2>/dev/null", output), EXIT_DIFFERS);
    support_assert_has(output, "row,ratio,committed,now,change,verdict\ngru 32 100 avx512,share,0.600,0.500,0.833,worse\n");
    free(committed);
    free(fresh);
}

// The table is the same twice, and the CSV what --save would keep; progress goes to the other stream.
static void statistics_are_a_table(void **state) {
    if (!getenv("ENGRAM")) skip();
    char output[OUTPUT_SIZE], again[OUTPUT_SIZE];
    const char *words = "statistics --set data_sets=3 --set replicates=20 --csv 2>/dev/null | sed -n 1,40p";
    assert_int_equal(bench(*state, "", words, output), EXIT_FINE);
    const char *head = "distribution,runs,tasks,quantity,method,data_sets,coverage,low,high,width,undefined,default\n"
                       "normal,3,1,iqm,percentile,3,";
    if (strncmp(output, head, strlen(head)) != 0) fail_msg("%s", output);
    assert_int_equal(bench(*state, "", words, again), EXIT_FINE);
    assert_string_equal(output, again);
    assert_int_equal(
        bench(*state, "", "statistics --set data_sets=1 --set replicates=10 --json 2>/dev/null | sed -n 1,20p", output),
        EXIT_FINE);
    support_assert_has(output, "\"method\": \"percentile\"");
}

// Only the estimators named; what one of them does not take is said on the other stream. All but the time is the same twice.
static void estimates_are_a_table(void **state) {
    if (!getenv("ENGRAM")) skip();
    char output[OUTPUT_SIZE], again[OUTPUT_SIZE];
    const char *words = "mi --set tasks=dense --set pairs=80 --set repetitions=2 --set estimator=ksg1 --set estimator=gaussian "
                        "--csv 2>@/said | sed 's/,[^,]*$//'";
    assert_int_equal(bench(*state, "", words, output), EXIT_FINE);
    const char *head = "task,family,dx,dy,estimator,pairs,repetitions,truth,mean,sd,error,ceiling,unreliable,undefined\n"
                       "multinormal-dense-2-2-0.5,dense,2,2,ksg1,80,2,0.2939,";
    if (strncmp(output, head, strlen(head)) != 0) fail_msg("%s", output);
    support_assert_has(output, "multinormal-dense-25-25-0.5,dense,25,25,gaussian,80,2,1.2922,");
    assert_null(strstr(output, "-50-50-0.5,dense,50,50,gaussian"));
    char *said = support_read(*state, "said", NULL);
    support_assert_has(said, "multinormal-dense-2-2-0.5 (1 of 5)\n");
    support_assert_has(said, "gaussian does not take 1 task; multinormal-dense-50-50-0.5: ");
    free(said);
    assert_int_equal(bench(*state, "", words, again), EXIT_FINE);
    assert_string_equal(output, again);
}

static void places_are_a_table(void **state) {
    if (!getenv("ENGRAM")) skip();
    char output[OUTPUT_SIZE];
    const char *words = "vaa --set hidden=4 --set seeds=1 --set samples=4 --set horizon=100 --csv 2>@/said";
    assert_int_equal(bench(*state, "", words, output), EXIT_FINE);
    const char *head = "cell,initialisation,hidden,samples,horizon,tolerance,seeds,vaa,low,high,authors\n"
                       "gru,standard,4,4,100,0.001,1,0.2500,0.2500,0.2500,";
    if (strncmp(output, head, strlen(head)) != 0) fail_msg("%s", output);
    char *said = support_read(*state, "said", NULL);
    support_assert_has(said, "brc, 2 x 4 units\n");
    free(said);
}

// With the original's tables all is well; with one that says something else, exit code 1.
static void other_returns_than_the_original_s_are_a_verdict(void **state) {
    if (!getenv("ENGRAM")) skip();
    char output[OUTPUT_SIZE];
    const char *words = "popgym --set level=easy --set episodes=10 --set slow_episodes=2 2>@/said >@/table; code=$?; tail -1 "
                        "@/table; exit $code";
    if (bench(*state, "", words, output) != EXIT_FINE) fail_msg("%s", output);
    support_assert_has(output, "all ");
    char *said = support_read(*state, "said", NULL);
    support_assert_has(said, "not played here: position-only-pendulum, easy: oracle_state_dp\n");
    free(said);
    char *home = support_home("popgym");
    support_write(home, "benchmarks/popgym/upstream-random.csv", "environment,level,return_mean,return_se,n_episodes\n");
    support_write(home, "benchmarks/popgym/upstream-policies.csv",
                  "environment,level,policy,return_mean,return_se,episodes\nrepeat-first,easy,oracle_state,0.9,0,100\n");
    assert_int_equal(bench(*state, "", words, output), EXIT_DIFFERS);
    assert_int_equal(support_home_remove(home), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(mistakes_are_named, support_set_up, support_tear_down),
        cmocka_unit_test_setup_teardown(the_table_has_eight_columns, support_set_up, support_tear_down),
        cmocka_unit_test_setup_teardown(blas_variables_do_not_matter, support_set_up, support_tear_down),
        cmocka_unit_test_setup_teardown(the_gate_has_three_answers, support_set_up, support_tear_down),
        cmocka_unit_test_setup_teardown(statistics_are_a_table, support_set_up, support_tear_down),
        cmocka_unit_test_setup_teardown(estimates_are_a_table, support_set_up, support_tear_down),
        cmocka_unit_test_setup_teardown(places_are_a_table, support_set_up, support_tear_down),
        cmocka_unit_test_setup_teardown(other_returns_than_the_original_s_are_a_verdict, support_set_up, support_tear_down),
    };
    return cmocka_run_group_tests_name("bench", tests, NULL, NULL);
}
