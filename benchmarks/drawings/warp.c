// The figure "warp": the task of warped time. Where the warp varies, the loss after training against it, a panel for each way of warping;
// else the accuracy under warps longer than those trained on.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "benchmarks/drawings/axes.h"
#include "benchmarks/drawings/caption.h"
#include "benchmarks/drawings/drawings.h"
#include "core/arena.h"

static const double LOGARITHMIC_FROM = 30;    // highest over lowest loss
static const char loss_series[] = "test/loss", lengthened_series[] = "lengthened/accuracy";

static bool named(const Axis *axis, const char *full) {
    return strcmp(axis->name, full) == 0 || strcmp(axis->name, strrchr(full, '.') + 1) == 0;
}

// NULL: the warp does not vary.
static const Axis *find_warps(const Experiment *experiment) {
    for (size_t i = 0; i < experiment->axis_count; i++) {
        if (experiment->axes[i].count > 1 && named(&experiment->axes[i], "task.warp")) return &experiment->axes[i];
    }
    return NULL;
}

// "uniform warping", "variable padding", and what else varies. The caller's to free.
static char *warp_title(const Experiment *experiment, const SweepRun *run) {
    char mode[PARAM_TEXT_SIZE] = "", variable[PARAM_TEXT_SIZE] = "";
    config_get(run->config, "task.mode", mode);
    config_get(run->config, "task.variable", variable);
    char *title = memory_format("%s %s", strcmp(variable, "true") == 0 ? "variable" : "uniform",
                                strcmp(mode, "padded") == 0 ? "padding" : "warping");
    for (size_t i = 0; i < experiment->axis_count; i++) {
        const Axis *axis = &experiment->axes[i];
        if (panel_cell_axis(axis) || axis->count < 2 || named(axis, "task.warp") || named(axis, "task.mode") ||
            named(axis, "task.variable"))
            continue;
        char *longer = memory_format("%s, %s %s", title, axis->name, run->values[i]);
        free(title);
        title = longer;
    }
    for (char *at = title; *at; at++) {
        if (*at == '_') *at = ' ';    // gnuplot would begin an index
    }
    return title;
}

// ---- loss against warp -------------------------------------------------------------------------------------------------------------

typedef struct Ways {    // of warping, in order of the sweep
    size_t count;
    char **title;
    size_t *of;    // [panels] index of each panel's
} Ways;

// Any run of the panel; NULL: with --partial none of them has been trained.
static const SweepRun *panel_run(const Panel *panel) {
    for (size_t c = 0; c < panel->cell_count; c++) {
        const Cell *cell = &panel->cells[c];
        if (cell->run_count > 0) return panel->gathering->runs[cell->runs[0]].run;
        if (cell->failed_count > 0) return panel->gathering->runs[cell->failed[0]].run;
    }
    return NULL;
}

static Ways find_ways(const Panels *panels) {
    Ways ways = {.title = memory_zeroed(panels->count, sizeof *ways.title),
                 .of = memory_zeroed(panels->count, sizeof *ways.of)};
    for (size_t k = 0; k < panels->count; k++) {
        if (!panel_run(&panels->panel[k])) continue;
        char *title = warp_title(panels->gathering->experiment, panel_run(&panels->panel[k]));
        size_t i = 0;
        while (i < ways.count && strcmp(ways.title[i], title) != 0) i++;
        ways.of[k] = i;
        if (i == ways.count) ways.title[ways.count++] = title;
        else free(title);
    }
    return ways;
}

static void clear_ways(Ways *ways) {
    for (size_t i = 0; i < ways->count; i++) free(ways->title[i]);
    free(ways->title);
    free(ways->of);
}

typedef struct Spread {
    double mean, low, high;
} Spread;

