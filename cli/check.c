#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "benchmarks/check.h"
#include "cli/cli.h"
#include "cli/table.h"
#include "core/arena.h"

// Several experiments: a claim's id alone would not be unique.
static void claim_name(Table *table, const CheckReport *report, const CheckRow *row, bool several) {
    char *name = several ? memory_format("%s:%s", report->experiment->name, row->spec->id) : memory_format("%s", row->spec->id);
    table_text(table, name);
    free(name);
}

static void add_numbers(Table *table, const CheckRow *row, const char *format) {
    const ClaimResult *result = &row->result;
    table_text(table, check_verdict(row));
    table_number(table, format, result->effect);
    table_number(table, format, result->low);
    table_number(table, format, result->high);
    table_number(table, format, result->threshold);
    table_number(table, "%.0f", row->seeds);
}

static void print_csv(const Options *options, CheckReport *const *reports, size_t count) {
    Table *table = table_create(7, (const char *const[]){"claim", "verdict", "effect", "low", "high", "threshold", "seeds"});
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < reports[i]->count; k++) {
            claim_name(table, reports[i], &reports[i]->rows[k], count > 1);
            add_numbers(table, &reports[i]->rows[k], "%.9g");
        }
    }
    table_print(table, options, stdout);
    table_destroy(table);
}

static void print_json(const Options *options, CheckReport *const *reports, size_t count) {
    Table *table = table_create(17, (const char *const[]){"claim", "verdict", "effect", "low", "high", "threshold", "seeds",
                                                          "experiment", "scale", "kind", "expect", "text", "reason", "runs",
                                                          "p", "p_adjusted", "unreliable"});
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < reports[i]->count; k++) {
            const CheckRow *row = &reports[i]->rows[k];
            table_text(table, row->spec->id);
            add_numbers(table, row, "%.9g");
            table_text(table, reports[i]->experiment->name);
            table_text(table, scale_names[reports[i]->experiment->scale]);
            table_text(table, row->spec->kind);
            table_text(table, row->judged ? row->spec->expect : "");
            table_text(table, row->spec->text);
            table_text(table, row->judged ? row->result.reason : "");
            table_number(table, "%.0f", row->result.runs_a);
            table_number(table, "%.9g", row->judged ? row->result.p : (double)NAN);
            table_number(table, "%.9g", row->judged ? row->result.p_adjusted : (double)NAN);
            table_number(table, "%.0f", row->unreliable);
        }
    }
    table_print(table, options, stdout);
    table_destroy(table);
}

// ---- for people ----------------------------------------------------------------------------------------------------------

static void print_sentences(const CheckReport *report) {
    for (size_t i = 0; i < report->count; i++) {
        const CheckRow *row = &report->rows[i];
        printf("\n%s: %s (%s).\n", row->spec->id, row->spec->text, row->spec->source);
        if (row->judged) {
            printf("  %s, expected %s: %s; %d run%s\n", check_verdict(row), row->spec->expect, row->result.reason,
                   row->result.runs_a, row->result.runs_a == 1 ? "" : "s");
        } else {
            printf("  described, not judged; %d run%s\n", row->result.runs_a, row->result.runs_a == 1 ? "" : "s");
        }
        if (row->unreliable) {
            printf("  MINE calls its estimate unreliable in %d of these runs (series ...-unreliable)\n", row->unreliable);
        }
        if (row->promotable) printf("  open, but it passes: its `expect` can become pass\n");
    }
}

static void print_report(const Options *options, const CheckReport *report) {
    const Experiment *experiment = report->experiment;
    printf("%s at scale %s: %zu run%s", experiment->name, scale_names[experiment->scale], report->runs,
           report->runs == 1 ? "" : "s");
    if (report->failed) printf(", %zu broke down", report->failed);
    if (report->missing) printf(", %zu not finished", report->missing);
    if (report->stale) printf(", %zu by another code revision", report->stale);
    printf("; trained by %s\n\n", report->revision);
    if (report->count == 0) {
        printf("no claims at this scale\n");
        return;
    }
    Table *table =
        table_create(8, (const char *const[]){"claim", "verdict", "effect", "low", "high", "threshold", "seeds", "expected"});
    for (size_t i = 0; i < report->count; i++) {
        const CheckRow *row = &report->rows[i];
        table_text(table, row->spec->id);
        add_numbers(table, row, "%.4g");
        table_text(table, row->judged ? row->spec->expect : "");
    }
    table_print(table, options, stdout);
    table_destroy(table);
    print_sentences(report);
}

static void print_reports(const Options *options, CheckReport *const *reports, size_t count) {
    if (options->csv) {
        print_csv(options, reports, count);
    } else if (options->json) {
        print_json(options, reports, count);
    } else {
        for (size_t i = 0; i < count; i++) {
            if (i) putchar('\n');
            print_report(options, reports[i]);
        }
    }
}

// ---- the verb ------------------------------------------------------------------------------------------------------------

// A contrary claim outweighs an undecided one.
static int exit_status(CheckReport *const *reports, size_t count) {
    int status = EXIT_FINE;
    for (size_t i = 0; i < count; i++) {
        if (reports[i]->exit_status == CLAIMS_CONTRARY) return EXIT_DIFFERS;
        if (reports[i]->exit_status == CLAIMS_UNDECIDED) status = EXIT_UNDECIDED;
    }
    return status;
}

int cli_check(const Options *options) {
    Error error;
    size_t count, checked = 0;
    Experiment **experiments = cli_load(options, options->arguments[0], &count, &error);
    if (!experiments) return cli_fail(options, &error);
    int analysed = cli_analyse_missing(options, experiments, count, check_needs_analysis);
    if (analysed != EXIT_FINE) {
        cli_unload(experiments, count);
        return analysed;
    }
    CheckReport **reports = memory_zeroed(count, sizeof(CheckReport *));
    bool good = true;
    for (size_t i = 0; i < count && good; i++) {
        reports[i] = check_experiment(options->results, experiments[i], options->partial, &error);
        good = reports[i] != NULL;
        checked += good;
    }
    if (good) {
        print_reports(options, reports, count);
        good = !options->junit || check_write_junit(reports, count, options->junit, &error);
    }
    int code = good ? exit_status(reports, count) : cli_fail(options, &error);
    for (size_t i = 0; i < checked; i++) check_free(reports[i]);
    free(reports);
    cli_unload(experiments, count);
    return code;
}
