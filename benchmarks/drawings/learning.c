// The figure "learning": what supervised runs have learned, and how many attractors they reach, against gradient steps. A row for each
// combination of what varies beside the cell and the last axis; in it a curve for each cell and value of that axis.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/vaa.h"
#include "benchmarks/drawings/axes.h"
#include "benchmarks/drawings/caption.h"
#include "benchmarks/drawings/drawings.h"
#include "core/arena.h"
#include "figures/palette.h"

enum {
    CURVES_MAX = 12,    // of a row; with more each cell has its own
    DASHES_MAX = 4,     // that eyes can tell apart: learning.gp defines them
};
static const double LOGARITHMIC_FROM = 30;    // highest over lowest loss
static const double CUT_FROM = 3;             // highest loss over that of the trivial predictor

static const char loss_series[] = "validation/loss", return_series[] = "evaluation/discounted_return",
                  vaa_series[] = "vaa/mean", accuracy_series[] = "validation/accuracy";

typedef struct Line {    // one curve, in both columns
    size_t row, cell, value;
    char *name;    // in tables
    size_t run_count, *runs;
    int64_t *seeds;
} Line;

typedef struct Row {
    char *name, *title;
    // References of its runs; NaN: unknown, or not the same for all.
    double loss, accuracy, single;    // of the trivial predictor (of agents that act: the optimal return); VAA of one attractor
} Row;

typedef struct Picture {
    Gathering *gathering;
    const Axis *cells, *values;    // those that vary; NULL: none
    const char *only_cell;         // where the cell does not vary
    bool split;                    // a row for each cell too
    bool acts;                     // agents in environments: the left column shows their return, on the clock of episodes
    bool classes;                  // of all tasks: the loss is in nats
    bool cut;                      // the beginning lies above the panel
    const char *right;             // series of the right column; NULL: there is none
    size_t row_count, line_count;
    Row *rows;
    Line *lines;
    CurveRange range, right_range;
} Picture;

// ---- which runs share a curve ------------------------------------------------------------------------------------------------------

static void find_axes(Picture *picture) {
    const Experiment *experiment = picture->gathering->experiment;
    for (size_t i = 0; i < experiment->axis_count; i++) {
        const Axis *axis = &experiment->axes[i];
        if (axis->count < 2) continue;
        if (panel_cell_axis(axis)) picture->cells = axis;
        else picture->values = axis;    // the last one stays
    }
    size_t cells = picture->cells ? picture->cells->count : 1, values = picture->values ? picture->values->count : 1;
    picture->split = cells > 1 && (cells * values > CURVES_MAX || values > DASHES_MAX);
}

static const char *text_of(const Picture *picture, const SweepRun *run, const Axis *axis) {
    return run->values[axis - picture->gathering->experiment->axes];
}

static size_t index_of(const Picture *picture, const SweepRun *run, const Axis *axis) {
    size_t i = 0;
    while (axis && i + 1 < axis->count && strcmp(axis->values[i], text_of(picture, run, axis)) != 0) i++;
    return i;
}

// For people, and for gnuplot's titles, in which an underscore begins an index. Changes and returns `text`.
static char *readable(char *text) {
    for (char *at = text; *at; at++) {
        if (*at == '_') *at = ' ';
    }
    return text;
}

static char *appended(char *text, const char *between, const char *more) {
    char *longer = memory_format("%s%s%s", text, *text ? between : "", more);
    free(text);
    return longer;
}

static Row *find_row(Picture *picture, const SweepRun *run) {
    const Experiment *experiment = picture->gathering->experiment;
    char *name = panel_rest(experiment, run, picture->values, "-", "-");
    if (picture->split) name = appended(name, "-", text_of(picture, run, picture->cells));
    for (size_t k = 0; k < picture->row_count; k++) {
        if (strcmp(picture->rows[k].name, name) != 0) continue;
        free(name);
        return &picture->rows[k];
    }
    char *title = panel_rest(experiment, run, picture->values, ", ", " ");
    if (picture->split) title = appended(title, ", ", cell_label(text_of(picture, run, picture->cells)));
    Row *row = &picture->rows[picture->row_count++];
    *row = (Row){.name = name, .title = readable(title)};
    return row;
}

