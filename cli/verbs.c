// The table of verbs. To add one: write cli/<verb>.c, declare its function in cli/cli.h, add its line here.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/list.h"
#include "core/arena.h"
#include "core/revision.h"

#define SWEEP_OPTIONS "set arithmetic scale seeds jobs results"

const Verb cli_verbs[] = {
    {"list", cli_list, "", "csv json", "show environments, cells, agents, experiments and all parameters",
     "Example: every parameter with type, default and range, for a spreadsheet:\n"
     "  engram list --csv"},
    {"run", cli_run, "NAME", SWEEP_OPTIONS " dry-run redo-stale retry-failed csv json",
     "train what is missing of an experiment",
     "Expands the experiment (or all in a folder) into runs - every combination of what it varies, for every seed - and trains "
     "those\n"
     "that are missing, in parallel processes. What is finished is skipped, what was interrupted goes on where it stopped. "
     "Ctrl-C stops\n"
     "between two units of training and seals a checkpoint; a second one stops at once.\n"
     "\n"
     "Example: how long would the T-Maze experiment take, and then train it with 10 seeds on 4 processes:\n"
     "  engram run belief/tmaze --dry-run\n"
     "  engram run belief/tmaze --seeds 1..10 --jobs 4"},
    {"status", cli_status, "NAME", "set arithmetic scale seeds results csv json", "say which runs of an experiment are done",
     "Prints one line for each run: done, stale (finished by another code revision), running, interrupted (will be resumed), "
     "failed\n"
     "(training broke down), unreadable, or missing.\n"
     "\n"
     "Example: the runs of the LSTM only, for a spreadsheet:\n"
     "  engram status belief/tmaze --set cell=lstm --csv"},
    {"analyse", cli_analyse, "NAME", SWEEP_OPTIONS " csv json", "estimate mutual information from the logs of finished runs",
     "For every recorded sample of histories: the entropy of the beliefs, MINE's estimate of what the hidden states know about "
     "them, and\n"
     "a probe's lower bound. What is analysed already, with the same mine.* and probe.* parameters, is skipped. Runs that are "
     "not\n"
     "finished are named and left out (exit code 2). Figures and claim checks call this for what is missing.\n"
     "\n"
     "Example: analyse with three networks per estimate:\n"
     "  engram analyse belief/tmaze --set mine.restarts=3"},
    {"figure", cli_figure, "NAME[/VIEW]", SWEEP_OPTIONS " partial threshold step csv json",
     "draw the figure of an experiment, or a view of its runs",
     "NAME draws the experiment's own figure into <results>/figures/<name>-<scale>/, NAME/VIEW a standard view of its runs "
     "into\n"
     "<results>/figures/<name>/<view>-<scale>/: figure.pdf, figure.svg and figure.png beside the data they were drawn from and "
     "the\n"
     "gnuplot script that draws them again. Analyses what is missing, in parallel; trains nothing: unless --partial, all runs "
     "must be finished.\n"
     "\n"
     "Example: the T-Maze figure from the runs that are there, and then every run's final score:\n"
     "  engram figure belief/tmaze --partial\n"
     "  engram figure belief/tmaze/scores --partial"},
    {"check", cli_check, "NAME", SWEEP_OPTIONS " partial tier budget baseline undecided junit markdown csv json",
     "judge the claims of an experiment from its runs",
     "Prints for each claim its verdict (pass, fail, inconclusive), the effect with its interval, the threshold and the number "
     "of seeds.\n"
     "All claims of a file are one family: false verdicts are controlled over all of them. Analyses what is missing; trains "
     "nothing.\n"
     "Exit code 0: all as expected; 1: a claim contrary to what is expected; 3: none of these, but some are undecided.\n"
     "\n"
     "--tier commit is for every commit: short runs tell whether the behaviour changed; if not, the verdicts of the record "
     "are\n"
     "taken up again, else the runs are trained and compared with the baseline, and only what is worse blocks.\n"
     "--budget is for the night: trains fresh seeds at preset looks until the claims are decided or the time is used up.\n"
     "--tier release corrects over all claims of all experiments together, on 20 seeds or more.\n"
     "Each check leaves its record in <results>/verdicts; results/reference/NAME-SCALE-verdicts.json is the committed "
     "baseline.\n"
     "\n"
     "Example: check, and leave a report that CI services show:\n"
     "  engram check belief/tmaze --junit claims.xml"},
    {"verify", cli_verify, "NAME", SWEEP_OPTIONS " csv json", "repeat finished runs and compare their digests",
     "Checks for each finished run that the stored file still has the digest it was sealed with, repeats the run in a folder "
     "of its own\n"
     "below the results (removed afterwards), and compares the two digests. Exit code 1 when one differs. The CSV has the "
     "columns run and\n"
     "digest: the digest of the repetition.\n"
     "\n"
     "Example: repeat the first two seeds at smoke scale:\n"
     "  engram verify belief/tmaze --scale smoke --seeds 1..2"},
    {"replay", cli_replay, "ENV FILE.csv", "set privileged particles",
     "follow recorded actions and observations through an environment's belief filter",
     "Particles are printed as mean and covariance (--particles: every one). --set irrelevant.variables=N puts irrelevant "
     "variables around it.\n"
     "Reads a CSV table with the columns action and obs (vectors: obs_0, obs_1, ...); a row with action -1 begins an episode. "
     "Prints\n"
     "episode,t,action,obs,belief_0,... An observation of probability zero is an error that names its line. FILE - is standard "
     "input.\n"
     "\n"
     "Example: the belief in a T-Maze of length 10 along recorded steps:\n"
     "  engram replay tmaze --set length=10 --set stochasticity=0.2 steps.csv"},
    {"export", cli_export, "WHAT FOLDER", "set", "write drawn digits as files in MNIST's format",
     "WHAT: digits, the drawings that stand in for MNIST: four files with MNIST's names, in its format (IDX), and a note "
     "STAND-IN that "
     "says\n"
     "what they are. FOLDER is made where it is not there; in one that has such files nothing is written. What comes of them "
     "is to be "
     "called\n"
     "\"stand-in\", never MNIST.\n"
     "--set train, test (images, 60000 and 10000), size (28 or 14 pixels to a side; --set images=mnist reads 28), seed, gzip.\n"
     "\n"
     "Example: write them, and learn from the files:\n"
     "  engram export digits data --set seed=3\n"
     "  ENGRAM_DATA=data engram run warmup/digits --set images=mnist --set size=28"},
    {"bench", cli_bench, "WHAT [NAME]", "set cell hidden steps scale seeds jobs save results csv json",
     "measure speed beside oneDNN and PyTorch, how intervals cover, how estimators err, how often claims fail falsely",
     "WHAT: kernels (one training step of each recurrent cell), drqn (an episode of recurrent Q-learning on the T-Maze), envs "
     "(a step of "
     "acting),\n"
     "mine (an epoch of the estimator of mutual information), gate, statistics, mi, vaa, popgym or claims (below). All sides "
     "do the "
     "same "
     "work, "
     "read "
     "from one "
     "file, and "
     "take turns; "
     "times are\n"
     "CPU time of one thread. Losses must agree (exit code 1 otherwise). Without python3-torch and libdnnl-dev only engram's "
     "figures are "
     "there.\n"
     "`engram list` does not show their parameters; a wrong --set names what is accepted.\n"
     "\n"
     "kernels puts the time beside the bound: products and function values at the rates measured in the same turns. Rows of "
     "kernels, "
     "drqn and\n"
     "envs are repeated with AVX2 forced. drqn replays a committed memory (benchmarks/speed/replay). --save writes "
     "<results>/speed/<kind of CPU>/, and for "
     "kernels a "
     "figure.\n"
     "gate compares the ratios saved there with those of results/reference/speed for the same kind of CPU; exit code 1 when "
     "one is worse "
     "by 15 %.\n"
     "\n"
     "statistics measures no speed: it simulates scores and says how often nominal 95 % intervals of their mean, IQM and "
     "difference cover\n"
     "the truth, with 3 to 20 runs, by the methods that engram uses (column default) and by others. --set data_sets, "
     "replicates, "
     "seed; some\n"
     "minutes. --save writes the table and a figure into <results>/studies/statistics/.\n"
     "mi gives the estimators of mutual information pairs whose information is known, and prints estimate, truth, ceiling and "
     "CPU\n"
     "time. --set tasks=all|short|line|dense|sparse|spiral|student|asinh|label, pairs, repetitions, seed, and estimator=NAME\n"
     "(repeatable; the only way to mine-narrow, mine-wide and sliced); some minutes, all tasks with 5000 pairs an hour. --save "
     "also\n"
     "writes the table and a figure into <results>/studies/information/.\n"
     "vaa counts the places in which fresh networks of each cell settle (VAA), against horizon and tolerance. --set hidden, "
     "seeds,\n"
     "samples, horizon, seed; some minutes, nearly all for 256 units. --save also writes the table and a figure into\n"
     "<results>/studies/multistability/.\n"
     "popgym plays POPGym's environments with policies by hand, and compares their returns with those measured on the "
     "original; exit "
     "code 1\n"
     "where a return without any error differs, or all rows together are less likely than one in 10 000. --set episodes, "
     "slow_episodes, level=easy|medium|hard|all, seed. --save also "
     "writes\n"
     "<results>/studies/popgym/policies.csv.\n"
     "claims NAME --seeds A..B takes these seeds, which must be trained, as a bank of unchanged code, draws as many as the "
     "experiment\n"
     "has from it again and again, and says how often each claim would fail, stay undecided, or be found worse by the gate. "
     "--set draws,\n"
     "banks, draws_of_bank, permutations, seed; other settings are the experiment's.\n"
     "\n"
     "Example: the LSTM with 128 units, and then at corridor length 50:\n"
     "  engram bench kernels --cell lstm --hidden 128\n"
     "  engram bench drqn --cell lstm --set length=50"},
    {"help", cli_help, "[VERB]", "", "explain a verb, with an example",
     "Example: what can `run` do?\n"
     "  engram help run"},
};
const size_t cli_verb_count = sizeof cli_verbs / sizeof cli_verbs[0];

