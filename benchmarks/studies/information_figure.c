#include <assert.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "benchmarks/experiment.h"
#include "benchmarks/studies/figure.h"
#include "benchmarks/studies/save.h"
#include "core/arena.h"
#include "figures/driver.h"

static const double width = 6.75, panel_height = 1.32, rest_height = 1.3;
// The axis of estimates: what lies beyond is drawn on its edge. Ceilings as high as log n lie beyond.
static const double lowest = -0.2, highest = 2.0;
static const int many = 25;    // coordinates from which on markers are open

// Families as the figure has them: colours of Okabe and Ito, the same mixed with white, and markers, filled and open, that repeat what
// they say. Families with common values of the truth stand a little aside of it, so that they do not cover each other.
typedef struct FamilyStyle {
    const char *label, *colour, *pale;
    int filled, open;
    double aside;
} FamilyStyle;

static const FamilyStyle styles[KNOWN_FAMILY_COUNT] = {
    [KNOWN_LINE] = {"1 × 1", "#0072B2", "#99C7E0", 7, 6, -0.016},
    [KNOWN_DENSE] = {"dense", "#E69F00", "#F5D999", 5, 4, 0.016},
    [KNOWN_SPARSE] = {"sparse", "#009E73", "#99D8C7", 9, 8, -0.016},
    [KNOWN_SPIRAL] = {"spiral", "#D55E00", "#EEBF99", 11, 10, 0.016},
    [KNOWN_STUDENT] = {"Student", "#CC79A7", "#EBC9DC", 13, 12, -0.016},
    [KNOWN_ASINH] = {"asinh", "#56B4E9", "#BBE1F6", 15, 14, 0.016},
    [KNOWN_LABEL] = {"label", "#000000", "#999999", 3, 3, 0},
};

// ---- the panels: an estimator each ---------------------------------------------------------------------------------------------

enum { PANELS_MAX = 64 };

typedef struct Panels {
    int count;
    const char *name[PANELS_MAX];
    char *note[PANELS_MAX];    // what is written in the panel
} Panels;

static char *note_of(const InformationStudy *study, const char *estimator) {
    double *distance = memory_zeroed((size_t)study->row_count, sizeof *distance), seconds = 0;
    int tasks = 0, defined = 0;
    for (int i = 0; i < study->row_count; i++) {
        const InformationStudyRow *row = &study->rows[i];
        if (strcmp(row->estimator->name, estimator) != 0) continue;
        tasks++;
        seconds += row->seconds;
        if (isfinite(row->mean)) distance[defined++] = fabs(row->mean - row->truth);
    }
    double median = defined > 0 ? gsl_stats_median(distance, 1, (size_t)defined) : NAN;
    free(distance);
    return memory_format("|error| %.2f, %d task%s, %.2g s", median, tasks, tasks == 1 ? "" : "s", seconds / tasks);
}

// In the order in which the study has them.
static Panels panels_of(const InformationStudy *study) {
    Panels panels = {0};
    for (int i = 0; i < study->row_count; i++) {
        const char *name = study->rows[i].estimator->name;
        bool known = panels.count == PANELS_MAX;
        for (int p = 0; p < panels.count; p++) known = known || strcmp(panels.name[p], name) == 0;
        if (known) continue;
        panels.note[panels.count] = note_of(study, name);
        panels.name[panels.count++] = name;
    }
    return panels;
}

static void panels_free(Panels *panels) {
    for (int p = 0; p < panels->count; p++) free(panels->note[p]);
}

// ---- the table -----------------------------------------------------------------------------------------------------------------

static double clipped(double value) {
    return isnan(value) ? value : fmin(highest, fmax(lowest, value));
}

static void add_row(FigureTable *table, const InformationStudyRow *row, int repetitions) {
    const KnownTask *task = row->task;
    double sd = isfinite(row->sd) ? row->sd : 0;
    figure_table_text(table, row->estimator->name);
    figure_table_text(table, known_families[task->family]);
    figure_table_text(table, task->name);
    figure_table_number(table, task->dx >= many);
    figure_table_number(table, row->truth);
    figure_table_number(table, row->truth + styles[task->family].aside);
    figure_table_number(table, clipped(row->mean));
    figure_table_number(table, clipped(row->mean - sd));
    figure_table_number(table, clipped(row->mean + sd));
    figure_table_number(table, row->mean < lowest || row->mean > highest);
    figure_table_number(table, 2 * row->unreliable > repetitions);
    figure_table_number(table, row->ceiling < highest ? row->ceiling : NAN);
}