// "gru-classic", or what of it varies within a row.
static char *line_name(const Picture *picture, const SweepRun *run) {
    char *name = memory_format("%s", "");
    if (picture->cells && !picture->split) name = appended(name, "-", text_of(picture, run, picture->cells));
    if (picture->values) name = appended(name, "-", text_of(picture, run, picture->values));
    return *name ? name : appended(name, "", picture->only_cell);
}

static void merge(double *held, double value, bool first) {
    if (first) *held = value;
    else if (!(*held == value)) *held = NAN;
}

static bool add_environment(Picture *picture, Row *row, bool first, const Config *config, Error *error) {
    Env *env = config_make_env(config, error);
    if (!env) return false;
    merge(&row->loss, env->spec.optimal_discounted_return, first);
    merge(&row->accuracy, NAN, first);
    picture->acts = true;
    env_destroy(env);
    return true;
}

static bool add_task(Picture *picture, Row *row, bool first, const Config *config, Error *error) {
    Task *task = config_make_task(config, error);
    if (!task) return false;
    merge(&row->loss, task->spec.baseline_loss, first);
    merge(&row->accuracy, task->spec.baseline_accuracy, first);
    picture->classes = picture->classes && task->spec.target == TASK_CLASSES;
    task_destroy(task);
    return true;
}

// The references of a new line's runs, into those of its row.
static bool add_references(Picture *picture, Row *row, bool first, const Config *config, Error *error) {
    bool good = config_task(config) ? add_task(picture, row, first, config, error)
                                    : add_environment(picture, row, first, config, error);
    if (!good) return false;
    const VaaParams *vaa = config_section(config, "vaa");
    merge(&row->single, 1.0 / vaa->samples, first);
    return true;
}

static bool add_run(Picture *picture, size_t index, Error *error) {
    const GatheredRun *gathered = &picture->gathering->runs[index];
    const SweepRun *run = gathered->run;
    size_t row = (size_t)(find_row(picture, run) - picture->rows);
    size_t cell = index_of(picture, run, picture->cells), value = index_of(picture, run, picture->values), i = 0;
    bool first = true;    // of its row
    for (; i < picture->line_count; i++) {
        const Line *line = &picture->lines[i];
        if (line->row == row && line->cell == cell && line->value == value) break;
        first = first && line->row != row;
    }
    Line *line = &picture->lines[i];
    if (i == picture->line_count) {
        picture->line_count++;
        *line = (Line){.row = row, .cell = cell, .value = value, .name = line_name(picture, run)};
        line->runs = memory_zeroed(picture->gathering->count, sizeof *line->runs);
        line->seeds = memory_zeroed(picture->gathering->count, sizeof *line->seeds);
        if (!add_references(picture, &picture->rows[row], first, run->config, error)) return false;
    }
    if (!gathered->log) return true;
    line->seeds[line->run_count] = run->seed;
    line->runs[line->run_count++] = index;
    return true;
}

static bool any_has(const Picture *picture, const char *series, bool *there, Error *error) {
    *there = false;
    for (size_t i = 0; i < picture->gathering->count && !*there; i++) {
        if (picture->gathering->runs[i].log && !gather_has(picture->gathering, i, series, there, error)) return false;
    }
    return true;
}

static bool fill(Picture *picture, Error *error) {
    size_t count = picture->gathering->count;
    picture->rows = memory_zeroed(count, sizeof *picture->rows);
    picture->lines = memory_zeroed(count, sizeof *picture->lines);
    picture->range = picture->right_range = curve_range_empty();
    picture->classes = true;
    find_axes(picture);
    for (size_t i = 0; i < count; i++) {
        if (!add_run(picture, i, error)) return false;
    }
    bool vaa, accuracy;
    if (!any_has(picture, vaa_series, &vaa, error) || !any_has(picture, accuracy_series, &accuracy, error)) return false;
    picture->right = vaa ? vaa_series : accuracy ? accuracy_series : NULL;
    return true;
}

static void clear(Picture *picture) {
    for (size_t k = 0; k < picture->row_count; k++) {
        free(picture->rows[k].name);
        free(picture->rows[k].title);
    }
    for (size_t i = 0; i < picture->line_count; i++) {
        free(picture->lines[i].name);
        free(picture->lines[i].runs);
        free(picture->lines[i].seeds);
    }
    free(picture->rows);
    free(picture->lines);
}

