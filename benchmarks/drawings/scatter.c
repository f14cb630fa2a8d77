// The view "scatter": mutual information and return of every run at one checkpoint, a panel for each set of histories.
#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "benchmarks/drawings/association.h"
#include "benchmarks/drawings/axes.h"
#include "benchmarks/drawings/caption.h"
#include "benchmarks/drawings/drawings.h"
#include "core/arena.h"

static void add_points(FigureTable *table, const Association *association) {
    for (size_t i = 0; i < association->count; i++) {
        const RunPair *pair = &association->pairs[i];
        figure_table_text(table, association->panel->rest);
        figure_table_text(table, information_sets[association->set].name);
        figure_table_text(table, association->panel->cells[pair->cell].name);
        figure_table_number(table, (double)pair->seed);
        figure_table_number(table, association->step < 0 ? NAN : (double)association->step);
        figure_table_number(table, pair->information);
        figure_table_number(table, pair->value);
    }
}

// The y axis is one panel's; the x axis is each set's own.
static void widen(const Association *association, double *low, double *high, bool information) {
    for (size_t i = 0; i < association->count; i++) {
        double value = information ? association->pairs[i].information : association->pairs[i].value;
        if (!isfinite(value)) continue;
        *low = fmin(*low, value);
        *high = fmax(*high, value);
    }
}

static Limits limits_of(const Association *of, size_t count, const Panel *panel, bool information) {
    double low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < count; i++) {
        if (of[i].panel == panel) widen(&of[i], &low, &high, information);
    }
    double margin = 0.06 * (high - low);    // points on the frame would be cut
    return axes_limits(low - margin, high + margin, 0);
}

// "ρ = 0.83 [0.70, 0.91], n = 50"
static char *rho_text(const Association *association) {
    Correlation row = association_correlate(association, ALL_CELLS);
    if (isnan(row.spearman)) return memory_format("ρ undefined, n = %d", row.runs);
    if (isnan(row.spearman_interval.low)) return memory_format("ρ = %.2f, no interval, n = %d", row.spearman, row.runs);
    return memory_format("ρ = %.2f [%.2f, %.2f], n = %d", row.spearman, row.spearman_interval.low, row.spearman_interval.high,
                         row.runs);
}

static void set_axis(Figure *figure, const char *axis, size_t count, const Limits *limits) {
    double *values = memory_zeroed(count, sizeof *values);
    static const char *const ends[] = {"MIN", "MAX", "TICK"};
    for (int e = 0; e < 3; e++) {
        for (size_t i = 0; i < count; i++) values[i] = e == 0 ? limits[i].low : e == 1 ? limits[i].high : limits[i].tick;
        char name[16];
        snprintf(name, sizeof name, "%s_%s", axis, ends[e]);
        figure_numbers(figure, name, count, values);
    }
    free(values);
}

static void set_plots(Figure *figure, size_t count, const Association *of) {
    const char **panel = memory_zeroed(2 * count, sizeof *panel), **set = panel + count;
    char **title = memory_zeroed(2 * count, sizeof *title), **rho = title + count;
    Limits *x = memory_zeroed(2 * count, sizeof *x), *y = x + count;
    for (size_t i = 0; i < count; i++) {
        const Panel *of_panel = of[i].panel;
        panel[i] = of_panel->rest;
        set[i] = information_sets[of[i].set].name;
        title[i] = memory_format("%s%s%s", of_panel->title, *of_panel->title ? ": " : "", information_sets[of[i].set].title);
        rho[i] = rho_text(&of[i]);
        x[i] = limits_of(&of[i], 1, of_panel, true);
        y[i] = limits_of(of, count, of_panel, false);
    }
    figure_number(figure, "PLOT_COUNT", (double)count);
    figure_strings(figure, "PANEL", count, panel);
    figure_strings(figure, "SET", count, set);
    figure_strings(figure, "TITLE", count, (const char *const *)title);
    figure_strings(figure, "RHO", count, (const char *const *)rho);
    set_axis(figure, "X", count, x);
    set_axis(figure, "Y", count, y);
    for (size_t i = 0; i < 2 * count; i++) free(title[i]);
    free(panel);
    free(title);
    free(x);
}