// The last value of the series in each run.
static bool spread_of(const Panel *panel, const Cell *cell, Spread *spread, Error *error) {
    *spread = (Spread){0, INFINITY, -INFINITY};
    for (size_t i = 0; i < cell->run_count; i++) {
        Series series;
        if (!gather_series(panel->gathering, cell->runs[i], loss_series, &series, error)) return false;
        double value = series.count ? series.value[series.count - 1] : NAN;
        series_free(&series);
        spread->mean += value / (double)cell->run_count;
        spread->low = fmin(spread->low, value);
        spread->high = fmax(spread->high, value);
    }
    return true;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// The axis' values in order; the caller's to free.
static double *sorted_warps(const Axis *warps) {
    double *value = memory_zeroed(warps->count, sizeof *value);
    for (size_t i = 0; i < warps->count; i++) value[i] = strtod(warps->values[i], NULL);
    qsort(value, warps->count, sizeof *value, ascending);
    return value;
}

static double panel_warp(const Panel *panel, const Axis *warps) {
    return strtod(panel_run(panel)->values[warps - panel->gathering->experiment->axes], NULL);
}

static bool add_point(FigureTable *table, const char *way, double warp, const Panel *panel, const Cell *cell, CurveRange *range,
                      Error *error) {
    if (cell->run_count == 0) return true;
    Spread spread;
    if (!spread_of(panel, cell, &spread, error)) return false;
    figure_table_text(table, way);
    figure_table_text(table, cell->name);
    figure_table_number(table, warp);
    figure_table_number(table, (double)cell->run_count);
    figure_table_number(table, spread.mean);
    figure_table_number(table, spread.low);
    figure_table_number(table, spread.high);
    range->low = fmin(range->low, spread.low);
    range->high = fmax(range->high, spread.high);
    return true;
}

// One cell in one panel of the figure: by growing warp, as lines go.
static bool add_curve(FigureTable *table, const Panels *panels, const Axis *warps, const Ways *ways, size_t way, size_t cell,
                      CurveRange *range, Error *error) {
    double *warp = sorted_warps(warps);
    bool good = true;
    for (size_t i = 0; i < warps->count; i++) {
        for (size_t k = 0; k < panels->count && good; k++) {
            const Panel *panel = &panels->panel[k];
            if (!panel_run(panel) || ways->of[k] != way || panel_warp(panel, warps) != warp[i]) continue;
            good = add_point(table, ways->title[way], warp[i], panel, &panel->cells[cell], range, error);
        }
    }
    figure_table_break(table);
    free(warp);
    return good;
}

static bool add_losses(const Panels *panels, const Axis *warps, const Ways *ways, FigureTable *table, CurveRange *range,
                       Error *error) {
    for (size_t way = 0; way < ways->count; way++) {
        for (size_t cell = 0; cell < panels->panel->cell_count; cell++) {
            if (!add_curve(table, panels, warps, ways, way, cell, range, error)) return false;
        }
    }
    return true;
}

static void set_losses(Figure *figure, const Axis *warps, const CurveRange *range) {
    double *value = sorted_warps(warps);
    figure_number(figure, "WARP_COUNT", (double)warps->count);
    figure_numbers(figure, "WARP", warps->count, value);
    free(value);
    bool logarithmic = range->low > 0 && range->high > LOGARITHMIC_FROM * range->low;
    figure_number(figure, "LOGARITHMIC", logarithmic);
    if (logarithmic) {
        figure_number(figure, "LOSS_MIN", range->low / 1.3);
        figure_number(figure, "LOSS_MAX", range->high * 1.3);
        figure_number(figure, "LOSS_TICK", 10);
    } else axes_range(figure, "LOSS", fmin(0, range->low), range->high, 0.03);
}

static bool draw_losses(const Panels *panels, const Axis *warps, const char *folder, Error *error) {
    Ways ways = find_ways(panels);
    CurveRange range = curve_range_empty();
    FigureTable *table =
        figure_table_create("losses", 7, (const char *const[]){"panel", "cell", "warp", "seeds", "mean", "low", "high"});
    bool good = add_losses(panels, warps, &ways, table, &range, error);
    char *seeds = caption_seeds(panels->panel, panels->count, false);
    char *shown =
        memory_format("Loss on test sequences after training (cross-entropy), against the warp, or its maximum where it "
                      "is variable. Lines: means over %s; bands: from the least to the greatest of them.",
                      seeds);
    Grid grid = axes_grid(ways.count);
    Figure *figure =
        axes_figure("warp", caption_text(panels->panel, panels->count, shown, "they are left out"), grid.width, grid.height);
    free(seeds);
    free(shown);
    axes_set_grid(figure, grid);
    axes_cells(figure, panels->panel);
    figure_number(figure, "LENGTHENED", 0);
    figure_number(figure, "PANEL_COUNT", (double)ways.count);
    figure_strings(figure, "PANEL", ways.count, (const char *const *)ways.title);
    figure_strings(figure, "PANEL_TITLE", ways.count, (const char *const *)ways.title);
    set_losses(figure, warps, &range);
    figure_add_table(figure, table);
    good = good && figure_render(figure, folder, error);
    figure_destroy(figure);
    clear_ways(&ways);
    return good;
}

// ---- accuracy beyond the training range --------------------------------------------------------------------------------------------

static bool add_accuracies(const Panel *panel, Curves *curves, CurveRange *range, Error *error) {
    curves->panel = panel->rest;
    for (size_t c = 0; c < panel->cell_count; c++) {
        const Cell *cell = &panel->cells[c];
        Series *runs = memory_zeroed(cell->run_count + 1, sizeof *runs);
        bool good = true;
        for (size_t i = 0; i < cell->run_count && good; i++)
            good = gather_series(panel->gathering, cell->runs[i], lengthened_series, &runs[i], error);
        good = good && curves_add(curves, lengthened_series, cell->name, runs, cell->seeds, cell->run_count, range, error);
        for (size_t i = 0; i < cell->run_count; i++) series_free(&runs[i]);
        free(runs);
        if (!good) return false;
    }
    return true;
}

static bool draw_lengthened(const Panels *panels, const char *folder, Error *error) {
    Curves curves = curves_create_panelled("");
    CurveRange range = curve_range_empty();
    bool good = true;
    for (size_t k = 0; k < panels->count && good; k++) good = add_accuracies(&panels->panel[k], &curves, &range, error);
    char *caption = caption_curves(panels->panel, panels->count,
                                   "Accuracy of trained networks on test sequences whose warps are so many times as long as "
                                   "those trained on.",
                                   NULL);
    Grid grid = axes_grid(panels->count);
    Figure *figure = axes_figure("warp", caption, grid.width, grid.height);
    axes_set_grid(figure, grid);
    axes_cells(figure, panels->panel);
    axes_panels(figure, panels);
    figure_number(figure, "LENGTHENED", 1);
    figure_number(figure, "X_MAX", fmax(range.x_high, 2));
    figure_number(figure, "X_TICK", fmax(1, curve_tick(range.x_high)));
    figure_add_table(figure, curves.means);
    figure_add_table(figure, curves.runs);
    good = good && figure_render(figure, folder, error);
    figure_destroy(figure);
    return good;
}

static bool draw_warp(Panels *panels, const char *folder, Error *error) {
    const Axis *warps = find_warps(panels->gathering->experiment);
    return warps ? draw_losses(panels, warps, folder, error) : draw_lengthened(panels, folder, error);
}

const Drawing drawing_warp = {.script = "warp", .needs_analysis = NULL, .draw_together = draw_warp};
