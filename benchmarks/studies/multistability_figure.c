#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "benchmarks/experiment.h"
#include "benchmarks/studies/multistability.h"
#include "benchmarks/studies/save.h"
#include "core/arena.h"
#include "figures/driver.h"
#include "figures/palette.h"

static const double width = 6.75, height = 2.9;
static const double drawn_tolerance = 1e-4;

enum { PANELS_MAX = 2, CASES_MAX = 16 };

// Cells one after the other: points that a line joins follow each other.
static FigureTable *make_table(const MultistabilityStudy *study) {
    static const char *const columns[] = {"hidden", "cell", "horizon", "vaa", "low", "high"};
    FigureTable *table = figure_table_create("multistability", sizeof columns / sizeof *columns, columns);
    for (int i = 0; i < study->row_count; i++) {
        const MultistabilityRow *row = &study->rows[i];
        if (row->tolerance != drawn_tolerance) continue;
        figure_table_number(table, row->hidden);
        figure_table_text(table, row->of->name);
        figure_table_number(table, row->horizon);
        figure_table_number(table, row->mean);
        figure_table_number(table, row->low);
        figure_table_number(table, row->high);
    }
    return table;
}

static FigureTable *make_measured(const MultistabilityStudy *study) {
    static const char *const columns[] = {"hidden", "cell", "horizon", "vaa"};
    FigureTable *table = figure_table_create("measured", sizeof columns / sizeof *columns, columns);
    for (size_t c = 0; c < multistability_case_count; c++) {
        for (int k = 0; k < 2; k++) {
            figure_table_number(table, MULTISTABILITY_MEASURED_HIDDEN);
            figure_table_text(table, multistability_cases[c].name);
            figure_table_number(table, MULTISTABILITY_MEASURED_HORIZON);
            figure_table_number(table, study->params.samples == 32 ? multistability_cases[c].measured[k] : NAN);
        }
    }
    return table;
}

static void set_cells(Figure *figure) {
    const char *name[CASES_MAX], *label[CASES_MAX];
    int style[CASES_MAX];
    size_t unknown = 0;
    assert(multistability_case_count <= CASES_MAX);
    for (size_t c = 0; c < multistability_case_count; c++) {
        name[c] = multistability_cases[c].name;
        label[c] = multistability_cases[c].label;
        style[c] = (int)palette_index(name[c], unknown) + 1;
        unknown += !palette_knows(name[c]);
    }
    figure_number(figure, "CELL_COUNT", (double)multistability_case_count);
    figure_strings(figure, "CELL", multistability_case_count, name);
    figure_strings(figure, "CELL_NAME", multistability_case_count, label);
    figure_integers(figure, "STYLE", multistability_case_count, style);
}

static char *make_caption(const MultistabilityStudy *study) {
    return memory_format(
        "Variability amongst attractors (VAA) of freshly initialised networks of two layers against the steps M for which one "
        "input is held; tolerance %g, %d sequences: from 1/%d, all in one place, to 1, all apart. Mean over %d seed%s, bars: "
        "least and greatest; seeds from %d. What falls with M were slow transients. Crosses: the authors' program, two seeds, "
        "256 units, M = %d.",
        drawn_tolerance, study->params.samples, study->params.samples, study->params.seeds, study->params.seeds == 1 ? "" : "s",
        study->params.seed, MULTISTABILITY_MEASURED_HORIZON);
}

static bool draw(const void *memory, const char *folder, Error *error) {
    const MultistabilityStudy *study = memory;
    double hidden[PANELS_MAX];
    int panels = 0;
    for (int i = 0; i < study->row_count; i++) {
        if (panels == 0 || hidden[panels - 1] != study->rows[i].hidden) hidden[panels++] = study->rows[i].hidden;
    }
    char *scripts = memory_format("%s/figures", experiment_root()), *caption = make_caption(study);
    Figure *figure = figure_create(scripts, "multistability", caption, width, height);
    figure_number(figure, "COLUMNS", panels);
    figure_number(figure, "PANEL_COUNT", panels);
    figure_numbers(figure, "HIDDEN", (size_t)panels, hidden);
    figure_number(figure, "LONGEST", study->params.horizon);
    figure_number(figure, "LEAST", 1.0 / study->params.samples);
    set_cells(figure);
    figure_add_table(figure, make_table(study));
    figure_add_table(figure, make_measured(study));
    bool drawn = figure_render(figure, folder, error);
    figure_destroy(figure);
    free(caption);
    free(scripts);
    return drawn;
}

static void write_csv(const void *study, FILE *out) {
    multistability_write_csv(study, out);
}

bool multistability_save(const MultistabilityStudy *study, const char *results, char **folder, Error *error) {
    static const StudyFiles files = {
        .folder = "multistability", .name = "multistability", .write_csv = write_csv, .draw = draw};
    return study_save(&files, study, results, folder, error);
}
