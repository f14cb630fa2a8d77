// engram list: everything that can be named, with its parameters. One list of rows feeds all three formats.
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "benchmarks/drawings/drawings.h"
#include "cli/list.h"
#include "cli/table.h"
#include "core/arena.h"

typedef struct Row {
    const char *kind;                            // "environment", "cell", ...
    char *name, *parameter, *type, *standard;    // owned; `parameter` empty: the row is about the thing itself
    char *accepts, *help;
} Row;

typedef struct Rows {
    size_t count, capacity;
    Row *row;
} Rows;

static void rows_add(Rows *rows, const char *kind, const char *name, const char *parameter, const char *type,
                     const char *standard, const char *accepts, const char *help) {
    if (rows->count == rows->capacity) {
        size_t capacity = rows->capacity ? 2 * rows->capacity : 64;
        Row *larger = memory_alloc(capacity * sizeof *larger);
        if (rows->count) memcpy(larger, rows->row, rows->count * sizeof *larger);
        free(rows->row);
        *rows = (Rows){rows->count, capacity, larger};
    }
    rows->row[rows->count++] = (Row){kind,
                                     memory_format("%s", name),
                                     memory_format("%s", parameter),
                                     memory_format("%s", type),
                                     memory_format("%s", standard),
                                     memory_format("%s", accepts),
                                     memory_format("%s", help)};
}

static void rows_free(Rows *rows) {
    for (size_t i = 0; i < rows->count; i++) {
        char *const owned[] = {rows->row[i].name,     rows->row[i].parameter, rows->row[i].type,
                               rows->row[i].standard, rows->row[i].accepts,   rows->row[i].help};
        for (size_t j = 0; j < sizeof owned / sizeof *owned; j++) free(owned[j]);
    }
    free(rows->row);
}

// ---- what there is --------------------------------------------------------------------------------------------------

static const char *type_name(ParamType type) {
    switch (type) {
    case PARAM_INT: return "integer";
    case PARAM_REAL: return "real";
    case PARAM_BOOL: return "boolean";
    case PARAM_CHOICE: return "choice";
    }
    return "";
}

static void add_thing(Rows *rows, const char *kind, const char *name, const char *help, const char *source) {
    char *both = source ? memory_format("%s (%s)", help, source) : memory_format("%s", help);
    rows_add(rows, kind, name, "", "", "", "", both);
    free(both);
}

// Parameters under the full names that `--set` takes.
static void add_parameters(Rows *rows, const char *kind, const char *name, const char *section, const ParamTable *table) {
    for (size_t i = 0; i < table->count; i++) {
        const ParamSpec *spec = &table->rows[i];
        char accepts[512];
        param_accepts(spec, accepts, sizeof accepts);
        char *full = memory_format("%s.%s", section, spec->name);
        rows_add(rows, kind, name, full, type_name(spec->type), spec->default_text, accepts, spec->help);
        free(full);
    }
}

static void add_components(Rows *rows) {
    for (size_t i = 0; i < env_type_count; i++) {
        add_thing(rows, "environment", env_types[i]->name, env_types[i]->help, env_types[i]->source);
        add_parameters(rows, "environment", env_types[i]->name, "environment", &env_types[i]->params);
    }
    for (size_t i = 0; i < task_type_count; i++) {
        add_thing(rows, "task", task_types[i]->name, task_types[i]->help, task_types[i]->source);
        add_parameters(rows, "task", task_types[i]->name, "task", &task_types[i]->params);
    }
    for (size_t i = 0; i < cell_type_count; i++) {
        add_thing(rows, "cell", cell_types[i]->name, cell_types[i]->help, cell_types[i]->source);
    }
    for (size_t i = 0; i < agent_type_count; i++) {
        add_thing(rows, "agent", agent_types[i]->name, agent_types[i]->help, agent_types[i]->source);
        add_parameters(rows, "agent", agent_types[i]->name, "agent", &agent_types[i]->params);
    }
}

// The sections of a configuration that belong to no environment, no task and no agent.
static void add_sections(Rows *rows) {
    Config *config = config_create();
    for (size_t i = 0; i < config_section_count(); i++) {
        const char *section = config_section_name(i);
        if (strcmp(section, "environment") == 0 || strcmp(section, "task") == 0 || strcmp(section, "agent") == 0) continue;
        rows_add(rows, "section", section, "", "", "", "", "");
        add_parameters(rows, "section", section, section, config_section_table(config, i));
    }
    config_destroy(config);
}

