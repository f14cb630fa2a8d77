// The command line: what all verbs share. A verb is one file, cli/<verb>.c, with `int cli_<verb>(const Options
// *options)` that returns an exit code, and one line of the table in cli/verbs.c. Only cli prints for people.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "benchmarks/experiment.h"
#include "core/error.h"

enum ExitCode { EXIT_FINE = 0, EXIT_DIFFERS = 1, EXIT_BAD_INPUT = 2, EXIT_UNDECIDED = 3, EXIT_INTERRUPTED = 130 };

typedef struct Verb Verb;

// How `check` comes to its verdicts, and what an undecided one means for the exit code.
typedef enum CheckTier { TIER_RUNS, TIER_COMMIT, TIER_RELEASE, TIER_COUNT } CheckTier;
typedef enum Undecided { UNDECIDED_ASIDE, UNDECIDED_PASS, UNDECIDED_FAIL, UNDECIDED_COUNT } Undecided;

// What was written after `engram VERB`. To add an option: a field here and a row in cli/options.c; then name it in
// the verb's line.
typedef struct Options {
    const Verb *verb;
    size_t argument_count;
    char *const *arguments;    // what is no option, in order
    size_t setting_count;
    Setting *settings;    // --set and options that stand for parameters (--cell), in order
    int scale;            // of type Scale; SCALE_CI when not given
    bool seeds_given;
    int64_t first_seed, last_seed;
    int jobs;               // the CPUs that are online when not given
    const char *results;    // "results" when not given
    bool csv, json;
    bool dry_run, redo_stale, retry_failed;
    bool privileged, particles;      // replay
    bool save;                       // bench: keep the table
    bool partial;                    // figure, check: take the runs that are finished
    double threshold;                // figure: the score that counts as solved; NaN when not given
    double step;                     // figure: the checkpoint that is shown; NaN when not given
    int tier, undecided;             // check: of type CheckTier, Undecided
    const char *budget;              // check: time for fresh seeds, as written; NULL: none
    const char *baseline;            // check: the record to compare with; NULL: the committed one
    const char *junit, *markdown;    // check: files to write reports to; NULL: none
    bool help;
} Options;

struct Verb {
    const char *name;
    int (*function)(const Options *options);
    const char *arguments;    // "NAME" or "[NAME]": brackets for what may be left out, "..." for any number
    const char *options;      // long names of the options that it takes, separated by spaces
    const char *summary;      // one line
    const char *help;         // some lines, with an example
};

// The registry, in cli/verbs.c.
extern const Verb cli_verbs[];
extern const size_t cli_verb_count;

// The whole program after main has looked at the machine: finds the verb, parses, runs it, returns its exit code.
int cli_run_program(int argc, char **argv);

// Options of one verb. `arguments` are the words after the verb. False with a message for an unknown option (nearest
// name), one that this verb does not take, a bad value, or the wrong number of arguments.
bool options_parse(const Verb *verb, int count, char **arguments, Options *options, Error *error);
void options_free(Options *options);
// Prints one line for each option that the verb takes.
void options_describe(const Verb *verb);

// Prints "engram VERB: message" on standard error and returns EXIT_BAD_INPUT, so that a verb can `return
// cli_fail(...)`.
int cli_fail(const Options *options, const Error *error);

// The experiments that `name` stands for, at the options' scale, with their settings and seeds. NULL with a message;
// cli_unload frees.
Experiment **cli_load(const Options *options, const char *name, size_t *count, Error *error);
void cli_unload(Experiment **experiments, size_t count);

// Says on standard error which claims cannot pass with the runs of the sweep, however they come out: before anybody waits for them.
void cli_warn(const Options *options, Experiment *const *experiments, size_t count);

// All runs that `name` stands for: `runs` point into the sweeps; a run that two experiments share is there once.
typedef struct RunList {
    size_t count, experiment_count;
    const SweepRun **runs;
    Experiment **experiments;
    Sweep **sweeps;    // one per experiment
} RunList;
bool cli_load_runs(const Options *options, const char *name, RunList *list, Error *error);
void cli_runs_free(RunList *list);

// For verbs that read estimates: analyses in parallel, with progress on standard error, those finished runs of the
// experiments that need it and are not analysed yet. EXIT_FINE, or the exit code to end with, after a message: runs that are
// not finished (without --partial), a refusal, an interruption (what is analysed is kept).
int cli_analyse_missing(const Options *options, Experiment *const *experiments, size_t count,
                        bool (*needs_analysis)(const Experiment *experiment));

int cli_analyse(const Options *options);
int cli_figure(const Options *options);
int cli_check(const Options *options);
int cli_bench(const Options *options);
int cli_bench_claims(const Options *options);    // a part of bench, in a file of its own
int cli_replay(const Options *options);
int cli_export(const Options *options);
int cli_help(const Options *options);
int cli_run(const Options *options);
int cli_status(const Options *options);
int cli_verify(const Options *options);