// ---- tables ------------------------------------------------------------------------------------------------------------------------

// Where `optional`, a line whose runs do not all have the series is left out.
static bool add_series(Picture *picture, Curves *curves, const Line *line, const char *series, bool optional, CurveRange *range,
                       Error *error) {
    Series *runs = memory_zeroed(line->run_count + 1, sizeof *runs);
    bool good = true, there = true;
    for (size_t i = 0; i < line->run_count && good && there; i++) {
        if (optional) good = gather_has(picture->gathering, line->runs[i], series, &there, error);
        if (good && there) good = gather_series(picture->gathering, line->runs[i], series, &runs[i], error);
    }
    curves->panel = picture->rows[line->row].name;
    if (good && there) good = curves_add(curves, series, line->name, runs, line->seeds, line->run_count, range, error);
    for (size_t i = 0; i < line->run_count; i++) series_free(&runs[i]);
    free(runs);
    return good;
}

static bool add_tables(Picture *picture, Figure *figure, Error *error) {
    Curves curves = curves_create_panelled("");
    bool good = true;
    for (size_t i = 0; i < picture->line_count && good; i++) {
        const Line *line = &picture->lines[i];
        good = add_series(picture, &curves, line, picture->acts ? return_series : loss_series, false, &picture->range, error) &&
               (!picture->right || add_series(picture, &curves, line, picture->right, true, &picture->right_range, error));
    }
    figure_add_table(figure, curves.means);
    figure_add_table(figure, curves.runs);
    return good;
}

// ---- variables ---------------------------------------------------------------------------------------------------------------------

// Values that are no cells: the palette's colours that are told apart best, first.
static int value_entry(size_t value) {
    static const int order[] = {0, 6, 2, 1, 7, 4, 3, 10, 11};
    return order[value % (sizeof order / sizeof *order)];
}

static int cell_entry(const Axis *cells, size_t cell) {
    size_t unknown = 0;
    for (size_t i = 0; i < cell; i++) unknown += !palette_knows(cells->values[i]);
    return (int)palette_index(cells->values[cell], unknown);
}

static bool coloured_by_cell(const Picture *picture) {
    return picture->cells && !picture->split;
}

static int line_entry(const Picture *picture, const Line *line) {
    if (coloured_by_cell(picture)) return cell_entry(picture->cells, line->cell);
    return picture->values ? value_entry(line->value) : (int)palette_index(picture->only_cell, 0);
}

static void set_lines(Figure *figure, const Picture *picture) {
    size_t count = picture->line_count;
    const char **name = memory_zeroed(3 * count, sizeof *name), **row = name + count, **colour = row + count;
    int *style = memory_zeroed(2 * count, sizeof *style), *dash = style + count;
    for (size_t i = 0; i < count; i++) {
        const Line *line = &picture->lines[i];
        int entry = line_entry(picture, line);
        name[i] = line->name;
        row[i] = picture->rows[line->row].name;
        colour[i] = palette[entry].colour;
        style[i] = entry + 1;
        dash[i] = coloured_by_cell(picture) ? (int)line->value + 1 : 1;
    }
    figure_number(figure, "LINE_COUNT", (double)count);
    figure_strings(figure, "LINE", count, name);
    figure_strings(figure, "LINE_ROW", count, row);
    figure_strings(figure, "LINE_COLOUR", count, colour);
    figure_integers(figure, "LINE_STYLE", count, style);
    figure_integers(figure, "LINE_DASH", count, dash);
    free(name);
    free(style);
}

// Numbers and truth values need the parameter's name; names of cases speak for themselves.
static char *value_label(const Axis *axis, size_t value) {
    const char *text = axis->values[value];
    char *end;
    strtod(text, &end);
    bool bare = *end != '\0' && strcmp(text, "true") != 0 && strcmp(text, "false") != 0;
    if (bare) return readable(memory_format("%s", text));
    const char *dot = strrchr(axis->name, '.');
    return readable(memory_format("%s %s", dot ? dot + 1 : axis->name, text));
}

