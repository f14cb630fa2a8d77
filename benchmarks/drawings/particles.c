// The figure of a number that an estimate may depend on, first of all the number of particles of a belief: information before and after
// training against it, for each estimator that the runs have.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/statistics.h"
#include "benchmarks/drawings/axes.h"
#include "benchmarks/drawings/caption.h"
#include "benchmarks/drawings/drawings.h"
#include "benchmarks/drawings/information.h"
#include "core/arena.h"

static const double level = 0.95;

// ---- the axis ------------------------------------------------------------------------------------------------------------

static bool is_number(const Experiment *experiment, const Axis *axis) {
    const ParamSpec *spec = config_spec(experiment->base, axis->name);
    return spec && (spec->type == PARAM_INT || spec->type == PARAM_REAL) && axis->count > 1;
}

static bool is_particles(const Axis *axis) {
    const char *dot = strrchr(axis->name, '.');
    return strcmp(dot ? dot + 1 : axis->name, "particles") == 0;
}

// That of the particles, or the first number that takes several values; -1 with a message where there is none.
static int number_axis(const Experiment *experiment, Error *error) {
    int found = -1;
    for (size_t i = 0; i < experiment->axis_count; i++) {
        if (!is_number(experiment, &experiment->axes[i])) continue;
        if (found < 0 || is_particles(&experiment->axes[i])) found = (int)i;
    }
    if (found >= 0) return found;
    error_set(error,
              "%s at scale %s varies no number, which the figure particles has as its axis: it needs something like "
              "`vary: {particles: [64, 256, 1000]}`",
              experiment->name, scale_names[experiment->scale]);
    return -1;
}

// ---- what is drawn -------------------------------------------------------------------------------------------------------

// One plot: a set of histories, of a cell and of what else varies.
typedef struct Plot {
    char *rest, *title;
    const char *cell;
    int set;
} Plot;

// Mean over the runs of a cell at one number.
typedef struct Point {
    size_t panel, cell, estimator;
    int set;
    bool trained;
    double x, episode, runs;
    Estimate mean;
    Interval interval;
} Point;

typedef struct Picture {
    Panels *panels;
    size_t axis;
    Estimators estimators;
    bool set[INFORMATION_SETS];
    size_t point_count;
    Point *points;
    double x_low, x_high, low, high, low_value, high_value;    // of all; low and high of means only
    size_t plot_count;
    Plot *plots;
} Picture;

static const SweepRun *any_run(const Panel *panel) {
    for (size_t i = 0; i < panel->cell_count; i++) {
        const Cell *cell = &panel->cells[i];
        if (cell->run_count) return panel->gathering->runs[cell->runs[0]].run;
    }
    for (size_t i = 0; i < panel->gathering->count; i++) {
        if (panel->gathering->runs[i].run->config == panel->config) return panel->gathering->runs[i].run;
    }
    return NULL;
}

// Takes over rest and title.
static void add_plot(Picture *picture, char *rest, char *title, const char *cell, int set) {
    for (size_t i = 0; i < picture->plot_count; i++) {
        const Plot *plot = &picture->plots[i];
        if (strcmp(plot->rest, rest) != 0 || strcmp(plot->cell, cell) != 0 || plot->set != set) continue;
        free(rest);
        free(title);
        return;
    }
    picture->plots[picture->plot_count++] = (Plot){rest, title, cell, set};
}

static void add_plots(Picture *picture) {
    const Experiment *experiment = picture->panels->gathering->experiment;
    const Axis *axis = &experiment->axes[picture->axis];
    picture->plots = memory_zeroed(picture->panels->gathering->count * INFORMATION_SETS, sizeof *picture->plots);
    for (size_t k = 0; k < picture->panels->count; k++) {
        const Panel *panel = &picture->panels->panel[k];
        const SweepRun *run = any_run(panel);
        for (size_t c = 0; c < panel->cell_count; c++) {
            for (int set = 0; set < INFORMATION_SETS; set++) {
                if (!picture->set[set]) continue;
                add_plot(picture, panel_rest(experiment, run, axis, "-", "-"), panel_rest(experiment, run, axis, ", ", " "),
                         panel->cells[c].name, set);
            }
        }
    }
}