// "after 300 training episodes", or of each panel.
static char *when(size_t count, const Association *of) {
    int64_t first = of[0].step;
    bool same = true, none = first < 0;
    for (size_t i = 0; i < count; i++) {
        same = same && of[i].step == first;
        none = none || of[i].step < 0;
    }
    if (none) return memory_format("at the last checkpoint that all have (some have none in common)");
    if (same) return memory_format("after %" PRId64 " training episodes", first);
    return memory_format("at the last checkpoint that all runs of a panel have");
}

static char *scatter_caption(const Panels *panels, const EstimatorStyle *estimator, size_t count, const Association *of) {
    char *at = when(count, of), *seeds = caption_seeds(panels->panel, panels->count, false);
    char *shown = memory_format(
        "One point for each run %s, %s: mutual information of hidden state and belief by %s, and the greedy policy's return. "
        "Histories of the current policy, the same with exploration, or a frozen bank that all runs share, as far as there "
        "are. "
        "ρ: Spearman's, over all runs of a panel, with its 95 %% interval (Bonett and Wright). The layout follows the belief "
        "paper (Lambrechts, Bolland and Ernst, 2022) as recalled.",
        at, seeds, estimator->label);
    char *text = caption_text(panels->panel, panels->count, shown, NULL);
    free(at);
    free(seeds);
    free(shown);
    return text;
}

// A row for each panel, as all have the same sets; otherwise one plot below the other.
static int columns_of(size_t count, const Association *of) {
    size_t columns = 0;
    for (size_t i = 0; i < count; i++) columns += of[i].panel == of[0].panel;
    for (size_t i = 0; i < count; i++) {
        bool begins = i == 0 || of[i].panel != of[i - 1].panel;
        if (begins != (i % columns == 0)) return 1;
    }
    return (int)columns;
}

static bool render(const Panels *panels, const EstimatorStyle *estimator, size_t count, const Association *of,
                   const char *folder, Error *error) {
    FigureTable *points = figure_table_create(
        "points", 7, (const char *const[]){"panel", "set", "cell", "seed", "episode", "information", "return"});
    for (size_t i = 0; i < count; i++) add_points(points, &of[i]);
    int columns = columns_of(count, of);
    assert(columns > 0);
    Grid grid = {.columns = columns, .rows = ((int)count + columns - 1) / columns, .width = columns == 1 ? 3.25 : 6.75};
    grid.height = 1.20 + grid.rows * (columns == 3 ? 1.75 : 2.2) + (grid.rows - 1) * 0.62;
    Figure *figure = axes_figure("scatter", scatter_caption(panels, estimator, count, of), grid.width, grid.height);
    axes_set_grid(figure, grid);
    axes_cells(figure, panels->panel);
    set_plots(figure, count, of);
    figure_add_table(figure, points);
    bool good = figure_render(figure, folder, error);
    figure_destroy(figure);
    return good;
}

static bool draw_scatter(Panels *panels, const ViewOptions *options, const char *folder, Error *error) {
    Estimators estimators;
    size_t count;
    Association *of;
    if (!estimators_find(panels, &estimators, error)) return false;
    const EstimatorStyle *estimator = estimators_first(&estimators);
    if (!estimator) return information_none(panels, "scatter", error);
    if (!associations_read(panels, estimator->name, options->step, &count, &of, error)) return false;
    bool good = render(panels, estimator, count, of, folder, error);
    associations_free(count, of);
    return good;
}

const View view_scatter = {
    .name = "scatter",
    .help = "mutual information against return at one checkpoint: a point for each run, a panel for each set of histories",
    .needs_analysis = drawing_always,
    .draw = draw_scatter,
};
