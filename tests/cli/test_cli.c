#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <time.h>

#include "cli/cli.h"
#include "cli/table.h"
#include "tests/support.h"

enum { OUTPUT_SIZE = 32768, WORDS_MAX = 32 };

// A finished command: what it printed and how it ended.
typedef struct Result {
    int code;
    char out[OUTPUT_SIZE], err[OUTPUT_SIZE];
} Result;

static int make_folder(void **state) {
    *state = support_folder_in_memory();
    return 0;
}

static void read_file(const char *folder, const char *name, char *text) {
    char *whole = support_read(folder, name, NULL);
    snprintf(text, OUTPUT_SIZE, "%s", whole);
    free(whole);
}

static void redirect(const char *folder, const char *name, FILE *stream) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    stream = freopen(path, "w", stream);
    if (!stream) _exit(98);
}

// Writes the counters of a coverage build; absent from others.
extern void __gcov_dump(void) __attribute__((weak));

// Starts `engram ...`, words separated by spaces; "@" stands for the test's folder.
static pid_t begin(const char *folder, const char *line) {
    pid_t process = fork();
    assert_true(process >= 0);
    if (process) return process;
    char *words[WORDS_MAX], *copy = memory_format("engram %s", line);
    int count = 0;
    for (char *word = strtok(copy, " "); word && count < WORDS_MAX - 1; word = strtok(NULL, " ")) {
        words[count++] = word[0] == '@' ? memory_format("%s%s", folder, word + 1) : word;
    }
    words[count] = NULL;
    redirect(folder, "out", stdout);
    redirect(folder, "err", stderr);
    int code = cli_run_program(count, words);
    fflush(NULL);
    if (__gcov_dump) __gcov_dump();
    _exit(code);
}

static Result end(const char *folder, pid_t process) {
    static Result result;
    int status;
    assert_int_equal(waitpid(process, &status, 0), process);
    assert_true(WIFEXITED(status));
    result.code = WEXITSTATUS(status);
    read_file(folder, "out", result.out);
    read_file(folder, "err", result.err);
    return result;
}

static Result engram(const char *folder, const char *line) {
    return end(folder, begin(folder, line));
}

static void assert_refused(const char *folder, const char *line, const char *message) {
    Result result = engram(folder, line);
    if (result.code != EXIT_BAD_INPUT) fail_msg("engram %s: exit code %d\n%s", line, result.code, result.err);
    support_assert_has(result.err, message);
    assert_ptr_equal(strchr(result.err, '\n'), result.err + strlen(result.err) - 1);    // one line
}

// ---- help ------------------------------------------------------------------------------------------------------------------------

static void help_explains_every_verb(void **state) {
    Result overview = engram(*state, "help");
    assert_int_equal(overview.code, EXIT_FINE);
    for (size_t i = 0; i < cli_verb_count; i++) {
        char line[64];
        support_assert_has(overview.out, cli_verbs[i].summary);
        snprintf(line, sizeof line, "help %s", cli_verbs[i].name);
        Result help = engram(*state, line);
        assert_int_equal(help.code, EXIT_FINE);
        support_assert_has(help.out, "Example");
        snprintf(line, sizeof line, "  engram %s", cli_verbs[i].name);
        support_assert_has(help.out, line);
        snprintf(line, sizeof line, "%s --help", cli_verbs[i].name);
        Result same = engram(*state, line);
        assert_int_equal(same.code, EXIT_FINE);
        assert_string_equal(same.out, help.out);
    }
    assert_int_equal(engram(*state, "").code, EXIT_BAD_INPUT);
    assert_refused(*state, "help rnu", "did you mean 'run'?");
}

// ---- options ---------------------------------------------------------------------------------------------------------------------

