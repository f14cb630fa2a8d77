#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "core/arena.h"

typedef enum OptionKind {
    OPTION_FLAG,
    OPTION_TEXT,
    OPTION_REAL,
    OPTION_JOBS,
    OPTION_SCALE,
    OPTION_TIER,
    OPTION_UNDECIDED,
    OPTION_SEEDS,
    OPTION_SETTING,
    OPTION_PARAMETER
} OptionKind;

typedef struct OptionRow {
    const char *name;
    OptionKind kind;
    size_t offset;           // of the field in Options
    const char *argument;    // as shown in help; NULL: none
    const char *help;
} OptionRow;

static const char *const tier_names[] = {"runs", "commit", "release", NULL};
static const char *const undecided_names[] = {"aside", "pass", "fail", NULL};

// Every option of every verb. A field of kind FLAG is a bool, TEXT a const char *, REAL a double, JOBS, TIER and UNDECIDED an int. A
// PARAMETER is a setting: --cell gru is
// --set cell=gru.
static const OptionRow option_rows[] = {
    {"set", OPTION_SETTING, 0, "NAME=VALUE", "override a parameter (repeatable); `engram list` shows them"},
    {"arithmetic", OPTION_PARAMETER, 0, "NAME", "products: portable (the same bits everywhere; the default) or openblas"},
    {"cell", OPTION_PARAMETER, 0, "NAME", "this recurrent cell only"},
    {"hidden", OPTION_PARAMETER, 0, "H", "this number of units only"},
    {"steps", OPTION_PARAMETER, 0, "T", "this number of time steps only"},
    {"scale", OPTION_SCALE, 0, "SCALE", "smoke (seconds), ci (minutes; the default) or paper"},
    {"seeds", OPTION_SEEDS, 0, "A..B", "seeds A to B, both included, instead of the experiment's"},
    {"jobs", OPTION_JOBS, offsetof(Options, jobs), "N", "processes at a time; default: one for each CPU"},
    {"results", OPTION_TEXT, offsetof(Options, results), "DIR", "where run files are; default: results"},
    {"csv", OPTION_FLAG, offsetof(Options, csv), NULL, "print the table as CSV"},
    {"json", OPTION_FLAG, offsetof(Options, json), NULL, "print the table as JSON"},
    {"dry-run", OPTION_FLAG, offsetof(Options, dry_run), NULL, "only say what there is to do: runs, time, memory, disk"},
    {"redo-stale", OPTION_FLAG, offsetof(Options, redo_stale), NULL, "also repeat runs that another code revision finished"},
    {"retry-failed", OPTION_FLAG, offsetof(Options, retry_failed), NULL,
     "also repeat runs that broke down, from their beginning"},
    {"privileged", OPTION_FLAG, offsetof(Options, privileged), NULL, "also print the state, as far as the file fixes it"},
    {"particles", OPTION_FLAG, offsetof(Options, particles), NULL, "print every particle of a belief, not mean and covariance"},
    {"partial", OPTION_FLAG, offsetof(Options, partial), NULL, "take the runs that are finished, if not all are"},
    {"save", OPTION_FLAG, offsetof(Options, save), NULL, "also write the table below <results>/speed or <results>/studies"},
    {"threshold", OPTION_REAL, offsetof(Options, threshold), "X",
     "view scaling: the score that counts as solved; default: 0.5"},
    {"step", OPTION_REAL, offsetof(Options, step), "EPISODE",
     "views scatter and correlations: the checkpoint; default: the last that all runs have"},
    {"tier", OPTION_TIER, offsetof(Options, tier), "TIER",
     "runs (those that are there; the default), commit (only if the behaviour changed) or release (all together)"},
    {"budget", OPTION_TEXT, offsetof(Options, budget), "TIME",
     "train fresh seeds for the undecided claims, as long as 90s, 20m, 2h"},
    {"baseline", OPTION_TEXT, offsetof(Options, baseline), "FILE", "the record that --tier commit compares with"},
    {"undecided", OPTION_UNDECIDED, offsetof(Options, undecided), "WHAT",
     "exit code of undecided claims: aside (3, the default), pass (0) or fail (1)"},
    {"junit", OPTION_TEXT, offsetof(Options, junit), "FILE", "also write the verdicts as JUnit XML"},
    {"markdown", OPTION_TEXT, offsetof(Options, markdown), "FILE", "also write a summary in Markdown, for a pull request"},
    {"help", OPTION_FLAG, offsetof(Options, help), NULL, "explain this verb"},
};
enum { OPTION_COUNT = sizeof option_rows / sizeof option_rows[0] };