static const Verb *verb_find(const char *name) {
    for (size_t i = 0; i < cli_verb_count; i++) {
        if (strcmp(cli_verbs[i].name, name) == 0) return &cli_verbs[i];
    }
    return NULL;
}

static int unknown_verb(const char *name) {
    const char **names = memory_zeroed(cli_verb_count, sizeof *names);
    for (size_t i = 0; i < cli_verb_count; i++) names[i] = cli_verbs[i].name;
    const char *nearest = error_nearest(name, names, cli_verb_count);
    fprintf(stderr, "engram: unknown verb '%s'", name);
    if (nearest) fprintf(stderr, " (did you mean '%s'?)", nearest);
    fputs("; there are", stderr);
    for (size_t i = 0; i < cli_verb_count; i++) fprintf(stderr, "%s %s", i ? "," : "", names[i]);
    fputc('\n', stderr);
    free(names);
    return EXIT_BAD_INPUT;
}

int cli_fail(const Options *options, const Error *error) {
    fflush(stdout);
    fprintf(stderr, "engram %s: %s\n", options->verb->name, error->message);
    return EXIT_BAD_INPUT;
}

int cli_run_program(int argc, char **argv) {
    const char *name = argc > 1 ? argv[1] : "help";
    if (strcmp(name, "--version") == 0) {
        printf("engram %s (%s)\n", revision_code(), revision_compiler());
        return EXIT_FINE;
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) name = "help";
    const Verb *verb = verb_find(name);
    if (!verb) return unknown_verb(name);

    Options options;
    Error error = {0};
    if (!options_parse(verb, argc > 2 ? argc - 2 : 0, argc > 2 ? argv + 2 : NULL, &options, &error)) {
        return cli_fail(&(Options){.verb = verb}, &error);
    }
    int code;
    if (options.help) {
        char *word = memory_format("%s", verb->name);
        code = cli_help(&(Options){.verb = verb, .argument_count = 1, .arguments = &word});
        free(word);
    } else {
        code = verb->function(&options);
    }
    options_free(&options);
    bool flushed = fflush(stdout) == 0;    // an earlier write may have failed as well
    if ((!flushed || ferror(stdout)) && code == EXIT_FINE) {
        fprintf(stderr, "engram: standard output cannot be written: %s\n", flushed ? "output is lost" : strerror(errno));
        code = EXIT_BAD_INPUT;
    }
    return argc > 1 ? code : EXIT_BAD_INPUT;    // no verb at all: the overview is an answer to a mistake
}
