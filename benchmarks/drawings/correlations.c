// The view "correlations": the table of correlations of mutual information and return, and a forest plot of it.
#include <math.h>
#include <stdlib.h>

#include "benchmarks/drawings/axes.h"
#include "benchmarks/drawings/caption.h"
#include "benchmarks/drawings/correlation_table.h"
#include "benchmarks/drawings/drawings.h"
#include "core/arena.h"
#include "figures/palette.h"

static const double row_height = 0.155;

static void add_row(FigureTable *table, const CorrelationGroup *group, size_t index, size_t line) {
    const Correlation *row = &group->rows[index];
    const Association *of = group->of;
    figure_table_text(table, of->panel->rest);
    figure_table_text(table, information_sets[of->set].name);
    figure_table_text(table, correlation_cell(group, index));
    figure_table_number(table, (double)line);
    figure_table_number(table, of->step < 0 ? NAN : (double)of->step);
    figure_table_number(table, row->runs);
    const double numbers[] = {row->pearson,  row->pearson_interval.low,  row->pearson_interval.high,
                              row->spearman, row->spearman_interval.low, row->spearman_interval.high,
                              row->slope,    row->slope_interval.low,    row->slope_interval.high};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) figure_table_number(table, numbers[i]);
    figure_table_number(table, row->checkpoints);
}

// ---- lines of the forest plot: a heading for each group, then its rows -----------------------------------------------------

typedef struct Lines {
    size_t count;
    char **label, **heading;    // one of the two is empty
    const char **colour;
    int *point;
    double *pearson, *spearman, *slope;    // NaN: undefined, or a heading
} Lines;

static Lines lines_create(size_t room) {
    return (Lines){.label = memory_zeroed(room, sizeof(char *)),
                   .heading = memory_zeroed(room, sizeof(char *)),
                   .colour = memory_zeroed(room, sizeof(char *)),
                   .point = memory_zeroed(room, sizeof(int)),
                   .pearson = memory_zeroed(room, sizeof(double)),
                   .spearman = memory_zeroed(room, sizeof(double)),
                   .slope = memory_zeroed(room, sizeof(double))};
}

static void lines_free(Lines *lines) {
    for (size_t i = 0; i < lines->count; i++) {
        free(lines->label[i]);
        free(lines->heading[i]);
    }
    free(lines->label);
    free(lines->heading);
    free(lines->colour);
    free(lines->point);
    free(lines->pearson);
    free(lines->spearman);
    free(lines->slope);
}

static void add_heading(Lines *lines, const CorrelationGroup *group) {
    size_t at = lines->count++;
    lines->heading[at] = correlation_group_title(group);
    lines->label[at] = memory_format("%s", "");
    lines->colour[at] = "black";
    lines->pearson[at] = lines->spearman[at] = lines->slope[at] = NAN;
}

static void add_line(Lines *lines, const CorrelationGroup *group, size_t index, size_t *unknown) {
    size_t at = lines->count++;
    const Correlation *row = &group->rows[index];
    const char *cell = correlation_cell(group, index);
    bool pooled = index >= group->of->panel->cell_count;
    size_t entry = palette_index(cell, *unknown);
    if (!pooled && !palette_knows(cell)) (*unknown)++;
    lines->heading[at] = memory_format("%s", "");
    lines->label[at] = memory_format("%s, n = %d", correlation_cell_label(group, index), row->runs);
    lines->colour[at] = pooled ? "black" : palette[entry].colour;
    lines->point[at] = pooled ? 13 : palette[entry].point;
    lines->pearson[at] = row->pearson;
    lines->spearman[at] = row->spearman;
    lines->slope[at] = row->slope;
}

static void set_lines(Figure *figure, const Lines *lines) {
    figure_number(figure, "LINE_COUNT", (double)lines->count);
    figure_strings(figure, "LABEL", lines->count, (const char *const *)lines->label);
    figure_strings(figure, "HEADING", lines->count, (const char *const *)lines->heading);
    figure_strings(figure, "LINE_COLOUR", lines->count, lines->colour);
    figure_integers(figure, "MARKER", lines->count, lines->point);
    figure_numbers(figure, "PEARSON", lines->count, lines->pearson);
    figure_numbers(figure, "SPEARMAN", lines->count, lines->spearman);
    figure_numbers(figure, "SLOPE", lines->count, lines->slope);
}