// ---- data ----------------------------------------------------------------------------------------------------------------

static void widen(Picture *picture, const Point *point) {
    picture->x_low = fmin(picture->x_low, point->x);
    picture->x_high = fmax(picture->x_high, point->x);
    picture->low_value = fmin(picture->low_value, point->mean.value);    // fmin and fmax pass over NaN
    picture->high_value = fmax(picture->high_value, point->mean.value);
    picture->low = fmin(picture->low, fmin(point->mean.value, point->interval.low));
    picture->high = fmax(picture->high, fmax(point->mean.value, point->interval.high));
}

// At the first or the last checkpoint, as `point` says.
static void add_point(Picture *picture, Point point, const Series *series, size_t count) {
    double *values = memory_zeroed(count + 1, sizeof *values);
    for (size_t i = 0; i < count; i++) values[i] = series[i].value[point.trained ? series[i].count - 1 : 0];
    point.mean = estimate_mean(values, (int)count);
    point.interval = estimate_interval(point.mean, level);
    point.episode = (double)series[0].step[point.trained ? series[0].count - 1 : 0];
    point.runs = (double)count;
    picture->points[picture->point_count++] = point;
    widen(picture, &point);
    free(values);
}

// All runs of a cell must have the series, with at least one checkpoint.
static bool read_cell(const Panel *panel, const Cell *cell, const char *name, Series *series, bool *there, Error *error) {
    *there = cell->run_count > 0;
    for (size_t i = 0; i < cell->run_count && *there; i++) {
        if (!gather_has(panel->gathering, cell->runs[i], name, there, error)) return false;
        if (!*there) return true;
        if (!gather_series(panel->gathering, cell->runs[i], name, &series[i], error)) return false;
        *there = series[i].count > 0;
    }
    return true;
}

static bool add_cell(Picture *picture, Point point, Error *error) {
    const Panel *panel = &picture->panels->panel[point.panel];
    const Cell *cell = &panel->cells[point.cell];
    char *name = information_series(picture->estimators.style[point.estimator].name, point.set, "");
    Series *series = memory_zeroed(cell->run_count + 1, sizeof *series);
    bool there, good = read_cell(panel, cell, name, series, &there, error);
    if (good && there) {
        add_point(picture, point, series, cell->run_count);
        point.trained = true;
        if (series[0].count > 1) add_point(picture, point, series, cell->run_count);
        picture->set[point.set] = true;
    }
    for (size_t i = 0; i < cell->run_count; i++) series_free(&series[i]);
    free(series);
    free(name);
    return good;
}

static bool fill(Picture *picture, Error *error) {
    size_t cells = picture->panels->panel->cell_count, estimators = picture->estimators.count;
    picture->points =
        memory_zeroed(2 * INFORMATION_SETS * cells * estimators * picture->panels->count, sizeof *picture->points);
    for (size_t k = 0; k < picture->panels->count; k++) {
        double x = strtod(any_run(&picture->panels->panel[k])->values[picture->axis], NULL);
        for (size_t c = 0; c < cells; c++) {
            for (int set = 0; set < INFORMATION_SETS; set++) {
                for (size_t e = 0; e < estimators; e++) {
                    if (!add_cell(picture, (Point){.panel = k, .cell = c, .estimator = e, .set = set, .x = x}, error))
                        return false;
                }
            }
        }
    }
    add_plots(picture);
    return true;
}

// ---- table ---------------------------------------------------------------------------------------------------------------