static bool verb_takes(const Verb *verb, const char *name) {
    if (strcmp(name, "help") == 0) return true;
    size_t length = strlen(name);
    for (const char *at = verb->options; (at = strstr(at, name)); at += length) {
        bool begins = at == verb->options || at[-1] == ' ';
        if (begins && (at[length] == ' ' || at[length] == '\0')) return true;
    }
    return false;
}

void options_describe(const Verb *verb) {
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const OptionRow *row = &option_rows[i];
        if (!verb_takes(verb, row->name)) continue;
        char left[64];
        snprintf(left, sizeof left, "--%s%s%s", row->name, row->argument ? " " : "", row->argument ? row->argument : "");
        printf("  %-20s %s\n", left, row->help);
    }
}

static bool parse_jobs(const char *text, int *jobs, Error *error) {
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    bool digits = *text >= '0' && *text <= '9' && *end == '\0';
    if (!digits || errno || value < 1 || value > 4096) {
        return error_set(error, "--jobs '%s': expected a whole number, 1 to 4096", text);
    }
    *jobs = (int)value;
    return true;
}

static bool parse_real(const OptionRow *row, const char *text, double *value, Error *error) {
    char *end;
    *value = strtod(text, &end);
    if (end != text && *end == '\0' && isfinite(*value)) return true;
    return error_set(error, "--%s '%s': expected a number", row->name, text);
}

static bool parse_seeds(const char *text, Options *options, Error *error) {
    options->seeds_given = true;
    return seeds_parse(text, &options->first_seed, &options->last_seed, error) || error_context(error, "--seeds: ");
}

// One of some words, as its index.
static bool parse_choice(const OptionRow *row, const char *const *choices, const char *text, int *value, Error *error) {
    size_t count = 0;
    char list[160] = "";
    for (; choices[count]; count++) {
        if (strcmp(text, choices[count]) == 0) {
            *value = (int)count;
            return true;
        }
        size_t length = strlen(list);
        snprintf(list + length, sizeof list - length, "%s%s", count ? ", " : "", choices[count]);
    }
    const char *nearest = error_nearest(text, choices, count);
    return error_set(error, "--%s '%s': expected one of %s%s%s%s", row->name, text, list, nearest ? " (did you mean '" : "",
                     nearest ? nearest : "", nearest ? "'?)" : "");
}

static bool parse_scale(const char *text, Options *options, Error *error) {
    for (int i = 0; i < SCALE_COUNT; i++) {
        if (strcmp(text, scale_names[i]) == 0) {
            options->scale = i;
            return true;
        }
    }
    const char *nearest = error_nearest(text, scale_names, SCALE_COUNT);
    return error_set(error, "--scale '%s': expected smoke, ci or paper%s%s%s", text, nearest ? " (did you mean '" : "",
                     nearest ? nearest : "", nearest ? "'?)" : "");
}

// Takes over the three strings.
static void add_setting(Options *options, Setting setting) {
    Setting *settings = memory_zeroed(options->setting_count + 1, sizeof *settings);
    if (options->setting_count) memcpy(settings, options->settings, options->setting_count * sizeof *settings);
    free(options->settings);
    settings[options->setting_count] = setting;
    options->settings = settings;
    options->setting_count++;
}

static bool parse_setting(const char *text, Options *options, Error *error) {
    const char *equals = strchr(text, '=');
    if (!equals || equals == text) return error_set(error, "--set '%s': expected NAME=VALUE, such as length=10", text);
    add_setting(options, (Setting){
                             .name = memory_format("%.*s", (int)(equals - text), text),
                             .value = memory_format("%s", equals + 1),
                             .where = memory_format("--set"),
                         });
    return true;
}

static bool parse_parameter(const OptionRow *row, const char *value, Options *options) {
    add_setting(options, (Setting){
                             .name = memory_format("%s", row->name),
                             .value = memory_format("%s", value),
                             .where = memory_format("--%s", row->name),
                         });
    return true;
}

static bool option_apply(const OptionRow *row, const char *value, Options *options, Error *error) {
    char *field = (char *)options + row->offset;
    switch (row->kind) {
    case OPTION_FLAG: *(bool *)(void *)field = true; return true;
    case OPTION_TEXT:
        if (!value[0]) return error_set(error, "--%s: expected %s, found nothing", row->name, row->argument);
        *(const char **)(void *)field = value;
        return true;
    case OPTION_REAL: return parse_real(row, value, (double *)(void *)field, error);
    case OPTION_JOBS: return parse_jobs(value, (int *)(void *)field, error);
    case OPTION_TIER: return parse_choice(row, tier_names, value, (int *)(void *)field, error);
    case OPTION_UNDECIDED: return parse_choice(row, undecided_names, value, (int *)(void *)field, error);
    case OPTION_SCALE: return parse_scale(value, options, error);
    case OPTION_SEEDS: return parse_seeds(value, options, error);
    case OPTION_SETTING: return parse_setting(value, options, error);
    case OPTION_PARAMETER: return parse_parameter(row, value, options);
    }
    return true;
}

