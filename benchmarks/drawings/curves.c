// The view "curves": greedy returns during training, one panel for each combination of what varies beside the cell.
#include <math.h>
#include <stdlib.h>

#include "benchmarks/drawings/axes.h"
#include "benchmarks/drawings/caption.h"
#include "benchmarks/drawings/drawings.h"
#include "core/arena.h"

// A run that broke down, in the place of `like`: the random policy's return at every evaluation.
static Series broken_series(const Series *like, double value) {
    Series series = {.count = like->count,
                     .step = memory_zeroed(like->count + 1, sizeof *series.step),
                     .value = memory_zeroed(like->count + 1, sizeof *series.value)};
    for (size_t t = 0; t < like->count; t++) {
        series.step[t] = like->step[t];
        series.value[t] = value;
    }
    return series;
}

static void widen(CurveRange *range, const Series *runs, size_t count) {
    for (size_t i = 0; i < count; i++) {
        for (size_t t = 0; t < runs[i].count; t++) {
            range->low = fmin(range->low, runs[i].value[t]);
            range->high = fmax(range->high, runs[i].value[t]);
        }
    }
}

static bool add_cell(const Panel *panel, const Cell *cell, Curves *curves, CurveRange *range, Error *error) {
    size_t count = cell->run_count, broken = isnan(panel->scale.low) || count == 0 ? 0 : cell->failed_count;
    Series *runs = memory_zeroed(count + broken + 1, sizeof *runs);
    int64_t *seeds = memory_zeroed(count + broken + 1, sizeof *seeds);
    bool good = true;
    for (size_t i = 0; i < count && good; i++) {
        good = gather_series(panel->gathering, cell->runs[i], scoring_series, &runs[i], error);
        seeds[i] = cell->seeds[i];
    }
    for (size_t i = 0; i < broken && good; i++) {
        runs[count + i] = broken_series(&runs[0], panel->scale.low);
        seeds[count + i] = panel->gathering->runs[cell->failed[i]].run->seed;
    }
    good = good && curves_add(curves, scoring_series, cell->name, runs, seeds, count + broken, range, error);
    if (good) widen(range, runs, count);
    for (size_t i = 0; i < count + broken; i++) series_free(&runs[i]);
    free(runs);
    free(seeds);
    return good;
}

static bool draw_curves(Panels *panels, const ViewOptions *options, const char *folder, Error *error) {
    (void)options;
    Curves curves = curves_create_panelled("");
    CurveRange range = curve_range_empty();
    bool good = true;
    for (size_t k = 0; k < panels->count && good; k++) {
        const Panel *panel = &panels->panel[k];
        curves.panel = panel->rest;
        for (size_t i = 0; i < panel->cell_count && good; i++) good = add_cell(panel, &panel->cells[i], &curves, &range, error);
        range.low = fmin(range.low, panel->scale.low);
        range.high = fmax(range.high, panel->scale.high);
    }
    char *caption =
        caption_curves(panels->panel, panels->count,
                       "Greedy evaluations, with every run behind its mean. Dashed: the optimal policy, or where it is "
                       "unknown a bound (the state is seen); dotted: uniformly random actions.",
                       "they enter with the return of uniformly random actions");
    Grid grid = axes_grid(panels->count);
    Figure *figure = axes_figure("curves", caption, grid.width, grid.height);
    axes_set_grid(figure, grid);
    axes_cells(figure, panels->panel);
    axes_panels(figure, panels);
    axes_episodes(figure, &range);
    axes_range(figure, "RETURN", range.low, range.high, 0);
    figure_add_table(figure, curves.means);
    figure_add_table(figure, curves.runs);
    good = good && figure_render(figure, folder, error);
    figure_destroy(figure);
    return good;
}

const View view_curves = {
    .name = "curves",
    .help = "learning curves: greedy returns, mean with band and every run, a panel for each combination beside the cell",
    .needs_analysis = NULL,
    .draw = draw_curves,
};