static void write_point(FigureTable *table, const Picture *picture, const Plot *plot, const Point *point) {
    figure_table_text(table, plot->rest);
    figure_table_text(table, plot->cell);
    figure_table_text(table, information_sets[plot->set].name);
    figure_table_text(table, picture->estimators.style[point->estimator].name);
    figure_table_text(table, point->trained ? "trained" : "untrained");
    const double numbers[] = {point->x,          point->episode,      point->runs,
                              point->mean.value, point->interval.low, point->interval.high};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) figure_table_number(table, numbers[i]);
}

static int compare_points(const void *a, const void *b) {
    const Point *left = a, *right = b;
    return (left->x > right->x) - (left->x < right->x);
}

// Whether a point belongs to a plot's line.
static bool is_of(const Picture *picture, const Plot *plot, size_t estimator, bool trained, const Point *point) {
    const Experiment *experiment = picture->panels->gathering->experiment;
    const Panel *panel = &picture->panels->panel[point->panel];
    if (point->estimator != estimator || point->trained != trained || point->set != plot->set) return false;
    if (strcmp(panel->cells[point->cell].name, plot->cell) != 0) return false;
    char *rest = panel_rest(experiment, any_run(panel), &experiment->axes[picture->axis], "-", "-");
    bool same = strcmp(rest, plot->rest) == 0;
    free(rest);
    return same;
}

// Line after line, an empty line between them.
static FigureTable *write_points(Picture *picture) {
    FigureTable *table = figure_table_create(
        "points", 11,
        (const char *const[]){"panel", "cell", "set", "estimator", "stage", "x", "episode", "runs", "mean", "low", "high"});
    qsort(picture->points, picture->point_count, sizeof *picture->points, compare_points);
    for (size_t p = 0; p < picture->plot_count; p++) {
        for (size_t e = 0; e < picture->estimators.count; e++) {
            for (int trained = 0; trained < 2; trained++) {
                for (size_t i = 0; i < picture->point_count; i++) {
                    if (is_of(picture, &picture->plots[p], e, trained, &picture->points[i]))
                        write_point(table, picture, &picture->plots[p], &picture->points[i]);
                }
                figure_table_break(table);
            }
        }
    }
    return table;
}

// ---- figure --------------------------------------------------------------------------------------------------------------

static void set_plots(Figure *figure, const Picture *picture) {
    size_t count = picture->plot_count;
    const char **panel = memory_zeroed(3 * count, sizeof *panel), **cell = panel + count, **set = cell + count;
    char **title = memory_zeroed(count, sizeof *title);
    bool several = picture->panels->panel->cell_count > 1;
    for (size_t i = 0; i < count; i++) {
        const Plot *plot = &picture->plots[i];
        panel[i] = plot->rest;
        cell[i] = plot->cell;
        set[i] = information_sets[plot->set].name;
        title[i] = memory_format("%s%s%s%s%s", plot->title, *plot->title ? ", " : "", several ? cell_label(plot->cell) : "",
                                 several ? ": " : "", information_sets[plot->set].title);
    }
    figure_number(figure, "PLOT_COUNT", (double)count);
    figure_strings(figure, "PANEL", count, panel);
    figure_strings(figure, "CELL", count, cell);
    figure_strings(figure, "SET", count, set);
    figure_strings(figure, "TITLE", count, (const char *const *)title);
    for (size_t i = 0; i < count; i++) free(title[i]);
    free(panel);
    free(title);
}

static void set_estimators(Figure *figure, const Estimators *estimators) {
    size_t count = estimators->count;
    const char *name[ESTIMATORS_MAX], *label[ESTIMATORS_MAX], *colour[ESTIMATORS_MAX];
    int dash[ESTIMATORS_MAX], filled[ESTIMATORS_MAX], open[ESTIMATORS_MAX];
    for (size_t i = 0; i < count; i++) {
        const EstimatorStyle *style = &estimators->style[i];
        name[i] = style->name;
        label[i] = style->label;
        colour[i] = style->colour;
        dash[i] = style->dash;
        filled[i] = style->filled;
        open[i] = style->open;
    }
    figure_number(figure, "ESTIMATOR_COUNT", (double)count);
    figure_strings(figure, "ESTIMATOR", count, name);
    figure_strings(figure, "ESTIMATOR_NAME", count, label);
    figure_strings(figure, "COLOUR", count, colour);
    figure_integers(figure, "DASH", count, dash);
    figure_integers(figure, "FILLED", count, filled);
    figure_integers(figure, "OPEN", count, open);
}

