#include "benchmarks/speed/figure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "benchmarks/experiment.h"
#include "core/arena.h"
#include "figures/driver.h"
#include "figures/palette.h"

enum { STEPS = 100, CELLS_MAX = 16 };
static const double width = 6.75, height = 5.4;

// The cells of the report in order of appearance.
typedef struct Cells {
    size_t count;
    const char *name[CELLS_MAX], *label[CELLS_MAX], *colour[CELLS_MAX];
    int style[CELLS_MAX];
} Cells;

static Cells cells_of(const SpeedReport *report) {
    Cells cells = {0};
    size_t unknown = 0;
    for (int i = 0; i < report->row_count; i++) {
        const char *cell = report->rows[i].cell;
        bool known = false;
        for (size_t c = 0; c < cells.count; c++) known |= strcmp(cells.name[c], cell) == 0;
        if (known || cells.count == CELLS_MAX) continue;
        size_t entry = palette_index(cell, unknown);
        if (!palette_knows(cell)) unknown++;
        cells.name[cells.count] = cell;
        cells.label[cells.count] = palette_knows(cell) ? palette[entry].label : cell;
        cells.colour[cells.count] = palette[entry].colour;
        cells.style[cells.count++] = (int)entry + 1;
    }
    return cells;
}

// What the figure shows of a row.
typedef enum Series { OURS, ONEDNN, PYTORCH, BOUND, SHARE, OVER_ONEDNN, OVER_PYTORCH, SERIES } Series;
static const char *const series_names[SERIES] = {"engram", "onednn",      "pytorch",     "bound",
                                                 "share",  "over-onednn", "over-pytorch"};

static SpeedTime value_of(const SpeedRow *row, Series series) {
    const SpeedTime *time = row->time, *ours = &time[SPEED_OURS];
    SpeedSide side = series == OVER_ONEDNN ? SPEED_ONEDNN : SPEED_PYTORCH;
    switch (series) {
    case OURS: return *ours;
    case ONEDNN: return time[SPEED_ONEDNN];
    case PYTORCH: return time[SPEED_PYTORCH];
    case BOUND: return (SpeedTime){row->bound, row->bound, row->bound};
    case SHARE: return (SpeedTime){row->share, row->bound / ours->most, row->bound / ours->least};
    default: return (SpeedTime){row->ratio[side], time[side].least / ours->median, time[side].most / ours->median};
    }
}

static void add_line(FigureTable *table, Series series, const SpeedRow *row) {
    SpeedTime value = value_of(row, series);
    if (isnan(value.median)) return;
    figure_table_text(table, series_names[series]);
    figure_table_text(table, row->cell);
    figure_table_text(table, row->path);
    figure_table_number(table, row->hidden);
    figure_table_number(table, value.median);
    figure_table_number(table, value.least);
    figure_table_number(table, value.most);
}

// Series by series, cell by cell, path by path: points that a line joins follow each other.
static FigureTable *make_table(const SpeedReport *report, const Cells *cells, const char *wide) {
    static const char *const columns[] = {"series", "cell", "path", "hidden", "median", "low", "high"};
    FigureTable *table = figure_table_create("times", sizeof columns / sizeof *columns, columns);
    for (size_t group = 0; group < SERIES * cells->count * 2; group++) {
        Series series = (Series)(group / (2 * cells->count));
        const char *cell = cells->name[group / 2 % cells->count];
        bool widest = group % 2 == 0;
        for (int i = 0; i < report->row_count; i++) {
            const SpeedRow *row = &report->rows[i];
            bool in = row->steps == STEPS && strcmp(row->cell, cell) == 0 && (strcmp(row->path, wide) == 0) == widest;
            if (in) add_line(table, series, row);
        }
    }
    return table;
}

static bool has(const SpeedReport *report, const char *cell) {
    for (int i = 0; i < report->row_count; i++) {
        if (report->rows[i].steps == STEPS && strcmp(report->rows[i].cell, cell) == 0) return true;
    }
    return false;
}

static int place_of(const Cells *cells, const char *name) {
    for (size_t c = 0; c < cells->count; c++) {
        if (strcmp(cells->name[c], name) == 0) return (int)c + 1;
    }
    return 0;
}

// Limits of the axes: milliseconds and ratios to the half of a power of ten, the share to the next 20 %.
static void set_axes(Figure *figure, const SpeedReport *report) {
    double least = INFINITY, most = 0, share = 100, low = 1, high = 1;
    for (int i = 0; i < report->row_count; i++) {
        const SpeedRow *row = &report->rows[i];
        bool panel = strcmp(row->cell, "lstm") == 0 || strcmp(row->cell, "gru") == 0;
        if (row->steps != STEPS) continue;
        share = fmax(share, 100 * row->share);
        for (int side = 0; side < SPEED_SIDES; side++) {
            if (side != SPEED_OURS) low = fmin(low, row->ratio[side]), high = fmax(high, row->ratio[side]);
            if (panel) most = fmax(most, row->time[side].most);
        }
        if (panel) least = fmin(least, fmin(row->bound, row->time[SPEED_OURS].least));
    }
    figure_number(figure, "MS_MIN", least / 1.4);
    figure_number(figure, "MS_MAX", most * 1.3);
    figure_number(figure, "SHARE_MAX", 20 * ceil(share / 20) + 5);
    figure_number(figure, "RATIO_MIN", low / 1.3);
    figure_number(figure, "RATIO_MAX", high * 1.4);
}

bool speed_draw(const SpeedReport *report, const char *folder, Error *error) {
    if (!has(report, "lstm") || !has(report, "gru")) {
        return error_set(error, "the figure wants rows of lstm and gru with T = %d", STEPS);
    }
    Cells cells = cells_of(report);
    char machine[128], *scripts = memory_format("%s/figures", experiment_root());
    speed_cpu_describe(machine, sizeof machine);
    char *caption =
        memory_format("One training step (forward, back-propagation through time, Adam): batch 32, input 10, T = %d, one core, "
                      "CPU time. Medians of turns that "
                      "all contenders took in one run; bars from the fastest to the slowest turn. Bound: the step's "
                      "products and function values at the rates that our kernels reached in the same turns. "
                      "Contenders of AVX2 rows are held to AVX2. %s.",
                      STEPS, machine);
    Figure *figure = figure_create(scripts, "speed", caption, width, height);
    const char *wide = report->rows[0].path;    // the widest path comes first
    bool narrow = false;
    for (int i = 0; i < report->row_count; i++) narrow |= strcmp(report->rows[i].path, wide) != 0;
    figure_string(figure, "WIDE", wide);
    figure_string(figure, "WIDE_NAME", strcmp(wide, "avx512") == 0 ? "AVX-512" : "AVX2");
    figure_number(figure, "NARROW", narrow);    // whether there are rows of a second path, avx2
    set_axes(figure, report);
    figure_number(figure, "LSTM", place_of(&cells, "lstm"));
    figure_number(figure, "GRU", place_of(&cells, "gru"));
    figure_number(figure, "CELL_COUNT", (double)cells.count);
    figure_strings(figure, "CELL", cells.count, cells.name);
    figure_strings(figure, "CELL_NAME", cells.count, cells.label);
    figure_strings(figure, "COLOUR", cells.count, cells.colour);
    figure_integers(figure, "STYLE", cells.count, cells.style);
    figure_add_table(figure, make_table(report, &cells, wide));
    bool drawn = figure_render(figure, folder, error);
    figure_destroy(figure);
    free(caption);
    free(scripts);
    return drawn;
}
