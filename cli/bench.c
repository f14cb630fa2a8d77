// engram bench WHAT: how fast engram is beside a contender, in one run.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "benchmarks/speed/speed.h"
#include "cli/cli.h"
#include "cli/table.h"
#include "core/arena.h"

static void *bench_params(const SpeedBench *bench, const Options *options, Error *error) {
    void *params = memory_zeroed(1, bench->params.struct_size);
    param_defaults(&bench->params, params);
    for (size_t i = 0; i < options->setting_count; i++) {
        const Setting *setting = &options->settings[i];
        if (param_set(&bench->params, params, setting->name, setting->value, error)) continue;
        error_context(error, "--set %s=%s: ", setting->name, setting->value);
        free(params);
        return NULL;
    }
    return params;
}

static void print_time(Table *table, SpeedTime time) {
    table_number(table, "%.3f", time.median);
    table_number(table, "%.3f", time.least);
    table_number(table, "%.3f", time.most);
}

static void print_report(const SpeedReport *report, const Options *options) {
    static const char *const columns[] = {"what",        "cell",       "length",         "engram_ms",
                                          "engram_min",  "engram_max", "pytorch_ms",     "pytorch_min",
                                          "pytorch_max", "ratio",      "loss_difference"};
    Table *table = table_create(sizeof columns / sizeof *columns, columns);
    for (int i = 0; i < report->row_count; i++) {
        const SpeedRow *row = &report->rows[i];
        table_text(table, row->what);
        table_text(table, row->cell);
        table_number(table, "%.0f", row->length);
        print_time(table, row->ours);
        print_time(table, row->theirs);
        table_number(table, "%.2f", row->ratio);
        table_number(table, "%.1e", row->difference);
    }
    // Programs read the table alone; people also what it was measured with.
    FILE *notes = options->csv || options->json ? stderr : stdout;
    for (int i = 0; i < report->note_count; i++) fprintf(notes, "%s\n", report->notes[i]);
    fputc('\n', notes);
    table_print(table, options, stdout);
    table_destroy(table);
}

int cli_bench(const Options *options) {
    Error error = {0};
    const SpeedBench *bench = speed_find(options->arguments[0], &error);
    if (!bench) return cli_fail(options, &error);
    void *params = bench_params(bench, options, &error);
    if (!params) return cli_fail(options, &error);
    SpeedReport report = {.agrees = true};
    SpeedCalibration rates = speed_calibrate();
    speed_note(&report, "one thread, CPU time; calibration, products of 512 x 512: engram %.0f, OpenBLAS %.0f GFLOP/s",
               rates.ours, rates.openblas);
    bool good = bench->run(params, &report, &error);
    free(params);
    if (!good) return cli_fail(options, &error);
    print_report(&report, options);
    if (report.agrees) return EXIT_FINE;
    fflush(stdout);
    fputs("engram bench: the contender's losses differ from ours: the two did not do the same work\n", stderr);
    return EXIT_DIFFERS;
}