static void set_axis(Figure *figure, const Axis *axis, const Picture *picture) {
    double *values = memory_zeroed(axis->count, sizeof *values);
    for (size_t i = 0; i < axis->count; i++) values[i] = strtod(axis->values[i], NULL);
    figure_numbers(figure, "TICK", axis->count, values);
    figure_number(figure, "TICK_COUNT", (double)axis->count);
    figure_number(figure, "X_LOW", picture->x_low);
    figure_number(figure, "X_HIGH", picture->x_high);
    figure_number(figure, "LOGARITHMIC", picture->x_low > 0);
    figure_string(figure, "AXIS_NAME", is_particles(axis) ? "number of particles" : axis->name);
    free(values);
    // An interval of two or three runs may be many times as long as all else is high: then the axis cuts it.
    double span = picture->high_value - picture->low_value, low = fmax(picture->low, picture->low_value - 0.5 * span);
    axes_range(figure, "MI", fmin(0, low), fmin(picture->high, picture->high_value + 0.5 * span), 0.02);
}

static char *particles_caption(const Picture *picture) {
    char *seeds = caption_seeds(picture->panels->panel, picture->panels->count, false);
    char *shown = memory_format(
        "Mutual information of hidden state and belief before (open) and after training (filled), at the first and "
        "the last checkpoint: means over %s, with 95 %% t intervals over runs. Points of one number are set side "
        "by side.",
        seeds);
    char *text = caption_text(picture->panels->panel, picture->panels->count, shown, NULL);
    free(seeds);
    free(shown);
    return text;
}

static bool render(Picture *picture, const char *folder, Error *error) {
    int columns = 0;
    for (int set = 0; set < INFORMATION_SETS; set++) columns += picture->set[set];
    int rows = ((int)picture->plot_count + columns - 1) / columns;
    double width = columns == 1 ? 3.6 : 6.75;
    Figure *figure = axes_figure("particles", particles_caption(picture), width,
                                 1.20 + rows * (columns == 3 ? 1.8 : 2.1) + (rows - 1) * 0.34);
    axes_set_grid(figure, (Grid){.columns = columns, .rows = rows});
    set_plots(figure, picture);
    set_estimators(figure, &picture->estimators);
    set_axis(figure, &picture->panels->gathering->experiment->axes[picture->axis], picture);
    figure_add_table(figure, write_points(picture));
    bool good = figure_render(figure, folder, error);
    figure_destroy(figure);
    return good;
}

static bool draw_particles(Panels *panels, const char *folder, Error *error) {
    int axis = number_axis(panels->gathering->experiment, error);
    if (axis < 0) return false;
    Picture *picture = memory_zeroed(1, sizeof *picture);
    *picture = (Picture){.panels = panels,
                         .axis = (size_t)axis,
                         .x_low = INFINITY,
                         .x_high = -INFINITY,
                         .low = INFINITY,
                         .high = -INFINITY,
                         .low_value = INFINITY,
                         .high_value = -INFINITY};
    bool good = estimators_find(panels, &picture->estimators, error);
    if (good && picture->estimators.count == 0) good = information_none(panels, "particles", error);
    good = good && fill(picture, error);
    if (good && picture->plot_count == 0) good = information_none(panels, "particles", error);
    good = good && render(picture, folder, error);
    for (size_t i = 0; i < picture->plot_count; i++) {
        free(picture->plots[i].rest);
        free(picture->plots[i].title);
    }
    free(picture->plots);
    free(picture->points);
    free(picture);
    return good;
}

const Drawing drawing_particles = {.script = "particles", .needs_analysis = drawing_always, .draw_together = draw_particles};
