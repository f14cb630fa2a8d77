// The figure of irrelevant state variables: the return, and what hidden states tell about the relevant and about the irrelevant part of
// the belief during training. A column for each combination of what varies (numbers of irrelevant variables) and each cell; below the
// return a row for each set of histories, and one for the probe.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "benchmarks/drawings/axes.h"
#include "benchmarks/drawings/caption.h"
#include "benchmarks/drawings/drawings.h"
#include "benchmarks/drawings/information.h"
#include "core/arena.h"

// One line of a row of information.
typedef struct Line {
    char *series;
    int row;    // from 1, below the return
    bool irrelevant;
    int dash;
} Line;
enum { PARTS = 2, ROWS_MAX = INFORMATION_SETS + 1, LINES_MAX = PARTS * ESTIMATORS_MAX * ROWS_MAX };

typedef struct Picture {
    Panels *panels;
    Curves curves;
    CurveRange returns, information;
    Estimators estimators;
    size_t line_count;
    Line lines[LINES_MAX];
    int row_count;    // of information
    const char *row_title[ROWS_MAX];
    int bank_row;       // of MINE on the bank, where the observation is a control; 0: none
    double *control;    // [columns][PARTS], NaN: none
} Picture;

static bool is_mine(const EstimatorStyle *style) {
    return strncmp(style->name, "mine", 4) == 0;
}

static bool any_has(const Panels *panels, const char *series, bool *there, Error *error) {
    *there = false;
    for (size_t k = 0; k < panels->count && !*there; k++) {
        if (!information_has(&panels->panel[k], series, there, error)) return false;
    }
    return true;
}

// ---- which lines there are -----------------------------------------------------------------------------------------------

// Both parts of one estimator on one set.
static bool add_lines(Picture *picture, const EstimatorStyle *style, int set, int row, bool *any, Error *error) {
    for (int part = 0; part < PARTS; part++) {
        char *series = information_series(style->name, set, part ? IRRELEVANT_SUFFIX : "");
        bool there, good = any_has(picture->panels, series, &there, error);
        if (good && there) {
            picture->lines[picture->line_count++] = (Line){series, row, part == 1, style->dash};
            *any = true;
            continue;
        }
        free(series);
        if (!good) return false;
    }
    return true;
}

// A row of those estimators that are MINE or are not; it stays only if anything is in it.
static bool add_row(Picture *picture, int set, bool mine, const char *title, bool *any, Error *error) {
    int row = picture->row_count + 1;
    *any = false;
    for (size_t e = 0; e < picture->estimators.count; e++) {
        const EstimatorStyle *style = &picture->estimators.style[e];
        bool wanted = mine ? is_mine(style) : strcmp(style->name, "probe") == 0;
        if (wanted && !add_lines(picture, style, set, row, any, error)) return false;
    }
    if (!*any) return true;
    picture->row_title[picture->row_count++] = title;
    if (mine && set == SET_BANK) picture->bank_row = row;
    return true;
}

static bool add_rows(Picture *picture, Error *error) {
    static const char *const titles[INFORMATION_SETS] = {"MI, current policy", "MI, exploring", "MI, frozen bank"};
    bool any;
    for (int set = 0; set < INFORMATION_SETS; set++) {
        if (!add_row(picture, set, true, titles[set], &any, error)) return false;
    }
    if (!add_row(picture, SET_BANK, false, "probe, frozen bank", &any, error)) return false;
    return any || add_row(picture, SET_POLICY, false, "probe, current policy", &any, error);
}

// ---- their data ----------------------------------------------------------------------------------------------------------

static bool add_controls(Picture *picture, const Panel *panel, size_t column, Error *error) {
    for (int part = 0; part < PARTS; part++) {
        char *series = memory_format("mine/bank-observation%s", part ? IRRELEVANT_SUFFIX : "");
        double *height = &picture->control[PARTS * column + (size_t)part];
        bool good = panel_line_height(panel, series, height, error);
        free(series);
        if (!good) return false;
        picture->information.high = fmax(picture->information.high, *height);
    }
    return true;
}

static bool add_column(Picture *picture, Panel *panel, Cell *cell, size_t column, Error *error) {
    Curves *curves = &picture->curves;
    bool there;
    curves->panel = panel->rest;
    if (!panel_add_series(panel, curves, cell, scoring_series, scoring_series, cell->name, &picture->returns, &there, error))
        return false;
    for (size_t i = 0; i < picture->line_count; i++) {
        const char *series = picture->lines[i].series;
        if (!panel_add_series(panel, curves, cell, series, series, cell->name, &picture->information, &there, error))
            return false;
    }
    return add_controls(picture, panel, column, error);
}

