#include "benchmarks/drawings/axes.h"

#include <math.h>
#include <stdlib.h>

#include "benchmarks/drawings/caption.h"
#include "core/arena.h"
#include "figures/palette.h"

Figure *axes_figure(const char *script, char *caption, double width, double height) {
    char *scripts = memory_format("%s/figures", experiment_root());
    Figure *figure = figure_create(scripts, script, caption, width, height);
    free(scripts);
    free(caption);
    return figure;
}

void axes_cells(Figure *figure, const Panel *panel) {
    size_t room = 2 * panel->cell_count, states = 0, unknown = 0;
    const char **name = memory_zeroed(room, sizeof *name), **label = memory_zeroed(room, sizeof *label);
    const char **colour = memory_zeroed(room, sizeof *colour), **faint = memory_zeroed(room, sizeof *faint);
    int *style = memory_zeroed(room, sizeof *style);
    bool memory = false;
    for (; states < panel->cell_count; states++) {
        const char *cell = panel->cells[states].name;
        size_t entry = palette_index(cell, unknown);
        if (!palette_knows(cell)) unknown++;
        name[states] = cell;
        label[states] = panel->cells[states].memory ? "LSTM (h)" : cell_label(cell);
        colour[states] = palette[entry].colour;
        faint[states] = palette[entry].faint;
        style[states] = (int)entry + 1;
        memory = memory || panel->cells[states].memory;
    }
    if (memory) {
        size_t entry = palette_index("lstm-memory", 0);
        name[states] = palette[entry].name;
        label[states] = palette[entry].label;
        colour[states] = palette[entry].colour;
        style[states++] = (int)entry + 1;
    }
    figure_number(figure, "CELL_COUNT", (double)panel->cell_count);
    figure_strings(figure, "CELL", panel->cell_count, name);
    figure_strings(figure, "CELL_NAME", panel->cell_count, label);
    figure_strings(figure, "COLOUR", panel->cell_count, colour);
    figure_strings(figure, "FAINT", panel->cell_count, faint);
    figure_integers(figure, "STYLE", panel->cell_count, style);
    figure_number(figure, "STATE_COUNT", (double)states);
    figure_strings(figure, "STATE", states, name);
    figure_strings(figure, "STATE_NAME", states, label);
    figure_strings(figure, "STATE_COLOUR", states, colour);
    figure_integers(figure, "STATE_STYLE", states, style);
    free(name);
    free(label);
    free(colour);
    free(faint);
    free(style);
}

Limits axes_limits(double low, double high, double room) {
    if (!(low < high)) {    // nothing was drawn, or one value
        low = isfinite(low) ? low - 1 : 0;
        high = low + 2;
    }
    double tick = curve_tick(high - low), half = tick / 2;
    return (Limits){half * floor(low / half), half * ceil((high + room * (high - low)) / half), tick};
}

void axes_range(Figure *figure, const char *axis, double low, double high, double room) {
    Limits limits = axes_limits(low, high, room);
    char name[64];
    snprintf(name, sizeof name, "%s_MIN", axis);
    figure_number(figure, name, limits.low);
    snprintf(name, sizeof name, "%s_MAX", axis);
    figure_number(figure, name, limits.high);
    snprintf(name, sizeof name, "%s_TICK", axis);
    figure_number(figure, name, limits.tick);
}

void axes_episodes(Figure *figure, const CurveRange *range) {
    double high = range->x_high > 0 ? range->x_high : 1;
    figure_number(figure, "X_MAX", high);
    figure_number(figure, "X_TICK", curve_tick(high));
    figure_number(figure, "MARKS", (int)(range->points / 15) + 1);
}

void axes_panels(Figure *figure, const Panels *panels) {
    size_t count = panels->count;
    const char **name = memory_zeroed(count, sizeof *name), **title = memory_zeroed(count, sizeof *title);
    double *optimum = memory_zeroed(2 * count, sizeof *optimum), *random = optimum + count;
    for (size_t k = 0; k < count; k++) {
        name[k] = panels->panel[k].rest;
        title[k] = panels->panel[k].title;
        optimum[k] = panels->panel[k].scale.high;
        random[k] = panels->panel[k].scale.low;
    }
    figure_number(figure, "PANEL_COUNT", (double)count);
    figure_strings(figure, "PANEL", count, name);
    figure_strings(figure, "PANEL_TITLE", count, title);
    figure_numbers(figure, "OPTIMUM", count, optimum);
    figure_numbers(figure, "RANDOM", count, random);
    size_t bounds = 0;
    for (size_t k = 0; k < count; k++) bounds += panels->panel[k].scale.bound;
    figure_string(figure, "OPTIMUM_NAME", bounds == 0 ? "optimal" : bounds == count ? "upper bound" : "optimal or upper bound");
    free(name);
    free(title);
    free(optimum);
}

Grid axes_grid(size_t panels) {
    const double page = 6.75, column = 3.25, height_of_row[] = {2.1, 1.9, 1.5}, rest = 1.15;
    int columns = panels == 4 ? 2 : panels < 3 ? (int)panels : 3;
    int rows = ((int)panels + columns - 1) / columns;
    return (Grid){.columns = columns,
                  .rows = rows,
                  .width = columns == 1 ? column : page,
                  .height = rest + rows * height_of_row[columns - 1]};
}

void axes_set_grid(Figure *figure, Grid grid) {
    figure_number(figure, "COLUMNS", grid.columns);
    figure_number(figure, "ROWS", grid.rows);
}

double axes_spread(unsigned rank) {
    double place = 0, step = 0.5;
    for (unsigned n = rank + 1; n; n >>= 1, step /= 2) place += (n & 1) ? step : 0;
    return place - 0.5;
}
