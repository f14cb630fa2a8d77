#include "benchmarks/drawings/panel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"

// ---- which runs belong together ------------------------------------------------------------------------------------------

bool panel_cell_axis(const Axis *axis) {
    return strcmp(axis->name, "cell") == 0 || strcmp(axis->name, "network.cell") == 0;
}

char *panel_rest(const Experiment *experiment, const SweepRun *run, const Axis *without, const char *between,
                 const char *inside) {
    char *rest = memory_format("%s", "");
    for (size_t i = 0; i < experiment->axis_count; i++) {
        const Axis *axis = &experiment->axes[i];
        if (panel_cell_axis(axis) || axis == without || axis->count < 2) continue;
        char *longer = memory_format("%s%s%s%s%s", rest, *rest ? between : "", axis->name, inside, run->values[i]);
        free(rest);
        rest = longer;
    }
    return rest;
}

static Cell *panel_cell(Panel *panel, const char *name, size_t room) {
    for (size_t i = 0; i < panel->cell_count; i++) {
        if (strcmp(panel->cells[i].name, name) == 0) return &panel->cells[i];
    }
    Cell *cell = &panel->cells[panel->cell_count++];
    snprintf(cell->name, sizeof cell->name, "%s", name);
    cell->runs = memory_zeroed(room, sizeof *cell->runs);
    cell->failed = memory_zeroed(room, sizeof *cell->failed);
    cell->seeds = memory_zeroed(room, sizeof *cell->seeds);
    return cell;
}

// `room` is for as many runs of a cell as there can be.
static void panel_add(Panel *panel, size_t index, size_t room) {
    const GatheredRun *gathered = &panel->gathering->runs[index];
    panel->runs++;
    panel->failed += gathered->status == RUN_FAILED;
    panel->config = gathered->run->config;
    char name[PARAM_TEXT_SIZE] = "";
    config_get(gathered->run->config, "network.cell", name);
    Cell *cell = panel_cell(panel, name, room);
    if (gathered->status == RUN_FAILED) cell->failed[cell->failed_count++] = index;
    if (!gathered->log) return;
    cell->runs[cell->run_count] = index;
    cell->seeds[cell->run_count++] = gathered->run->seed;
}

// The panel with this rest, which it takes over; a new one where there is none yet.
static Panel *find_panel(Panels *panels, char *rest, const SweepRun *run) {
    for (size_t k = 0; k < panels->count; k++) {
        if (strcmp(panels->panel[k].rest, rest) != 0) continue;
        free(rest);
        return &panels->panel[k];
    }
    Gathering *gathering = panels->gathering;
    Panel *panel = &panels->panel[panels->count++];
    *panel = (Panel){.gathering = gathering, .rest = rest, .title = panel_rest(gathering->experiment, run, NULL, ", ", " ")};
    panel->cells = memory_zeroed(gathering->count, sizeof *panel->cells);
    return panel;
}

Panels *panels_create(Gathering *gathering, Error *error) {
    Panels *panels = memory_zeroed(1, sizeof *panels);
    panels->gathering = gathering;
    panels->panel = memory_zeroed(gathering->count, sizeof *panels->panel);
    size_t seeds = (size_t)(gathering->experiment->last_seed - gathering->experiment->first_seed + 1);
    for (size_t i = 0; i < gathering->count; i++) {
        const SweepRun *run = gathering->runs[i].run;
        panel_add(find_panel(panels, panel_rest(gathering->experiment, run, NULL, "-", "-"), run), i, seeds);
    }
    bool good = true;
    for (size_t k = 0; k < panels->count && good; k++) {
        Panel *panel = &panels->panel[k];
        good = scoring_scale(panel->config, &panel->scale, error);
    }
    if (good) return panels;
    panels_destroy(panels);
    return NULL;
}

void panels_destroy(Panels *panels) {
    for (size_t k = 0; panels && k < panels->count; k++) {
        Panel *panel = &panels->panel[k];
        for (size_t i = 0; i < panel->cell_count; i++) {
            free(panel->cells[i].runs);
            free(panel->cells[i].failed);
            free(panel->cells[i].seeds);
        }
        free(panel->cells);
        free(panel->rest);
        free(panel->title);
    }
    if (panels) free(panels->panel);
    free(panels);
}

// ---- series --------------------------------------------------------------------------------------------------------------

bool panel_add_series(const Panel *panel, Curves *curves, const Cell *cell, const char *series, const char *name,
                      const char *shown, CurveRange *range, bool *there, Error *error) {
    Series *runs = memory_zeroed(cell->run_count + 1, sizeof *runs);
    bool good = true;
    *there = cell->run_count > 0;
    for (size_t i = 0; i < cell->run_count && good && *there; i++) {
        good = gather_has(panel->gathering, cell->runs[i], series, there, error) &&
               (!*there || gather_series(panel->gathering, cell->runs[i], series, &runs[i], error));
    }
    if (good && *there) good = curves_add(curves, name, shown, runs, cell->seeds, cell->run_count, range, error);
    for (size_t i = 0; i < cell->run_count; i++) series_free(&runs[i]);
    free(runs);
    return good;
}

bool panel_line_height(const Panel *panel, const char *series, double *height, Error *error) {
    double sum = 0;
    size_t count = 0;
    for (size_t c = 0; c < panel->cell_count; c++) {
        for (size_t i = 0; i < panel->cells[c].run_count; i++) {
            Series values;
            bool there;
            if (!gather_has(panel->gathering, panel->cells[c].runs[i], series, &there, error)) return false;
            if (!there) continue;
            if (!gather_series(panel->gathering, panel->cells[c].runs[i], series, &values, error)) return false;
            if (values.count > 0) sum += values.value[values.count - 1], count++;
            series_free(&values);
        }
    }
    *height = count ? sum / (double)count : NAN;
    return true;
}
