// engram bench WHAT: how fast engram is beside contenders, in one run; engram bench gate: whether it has become slower; engram
// bench statistics: how often intervals of scores cover; engram bench mi: what estimators of information say where it is known;
// engram bench vaa: in how many places fresh networks settle; engram bench popgym: whether POPGym's environments are the original's.
#include <cblas.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/information/information.h"
#include "benchmarks/speed/gate.h"
#include "benchmarks/speed/speed.h"
#include "benchmarks/studies/conformance.h"
#include "benchmarks/studies/figure.h"
#include "benchmarks/studies/multistability.h"
#include "cli/cli.h"
#include "cli/table.h"
#include "core/arena.h"
#include "core/revision.h"

static bool set_params(const ParamTable *table, void *params, const Options *options, Error *error) {
    for (size_t i = 0; i < options->setting_count; i++) {
        const Setting *setting = &options->settings[i];
        if (param_set(table, params, setting->name, setting->value, error)) continue;
        setting_blame(setting, error);
        return false;
    }
    return true;
}

// A table to keep is as it is by default.
static bool may_save(const Options *options, Error *error) {
    if (!options->save || options->setting_count == 0) return true;
    return error_set(error, "--save keeps the whole table as it is by default: leave out --set, --cell, --hidden and --steps");
}

static void add_cell(Table *table, const SpeedColumn *column, const SpeedRow *row) {
    const char *field = (const char *)row + column->offset;
    double value;
    switch (column->kind) {
    case SPEED_TEXT: table_text(table, field); break;
    case SPEED_COUNT: table_number(table, "%.0f", *(const int *)(const void *)field); break;
    case SPEED_REAL:
        memcpy(&value, field, sizeof value);
        table_number(table, column->format, value);
        break;
    }
}

static void print_table(const SpeedBench *bench, const SpeedReport *report, const Options *options) {
    const char **names = memory_zeroed(bench->column_count, sizeof *names);
    for (size_t c = 0; c < bench->column_count; c++) names[c] = bench->columns[c].name;
    Table *table = table_create(bench->column_count, names);
    for (int i = 0; i < report->row_count; i++) {
        for (size_t c = 0; c < bench->column_count; c++) add_cell(table, &bench->columns[c], &report->rows[i]);
    }
    table_print(table, options, stdout);
    table_destroy(table);
    free(names);
}

static void print_report(const SpeedBench *bench, const SpeedReport *report, const Options *options) {
    // Programs read the table alone; people also what it was measured with.
    FILE *notes = options->csv || options->json ? stderr : stdout;
    for (int i = 0; i < report->note_count; i++) fprintf(notes, "%s\n", report->notes[i]);
    fputc('\n', notes);
    if (options->csv) speed_write_csv(bench, report, false, stdout);
    else print_table(bench, report, options);
}

static void say(const char *text) {
    fprintf(stderr, "%s\n", text);
}

static void note_machine(SpeedReport *report) {
    char machine[128];
    speed_cpu_describe(machine, sizeof machine);
    speed_note(report, "engram %s (%s)", revision_code(), revision_compiler());
    speed_note(report, "CPU: %s; OpenBLAS of the system: kernels for %s", machine, openblas_get_corename());
}

static int save(const SpeedBench *bench, const SpeedReport *report, const Options *options) {
    Error error = {0};
    char *folder;
    if (!speed_save(bench, report, options->results, &folder, &error)) return cli_fail(options, &error);
    fprintf(stderr, "%s/%s.csv, .txt%s\n", folder, bench->name,
            bench == &speed_kernels ? ", kernels/figure.pdf, .svg, .png" : "");
    free(folder);
    return EXIT_FINE;
}

// ---- the gate ------------------------------------------------------------------------------------------------------------------------

static void print_gate(const GateReport *report, const Options *options) {
    bool all = options->csv || options->json;    // people see what got worse
    Table *table = table_create(6, (const char *const[]){"row", "ratio", "committed", "now", "change", "verdict"});
    for (int i = 0; i < report->line_count; i++) {
        const GateLine *line = &report->lines[i];
        if (!all && !line->worse) continue;
        table_text(table, line->row);
        table_text(table, line->ratio);
        table_number(table, "%.3f", line->committed);
        table_number(table, "%.3f", line->fresh);
        table_number(table, "%.3f", line->fresh / line->committed);
        table_text(table, line->worse ? "worse" : "fine");
    }
    if (table_rows(table) > 0) table_print(table, options, stdout);
    table_destroy(table);
}

static bool is_there(const char *path) {
    return access(path, F_OK) == 0;
}