static void mistakes_are_named(void **state) {
    static const struct {
        const char *line, *message;
    } cases[] = {
        {"rnu belief/tmaze", "unknown verb 'rnu' (did you mean 'run'?)"},
        {"run belief/tmaze --sedes 1..2", "unknown option '--sedes' (did you mean '--seeds'?)"},
        {"run belief/tmaze --sedes=1..2", "unknown option '--sedes' (did you mean '--seeds'?)"},
        {"status belief/tmaze --dry-run", "this verb has no option '--dry-run'"},
        {"run belief/tmaze -j 2", "unknown option '-j'"},
        {"run belief/tmaze --jobs 0", "expected a whole number, 1 to 4096"},
        {"run belief/tmaze --jobs two", "--jobs 'two'"},
        {"run belief/tmaze --jobs", "'--jobs' needs a value"},
        {"run belief/tmaze --scale papre", "did you mean 'paper'?"},
        {"run belief/tmaze --seeds 3..1", "--seeds: found '3..1', which runs backwards"},
        {"run belief/tmaze --seeds 1-3", "accepted: A..B"},
        {"run belief/tmaze --seeds 1..", "accepted: A..B"},
        {"run belief/tmaze --set length", "expected NAME=VALUE"},
        {"run belief/tmaze --set =3", "expected NAME=VALUE"},
        {"status belief/tmaze --csv --json", "choose one"},
        {"run", "expected `engram run NAME`"},
        {"run belief/tmaze again", "unexpected 'again'"},
        {"run belief/tmaez --results @/r", "belief/tmaze"},
        {"run belief/tmaze --results @/r --set lenght=3", "length"},
        {"run belief/tmaze --results @/r --set length=-3", "length"},
        {"run belief/tmaze --results @/r --set length=x", "length"},
        {"run belief/tmaze --results @/r --set cell=gur", "gru"},
        {"run belief/tmaze --results @/r --arithmetic mkl",
         "--arithmetic mkl: run: arithmetic: found 'mkl', accepted: one of: portable"},
        {"run belief/tmaze --results @/r --set agent=supervised",
         "--set agent=supervised: agent.name: found supervised, which learns tasks, with environment tmaze, accepted: drqn, "
         "uniform"},
        {"status warmup/copy-50 --results @/r --set agent.name=drqn",
         "--set agent.name=drqn: agent.name: found drqn, which acts in environments, with task copy-first, accepted: "
         "supervised"},
        {"run warmup/copy-50 --results @/r --set task=none --set agent=supervised",
         "--set agent=supervised: agent.name: found supervised, which learns tasks, with environment tmaze, accepted: drqn, "
         "uniform"},
        {"analyse warmup/copy-50 --scale smoke --results @/r",
         "warmup/copy-50: found runs of a task (copy-first), which have no histories and beliefs to analyse; accepted: "
         "experiments with an environment"},
        {"run warmup/copy-50 --results @/r --scale smoke --set vaa.samples=65536 --set length=40000",
         "vaa.samples: found 65536, which makes 2621440000 rows of sequences of up to 40000 steps, accepted: at most 53687"},
        {"figure belief/tmaze/scroes --results @/r", "unknown view 'scroes', accepted: curves, scores,"},
        {"figure belief/tmaze/scroes --results @/r", "nearest: scores"},
        {"figure belief/tmaez --results @/r", "found no experiment 'belief/tmaez'"},
        {"figure belief/tmaez/scores --results @/r", "found no experiment 'belief/tmaez' below"},
        {"figure scores --results @/r", "found no experiment 'scores'"},
        {"figure belief/tmaze/scaling --results @/r --threshold half", "--threshold 'half': expected a number"},
        {"figure belief/tmaze/scores --scale smoke --results @/r",
         "2 of 2 runs of belief/tmaze at scale smoke are not finished"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) assert_refused(*state, cases[i].line, cases[i].message);
    char path[512];
    snprintf(path, sizeof path, "%s/r", (char *)*state);
    assert_int_not_equal(access(path, F_OK), 0);    // nothing was begun
}

static Options parse(const char *verb_name, int count, char **words) {
    Error error = {0};
    Options options;
    for (size_t i = 0; i < cli_verb_count; i++) {
        if (strcmp(cli_verbs[i].name, verb_name) != 0) continue;
        if (!options_parse(&cli_verbs[i], count, words, &options, &error)) fail_msg("%s", error.message);
        return options;
    }
    fail_msg("no verb %s", verb_name);
    return (Options){0};
}

static void options_reach_their_fields(void **state) {
    (void)state;
    char *words[] = {"--set", "length=3",  "--seeds=2..5", "--scale",        "smoke",  "belief/tmaze", "--jobs",
                     "7",     "--results", "dir",          "--set=cell=a=b", "--json", "--dry-run"};
    Options options = parse("run", sizeof words / sizeof *words, words);
    assert_int_equal(options.argument_count, 1);
    assert_string_equal(options.arguments[0], "belief/tmaze");
    assert_int_equal(options.setting_count, 2);
    assert_string_equal(options.settings[0].name, "length");
    assert_string_equal(options.settings[0].value, "3");
    assert_string_equal(options.settings[1].name, "cell");
    assert_string_equal(options.settings[1].value, "a=b");
    assert_true(options.seeds_given && options.first_seed == 2 && options.last_seed == 5);
    assert_int_equal(options.scale, SCALE_SMOKE);
    assert_int_equal(options.jobs, 7);
    assert_string_equal(options.results, "dir");
    assert_true(options.json && options.dry_run);
    assert_false(options.csv || options.redo_stale || options.retry_failed);
    options_free(&options);

    options = parse("run", 3, (char *[]){"belief", "--arithmetic", "openblas"});
    assert_int_equal(options.setting_count, 1);
    assert_string_equal(options.settings[0].name, "arithmetic");
    assert_string_equal(options.settings[0].value, "openblas");
    options_free(&options);

    options = parse("run", 1, (char *[]){"belief"});
    assert_int_equal(options.scale, SCALE_CI);
    assert_string_equal(options.results, "results");
    assert_true(options.jobs >= 1);
    assert_false(options.seeds_given);
    options_free(&options);
}

// ---- tables ----------------------------------------------------------------------------------------------------------------------

static void print_example(const Options *options, char *text, size_t size) {
    Table *table = table_create(2, (const char *const[]){"name", "value"});
    table_text(table, "a, \"b\"");
    table_number(table, "%.2f", 1.5);
    table_text(table, "c");
    table_number(table, "%.2f", NAN);
    assert_int_equal(table_rows(table), 2);
    FILE *file = tmpfile();
    table_print(table, options, file);
    rewind(file);
    text[fread(text, 1, size - 1, file)] = '\0';
    fclose(file);
    table_destroy(table);
}

static void tables_have_three_forms(void **state) {
    (void)state;
    char text[1024];
    print_example(&(Options){0}, text, sizeof text);
    assert_string_equal(text, "name    value\na, \"b\"   1.50\nc            \n");
    print_example(&(Options){.csv = true}, text, sizeof text);
    assert_string_equal(text, "name,value\n\"a, \"\"b\"\"\",1.50\nc,\n");
    print_example(&(Options){.json = true}, text, sizeof text);
    support_assert_has(text, "\"name\": \"a, \\\"b\\\"\"");
    support_assert_has(text, "\"value\": 1.5");
    support_assert_has(text, "\"value\": null");
}

// ---- replay ----------------------------------------------------------------------------------------------------------------------

// Length 3, lambda 0.2: after "right" and "up" in the corridor, staying weighs 1 - 3 lambda/4 + lambda/4 = 0.9 of what is possible, moving
// on lambda/4 = 0.05 of it; moving back is excluded by the observation.
static void replay_follows_the_belief(void **state) {
    support_write(*state, "steps.csv", "note,action,obs\nx,-1,0\nx,0,2\nx,1,2\ny,-1,1\n");
    Result result = engram(*state, "replay tmaze --set length=3 --set stochasticity=0.2 --privileged @/steps.csv");
    assert_int_equal(result.code, EXIT_FINE);
    assert_string_equal(result.out,
                        "episode,t,action,obs,belief_0,belief_1,belief_2,belief_3,belief_4,belief_5,belief_6,belief_7,belief_8,"
                        "belief_9,belief_10,belief_11,goal_up,position\n"
                        "0,0,-1,0,1,0,0,0,0,0,0,0,0,0,0,0,1,0\n"
                        "0,1,0,2,0,1,0,0,0,0,0,0,0,0,0,0,1,1\n"
                        "0,2,1,2,0,0.947368443,0.0526315793,0,0,0,0,0,0,0,0,0,1,\n"
                        "1,0,-1,1,0,0,0,0,0,0,1,0,0,0,0,0,0,0\n");
}

static void replay_refuses_what_cannot_be(void **state) {
    support_write(*state, "impossible.csv", "action,obs\n-1,0\n0,2\n0,1\n");
    Result result = engram(*state, "replay tmaze --set length=5 @/impossible.csv");
    assert_int_equal(result.code, EXIT_BAD_INPUT);
    support_assert_has(result.err, "impossible.csv:4: the observation 1 has probability zero");
    support_assert_has(result.out, "0,1,0,2,0,1,0,");    // what came before is there
    assert_refused(*state, "replay tmaze --set length=5 --particles @/impossible.csv", "the belief of tmaze is exact");
    assert_refused(*state, "replay tmaze --set stochasticty=0 @/impossible.csv", "stochasticity");
    assert_refused(*state, "replay tmaz @/impossible.csv", "tmaze");
    assert_refused(*state, "replay tmaze @/nowhere.csv", "nowhere.csv");
}

// ---- export ----------------------------------------------------------------------------------------------------------------------

static Result with_data(const char *folder, const char *data, const char *line) {
    char *path = memory_format("%s/%s", folder, data);
    setenv("ENGRAM_DATA", path, 1);
    Result result = engram(folder, line);
    unsetenv("ENGRAM_DATA");
    free(path);
    return result;
}

// What is written is read by the task that reads MNIST's files.
static void exported_digits_are_learned_from(void **state) {
    static const char run[] =
        "run warmup/digits --scale smoke --set images=mnist --set size=28 --set padding=0 --set arm=classic "
        "--seeds 1..1 --results @/r";
    Result result = engram(*state, "export digits @/d/e --set train=400 --set test=80 --set seed=3");
    assert_int_equal(result.code, EXIT_FINE);
    support_assert_has(result.out, "/d/e: 400 training and 80 test images of 28 x 28 pixels\n");
    static const char *const files[] = {"STAND-IN", "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz",
                                        "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char *name = memory_format("d/e/%s", files[i]);
        assert_true(support_exists(*state, name));
        free(name);
    }
    result = with_data(*state, "d/e", run);
    if (result.code != EXIT_FINE) fail_msg("%s", result.err);
    support_assert_has(result.out, "1 trained, 0 done before");
    result = with_data(*state, "d", run);
    assert_int_equal(result.code, EXIT_BAD_INPUT);

    result = engram(*state, "export digits @/plain --set train=3 --set test=2 --set size=14 --set gzip=false");
    assert_int_equal(result.code, EXIT_FINE);
    size_t size = 0;
    char *bytes = support_read(*state, "plain/train-images-idx3-ubyte", &size);
    assert_int_equal(size, 16 + 3 * 14 * 14);
    free(bytes);
}

static void exports_that_cannot_be_are_refused(void **state) {
    support_write(*state, "file", "");
    assert_refused(*state, "export digits", "expected `engram export WHAT FOLDER`, found 1 of them");
    assert_refused(*state, "export mnist @/d", "found 'mnist', accepted: digits");
    assert_refused(*state, "export digits @/d --set size=27",
                   "--set size=27: export digits: size: found '27', accepted: one of: 28, 14");
    assert_refused(*state, "export digits @/d --set train=0", "train: found '0', accepted: integer, 1 to 1000000");
    assert_refused(*state, "export digits @/d --set test=1000001", "test: found '1000001', accepted: integer, 1 to 1000000");
    assert_refused(*state, "export digits @/d --set trian=5", "nearest: train");
    assert_false(support_exists(*state, "d"));
    assert_refused(*state, "export digits @/file --set train=1 --set test=1", "/file/STAND-IN: Not a directory");
    assert_refused(*state, "export digits @/file/d --set train=1 --set test=1", "cannot create the folder ");
    assert_int_equal(engram(*state, "export digits @/d --set train=2 --set test=1").code, EXIT_FINE);
    assert_refused(*state, "export digits @/d --set train=2 --set test=1 --set gzip=false",
                   "train-images-idx3-ubyte.gz: is there already; accepted: a folder without it");
    assert_false(support_exists(*state, "d/train-images-idx3-ubyte"));
}

// ---- run, status, verify ------------------------------------------------------------------------------------------------------------

#define SMALL                                                                                                                  \
    "belief/tmaze --scale smoke --set length=3 --set episodes=10 --set histories.period=5 --set pairs=20 --set cell=gru "

// A run of a task has no histories to be measured; its attractors are.
static void dry_run_of_a_task(void **state) {
    Result result = engram(*state, "run warmup/copy-50 --scale smoke --set cell=gru --seeds 1..1 --dry-run --results @/r");
    assert_int_equal(result.code, EXIT_FINE);
    support_assert_has(result.out, "3 of 3 configurations");
}

static void dry_run_writes_nothing(void **state) {
    Result result = engram(*state, "run " SMALL "--seeds 1..3 --dry-run --results @/r");
    assert_int_equal(result.code, EXIT_FINE);
    support_assert_has(result.out, "3 runs: 3 missing");
    support_assert_has(result.out, "calibration");
    char path[512];
    snprintf(path, sizeof path, "%s/r", (char *)*state);
    assert_int_not_equal(access(path, F_OK), 0);

    assert_int_equal(engram(*state, "run " SMALL "--seeds 1..2 --results @/r").code, EXIT_FINE);
    result = engram(*state, "run " SMALL "--seeds 1..3 --dry-run --results @/r");
    support_assert_has(result.out, "1 missing, 2 done");
    support_assert_has(result.out, "basis:    finished runs");
    result = engram(*state, "run " SMALL "--seeds 1..3 --dry-run --csv --results @/r");
    support_assert_has(
        result.out,
        "runs,planned,done,interrupted,missing,stale,failed,seconds,memory_mib,disk_mib,calibrated\n3,1,2,0,1,0,0,");
}

static void run_status_verify(void **state) {
    Result result = engram(*state, "status " SMALL "--seeds 1..2 --results @/r --csv");
    assert_int_equal(result.code, EXIT_FINE);
    support_assert_has(result.out, "run,label,seed,status,detail\n");
    support_assert_has(result.out, ",1,missing,\n");
    assert_refused(*state, "verify " SMALL "--seeds 1..2 --results @/r", "no finished run");

    result = engram(*state, "run " SMALL "--seeds 1..2 --results @/r");
    assert_int_equal(result.code, EXIT_FINE);
    support_assert_has(result.out, "2 of 2 runs done");
    support_assert_has(result.out, "2 trained, 0 done before");
    result = engram(*state, "run " SMALL "--seeds 1..2 --results @/r --json");
    support_assert_has(result.err, "0 trained, 2 done before");
    support_assert_has(result.out, "\"status\": \"done\"");
    result = engram(*state, "status " SMALL "--seeds 1..2 --results @/r");
    support_assert_has(result.out, "2 runs: 2 done");

    result = engram(*state, "verify " SMALL "--seeds 1..2 --results @/r --csv");
    assert_int_equal(result.code, EXIT_FINE);
    assert_int_equal(strncmp(result.out, "run,digest\n", 11), 0);
    assert_int_equal(strlen(strrchr(result.out, ',')), 1 + 64 + 1);
    result = engram(*state, "verify " SMALL "--seeds 1..2 --results @/r");
    support_assert_has(result.out, "2 runs repeated: 2 with the same digest");
}

// The path of the only run file in the results.
static void find_run_file(const char *folder, char *path, size_t size) {
    char line[512];
    snprintf(line, sizeof line, "ls %s/r/runs/*.h5", folder);
    FILE *pipe = popen(line, "r");
    assert_non_null(pipe);
    assert_non_null(fgets(path, (int)size, pipe));
    pclose(pipe);
    path[strcspn(path, "\n")] = '\0';
}

// Changes one letter of the configuration that is stored in the file.
static void damage_contents(const char *path) {
    FILE *file = fopen(path, "r+");
    assert_non_null(file);
    static char bytes[1 << 22];
    size_t length = fread(bytes, 1, sizeof bytes, file);
    char *found = memmem(bytes, length, "agent.batch", 11);
    assert_non_null(found);
    fseek(file, found - bytes, SEEK_SET);
    fputc('b', file);
    fclose(file);
}

static void verify_finds_damage(void **state) {
    char path[512];
    assert_int_equal(engram(*state, "run " SMALL "--seeds 1..1 --results @/r").code, EXIT_FINE);
    find_run_file(*state, path, sizeof path);
    damage_contents(path);
    Result result = engram(*state, "verify " SMALL "--seeds 1..1 --results @/r");
    assert_int_equal(result.code, EXIT_DIFFERS);
    support_assert_has(result.err, "is corrupt");
    support_assert_has(result.out, "corrupt");

    assert_int_equal(truncate(path, 1000), 0);
    result = engram(*state, "verify " SMALL "--seeds 1..1 --results @/r");
    assert_int_equal(result.code, EXIT_BAD_INPUT);
    support_assert_has(result.err, "cannot be read");
    result = engram(*state, "status " SMALL "--seeds 1..1 --results @/r --csv");
    support_assert_has(result.out, "unreadable");
    result = engram(*state, "run " SMALL "--seeds 1..1 --results @/r");
    assert_int_equal(result.code, EXIT_BAD_INPUT);
    support_assert_has(result.out, "remove the file");
    struct stat file;
    assert_int_equal(stat(path, &file), 0);
    assert_int_equal(file.st_size, 1000);    // and left as it was
}

static void broken_run_is_named(void **state) {
    Result result = engram(*state, "run " SMALL "--set agent.learning_rate=1e30 --set episodes=20 --seeds 1..2 --results @/r");
    assert_int_equal(result.code, EXIT_BAD_INPUT);
    support_assert_has(result.out, "failed: tmaze-drqn-gru-s1-");
    support_assert_has(result.out, "failed: tmaze-drqn-gru-s2-");
    support_assert_has(result.out, "step ");
    support_assert_has(result.err, "2 failed");
}

static void interrupted_run_says_how_to_go_on(void **state) {
    pid_t process = begin(*state, "run " SMALL "--set episodes=20000 --seeds 1..3 --results @/r --jobs 2");
    nanosleep(&(struct timespec){.tv_nsec = 300000000L}, NULL);
    kill(process, SIGINT);
    Result result = end(*state, process);
    assert_int_equal(result.code, EXIT_INTERRUPTED);
    support_assert_has(result.err, "To go on: engram run belief/tmaze --scale smoke --seeds 1..3 --set length=3");
    result = engram(*state, "status " SMALL "--set episodes=20000 --seeds 1..3 --results @/r");
    support_assert_has(result.out, "interrupted");
}

// ---- analyse, check, figure -------------------------------------------------------------------------------------------------

// A folder with both: what has no histories is left out, the others are looked for.
static void analyse_leaves_tasks_out(void **state) {
    Result result = engram(*state, "analyse warmup --scale smoke --results @/r");
    assert_int_equal(result.code, EXIT_BAD_INPUT);
    support_assert_has(result.err, " runs are of tasks and have no histories and beliefs to analyse: left out\n");
    support_assert_has(result.err, "engram analyse: run tmaze-drqn-gru-s1-");
    support_assert_has(result.err, "is missing\n");
    assert_null(strstr(result.err, "supervised"));
}

static void nothing_finished_nothing_created(void **state) {
    Result result = engram(*state, "analyse " SMALL "--seeds 1..1 --results @/r");
    assert_int_equal(result.code, EXIT_BAD_INPUT);
    support_assert_has(result.err, "is missing");
    support_assert_has(result.err, "`engram run` trains them");
    assert_refused(*state, "check " SMALL "--seeds 1..1 --results @/r", "1 of 1 runs");
    assert_refused(*state, "figure " SMALL "--seeds 1..1 --results @/r", "1 of 1 runs");
    assert_false(support_exists(*state, "r"));
}

static void check_and_figure_analyse_what_is_missing(void **state) {
    assert_int_equal(engram(*state, "run " SMALL "--seeds 1..3 --results @/r").code, EXIT_FINE);
    Result result = engram(*state, "analyse " SMALL "--seeds 1..1 --results @/r");
    assert_int_equal(result.code, EXIT_FINE);
    result = engram(*state, "check " SMALL "--seeds 1..3 --results @/r --jobs 2 --csv");
    assert_int_equal(result.code, EXIT_FINE);
    support_assert_has(result.err, "2 runs are to be analysed first");
    support_assert_has(result.err, "2 of 2 runs done");
    assert_int_equal(strncmp(result.out, "claim,verdict,", 14), 0);
    result = engram(*state, "check " SMALL "--seeds 1..3 --results @/r");    // silent when there is nothing to do
    assert_int_equal(result.code, EXIT_FINE);
    assert_string_equal(result.err, "");
    result = engram(*state, "figure " SMALL "--set mine.epochs=30 --seeds 1..3 --results @/r");
    assert_int_equal(result.code, EXIT_FINE);
    support_assert_has(result.err, "3 runs are to be analysed first");
    assert_true(support_exists(*state, "r/figures/belief/tmaze-smoke/figure.pdf"));
}

// Of an experiment and of all in a folder; nothing is analysed for views of returns.
static void views_are_drawn_beside_the_figure(void **state) {
    assert_int_equal(engram(*state, "run belief/tmaze --scale smoke --results @/r").code, EXIT_FINE);
    Result result = engram(*state, "figure belief/tmaze/scores --scale smoke --results @/r");
    assert_int_equal(result.code, EXIT_FINE);
    assert_string_equal(result.err, "");
    support_assert_has(result.out, "r/figures/belief/tmaze/scores-smoke/figure.pdf, .svg, .png");
    assert_true(support_exists(*state, "r/figures/belief/tmaze/scores-smoke/points.csv"));
    assert_false(support_exists(*state, "r/analysis"));
    result = engram(*state, "figure belief/tmaze/curves --scale smoke --results @/r --csv");
    support_assert_has(result.out, "figure,folder\nbelief/tmaze/curves,");
    result = engram(*state, "help figure");
    support_assert_has(result.out, "  improvement ");
    result = engram(*state, "figure belief/tmaze/correlations --step 10 --scale smoke --results @/r");    // a view with words
    assert_int_equal(result.code, EXIT_FINE);
    support_assert_has(result.out, "\nfrozen bank, episode 10\n  GRU               2  -  ");
    support_assert_has(result.out, "r/figures/belief/tmaze/correlations-smoke/figure.pdf, .svg, .png");
    result = engram(*state, "figure belief/tmaze --scale smoke --results @/r --csv");    // the file names two views
    assert_int_equal(result.code, EXIT_FINE);
    support_assert_has(result.out, "\nbelief/tmaze,");
    support_assert_has(result.out, "\nbelief/tmaze/scatter,");
    support_assert_has(result.out, "\nbelief/tmaze/correlations,");
}

// Every form in which a verdict is printed, at a scale whose claims are only described.
static void verdicts_have_four_forms(void **state) {
    assert_int_equal(engram(*state, "run " SMALL "--seeds 1..3 --results @/r").code, EXIT_FINE);
    Result result = engram(*state, "check " SMALL "--seeds 1..3 --results @/r --csv");
    assert_int_equal(result.code, EXIT_FINE);
    support_assert_has(result.out, "claim,verdict,effect,low,high,threshold,seeds\nB1-on-policy,described,");
    result = engram(*state, "check " SMALL "--seeds 1..3 --results @/r --json --junit @/junit.xml");
    assert_int_equal(result.code, EXIT_FINE);
    support_assert_has(result.out, "\"described\"");
    read_file(*state, "junit.xml", result.out);
    support_assert_has(result.out, "<testcase");
    result = engram(*state, "check " SMALL "--seeds 1..3 --results @/r");
    support_assert_has(result.out, "described, not judged; 3 runs");
}

static void assert_check_refused(void **state, const char *options, const char *message) {
    char command[400];
    snprintf(command, sizeof command, "check %s", options);
    Result result = engram(*state, command);
    assert_int_equal(result.code, EXIT_BAD_INPUT);
    support_assert_has(result.err, message);
    assert_string_equal(result.out, "");
}

static void checks_that_make_no_sense_are_refused(void **state) {
    assert_check_refused(state, SMALL "--tier comit",
                         "--tier 'comit': expected one of runs, commit, release (did you mean 'commit'?)");
    assert_check_refused(state, SMALL "--undecided maybe", "expected one of aside, pass, fail");
    assert_check_refused(state, SMALL "--budget 5x", "--budget '5x': expected a time above 0, as 90s, 20m or 2h");
    assert_check_refused(state, SMALL "--budget 0", "a time above 0");
    assert_check_refused(state, SMALL "--budget 5m --tier commit", "--budget is a tier of its own");
    assert_check_refused(state, SMALL "--budget 5m --seeds 1..2", "takes the fresh seeds of the experiment file");
    assert_check_refused(state, SMALL "--baseline x.json", "--baseline is what --tier commit compares with");
    assert_check_refused(state, SMALL "--tier release --seeds 1..3", "at least 20 seeds, belief/tmaze has 3: --seeds 1..20");
    assert_check_refused(state, "belief/tmaze --seeds 1005..1006",
                         "calibrated on the seeds 1001..1010, which meet the judged seeds 1005..1006");
    assert_check_refused(state, SMALL "--seeds 1..1 --results @/r --tier commit --baseline @/none.json",
                         "none.json cannot be read");
}

// The first check of a commit trains and judges; the second knows by short runs that nothing has changed.
static void an_unchanged_behaviour_reuses_its_verdicts(void **state) {
    static const char check[] = "check " SMALL "--seeds 1..2 --results @/r --tier commit --markdown @/summary.md";
    Result result = engram(*state, check);
    assert_int_equal(result.code, EXIT_FINE);
    support_assert_has(result.out, "no baseline to compare with");
    support_assert_has(result.err, "2 of 2 runs done");
    assert_true(support_exists(*state, "r/verdicts/belief/tmaze-smoke.json"));
    result = engram(*state, check);
    assert_int_equal(result.code, EXIT_FINE);
    support_assert_has(result.out, "reused: behaviour ");
    assert_null(strstr(result.err, "of 2 runs done"));    // short runs at most, where the revision does not name the code
    read_file(*state, "summary.md", result.out);
    support_assert_has(result.out, "### belief/tmaze at scale smoke: all claims as expected");
    // Other seeds are other claims: the record does not speak about them.
    result = engram(*state, "check " SMALL "--seeds 1..3 --results @/r --tier commit");
    assert_int_equal(result.code, EXIT_FINE);
    support_assert_has(result.out, "behaviour unchanged, judged anew");
}

static void interrupted_check_goes_on(void **state) {
    static const char check[] = "check " SMALL "--set mine.epochs=10000 --seeds 1..2 --results @/r --jobs 1";
    assert_int_equal(engram(*state, "run " SMALL "--seeds 1..2 --results @/r").code, EXIT_FINE);
    pid_t process = begin(*state, check);
    while (!support_exists(*state, "r/analysis"))
        nanosleep(&(struct timespec){.tv_nsec = 10000000L}, NULL);    // a worker is there
    kill(process, SIGINT);
    Result result = end(*state, process);
    assert_int_equal(result.code, EXIT_INTERRUPTED);
    support_assert_has(result.err, "the same command goes on");
    assert_string_equal(result.out, "");
    result = engram(*state, check);
    assert_int_equal(result.code, EXIT_FINE);
    support_assert_has(result.out, "2 runs");
}

// A verify that was killed leaves its folder, and no lock; one that is at work has a lock.
static void stale_repetitions_are_removed(void **state) {
    assert_int_equal(engram(*state, "run " SMALL "--seeds 1..1 --results @/r").code, EXIT_FINE);
    static const char *const folders[] = {"verify.killed", "verify.killed/runs", "verify.atwork", "verify.of-mine"};
    char path[512];
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        snprintf(path, sizeof path, "%s/r/%s", (char *)*state, folders[i]);
        assert_int_equal(mkdir(path, 0777), 0);
    }
    snprintf(path, sizeof path, "%s/r/verify.atwork", (char *)*state);
    int lock = open(path, O_RDONLY | O_DIRECTORY);
    assert_int_equal(flock(lock, LOCK_EX), 0);
    assert_int_equal(engram(*state, "verify " SMALL "--seeds 1..1 --results @/r").code, EXIT_FINE);
    assert_false(support_exists(*state, "r/verify.killed"));
    assert_true(support_exists(*state, "r/verify.atwork"));
    assert_true(support_exists(*state, "r/verify.of-mine"));
    close(lock);
}