// The axis of slopes: all of them and zero; an interval of few runs may leave it, by which it is cut.
static void set_slopes(Figure *figure, const CorrelationTable *table) {
    double low = 0, high = 0, lowest = 0, highest = 0;
    for (size_t g = 0; g < table->group_count; g++) {
        for (size_t i = 0; i < table->groups[g].row_count; i++) {
            const Correlation *row = &table->groups[g].rows[i];
            low = fmin(low, row->slope);    // fmin and fmax pass over NaN
            high = fmax(high, row->slope);
            lowest = fmin(lowest, row->slope_interval.low);
            highest = fmax(highest, row->slope_interval.high);
        }
    }
    double span = high - low;
    axes_range(figure, "SLOPE", fmax(lowest, low - 0.5 * span), fmin(highest, high + 0.5 * span), 0);
}

// ---- figure --------------------------------------------------------------------------------------------------------------

static char *correlations_caption(const Panels *panels, const CorrelationTable *table) {
    char *note = correlation_note(table, true), *seeds = caption_seeds(panels->panel, panels->count, false);
    char *shown = memory_format("%s A run is one value: %s.", note, seeds);
    char *text = caption_text(panels->panel, panels->count, shown, NULL);
    free(note);
    free(seeds);
    free(shown);
    return text;
}

static bool render(const Panels *panels, const CorrelationTable *table, const char *folder, Error *error) {
    FigureTable *rows = figure_table_create(
        "correlations", 16,
        (const char *const[]){"panel", "set", "cell", "line", "episode", "runs", "pearson", "pearson_low", "pearson_high",
                              "spearman", "spearman_low", "spearman_high", "slope", "slope_low", "slope_high", "checkpoints"});
    size_t room = 0;
    for (size_t g = 0; g < table->group_count; g++) room += 1 + table->groups[g].row_count;
    Lines lines = lines_create(room);
    for (size_t g = 0; g < table->group_count; g++) {
        const CorrelationGroup *group = &table->groups[g];
        size_t unknown = 0;
        add_heading(&lines, group);
        for (size_t i = 0; i < group->row_count; i++) {
            add_line(&lines, group, i, &unknown);
            add_row(rows, group, i, lines.count);
        }
    }
    Figure *figure =
        axes_figure("correlations", correlations_caption(panels, table), 6.75, 0.92 + row_height * (double)lines.count);
    set_lines(figure, &lines);
    set_slopes(figure, table);
    figure_add_table(figure, rows);
    figure_add_text(figure, "correlations.tex", correlation_latex(table));
    figure_add_text(figure, "correlations.txt", correlation_text(table));
    bool good = figure_render(figure, folder, error);
    figure_destroy(figure);
    lines_free(&lines);
    return good;
}

static bool draw_correlations(Panels *panels, const ViewOptions *options, const char *folder, Error *error) {
    Estimators estimators;
    size_t count;
    Association *of;
    if (!estimators_find(panels, &estimators, error)) return false;
    const EstimatorStyle *estimator = estimators_first(&estimators);
    if (!estimator) return information_none(panels, "correlations", error);
    if (!associations_read(panels, estimator->name, options->step, &count, &of, error)) return false;
    CorrelationTable table = correlation_table_create(panels->gathering->experiment, estimator, count, of);
    bool good = render(panels, &table, folder, error);
    correlation_table_clear(&table);
    associations_free(count, of);
    return good;
}

const View view_correlations = {
    .name = "correlations",
    .help =
        "correlations of mutual information and return over runs, and slopes within runs: a table, also for LaTeX, and a plot",
    .needs_analysis = drawing_always,
    .draw = draw_correlations,
    .text = "correlations.txt",
};