// Entries of the legend: colours, and where both vary dashes.
static void set_legend(Figure *figure, const Picture *picture) {
    const Axis *colours = coloured_by_cell(picture) ? picture->cells : picture->values;
    const Axis *dashes = coloured_by_cell(picture) ? picture->values : NULL;
    size_t count = colours ? colours->count : 1, dash_count = dashes ? dashes->count : 0;
    const char *none = "";    // gnuplot has no empty array
    char **name = memory_zeroed(count + dash_count, sizeof *name);
    int *style = memory_zeroed(count, sizeof *style);
    for (size_t i = 0; i < count; i++) {
        bool cell = coloured_by_cell(picture) || !colours;
        name[i] =
            cell ? memory_format("%s", cell_label(colours ? colours->values[i] : picture->only_cell)) : value_label(colours, i);
        style[i] = 1 + line_entry(picture, &(Line){.cell = i, .value = i});
    }
    for (size_t i = 0; i < dash_count; i++) name[count + i] = value_label(dashes, i);
    figure_number(figure, "COLOUR_COUNT", (double)count);
    figure_strings(figure, "COLOUR_NAME", count, (const char *const *)name);
    figure_integers(figure, "COLOUR_STYLE", count, style);
    figure_number(figure, "DASH_COUNT", (double)dash_count);
    figure_strings(figure, "DASH_NAME", dash_count ? dash_count : 1, dash_count ? (const char *const *)name + count : &none);
    for (size_t i = 0; i < count + dash_count; i++) free(name[i]);
    free(name);
    free(style);
}

static double right_level(const Picture *picture, const Row *row) {
    if (!picture->right) return NAN;
    return picture->right == vaa_series ? row->single : row->accuracy;
}

static void set_rows(Figure *figure, const Picture *picture) {
    size_t count = picture->row_count;
    const char **name = memory_zeroed(2 * count, sizeof *name), **title = name + count;
    double *baseline = memory_zeroed(2 * count, sizeof *baseline), *level = baseline + count;
    for (size_t k = 0; k < count; k++) {
        const Row *row = &picture->rows[k];
        name[k] = row->name;
        title[k] = row->title;
        baseline[k] = row->loss;
        level[k] = right_level(picture, row);
    }
    figure_number(figure, "ROW_COUNT", (double)count);
    figure_strings(figure, "ROW", count, name);
    figure_strings(figure, "ROW_TITLE", count, title);
    figure_numbers(figure, "BASELINE", count, baseline);
    figure_numbers(figure, "LEVEL", count, level);
    free(name);
    free(baseline);
}

// Losses of networks that have learned nothing yet can be many times the trivial predictor's, and flatten what follows: they are cut off.
static bool cut_beginning(const Picture *picture, CurveRange *range) {
    double baseline = 0;
    for (size_t k = 0; k < picture->row_count; k++) baseline = fmax(baseline, picture->rows[k].loss);
    bool cut =
        !picture->acts && baseline > 0 && range->high > CUT_FROM * baseline && range->high < LOGARITHMIC_FROM * range->low;
    if (cut) range->high = 1.4 * baseline;
    return cut;
}

static void set_axes(Figure *figure, Picture *picture) {
    CurveRange range = picture->range;
    for (size_t k = 0; k < picture->row_count; k++) {
        range.low = fmin(range.low, picture->rows[k].loss);
        range.high = fmax(range.high, picture->rows[k].loss);
    }
    picture->cut = cut_beginning(picture, &range);
    bool logarithmic = !picture->acts && range.low > 0 && range.high > LOGARITHMIC_FROM * range.low;
    figure_number(figure, "LOGARITHMIC", logarithmic);
    figure_number(figure, "CUT", picture->cut);
    if (logarithmic) {
        figure_number(figure, "LOSS_MIN", range.low / 1.3);
        figure_number(figure, "LOSS_MAX", range.high * 1.3);
        figure_number(figure, "LOSS_TICK", 10);
    } else axes_range(figure, "LOSS", fmin(0, range.low), range.high, 0.03);
    figure_string(figure, "LEFT", picture->acts ? return_series : loss_series);
    figure_string(figure, "LOSS_NAME",
                  picture->acts      ? "discounted return"
                  : picture->classes ? "validation loss (nats)"
                                     : "validation loss");
    figure_string(figure, "CLOCK", picture->acts ? "training episodes" : "gradient steps");
    figure_string(figure, "BASELINE_NAME", picture->acts ? "optimum" : "without memory");
    figure_string(figure, "RIGHT", picture->right ? picture->right : "");
    figure_string(figure, "RIGHT_NAME", picture->right == vaa_series ? "VAA" : "validation accuracy");
    if (picture->right_range.x_high > range.x_high) range.x_high = picture->right_range.x_high;
    axes_episodes(figure, &range);
}