// What getopt_long refused: `word` is the argument as written.
static bool option_unknown(const Verb *verb, const char *word, Error *error) {
    if (word[0] != '-' || word[1] != '-') {
        return error_set(error, "unknown option '%s': options are words with two dashes; `engram help %s` lists them", word,
                         verb->name);
    }
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(word + 2, "="), word + 2);
    const char *names[OPTION_COUNT];
    size_t count = 0;
    bool elsewhere = false;
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (verb_takes(verb, option_rows[i].name)) names[count++] = option_rows[i].name;
        else if (strcmp(option_rows[i].name, name) == 0) elsewhere = true;
    }
    const char *nearest = error_nearest(name, names, count);
    char list[512] = "";
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(list);
        snprintf(list + length, sizeof list - length, "%s--%s", i ? ", " : "", names[i]);
    }
    return error_set(error, "%s '--%s'%s%s%s; %s takes %s", elsewhere ? "this verb has no option" : "unknown option", name,
                     nearest ? " (did you mean '--" : "", nearest ? nearest : "", nearest ? "'?)" : "", verb->name, list);
}

// "NAME [FILE]": how many words may follow the verb.
static bool check_arguments(const Verb *verb, const Options *options, Error *error) {
    size_t least = 0, most = 0;
    bool word = false;
    for (const char *at = verb->arguments; *at; at++) {
        if (*at != ' ' && !word) {
            most++;
            if (*at != '[') least++;
        }
        word = *at != ' ';
    }
    bool endless = strstr(verb->arguments, "...") != NULL;
    if (options->argument_count < least) {
        return error_set(error, "expected `engram %s %s`, found %zu of them", verb->name, verb->arguments,
                         options->argument_count);
    }
    if (options->argument_count > most && !endless) {
        return error_set(error, "unexpected '%s': expected `engram %s%s%s`", options->arguments[most], verb->name,
                         verb->arguments[0] ? " " : "", verb->arguments);
    }
    return true;
}

bool options_parse(const Verb *verb, int count, char **arguments, Options *options, Error *error) {
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    *options = (Options){.verb = verb,
                         .scale = SCALE_CI,
                         .jobs = online > 0 ? (int)online : 1,
                         .results = "results",
                         .threshold = NAN,
                         .step = NAN};

    struct option table[OPTION_COUNT + 1] = {0};
    int rows[OPTION_COUNT], taken = 0;
    for (int i = 0; i < OPTION_COUNT; i++) {
        if (!verb_takes(verb, option_rows[i].name)) continue;
        rows[taken] = i;
        table[taken++] =
            (struct option){option_rows[i].name, option_rows[i].argument ? required_argument : no_argument, NULL, 0};
    }

    // getopt expects the program's name first: the verb stands in its place. Setting optind to 0 makes it start afresh.
    char **words = memory_zeroed((size_t)count + 2, sizeof *words);
    char *name = memory_format("%s", verb->name);
    words[0] = name;
    for (int i = 0; i < count; i++) words[i + 1] = arguments[i];
    bool good = true;
    optind = 0;
    opterr = 0;
    while (good) {
        int index = -1, before = optind ? optind : 1;
        int found = getopt_long(count + 1, words, ":", table, &index);
        if (found == -1) break;
        if (found == ':') {
            good = error_set(error, "'%s' needs a value", words[optind - 1]);
        } else if (found == '?') {
            good = option_unknown(verb, words[optind > before ? optind - 1 : before], error);
        } else {
            good = option_apply(&option_rows[rows[index]], optarg, options, error);
        }
    }
    if (good) {    // getopt has moved what is no option to the end
        for (int i = 0; i < count; i++) arguments[i] = words[i + 1];
        options->argument_count = (size_t)(count + 1 - optind);
        options->arguments = arguments + optind - 1;
        if (!options->help) good = check_arguments(verb, options, error);
    }
    if (good && options->csv && options->json) good = error_set(error, "--csv and --json: choose one");
    free(words);
    free(name);
    if (!good) options_free(options);
    return good;
}

void options_free(Options *options) {
    for (size_t i = 0; i < options->setting_count; i++) {
        free(options->settings[i].name);
        free(options->settings[i].value);
        free(options->settings[i].where);
    }
    free(options->settings);
    options->settings = NULL;
    options->setting_count = 0;
}