static bool add_experiment(Rows *rows, const char *name, Error *error) {
    for (int scale = 0; scale < SCALE_COUNT; scale++) {
        Experiment *experiment = experiment_load(name, (Scale)scale, NULL, 0, error);
        size_t runs = 0;
        if (!experiment || !experiment_run_count(experiment, &runs, error)) {
            experiment_destroy(experiment);
            return false;
        }
        if (scale == 0) add_thing(rows, "experiment", name, experiment->title, experiment->source);
        char *option = memory_format("--scale %s", scale_names[scale]), *count = memory_format("%zu runs", runs);
        rows_add(rows, "experiment", name, option, count, "", "", experiment->scale_note);
        free(option);
        free(count);
        experiment_destroy(experiment);
    }
    return true;
}

static bool add_experiments(Rows *rows, Error *error) {
    size_t count = 0;
    char **names = NULL;
    bool good = experiment_names(NULL, &count, &names, error);
    for (size_t i = 0; good && i < count; i++) good = add_experiment(rows, names[i], error);
    experiment_names_free(count, names);
    return good;
}

static int is_script(const struct dirent *entry) {
    size_t length = strlen(entry->d_name);
    return length > 3 && strcmp(entry->d_name + length - 3, ".gp") == 0 && strcmp(entry->d_name, "common.gp") != 0;
}

static bool is_view(const char *name) {
    for (size_t i = 0; i < view_count; i++) {
        if (strcmp(views[i]->name, name) == 0) return true;
    }
    return false;
}

static void add_views(Rows *rows) {
    for (size_t i = 0; i < view_count; i++) add_thing(rows, "view", views[i]->name, views[i]->help, NULL);
}

static void add_figures(Rows *rows) {
    struct dirent **entries = NULL;
    char *folder = memory_format("%s/figures", experiment_root());
    int count = scandir(folder, &entries, is_script, alphasort);
    for (int i = 0; i < count; i++) {
        char *name = memory_format("%.*s", (int)strlen(entries[i]->d_name) - 3, entries[i]->d_name);
        char *help = memory_format("gnuplot script figures/%s", entries[i]->d_name);
        if (!is_view(name)) rows_add(rows, "figure", name, "", "", "", "", help);
        free(name);
        free(help);
        free(entries[i]);
    }
    free(entries);
    free(folder);
}

// ---- printing -------------------------------------------------------------------------------------------------------

static void print_table(const Rows *rows, const Options *options, FILE *out) {
    Table *table = table_create(7, (const char *const[]){"kind", "name", "parameter", "type", "default", "accepts", "help"});
    for (size_t i = 0; i < rows->count; i++) {
        const Row *row = &rows->row[i];
        const char *const cells[] = {row->kind, row->name, row->parameter, row->type, row->standard, row->accepts, row->help};
        for (size_t j = 0; j < sizeof cells / sizeof *cells; j++) table_text(table, cells[j]);
    }
    table_print(table, options, out);
    table_destroy(table);
}

static const char *heading(const char *kind) {
    static const char *const kinds[][2] = {
        {"environment", "Environments (--set environment=NAME)"},
        {"task", "Supervised tasks (--set task=NAME)"},
        {"cell", "Cells (--set cell=NAME)"},
        {"agent", "Agents (--set agent=NAME)"},
        {"section", "Other parameters (--set NAME=VALUE; a name that only one section has may be bare)"},
        {"experiment", "Experiments (engram run NAME --scale SCALE)"},
        {"view", "Views of the runs of any experiment (engram figure NAME/VIEW)"},
        {"figure", "Figure scripts"}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(kinds[i][0], kind) == 0) return kinds[i][1];
    }
    return kind;
}

static void print_people(const Rows *rows, FILE *out) {
    const char *kind = "";
    for (size_t i = 0; i < rows->count; i++) {
        const Row *row = &rows->row[i];
        if (strcmp(kind, row->kind) != 0) fprintf(out, "%s%s\n", i ? "\n" : "", heading(row->kind));
        kind = row->kind;
        if (!row->parameter[0]) {
            fprintf(out, "  %-28s%s%s\n", row->name, row->help[0] ? "  " : "", row->help);
        } else if (strcmp(kind, "experiment") == 0) {
            fprintf(out, "      %-16s %10s  %s\n", row->parameter, row->type, row->help);
        } else {
            fprintf(out, "      %-32s %-10s %s [%s]\n", row->parameter, row->standard, row->help, row->accepts);
        }
    }
}

bool list_print(const Options *options, FILE *out, Error *error) {
    Rows rows = {0};
    add_components(&rows);
    add_sections(&rows);
    bool good = add_experiments(&rows, error);
    if (good) {
        add_views(&rows);
        add_figures(&rows);
        if (options->csv || options->json) {
            print_table(&rows, options, out);
        } else {
            print_people(&rows, out);
        }
    }
    rows_free(&rows);
    return good;
}

int cli_list(const Options *options) {
    Error error;
    return list_print(options, stdout, &error) ? EXIT_FINE : cli_fail(options, &error);
}