// ---- caption and figure ------------------------------------------------------------------------------------------------------------

// "5 seeds per curve", or from the fewest to the most.
static char *seeds_text(const Picture *picture, size_t *fewest) {
    size_t most = 0;
    *fewest = SIZE_MAX;
    for (size_t i = 0; i < picture->line_count; i++) {
        size_t count = picture->lines[i].run_count;
        if (count < *fewest) *fewest = count;
        if (count > most) most = count;
    }
    const char *where = picture->line_count > 1 ? " per curve" : "";
    if (*fewest == most) return memory_format("%zu seed%s%s", most, most == 1 ? "" : "s", where);
    return memory_format("%zu to %zu seeds%s", *fewest, most, where);
}

static char *learning_caption(const Panels *panels, const Picture *picture) {
    size_t fewest;
    char *seeds = seeds_text(picture, &fewest);
    bool baseline = false, level = false;
    for (size_t k = 0; k < picture->row_count; k++) {
        baseline = baseline || isfinite(picture->rows[k].loss);
        level = level || isfinite(right_level(picture, &picture->rows[k]));
    }
    const char *right = !picture->right                ? ""
                        : picture->right == vaa_series ? " and variability amongst attractors (VAA)"
                                                       : " and accuracy";
    char *shown = memory_format(
        "%s%s%s during training. Lines: means over %s; bands: 95 %% intervals over seeds "
        "(percentile bootstrap, %d replicates, pointwise%s).%s%s",
        picture->acts ? "Discounted return of greedy episodes" : "Loss on validation sequences",
        picture->acts      ? ""
        : picture->classes ? " (cross-entropy)"
                           : " (mean squared error)",
        right, seeds, CURVE_REPLICATES, fewest < 10 ? "; too narrow below ten seeds" : "",
        baseline || (level && picture->right != vaa_series)
            ? (picture->acts ? " Dashed grey: the optimal policy."
                             : " Dashed grey: the best prediction from the present input and time step alone.")
            : "",
        level && picture->right == vaa_series ? " Dotted grey: 1/n, all of the n sampled states reach one attractor." : "");
    char *text = caption_text(panels->panel, panels->count, shown, "they are left out");
    free(seeds);
    free(shown);
    return text;
}

static Grid grid_of(const Picture *picture) {
    Grid grid = {.columns = picture->right ? 2 : 1, .rows = (int)picture->row_count};
    grid.width = picture->right ? 6.75 : 4.6;
    grid.height = 1.2 + grid.rows * (grid.rows < 3 ? 1.9 : 1.6) + (grid.rows - 1) * 0.1;
    return grid;
}

static bool render(const Panels *panels, Picture *picture, const char *folder, Error *error) {
    Grid grid = grid_of(picture);
    Figure *figure = axes_figure("learning", learning_caption(panels, picture), grid.width, grid.height);
    bool good = add_tables(picture, figure, error);
    if (good) {
        axes_set_grid(figure, grid);
        set_rows(figure, picture);
        set_lines(figure, picture);
        set_legend(figure, picture);
        set_axes(figure, picture);
        good = figure_render(figure, folder, error);
    }
    figure_destroy(figure);
    return good;
}

static bool draw_learning(Panels *panels, const char *folder, Error *error) {
    Picture picture = {.gathering = panels->gathering, .only_cell = panels->panel->cells->name};
    bool good = fill(&picture, error) && render(panels, &picture, folder, error);
    clear(&picture);
    return good;
}

const Drawing drawing_learning = {.script = "learning", .needs_analysis = NULL, .draw_together = draw_learning};