static int gate(const Options *options) {
    static const char *const benches[] = {"kernels", "drqn", "envs", "sequence"};
    char class[64];
    GateReport report = {0};
    Error error = {0};
    bool good = true;
    int compared = 0;
    if (options->setting_count > 0 || options->save) {
        error_set(&error, "gate compares tables that are there; it takes --results, --csv and --json");
        return cli_fail(options, &error);
    }
    speed_cpu_class(class, sizeof class);
    for (size_t i = 0; good && i < sizeof benches / sizeof *benches; i++) {
        char *committed = memory_format("%s/results/reference/speed/%s/%s.csv", experiment_root(), class, benches[i]);
        char *fresh = memory_format("%s/speed/%s/%s.csv", options->results, class, benches[i]);
        if (is_there(committed)) {
            compared++;
            good = is_there(fresh) || error_set(&error, "%s is not there: `make bench` writes it", fresh);
            good = good && gate_compare(benches[i], committed, fresh, &report, &error);
        }
        free(committed);
        free(fresh);
    }
    if (!good) return cli_fail(options, &error);
    FILE *words = options->csv || options->json ? stderr : stdout;
    if (compared == 0) {
        fprintf(words, "No committed table for this kind of machine (%s): nothing is compared.\n", class);
        return EXIT_FINE;
    }
    print_gate(&report, options);
    fprintf(words,
            "%s: %d ratios compared with the committed ones, %d worse by more than %.0f %%; %d committed rows not measured\n",
            class, report.line_count, report.worse, 100 * gate_margin, report.missing);
    return report.worse ? EXIT_DIFFERS : EXIT_FINE;
}

// ---- statistics ----------------------------------------------------------------------------------------------------------------------

static void print_coverage(const CoverageReport *report, const Options *options) {
    Table *table = table_create(COVERAGE_COLUMNS, coverage_columns);
    for (int i = 0; i < report->row_count; i++) {
        const CoverageRow *row = &report->rows[i];
        Interval interval = coverage_interval(row);
        table_text(table, row->distribution);
        table_number(table, "%.0f", row->runs);
        table_number(table, "%.0f", row->tasks);
        table_text(table, row->quantity);
        table_text(table, row->method);
        table_number(table, "%.0f", row->data_sets);
        table_number(table, "%.4f", coverage_share(row));
        table_number(table, "%.4f", interval.low);
        table_number(table, "%.4f", interval.high);
        table_number(table, "%.4g", row->width);
        table_number(table, "%.0f", row->undefined);
        table_text(table, row->standard ? "yes" : "no");
    }
    table_print(table, options, stdout);
    table_destroy(table);
}

static int save_coverage(const CoverageReport *report, const Options *options) {
    Error error = {0};
    char *folder;
    if (!coverage_save(report, options->results, &folder, &error)) return cli_fail(options, &error);
    fprintf(stderr, "%s/coverage.csv, coverage/figure.pdf, .svg, .png\n", folder);
    free(folder);
    return EXIT_FINE;
}

static int statistics(const Options *options) {
    CoverageParams params;
    Error error = {0};
    param_defaults(&coverage_params, &params);
    if (!may_save(options, &error) || !set_params(&coverage_params, &params, options, &error)) return cli_fail(options, &error);
    CoverageReport *report = memory_zeroed(1, sizeof *report);
    coverage_run(&params, report, say);
    print_coverage(report, options);
    fflush(stdout);
    int code = options->save ? save_coverage(report, options) : EXIT_FINE;
    free(report);
    return code;
}

// ---- mutual information --------------------------------------------------------------------------------------------------------------

static void print_study(const InformationStudy *study, const Options *options) {
    Table *table = table_create(INFORMATION_STUDY_COLUMNS, information_study_columns);
    for (int i = 0; i < study->row_count; i++) {
        const InformationStudyRow *row = &study->rows[i];
        table_text(table, row->task->name);
        table_text(table, known_families[row->task->family]);
        table_number(table, "%.0f", row->task->dx);
        table_number(table, "%.0f", row->task->dy);
        table_text(table, row->estimator->name);
        table_number(table, "%.0f", row->pairs);
        table_number(table, "%.0f", study->params.repetitions);
        table_number(table, "%.4f", row->truth);
        double nats[] = {row->mean, row->sd, row->mean - row->truth};
        for (int j = 0; j < 3; j++) table_number(table, information_study_format(nats[j]), nats[j]);
        table_number(table, "%.4f", row->ceiling);
        table_number(table, "%.0f", row->unreliable);
        table_number(table, "%.0f", row->undefined);
        table_number(table, "%.3g", row->seconds);
    }
    table_print(table, options, stdout);
    table_destroy(table);
    fflush(stdout);
    for (int i = 0; i < study->refusal_count; i++) {
        const InformationStudyRefusal *refusal = &study->refusals[i];
        fprintf(stderr, "%s does not take %d task%s; %s: %s\n", refusal->estimator->name, refusal->count,
                refusal->count == 1 ? "" : "s", refusal->task->name, refusal->error.message);
    }
}