// ---- the program itself, where it is built ------------------------------------------------------------------------------------------

static int shell(const char *format, const char *variables, const char *folder, const char *name) {
    char line[1024];
    const char *program = getenv("ENGRAM");
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(line, sizeof line, format, variables, program, folder, folder, name);
#pragma GCC diagnostic pop
    int status = system(line);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// What steers OpenBLAS must not reach the results, not even where OpenBLAS computes them.
static void blas_variables_do_not_matter(void **state) {
    if (!getenv("ENGRAM")) skip();
    static const char line[] = "%s %s verify " SMALL "--set arithmetic=openblas --seeds 1..1 --results %s/r --csv > %s/%s";
    static const char train[] = "%s %s run " SMALL "--set arithmetic=openblas --seeds 1..1 --results %s/r > %s/%s";
    static char plain[OUTPUT_SIZE], steered[OUTPUT_SIZE];
    assert_int_equal(shell(train, "", *state, "trained"), EXIT_FINE);
    assert_int_equal(shell(line, "", *state, "plain"), EXIT_FINE);
    assert_int_equal(shell(line, "OPENBLAS_CORETYPE=Prescott OMP_NUM_THREADS=3 GOTO_NUM_THREADS=2", *state, "steered"),
                     EXIT_FINE);
    read_file(*state, "plain", plain);
    read_file(*state, "steered", steered);
    assert_string_equal(plain, steered);
}

// A table that did not reach its file is no success.
static void full_output_is_told(void **state) {
    if (!getenv("ENGRAM")) skip();
    char error[OUTPUT_SIZE];
    assert_int_equal(shell("%s %s list --csv > /dev/full 2> %s/said # %s%s", "", *state, ""), EXIT_BAD_INPUT);
    read_file(*state, "said", error);
    support_assert_has(error, "standard output cannot be written");
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, support_tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_FOLDER(help_explains_every_verb),
        IN_FOLDER(mistakes_are_named),
        cmocka_unit_test(options_reach_their_fields),
        cmocka_unit_test(tables_have_three_forms),
        IN_FOLDER(replay_follows_the_belief),
        IN_FOLDER(replay_refuses_what_cannot_be),
        IN_FOLDER(exported_digits_are_learned_from),
        IN_FOLDER(exports_that_cannot_be_are_refused),
        IN_FOLDER(dry_run_writes_nothing),
        IN_FOLDER(dry_run_of_a_task),
        IN_FOLDER(run_status_verify),
        IN_FOLDER(verify_finds_damage),
        IN_FOLDER(broken_run_is_named),
        IN_FOLDER(interrupted_run_says_how_to_go_on),
        IN_FOLDER(analyse_leaves_tasks_out),
        IN_FOLDER(nothing_finished_nothing_created),
        IN_FOLDER(check_and_figure_analyse_what_is_missing),
        IN_FOLDER(views_are_drawn_beside_the_figure),
        IN_FOLDER(verdicts_have_four_forms),
        IN_FOLDER(checks_that_make_no_sense_are_refused),
        IN_FOLDER(an_unchanged_behaviour_reuses_its_verdicts),
        IN_FOLDER(interrupted_check_goes_on),
        IN_FOLDER(stale_repetitions_are_removed),
        IN_FOLDER(blas_variables_do_not_matter),
        IN_FOLDER(full_output_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