static FigureTable *make_table(const InformationStudy *study) {
    static const char *const columns[] = {"estimator", "family", "task", "many", "truth",      "at",
                                          "estimate",  "low",    "high", "edge", "unreliable", "ceiling"};
    FigureTable *table = figure_table_create("information", sizeof columns / sizeof *columns, columns);
    for (int i = 0; i < study->row_count; i++) add_row(table, &study->rows[i], study->params.repetitions);
    return table;
}

// ---- the figure ----------------------------------------------------------------------------------------------------------------

static void set_families(Figure *figure) {
    const char *label[KNOWN_FAMILY_COUNT], *colour[KNOWN_FAMILY_COUNT], *pale[KNOWN_FAMILY_COUNT];
    int filled[KNOWN_FAMILY_COUNT], open[KNOWN_FAMILY_COUNT];
    for (int f = 0; f < KNOWN_FAMILY_COUNT; f++) {
        label[f] = styles[f].label, colour[f] = styles[f].colour, pale[f] = styles[f].pale;
        filled[f] = styles[f].filled, open[f] = styles[f].open;
    }
    figure_number(figure, "FAMILY_COUNT", KNOWN_FAMILY_COUNT);
    figure_strings(figure, "FAMILY", KNOWN_FAMILY_COUNT, known_families);
    figure_strings(figure, "FAMILY_NAME", KNOWN_FAMILY_COUNT, label);
    figure_strings(figure, "COLOUR", KNOWN_FAMILY_COUNT, colour);
    figure_strings(figure, "PALE", KNOWN_FAMILY_COUNT, pale);
    figure_integers(figure, "FILLED", KNOWN_FAMILY_COUNT, filled);
    figure_integers(figure, "OPEN", KNOWN_FAMILY_COUNT, open);
}

static char *make_caption(const InformationStudy *study) {
    int repetitions = study->params.repetitions;
    return memory_format(
        "Estimates of mutual information against the truth, in nats, an estimator with its defaults in each panel. "
        "Markers: mean over %d sample%s of a task, %d pairs in each half (one that learns is fitted on the first, all are"
        " about the second); bars: standard deviation over samples; seed %d. Line: the truth. Families, side by side "
        "where they share a truth: one coordinate on each side (in one case wound up in the plane), dense normal, sparse "
        "normal and maps of its coordinates, spirals of these, Student's t, asinh of it, labels. Open markers: %d "
        "coordinates and more on each side. Pale: by the estimator's own signs not to be relied on, in most samples. A "
        "ring: beyond the axis. Short grey lines: ceilings of the estimates, where they lie inside the axes. In a panel: "
        "median distance from the truth, tasks, CPU time of an estimate.",
        repetitions, repetitions == 1 ? "" : "s", study->params.pairs, study->params.seed, many);
}

static bool draw(const void *memory, const char *folder, Error *error) {
    const InformationStudy *study = memory;
    Panels panels = panels_of(study);
    assert(panels.count > 0);    // a study without rows is refused before
    int columns = panels.count < 4 ? panels.count : 4, panel_rows = (panels.count + columns - 1) / columns;
    char *scripts = memory_format("%s/figures", experiment_root()), *caption = make_caption(study);
    Figure *figure = figure_create(scripts, "information", caption, width, rest_height + panel_rows * panel_height);
    figure_number(figure, "COLUMNS", columns);
    figure_number(figure, "ROWS", panel_rows);
    figure_number(figure, "LOWEST", lowest);
    figure_number(figure, "HIGHEST", highest);
    figure_number(figure, "PANEL_COUNT", panels.count);
    figure_strings(figure, "PANEL", (size_t)panels.count, panels.name);
    figure_strings(figure, "NOTE", (size_t)panels.count, (const char *const *)panels.note);
    set_families(figure);
    figure_add_table(figure, make_table(study));
    bool drawn = figure_render(figure, folder, error);
    figure_destroy(figure);
    panels_free(&panels);
    free(caption);
    free(scripts);
    return drawn;
}

static void write_csv(const void *study, FILE *out) {
    information_study_write_csv(study, out);
}

bool information_study_save(const InformationStudy *study, const char *results, char **folder, Error *error) {
    static const StudyFiles files = {.folder = "information", .name = "information", .write_csv = write_csv, .draw = draw};
    *folder = NULL;
    if (study->row_count == 0) return error_set(error, "no estimator took any task: there is nothing to keep");
    return study_save(&files, study, results, folder, error);
}