static int save_study(const InformationStudy *study, const Options *options) {
    Error error = {0};
    char *folder;
    if (!information_study_save(study, options->results, &folder, &error)) return cli_fail(options, &error);
    fprintf(stderr, "%s/information.csv, information/figure.pdf, .svg, .png\n", folder);
    free(folder);
    return EXIT_FINE;
}

// The study's parameters, and `estimator`, which may be there several times: those estimators only. Their number, 0 for a mistake.
static size_t study_settings(const Options *options, InformationStudyParams *params, const EstimatorType **types,
                             Error *error) {
    size_t count = 0;
    for (size_t i = 0; i < options->setting_count; i++) {
        const Setting *setting = &options->settings[i];
        bool one = strcmp(setting->name, "estimator") == 0;
        if (one ? (types[count] = estimator_find(setting->value, error)) != NULL
                : param_set(&information_study_params, params, setting->name, setting->value, error)) {
            count += one;
            continue;
        }
        setting_blame(setting, error);
        return 0;
    }
    if (count > 0) return count;
    for (size_t i = 0; i < estimator_type_count; i++) {
        if (!information_study_is_aside(estimator_types, estimator_type_count, i)) types[count++] = estimator_types[i];
    }
    return count;
}

static int mutual_information(const Options *options) {
    InformationStudyParams params;
    Error error = {0};
    param_defaults(&information_study_params, &params);
    const EstimatorType **types = memory_zeroed(options->setting_count + estimator_type_count, sizeof *types);
    size_t count = study_settings(options, &params, types, &error);
    int code = EXIT_FINE;
    if (count == 0) code = cli_fail(options, &error);
    else {
        InformationStudy *study = information_study_run(&params, types, count, say);
        print_study(study, options);
        if (options->save) code = save_study(study, options);
        information_study_free(study);
    }
    free(types);
    return code;
}

// ---- multistability ------------------------------------------------------------------------------------------------------------------

static void print_multistability(const MultistabilityStudy *study, const Options *options) {
    Table *table = table_create(MULTISTABILITY_COLUMNS, multistability_columns);
    for (int i = 0; i < study->row_count; i++) {
        const MultistabilityRow *row = &study->rows[i];
        table_text(table, row->of->cell);
        table_text(table, row->of->initialisation);
        table_number(table, "%.0f", row->hidden);
        table_number(table, "%.0f", study->params.samples);
        table_number(table, "%.0f", row->horizon);
        table_number(table, "%g", row->tolerance);
        table_number(table, "%.0f", study->params.seeds);
        table_number(table, "%.4f", row->mean);
        table_number(table, "%.4f", row->low);
        table_number(table, "%.4f", row->high);
        const double *measured = row->of->measured;
        table_number(table, "%.4f", multistability_measured(row) ? (measured[0] + measured[1]) / 2 : NAN);
    }
    table_print(table, options, stdout);
    table_destroy(table);
    fflush(stdout);
}

static int save_multistability(const MultistabilityStudy *study, const Options *options) {
    Error error = {0};
    char *folder;
    if (!multistability_save(study, options->results, &folder, &error)) return cli_fail(options, &error);
    fprintf(stderr, "%s/multistability.csv, multistability/figure.pdf, .svg, .png\n", folder);
    free(folder);
    return EXIT_FINE;
}

static int multistability(const Options *options) {
    MultistabilityParams params;
    Error error = {0};
    param_defaults(&multistability_params, &params);
    if (!set_params(&multistability_params, &params, options, &error)) return cli_fail(options, &error);
    MultistabilityStudy *study = multistability_run(&params, say);
    print_multistability(study, options);
    int code = options->save ? save_multistability(study, options) : EXIT_FINE;
    multistability_free(study);
    return code;
}

// ---- conformance ---------------------------------------------------------------------------------------------------------------------

static void print_returns(const ConformanceStudy *study, const Options *options) {
    Table *table = table_create(CONFORMANCE_COLUMNS, conformance_columns);
    for (int i = 0; i < study->row_count; i++) {
        const ConformanceRow *row = &study->rows[i];
        table_text(table, row->type->name);
        table_text(table, native_level_names[row->level]);
        table_text(table, conformance_policy_name(row));
        table_text(table, conformance_knows(row));
        table_number(table, "%.0f", row->ours.episodes);
        table_number(table, "%.4f", row->ours.value);
        table_number(table, "%.4f", row->ours.error);
        table_number(table, "%.1f", row->ours.steps);
        table_number(table, "%.4f", row->original.value);
        table_number(table, "%.4f", row->original.error);
        table_number(table, "%.2f", row->z);
    }
    table_print(table, options, stdout);
    table_destroy(table);
}

