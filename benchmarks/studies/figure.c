#include "benchmarks/studies/figure.h"

#include <stdlib.h>
#include <string.h>

#include "benchmarks/experiment.h"
#include "benchmarks/studies/save.h"
#include "core/arena.h"
#include "figures/driver.h"

static const double width = 6.75, height = 6.1;

// The lines of a panel. Colours of Okabe and Ito (figures/palette.c has them for cells); markers repeat what they say.
typedef struct Line {
    const char *name, *label, *colour;
    int point;
    const char *quantity, *method, *method_of_pair;
} Line;

static const Line lines[] = {
    {"iqm", "IQM, percentile", "#E69F00", 13, "iqm", "percentile", ""},
    {"percentile", "percentile", "#D55E00", 9, "mean", "percentile", "percentile"},
    {"bca", "BCa", "#CC79A7", 11, "mean", "bca", ""},
    {"runs", "t, Welch on run means", "#56B4E9", 4, "mean", "t", "welch"},
    {"stratified", "stratified t, Welch", "#0072B2", 7, "mean", "stratified-t", "stratified-welch"},
    {"bounded", "bounded", "#009E73", 5, "mean", "bounded", "bounded"},
};
enum { LINES = sizeof lines / sizeof *lines };

// The columns of panels.
static const char *const shown[] = {"normal", "exponential", "mixture-0.5", "mixture-0.9", "binary-0.5", "binary-0.9"};
static const char *const titles[] = {"normal",           "exponential",  "mixture, p = 0.5",
                                     "mixture, p = 0.9", "0/1, p = 0.5", "0/1, p = 0.9"};
enum { SHOWN = sizeof shown / sizeof *shown };

static bool is_pair(const CoverageRow *row) {
    return strcmp(row->quantity, "difference") == 0;
}

// Not drawn: with one task, run means, which are the values; the IQM of 0/1 scores.
static bool is_drawn(const CoverageRow *row, const Line *line) {
    bool pair = is_pair(row);
    if (strcmp(row->method, pair ? line->method_of_pair : line->method) != 0) return false;
    if (!pair && strcmp(row->quantity, line->quantity) != 0) return false;
    if (strcmp(line->name, "runs") == 0) return row->tasks > 1;
    return strcmp(line->name, "iqm") != 0 || strncmp(row->distribution, "binary", 6) != 0;
}

static void add_row(FigureTable *table, const CoverageRow *row, const Line *line) {
    Interval interval = coverage_interval(row);
    figure_table_text(table, row->distribution);
    figure_table_text(table, is_pair(row) ? "difference" : "mean");
    figure_table_number(table, row->tasks);
    figure_table_text(table, line->name);
    figure_table_number(table, row->runs);
    figure_table_number(table, coverage_share(row));
    figure_table_number(table, interval.low);
    figure_table_number(table, interval.high);
}

// Line by line: points that a line joins follow each other.
static FigureTable *make_table(const CoverageReport *report) {
    static const char *const columns[] = {"distribution", "block", "tasks", "series", "runs", "coverage", "low", "high"};
    FigureTable *table = figure_table_create("coverage", sizeof columns / sizeof *columns, columns);
    for (int l = 0; l < 2 * LINES; l++) {
        for (int i = 0; i < report->row_count; i++) {
            const CoverageRow *row = &report->rows[i];
            if (is_pair(row) == (l >= LINES) && is_drawn(row, &lines[l % LINES])) add_row(table, row, &lines[l % LINES]);
        }
    }
    return table;
}

static void set_lines(Figure *figure) {
    const char *name[LINES], *label[LINES], *colour[LINES];
    int point[LINES];
    for (int l = 0; l < LINES; l++) {
        name[l] = lines[l].name, label[l] = lines[l].label, colour[l] = lines[l].colour, point[l] = lines[l].point;
    }
    figure_number(figure, "LINE_COUNT", LINES);
    figure_strings(figure, "LINE", LINES, name);
    figure_strings(figure, "LINE_NAME", LINES, label);
    figure_strings(figure, "COLOUR", LINES, colour);
    figure_integers(figure, "MARK", LINES, point);
}

static bool draw(const void *memory, const char *folder, Error *error) {
    const CoverageReport *report = memory;
    char *scripts = memory_format("%s/figures", experiment_root());
    char *caption = memory_format(
        "Share of %d simulated data sets whose nominal 95 %% interval contains the truth, against the number of runs of an "
        "arm. Line: "
        "0.95. The axis shows the logarithm of the share that misses; its upper edge stands for 0.997 and more. Bars: "
        "Clopper-Pearson "
        "95 %% intervals of the share. Bootstraps with %d replicates; seed %d. Mixture: a run solves its task with probability "
        "p, "
        "N(0.9, 0.1), or does not, N(0.1, 0.1), clipped to [0, 1]. The second arm has half the standard deviation or mean, or "
        "p = 0.5. "
        "Bounded: Gaffke's interval of run means, which wants a known range (with one task and 0/1 scores it is "
        "Clopper-Pearson; of a "
        "difference, two intervals at 97.5 %%). With one task, run means are the values. The IQM of 0/1 scores is left out.",
        report->params.data_sets, report->params.replicates, report->params.seed);
    Figure *figure = figure_create(scripts, "coverage", caption, width, height);
    figure_number(figure, "PANEL_COUNT", SHOWN);
    figure_strings(figure, "PANEL", SHOWN, shown);
    figure_strings(figure, "PANEL_NAME", SHOWN, titles);
    set_lines(figure);
    figure_add_table(figure, make_table(report));
    bool drawn = figure_render(figure, folder, error);
    figure_destroy(figure);
    free(caption);
    free(scripts);
    return drawn;
}

static void write_csv(const void *study, FILE *out) {
    coverage_write_csv(study, out);
}

bool coverage_save(const CoverageReport *report, const char *results, char **folder, Error *error) {
    static const StudyFiles files = {.folder = "statistics", .name = "coverage", .write_csv = write_csv, .draw = draw};
    return study_save(&files, report, results, folder, error);
}