// ---- figure --------------------------------------------------------------------------------------------------------------

// "length 50, variables 4" -> "length 50, 4 irrelevant variables"; behind it the cell where there are several. The caller's to free.
static char *column_title(const Panel *panel, const Cell *cell) {
    static const char word[] = "variables ";
    const char *at = strstr(panel->title, word);
    while (at && strstr(at + 1, word)) at = strstr(at + 1, word);
    bool number = at && at[strlen(word)] && !at[strlen(word) + strspn(at + strlen(word), "0123456789")];
    char *title;
    if (number) {
        const char *count = at + strlen(word);
        const char *start = at - panel->title >= 11 && strncmp(at - 11, "irrelevant.", 11) == 0 ? at - 11 : at;
        title = memory_format("%.*s%s irrelevant variable%s", (int)(start - panel->title), panel->title, count,
                              strcmp(count, "1") == 0 ? "" : "s");
    } else {
        title = memory_format("%s", panel->title);
    }
    if (panel->cell_count == 1) return title;
    char *longer = memory_format("%s%s%s", title, *title ? ", " : "", cell_label(cell->name));
    free(title);
    return longer;
}

static void set_columns(Figure *figure, const Picture *picture, size_t columns) {
    const char **panel = memory_zeroed(2 * columns, sizeof *panel), **cell = panel + columns;
    char **title = memory_zeroed(columns, sizeof *title);
    double *optimum = memory_zeroed(4 * columns, sizeof *optimum), *random = optimum + columns, *control = random + columns;
    size_t column = 0;
    for (size_t k = 0; k < picture->panels->count; k++) {
        const Panel *of = &picture->panels->panel[k];
        for (size_t c = 0; c < of->cell_count; c++, column++) {
            panel[column] = of->rest;
            cell[column] = of->cells[c].name;
            title[column] = column_title(of, &of->cells[c]);
            optimum[column] = of->scale.high;
            random[column] = of->scale.low;
            for (size_t part = 0; part < PARTS; part++)
                control[part * columns + column] = picture->bank_row ? picture->control[PARTS * column + part] : NAN;
        }
    }
    figure_strings(figure, "PANEL", columns, panel);
    figure_strings(figure, "CELL", columns, cell);
    figure_strings(figure, "COLUMN_TITLE", columns, (const char *const *)title);
    figure_numbers(figure, "OPTIMUM", columns, optimum);
    figure_numbers(figure, "RANDOM", columns, random);
    figure_numbers(figure, "CONTROL_RELEVANT", columns, control);
    figure_numbers(figure, "CONTROL_IRRELEVANT", columns, control + columns);
    bool any = false;
    for (size_t i = 0; i < 2 * columns; i++) any = any || !isnan(control[i]);
    figure_number(figure, "HAS_CONTROL", any);
    for (column = 0; column < columns; column++) free(title[column]);
    free(panel);
    free(title);
    free(optimum);
}

static void set_lines(Figure *figure, const Picture *picture) {
    size_t count = picture->line_count;
    const char *series[LINES_MAX];
    int row[LINES_MAX], part[LINES_MAX], dash[LINES_MAX];
    for (size_t i = 0; i < count; i++) {
        series[i] = picture->lines[i].series;
        row[i] = picture->lines[i].row;
        part[i] = picture->lines[i].irrelevant + 1;
        dash[i] = picture->lines[i].dash;
    }
    figure_number(figure, "LINE_COUNT", (double)count);
    figure_strings(figure, "SERIES", count, series);
    figure_integers(figure, "LINE_ROW", count, row);
    figure_integers(figure, "PART", count, part);
    figure_integers(figure, "DASH", count, dash);
    figure_strings(figure, "ROW_TITLE", (size_t)picture->row_count, picture->row_title);
    figure_number(figure, "BANK_ROW", picture->bank_row);
}

