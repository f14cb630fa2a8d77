// engram bench claims NAME: false alarms of claims on unchanged code, from a bank of seeds.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "benchmarks/studies/false_alarms.h"
#include "cli/cli.h"
#include "cli/table.h"
#include "core/arena.h"
#include "core/aside.h"
#include "core/folder.h"

static void say(const char *text) {
    fprintf(stderr, "%s\n", text);
}

static bool is_of_study(const char *name) {
    for (size_t i = 0; i < alarm_params.count; i++) {
        if (strcmp(alarm_params.rows[i].name, name) == 0) return true;
    }
    return false;
}

// Settings are the study's where it has such a parameter, and the experiment's otherwise.
static bool split_settings(const Options *options, AlarmParams *params, Setting *rest, size_t *count, Error *error) {
    *count = 0;
    for (size_t i = 0; i < options->setting_count; i++) {
        const Setting *setting = &options->settings[i];
        if (!is_of_study(setting->name)) rest[(*count)++] = *setting;
        else if (!param_set(&alarm_params, params, setting->name, setting->value, error)) return setting_blame(setting, error);
    }
    return true;
}

static void print_share(Table *table, double share, Interval interval) {
    char *text = isnan(interval.low) ? memory_format("%.4f", share)
                                     : memory_format("%.4f [%.4f, %.4f]", share, interval.low, interval.high);
    table_text(table, text);
    free(text);
}

static void print_report(const AlarmReport *report, const Options *options) {
    Table *table = table_create(10, (const char *const[]){"claim", "expected", "pass", "fail", "undecided", "contrary",
                                                          "in blocks", "sigmas", "gate: worse", "confirmed"});
    for (size_t i = 0; i < report->count; i++) {
        const AlarmRow *row = &report->rows[i];
        table_text(table, row->spec ? row->spec->id : "(all)");
        table_text(table,
                   row->spec && claim_is_tested(row->spec->claim.kind) ? claim_expectation_names[row->spec->claim.expect] : "");
        table_number(table, "%.3f", row->pass);
        table_number(table, "%.3f", row->fail);
        table_number(table, "%.3f", row->undecided);
        print_share(table, row->contrary, row->bootstrap);
        char *blocks = memory_format("%d of %d [%.3f, %.3f]", row->blocks_contrary, report->block_count, row->blocks.low,
                                     row->blocks.high);
        table_text(table, blocks);
        free(blocks);
        table_number(table, "%.1f", row->sigmas);
        print_share(table, row->worse, row->worse_bootstrap);
        table_number(table, "%.4f", row->confirmed);
    }
    printf("%s at scale %s, runs of %s: %d sets of %d seeds drawn from a bank of %d; %d permutations\n\n",
           report->experiment->name, scale_names[report->experiment->scale], report->revision, report->params.draws,
           report->seeds, report->bank, report->params.permutations);
    table_print(table, options, stdout);
    table_destroy(table);
}

static bool save(const AlarmReport *report, const char *results, Error *error) {
    char *path =
        memory_format("%s/studies/claims/%s-%s.csv", results, report->experiment->name, scale_names[report->experiment->scale]);
    Aside aside;
    bool good = folder_make_parents(path, error) && aside_open(&aside, path, error);
    if (good) {
        alarms_write_csv(report, aside.file);
        good = aside_close(&aside, error);
    }
    if (good) fprintf(stderr, "%s\n", path);
    free(path);
    return good;
}

// How many seeds a build judges: as many as the file says at this scale.
static bool seeds_of_build(const char *name, Scale scale, int *seeds, Error *error) {
    Experiment *experiment = experiment_load(name, scale, NULL, 0, error);
    if (!experiment) return false;
    *seeds = (int)(experiment->last_seed - experiment->first_seed + 1);
    experiment_destroy(experiment);
    return true;
}

static int study(const Options *options, Experiment *experiment, int seeds, const AlarmParams *params) {
    Error error;
    int code = cli_analyse_missing(options, &experiment, 1, check_needs_analysis);
    if (code != EXIT_FINE) return code;
    AlarmReport *report = alarms_study(options->results, experiment, seeds, params, say, &error);
    if (!report) return cli_fail(options, &error);
    if (options->csv) alarms_write_csv(report, stdout);
    else print_report(report, options);
    fflush(stdout);
    code = !options->save || save(report, options->results, &error) ? EXIT_FINE : cli_fail(options, &error);
    alarms_free(report);
    return code;
}

int cli_bench_claims(const Options *options) {
    Error error;
    AlarmParams params;
    param_defaults(&alarm_params, &params);
    if (options->argument_count < 2) {
        error_set(&error, "expected `engram bench claims NAME`, with the seeds of the bank: --seeds A..B");
        return cli_fail(options, &error);
    }
    Setting *settings = memory_zeroed(options->setting_count + 1, sizeof *settings);
    size_t count;
    int seeds = 0;
    Experiment *experiment = NULL;
    if (split_settings(options, &params, settings, &count, &error) &&
        seeds_of_build(options->arguments[1], (Scale)options->scale, &seeds, &error)) {
        experiment = experiment_load(options->arguments[1], (Scale)options->scale, settings, count, &error);
    }
    if (experiment && options->seeds_given) {
        experiment->first_seed = options->first_seed;
        experiment->last_seed = options->last_seed;
    }
    int code = experiment ? study(options, experiment, seeds, &params) : cli_fail(options, &error);
    experiment_destroy(experiment);
    free(settings);
    return code;
}
