// Experiment files: benchmarks/<folder>/<name>.yaml. An experiment is data: what is trained, what varies, what is
// analysed, which figure it feeds, which claims it supports. Mistakes are answered with file:line:column, what was
// found, what would be accepted, and the nearest name.
//
//     title: ...                              # required, as are source, question, base, seeds and scales
//     source: ...
//     question: ...
//     base:                                   # parameters by section; the paper's own numbers
//       environment: {name: tmaze, length: 50}
//       agent: {name: drqn, episodes: 5000}
//     vary:                                   # every combination, in file order (the last varies fastest); may be left out
//       cell: [gru, lstm]                     # a parameter and its values
//       arm:                                  # a name that no parameter has: an axis of named cases, each a bundle of parameters
//         plain: {episodes: 2000}
//         double: {double: true, view.adds: belief}
//         tuned: {agent.learning_rate: {gru: 0.001, lstm: 0.003}}    # by the value of an axis before, the nearest that has these values
//     seeds: 1..4
//     scales:                                 # all three. What a scale changes; it may replace vary and seeds as well
//       smoke: {note: "...", base: {environment: {length: 5}}, vary: {cell: [gru]}, seeds: 1..2}
//       ci:    {note: "...", ...}
//       paper: {note: "..."}                  # note: what is scaled down, for captions
//     figure: {script: belief, views: [scatter]}    # one of figure_scripts, some of figure_views (benchmarks/figure.h); may be left out
//     calibration: {seeds: 1001..1010, commit: 4bd063e}     # what thresholds and windows were fixed on, and when
//     evidence: {seeds_from: 10001, looks: [10, 15, 20, 25, 30], boundary: obrien-fleming}    # of engram check --budget
//     claims:                                 # may be left out
//       - {id: B1, text: ..., source: ..., kind: superior, a: {series: mine/bank, at: last}, b: {series: mine/bank, at: 0},
//          margin: 0.1, expect: pass}
//
// A run has the base, then types that vary (environment, agent; alone or in a case), then the other parameters that vary, then those of its
// cases, in file order. Everywhere else an axis of named cases is an axis like others: in labels, figures, `where: {arm: double}`, and
// `--set arm=double`, which leaves that case. A parameter of a case that is set on the command line has that value in all runs.
//
// Claims: their kinds, keys and defaults are in benchmarks/claimspec.h; what the kinds mean is in analysis/claims.h.
#pragma once

#include "benchmarks/config.h"

typedef enum Scale { SCALE_SMOKE, SCALE_CI, SCALE_PAPER, SCALE_COUNT } Scale;
extern const char *const scale_names[SCALE_COUNT + 1];    // NULL-terminated

typedef struct Setting {    // one override: NAME=VALUE, and by which option ("--set", "--cell")
    char *name, *value, *where;
} Setting;

// Puts before a message which option it is about, as it was written: "--set cell=grru: ", "--cell grru: ". Returns false.
bool setting_blame(const Setting *setting, Error *error);

typedef struct CaseSetting {    // one parameter of a case
    char *name;                 // in full
    bool type;                  // of an environment or agent: brings its section's defaults with it
    size_t count;
    char **values;    // canonical texts: one, or one for each of `keys`
    char **keys;      // values of the axis that this parameter depends on; NULL where it depends on none
    size_t axis;      // that axis, by its place among the experiment's; it comes before this one
    char *where;      // "file:line:column"
} CaseSetting;

typedef struct AxisCase {
    size_t count;
    CaseSetting *settings;
} AxisCase;

typedef struct Axis {    // what is varied: a parameter, or named cases
    char *name;          // of a parameter the shortest that is unambiguous: "cell", "mine.hidden"
    size_t count;
    char **values;      // of a parameter canonical texts, else names of cases; none twice
    AxisCase *cases;    // [count] what they stand for; NULL for a parameter
    char *where;        // "file:line:column", or "--set" where a setting fixed it
} Axis;

typedef struct SeedRange {
    int64_t first, last;    // both included
} SeedRange;

// On which runs the thresholds and windows of claims were fixed, and in which commit they were written down.
typedef struct Calibration {
    bool given;
    SeedRange seeds;
    char *commit;
} Calibration;