// Dashes have names in the legend where MINE comes in several widths.
static void set_variants(Figure *figure, const Picture *picture) {
    const char *name[ESTIMATORS_MAX] = {""};
    int dash[ESTIMATORS_MAX] = {1};
    size_t count = 0;
    for (size_t e = 0; e < picture->estimators.count; e++) {
        const EstimatorStyle *style = &picture->estimators.style[e];
        if (!is_mine(style)) continue;
        name[count] = style->label;
        dash[count++] = style->dash;
    }
    figure_number(figure, "VARIANT_COUNT", count > 1 ? (double)count : 0);
    if (count == 0) count = 1;    // gnuplot wants arrays even where it draws none of their lines
    figure_strings(figure, "VARIANT", count, name);
    figure_integers(figure, "VARIANT_DASH", count, dash);
}

static char *irrelevant_caption(const Picture *picture) {
    char *specifics = memory_format(
        "Top: greedy evaluations; dashed: %s, dotted: uniformly random actions. Below: mutual information of hidden state and "
        "the "
        "relevant, or the irrelevant, variables' belief on held-out pairs%s%s. After the belief paper's experiment "
        "(Lambrechts, "
        "Bolland and Ernst, 2022); numbers of variables as recalled.",
        picture->panels->panel->scale.bound ? "a bound, the optimum of an agent that sees the state" : "the optimal policy",
        picture->bank_row ? "; the frozen bank of histories is shared by all runs and checkpoints" : "",
        picture->bank_row ? "; thin dotted there: from the current observation alone" : "");
    char *caption = caption_curves(picture->panels->panel, picture->panels->count, specifics, NULL);
    free(specifics);
    return caption;
}

static bool render(const Picture *picture, size_t columns, const char *folder, Error *error) {
    const ReturnScale *scale = &picture->panels->panel->scale;
    int rows = 1 + picture->row_count;
    double width = columns == 1 ? 3.6 : columns <= 3 ? 6.75 : 0.7 + 2.0 * (double)columns;
    Figure *figure = axes_figure("irrelevant", irrelevant_caption(picture), width, 1.42 + 1.45 * rows + 0.30 * (rows - 1));
    axes_set_grid(figure, (Grid){.columns = (int)columns, .rows = rows});
    axes_episodes(figure, &picture->returns);
    double low = fmin(picture->returns.low, scale->high), high = fmax(picture->returns.high, scale->high);
    if (scale->low >= low - 0.1 * (high - low)) low = fmin(low, scale->low);
    axes_range(figure, "RETURN", low, high, 0.04);
    axes_range(figure, "MI", fmin(0, picture->information.low), picture->information.high, 0.04);
    figure_string(figure, "RETURN", scoring_series);
    set_columns(figure, picture, columns);
    set_lines(figure, picture);
    set_variants(figure, picture);
    figure_string(figure, "OPTIMUM_NAME", picture->panels->panel->scale.bound ? "bound: the state is seen" : "optimum");
    figure_add_table(figure, picture->curves.means);
    figure_add_table(figure, picture->curves.runs);
    bool good = figure_render(figure, folder, error);
    figure_destroy(figure);
    return good;
}

static bool fill(Picture *picture, size_t *columns, Error *error) {
    Panels *panels = picture->panels;
    if (!estimators_find(panels, &picture->estimators, error) || !add_rows(picture, error)) return false;
    if (picture->line_count == 0) return information_none(panels, "irrelevant", error);
    for (size_t k = 0; k < panels->count; k++) *columns += panels->panel[k].cell_count;
    picture->control = memory_zeroed(PARTS * *columns, sizeof *picture->control);
    size_t column = 0;
    for (size_t k = 0; k < panels->count; k++) {
        Panel *panel = &panels->panel[k];
        for (size_t c = 0; c < panel->cell_count; c++) {
            if (!add_column(picture, panel, &panel->cells[c], column++, error)) return false;
        }
    }
    return true;
}

static bool draw_irrelevant(Panels *panels, const char *folder, Error *error) {
    Picture *picture = memory_zeroed(1, sizeof *picture);
    *picture = (Picture){.panels = panels,
                         .curves = curves_create_panelled(""),
                         .returns = curve_range_empty(),
                         .information = curve_range_empty()};
    size_t columns = 0;
    bool good = fill(picture, &columns, error);
    if (good) {
        good = render(picture, columns, folder, error);
    } else {
        figure_table_destroy(picture->curves.means);
        figure_table_destroy(picture->curves.runs);
    }
    for (size_t i = 0; i < picture->line_count; i++) free(picture->lines[i].series);
    free(picture->control);
    free(picture);
    return good;
}

const Drawing drawing_irrelevant = {.script = "irrelevant", .needs_analysis = drawing_always, .draw_together = draw_irrelevant};
