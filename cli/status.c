#include <stdio.h>

#include "benchmarks/run.h"
#include "cli/cli.h"
#include "cli/table.h"

static void print_status(const Options *options, const RunList *list) {
    Table *table = table_create(5, (const char *const[]){"run", "label", "seed", "status", "detail"});
    size_t by_status[RUN_STATUS_COUNT] = {0};
    for (size_t i = 0; i < list->count; i++) {
        const SweepRun *run = list->runs[i];
        char detail[sizeof((Error *)0)->message];
        RunStatus status = run_status(options->results, run, detail, sizeof detail);
        by_status[status]++;
        table_text(table, run->name);
        table_text(table, run->label);
        table_number(table, "%.0f", (double)run->seed);
        table_text(table, run_status_names[status]);
        table_text(table, detail);
    }
    table_print(table, options, stdout);
    table_destroy(table);
    if (options->csv || options->json) return;
    printf("%zu run%s:", list->count, list->count == 1 ? "" : "s");
    for (int i = 0, shown = 0; i < RUN_STATUS_COUNT; i++) {
        if (by_status[i]) printf("%s %zu %s", shown++ ? "," : "", by_status[i], run_status_names[i]);
    }
    putchar('\n');
}

int cli_status(const Options *options) {
    Error error;
    RunList list;
    if (!cli_load_runs(options, options->arguments[0], &list, &error)) return cli_fail(options, &error);
    print_status(options, &list);
    cli_runs_free(&list);
    return EXIT_FINE;
}