// How fresh seeds are added by `engram check --budget`: looks at looks[k] seeds, counted from `first_seed`.
enum { EVIDENCE_LOOKS_MAX = 16 };
typedef struct EvidencePlan {
    int64_t first_seed;
    int look_count;
    int looks[EVIDENCE_LOOKS_MAX];
    bool pocock;    // else O'Brien and Fleming's boundary
} EvidencePlan;

typedef struct ClaimSpec ClaimSpec;    // benchmarks/claimspec.h

typedef struct Experiment {
    char *name;    // "belief/tmaze"
    char *path;    // of the YAML file
    char *title, *source, *question;
    Scale scale;
    char *scale_note;    // what is scaled down: goes into captions
    bool scaled_down;    // the scale changes parameters: what it makes is an analogue
    Config *base;        // resolved for the scale and the command line's settings, without axes
    size_t axis_count;
    Axis *axes;
    bool overridden;    // by settings of the command line
    int64_t first_seed, last_seed;
    char *figure_script;    // NULL: no figure
    size_t figure_view_count;
    char **figure_views;    // drawn with it
    Calibration calibration;
    EvidencePlan evidence;
    size_t claim_count;    // those that the file has for this scale
    ClaimSpec *claims;
    size_t claims_absent;    // that speak about runs which an option of the command line took out of the sweep
} Experiment;

// Whether the seeds that claims are judged on, the experiment's and the fresh ones, are others than those that thresholds were fixed
// on. The file's own are looked at when it is loaded; this is for seeds of the command line.
bool experiment_check_seeds(const Experiment *experiment, Error *error);
// The fresh seeds that `engram check --budget` may come to.
SeedRange experiment_fresh_seeds(const Experiment *experiment);

// "A..B", both included, integers from 0: of an experiment file, or of the command line.
bool seeds_parse(const char *text, int64_t *first, int64_t *last, Error *error);

// Loads one experiment at a scale; command-line settings come last and win (setting an axis' parameter, or naming a case, fixes that
// axis; a parameter that is set leaves the cases).
Experiment *experiment_load(const char *name, Scale scale, const Setting *settings, size_t count, Error *error);
void experiment_destroy(Experiment *experiment);

// Combinations times seeds; false with a message when seeds run backwards, or for more than RUNS_MAX of them.
enum { RUNS_MAX = 100000 };
bool experiment_run_count(const Experiment *experiment, size_t *count, Error *error);

// The short name of a parameter, or of an axis of named cases; owned by the caller. NULL with a message.
char *experiment_short_name(const Experiment *experiment, const char *name, Error *error);
// The axis of this short name, NULL: it does not vary.
const Axis *experiment_axis(const Experiment *experiment, const char *name);

// ---- where experiments are ------------------------------------------------------------------------------------------

// The folder that has benchmarks/, figures/ and results/reference/: the environment variable ENGRAM_HOME if set, else
// the current one if it has benchmarks/, else the one that `make install` filled (ENGRAM_SHARE, where the build defines
// it), else the current one.
const char *experiment_root(void);

// Names below benchmarks/, sorted: all of them (name NULL), or those that `name` stands for (an experiment, or a folder
// meaning all in it). None found is an error that lists the names and the nearest.
bool experiment_names(const char *name, size_t *count, char ***names, Error *error);
void experiment_names_free(size_t count, char **names);

// ---- expansion: combinations x seeds --------------------------------------------------------------------------------
typedef struct SweepRun {
    Config *config;
    int64_t seed;
    char *name;       // config_run_name
    char *label;      // the varied values: "gru", or "gru, stochasticity 0.2"
    char **values;    // one per axis
} SweepRun;

typedef struct Sweep {
    size_t count;
    size_t axis_count;    // values of each run
    SweepRun *runs;       // combinations in order, seeds ascending within each
} Sweep;

// What a run of the experiment's sweep has under a short name: a parameter's value or a case. False for what is neither.
bool experiment_value(const Experiment *experiment, const SweepRun *run, const char *name, char text[PARAM_TEXT_SIZE]);

// Errors: too many runs, the same run twice, a configuration that the environment refuses.
Sweep *sweep_expand(const Experiment *experiment, Error *error);
void sweep_destroy(Sweep *sweep);
