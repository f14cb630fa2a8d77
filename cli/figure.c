// engram figure: an experiment's own figure, or a view of it. "belief/tmaze/curves" is the view curves of belief/tmaze.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "benchmarks/figure.h"
#include "cli/cli.h"
#include "cli/table.h"
#include "core/arena.h"

// What is to be drawn, and of which experiments.
typedef struct Request {
    char *name;          // an experiment or a folder
    const View *view;    // NULL: own figures
} Request;

// Whether there are experiments of this name; `*exact` if it names one and not a folder.
static bool is_known(const char *name, bool *exact, Error *error) {
    size_t count;
    char **names;
    *exact = false;
    if (!experiment_names(name, &count, &names, error)) return false;
    *exact = count == 1 && strcmp(names[0], name) == 0;
    experiment_names_free(count, names);
    return true;
}

// A name without experiments may be NAME/VIEW. Where both halves are unknown, or a folder stands before the slash, the experiment is taken
// to be the mistake.
static bool read_request(const char *text, Request *request, Error *error) {
    *request = (Request){.name = memory_format("%s", text)};
    bool exact;
    const char *slash = strrchr(text, '/');
    if (is_known(text, &exact, error)) return true;
    if (!slash || slash == text) return false;
    free(request->name);
    request->name = memory_format("%.*s", (int)(slash - text), text);
    Error unknown_view, unknown_name;
    request->view = view_find(slash + 1, &unknown_view);
    bool known = is_known(request->name, &exact, &unknown_name);
    if (known && request->view) return true;
    if (known && exact) *error = unknown_view;
    if (!known && request->view) *error = unknown_name;
    return false;
}

static void report(const Options *options, Table *table, const char *figure, const char *folder) {
    table_text(table, figure);
    table_text(table, folder);
    if (!options->csv && !options->json) printf("%s/figure.pdf, .svg, .png\n", folder);
}

// What a view says in words, to standard output.
static void print_text(const char *folder, const char *name) {
    char *path = memory_format("%s/%s", folder, name), bytes[4096];
    FILE *file = fopen(path, "r");
    for (size_t n; file && (n = fread(bytes, 1, sizeof bytes, file)) > 0;) fwrite(bytes, 1, n, stdout);
    if (file) fclose(file);
    free(path);
}

static bool draw_view(const Options *options, const Experiment *experiment, const View *view, Table *table, Error *error) {
    const ViewOptions asked = {.threshold = options->threshold, .step = options->step};
    char *folder;
    if (!figure_draw_view(options->results, experiment, view, &asked, options->partial, &folder, error)) return false;
    char *figure = memory_format("%s/%s", experiment->name, view->name);
    if (view->text && !options->csv && !options->json) print_text(folder, view->text);
    report(options, table, figure, folder);
    free(figure);
    free(folder);
    return true;
}

// The figure, and the views that the file names beside it.
static bool draw_own(const Options *options, const Experiment *experiment, Table *table, Error *error) {
    size_t count;
    char **folders;
    if (!figure_draw(options->results, experiment, options->partial, &count, &folders, error)) return false;
    for (size_t i = 0; i < count; i++) report(options, table, experiment->name, folders[i]);
    figure_folders_free(count, folders);
    for (size_t i = 0; i < experiment->figure_view_count; i++) {
        const View *view = view_find(experiment->figure_views[i], error);
        if (!view || !draw_view(options, experiment, view, table, error)) return false;
    }
    return true;
}

static int draw_all(const Options *options, const Request *request, Experiment *const *experiments, size_t count,
                    Table *table) {
    Error error;
    size_t drawn = 0;
    for (size_t i = 0; i < count; i++) {
        if (!request->view && count > 1 && !experiments[i]->figure_script) continue;    // of a folder, those that have a figure
        drawn++;
        bool good = request->view ? draw_view(options, experiments[i], request->view, table, &error)
                                  : draw_own(options, experiments[i], table, &error);
        if (!good) return cli_fail(options, &error);
    }
    if (drawn) return EXIT_FINE;
    error_set(&error, "no experiment below %s has a figure", request->name);
    return cli_fail(options, &error);
}

int cli_figure(const Options *options) {
    Error error;
    Request request;
    size_t count;
    Experiment **experiments = NULL;
    bool good = read_request(options->arguments[0], &request, &error);
    if (good) experiments = cli_load(options, request.name, &count, &error);
    if (!experiments) {
        free(request.name);
        return cli_fail(options, &error);
    }
    bool (*needs_analysis)(const Experiment *) = request.view ? request.view->needs_analysis : figure_needs_analysis;
    Table *table = table_create(2, (const char *const[]){"figure", "folder"});
    int code = needs_analysis ? cli_analyse_missing(options, experiments, count, needs_analysis) : EXIT_FINE;
    if (code == EXIT_FINE) code = draw_all(options, &request, experiments, count, table);
    if (options->csv || options->json) table_print(table, options, stdout);
    table_destroy(table);
    cli_unload(experiments, count);
    free(request.name);
    return code;
}