static void add_sum(Table *table, const char *environment, const char *level, ConformanceSum sum) {
    table_text(table, environment);
    table_text(table, level);
    table_number(table, "%.0f", sum.exact);
    table_number(table, "%.0f", sum.different);
    table_number(table, "%.0f", sum.rows);
    table_number(table, "%.2f", sum.rows > 0 ? sum.chi_square : NAN);
    table_number(table, "%.3f", sum.p);
}

// For people, and on standard error beside a table for programs.
static void print_sums(const ConformanceStudy *study, const Options *options) {
    static const char *const columns[] = {"environment",   "level",      "exact", "of these different",
                                          "by statistics", "chi-square", "p"};
    Table *table = table_create(sizeof columns / sizeof *columns, columns);
    for (size_t i = 0; i < native_type_count; i++) {
        for (int level = 0; level < LEVEL_COUNT; level++) {
            const ConformanceSum sum = conformance_sum(study, native_types[i], (NativeLevel)level);
            if (sum.rows + sum.exact > 0) add_sum(table, native_types[i]->name, native_level_names[level], sum);
        }
    }
    add_sum(table, "all", "", conformance_sum(study, NULL, LEVEL_COUNT));
    const Options plain = {0};
    fputc('\n', options->csv || options->json ? stderr : stdout);
    table_print(table, &plain, options->csv || options->json ? stderr : stdout);
    table_destroy(table);
}

static int conformance(const Options *options) {
    ConformanceParams params;
    Error error = {0};
    param_defaults(&conformance_params, &params);
    if (!may_save(options, &error) || !set_params(&conformance_params, &params, options, &error))
        return cli_fail(options, &error);
    ConformanceStudy *study = conformance_run(&params, say, &error);
    if (!study) return cli_fail(options, &error);
    print_returns(study, options);
    print_sums(study, options);
    for (int i = 0; i < study->unplayed_count; i++) fprintf(stderr, "not played here: %s\n", study->unplayed[i]);
    fflush(stdout);
    int code = conformance_holds(study) ? EXIT_FINE : EXIT_DIFFERS;
    char *folder = NULL;
    if (options->save && !conformance_save(study, options->results, &folder, &error)) code = cli_fail(options, &error);
    if (folder) fprintf(stderr, "%s/policies.csv\n", folder);
    free(folder);
    conformance_free(study);
    return code;
}

// ---- the verb ------------------------------------------------------------------------------------------------------------------------

static int run_bench(const SpeedBench *bench, const void *params, SpeedReport *report, const Options *options) {
    Error error = {0};
    note_machine(report);
    if (!bench->run(params, report, &error)) return cli_fail(options, &error);
    print_report(bench, report, options);
    fflush(stdout);
    if (!report->agrees) {
        fputs("engram bench: a contender's losses differ from ours: the two did not do the same work\n", stderr);
        return EXIT_DIFFERS;
    }
    return options->save ? save(bench, report, options) : EXIT_FINE;
}

int cli_bench(const Options *options) {
    Error error = {0};
    if (strcmp(options->arguments[0], "claims") == 0) return cli_bench_claims(options);
    if (options->argument_count > 1 || options->seeds_given) {
        error_set(&error, "only `bench claims` takes the name of an experiment and --seeds");
        return cli_fail(options, &error);
    }
    if (strcmp(options->arguments[0], "gate") == 0) return gate(options);
    if (strcmp(options->arguments[0], "statistics") == 0) return statistics(options);
    if (strcmp(options->arguments[0], "mi") == 0) return mutual_information(options);
    if (strcmp(options->arguments[0], "vaa") == 0) return multistability(options);
    if (strcmp(options->arguments[0], "popgym") == 0) return conformance(options);
    const SpeedBench *bench = speed_find(options->arguments[0], &error);
    if (!bench) return cli_fail(options, &error);
    if (!may_save(options, &error)) return cli_fail(options, &error);
    void *params = speed_params(bench);
    if (!set_params(&bench->params, params, options, &error)) {
        free(params);
        return cli_fail(options, &error);
    }
    SpeedReport *report = memory_zeroed(1, sizeof *report);
    report->agrees = true;
    report->say = say;
    int code = run_bench(bench, params, report, options);
    free(report);
    free(params);
    return code;
}
