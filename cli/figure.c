#include <stdio.h>
#include <stdlib.h>

#include "benchmarks/figure.h"
#include "cli/cli.h"
#include "cli/table.h"

static bool draw(const Options *options, const Experiment *experiment, Table *table, Error *error) {
    size_t count;
    char **folders;
    if (!figure_draw(options->results, experiment, options->partial, &count, &folders, error)) return false;
    for (size_t i = 0; i < count; i++) {
        table_text(table, experiment->name);
        table_text(table, folders[i]);
        if (!options->csv && !options->json) printf("%s/figure.pdf, .svg, .png\n", folders[i]);
    }
    figure_folders_free(count, folders);
    return true;
}

int cli_figure(const Options *options) {
    Error error;
    size_t count, drawn = 0;
    const char *name = options->arguments[0];
    Experiment **experiments = cli_load(options, name, &count, &error);
    if (!experiments) return cli_fail(options, &error);
    Table *table = table_create(2, (const char *const[]){"figure", "folder"});
    int code = cli_analyse_missing(options, experiments, count, figure_needs_analysis);
    for (size_t i = 0; i < count && code == EXIT_FINE; i++) {
        if (count > 1 && !experiments[i]->figure_script) continue;    // of a folder, those that have a figure
        drawn++;
        if (!draw(options, experiments[i], table, &error)) code = cli_fail(options, &error);
    }
    if (code == EXIT_FINE && drawn == 0) {
        error_set(&error, "no experiment below %s has a figure", name);
        code = cli_fail(options, &error);
    }
    if (options->csv || options->json) table_print(table, options, stdout);
    table_destroy(table);
    cli_unload(experiments, count);
    return code;
}
