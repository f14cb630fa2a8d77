// The figure of controls: final returns of agents that differ in their memory and in what they are shown, a row for each, a panel for each
// task. Tasks are what varies in the environment, rows whatever else varies.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/statistics.h"
#include "benchmarks/drawings/axes.h"
#include "benchmarks/drawings/caption.h"
#include "benchmarks/drawings/drawings.h"
#include "core/arena.h"
#include "figures/palette.h"

static const double level = 0.95;

// ---- names ---------------------------------------------------------------------------------------------------------------

static bool is_task(const Experiment *experiment, const Axis *axis) {
    char *full = config_resolve(experiment->base, axis->name, NULL);
    bool task = full && (strncmp(full, "environment.", 12) == 0 || strncmp(full, "irrelevant.", 11) == 0);
    free(full);
    return task;
}

// Whether an agent's words say the axis' value already.
static bool is_in_words(const Axis *axis) {
    static const char *const names[] = {"adds", "view.adds", "frames", "view.frames"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(axis->name, names[i]) == 0) return true;
    }
    return panel_cell_axis(axis);
}

// Takes over `text`.
static char *with_value(char *text, const char *between, const char *name, const char *inside, const char *value) {
    char *longer = memory_format("%s%s%s%s%s", text, *text ? between : "", name, inside, value);
    free(text);
    return longer;
}

static char *task_text(const Experiment *experiment, const SweepRun *run, const char *between, const char *inside) {
    char *text = memory_format("%s", "");
    for (size_t i = 0; i < experiment->axis_count; i++) {
        const Axis *axis = &experiment->axes[i];
        if (is_task(experiment, axis) && axis->count > 1) text = with_value(text, between, axis->name, inside, run->values[i]);
    }
    return text;
}

static char *agent_text(const Experiment *experiment, const SweepRun *run) {
    char cell[PARAM_TEXT_SIZE] = "", adds[PARAM_TEXT_SIZE] = "nothing", frames[PARAM_TEXT_SIZE] = "";
    config_get(run->config, "network.cell", cell);
    config_get(run->config, "view.adds", adds);    // nothing where there is no such parameter
    config_get(run->config, "view.frames", frames);
    char *text = caption_agent(cell, adds, frames);
    for (size_t i = 0; i < experiment->axis_count; i++) {
        const Axis *axis = &experiment->axes[i];
        const char *dot = strrchr(axis->name, '.');
        if (!is_task(experiment, axis) && !is_in_words(axis) && axis->count > 1)
            text = with_value(text, ", ", dot ? dot + 1 : axis->name, " ", run->values[i]);
    }
    return text;
}

// ---- agents on tasks -----------------------------------------------------------------------------------------------------

typedef struct TaskColumn {
    char *rest, *title;
    ReturnScale scale;
    double low, high;    // of what is drawn
} TaskColumn;

typedef struct AgentRow {
    char *name;
    char cell[PARAM_TEXT_SIZE];
} AgentRow;

typedef struct Picture {
    Gathering *gathering;
    size_t task_count, agent_count;
    TaskColumn *tasks;
    AgentRow *agents;
    size_t *task_of, *agent_of;    // of each run
    double *final;                 // of each run: final return; NaN: not finished, or broken without a stand-in
    bool *broken;
} Picture;

static bool place_task(Picture *picture, size_t run, Error *error) {
    const Experiment *experiment = picture->gathering->experiment;
    const SweepRun *swept = picture->gathering->runs[run].run;
    char *rest = task_text(experiment, swept, "-", "-");
    size_t k = 0;
    while (k < picture->task_count && strcmp(picture->tasks[k].rest, rest) != 0) k++;
    picture->task_of[run] = k;
    if (k < picture->task_count) {
        free(rest);
        return true;
    }
    TaskColumn *task = &picture->tasks[picture->task_count++];
    *task = (TaskColumn){.rest = rest, .title = task_text(experiment, swept, ", ", " ")};
    if (!scoring_scale(swept->config, &task->scale, error)) return false;
    task->low = fmin(task->scale.low, task->scale.high);    // fmin and fmax pass over NaN
    task->high = fmax(task->scale.low, task->scale.high);
    return true;
}

static void place_agent(Picture *picture, size_t run) {
    const SweepRun *swept = picture->gathering->runs[run].run;
    char *name = agent_text(picture->gathering->experiment, swept);
    size_t a = 0;
    while (a < picture->agent_count && strcmp(picture->agents[a].name, name) != 0) a++;
    picture->agent_of[run] = a;
    if (a < picture->agent_count) {
        free(name);
        return;
    }
    AgentRow *agent = &picture->agents[picture->agent_count++];
    agent->name = name;
    config_get(swept->config, "network.cell", agent->cell);
}

// A run that broke down, or whose return is not finite, has the return of random actions, where that is known.
static bool read_final(Picture *picture, size_t run, Error *error) {
    const GatheredRun *gathered = &picture->gathering->runs[run];
    const TaskColumn *task = &picture->tasks[picture->task_of[run]];
    picture->final[run] = NAN;
    if (gathered->log) {
        Series series;
        if (!gather_series(picture->gathering, run, scoring_series, &series, error)) return false;
        picture->final[run] = scoring_final(&series);
        series_free(&series);
    }
    picture->broken[run] = gathered->status == RUN_FAILED || (gathered->log && !isfinite(picture->final[run]));
    if (picture->broken[run]) picture->final[run] = task->scale.low;
    return true;
}

static bool fill(Picture *picture, Error *error) {
    size_t count = picture->gathering->count;
    picture->tasks = memory_zeroed(count, sizeof *picture->tasks);
    picture->agents = memory_zeroed(count, sizeof *picture->agents);
    picture->task_of = memory_zeroed(2 * count, sizeof *picture->task_of);
    picture->agent_of = picture->task_of + count;
    picture->final = memory_zeroed(count, sizeof *picture->final);
    picture->broken = memory_zeroed(count, sizeof *picture->broken);
    for (size_t i = 0; i < count; i++) {
        if (!place_task(picture, i, error) || !read_final(picture, i, error)) return false;
        place_agent(picture, i);
    }
    return true;
}

static void clear(Picture *picture) {
    for (size_t k = 0; k < picture->task_count; k++) {
        free(picture->tasks[k].rest);
        free(picture->tasks[k].title);
    }
    for (size_t a = 0; a < picture->agent_count; a++) free(picture->agents[a].name);
    free(picture->tasks);
    free(picture->agents);
    free(picture->task_of);
    free(picture->final);
    free(picture->broken);
}

// ---- tables --------------------------------------------------------------------------------------------------------------

// Runs of an agent on a task that have a return: their indices in `out`.
static int runs_of(const Picture *picture, size_t task, size_t agent, size_t *out) {
    int count = 0;
    for (size_t i = 0; i < picture->gathering->count; i++) {
        bool mine = picture->task_of[i] == task && picture->agent_of[i] == agent;
        if (mine && isfinite(picture->final[i])) out[count++] = i;
    }
    return count;
}

// How many of the runs come before run i in the order of returns: neighbours on the axis stand apart across it.
static unsigned rank_of(const Picture *picture, const size_t *runs, int count, int i) {
    const double *final = picture->final;
    unsigned rank = 0;
    for (int j = 0; j < count; j++) rank += final[runs[j]] < final[runs[i]] || (j < i && final[runs[j]] <= final[runs[i]]);
    return rank;
}

static void add_points(FigureTable *table, Picture *picture, size_t task, size_t agent, const size_t *runs, int count) {
    TaskColumn *of = &picture->tasks[task];
    for (int i = 0; i < count; i++) {
        double final = picture->final[runs[i]];
        figure_table_text(table, of->rest);
        figure_table_text(table, picture->agents[agent].name);
        figure_table_number(table, (double)picture->gathering->runs[runs[i]].run->seed);
        figure_table_text(table, picture->broken[runs[i]] ? "broken" : "ok");
        figure_table_number(table, final);
        figure_table_number(table, (double)(agent + 1));
        figure_table_number(table, axes_spread(rank_of(picture, runs, count, i)));
        of->low = fmin(of->low, final);
        of->high = fmax(of->high, final);
    }
}

static void add_mean(FigureTable *table, const Picture *picture, size_t task, size_t agent, const size_t *runs, int count) {
    double *values = memory_zeroed((size_t)count + 1, sizeof *values);
    int broken = 0;
    for (int i = 0; i < count; i++) {
        values[i] = picture->final[runs[i]];
        broken += picture->broken[runs[i]];
    }
    Estimate mean = estimate_mean(values, count);
    Interval interval = estimate_interval(mean, level);
    figure_table_text(table, picture->tasks[task].rest);
    figure_table_text(table, picture->agents[agent].name);
    figure_table_number(table, (double)(agent + 1));
    figure_table_number(table, count);
    figure_table_number(table, broken);
    figure_table_number(table, mean.value);
    figure_table_number(table, interval.low);
    figure_table_number(table, interval.high);
    free(values);
}

// ---- figure --------------------------------------------------------------------------------------------------------------

static void set_tasks(Figure *figure, const Picture *picture) {
    size_t count = picture->task_count;
    const char **rest = memory_zeroed(3 * count, sizeof *rest), **title = rest + count, **best = title + count;
    double *values = memory_zeroed(5 * count, sizeof *values);
    for (size_t k = 0; k < count; k++) {
        const TaskColumn *task = &picture->tasks[k];
        double margin = 0.04 * (task->high - task->low);
        Limits limits = axes_limits(task->low - margin, task->high + margin, 0);
        rest[k] = task->rest;
        title[k] = task->title;
        best[k] = task->scale.bound ? "bound" : "optimum";
        const double of[] = {task->scale.high, task->scale.low, limits.low, limits.high, limits.tick};
        for (size_t i = 0; i < 5; i++) values[i * count + k] = of[i];
    }
    static const char *const names[] = {"OPTIMUM", "RANDOM", "X_MIN", "X_MAX", "X_TICK"};
    figure_number(figure, "PANEL_COUNT", (double)count);
    figure_strings(figure, "PANEL", count, rest);
    figure_strings(figure, "PANEL_TITLE", count, title);
    figure_strings(figure, "OPTIMUM_NAME", count, best);
    for (size_t i = 0; i < 5; i++) figure_numbers(figure, names[i], count, values + i * count);
    free(rest);
    free(values);
}

static void set_agents(Figure *figure, const Picture *picture) {
    size_t count = picture->agent_count;
    const char **name = memory_zeroed(2 * count, sizeof *name), **colour = name + count;
    for (size_t a = 0; a < count; a++) {
        const char *cell = picture->agents[a].cell;
        name[a] = picture->agents[a].name;
        colour[a] = palette[palette_index(cell, 0)].colour;
    }
    figure_number(figure, "AGENT_COUNT", (double)count);
    figure_strings(figure, "AGENT", count, name);
    figure_strings(figure, "COLOUR", count, colour);
    free(name);
}

// "10 seeds per agent and task", or from the fewest to the most.
static char *seeds_text(const Picture *picture) {
    size_t *runs = memory_zeroed(picture->gathering->count + 1, sizeof *runs);
    int fewest = -1, most = 0;
    for (size_t k = 0; k < picture->task_count; k++) {
        for (size_t a = 0; a < picture->agent_count; a++) {
            int count = runs_of(picture, k, a, runs);
            if (fewest < 0 || count < fewest) fewest = count;
            if (count > most) most = count;
        }
    }
    free(runs);
    const char *where = picture->task_count > 1 ? " and task" : "";
    if (fewest == most) return memory_format("%d seed%s per agent%s", most, most == 1 ? "" : "s", where);
    return memory_format("%d to %d seeds per agent%s", fewest, most, where);
}

static char *controls_caption(const Panels *panels, const Picture *picture) {
    bool bound = false, random = false;
    for (size_t k = 0; k < picture->task_count; k++) {
        bound = bound || picture->tasks[k].scale.bound;
        random = random || isfinite(picture->tasks[k].scale.low);
    }
    char *seeds = seeds_text(picture);
    char *shown = memory_format("Final returns: mean discounted return over the last tenth of the greedy evaluations. Each "
                                "circle is a run, each cross one "
                                "that broke down; black: mean with its 95 %% t interval; %s. Memoryless: a feedforward network "
                                "of the latest observation and action, or of what it says beside them; recurrent: of their "
                                "history. Dashed: %s%s. Controls of ours.",
                                seeds, bound ? "a bound, the optimum of an agent that sees the state" : "the optimal policy",
                                random ? "; dotted: uniformly random actions" : "");
    char *text = caption_text(panels->panel, panels->count, shown,
                              random ? "they count with the return of uniformly random actions" : NULL);
    free(seeds);
    free(shown);
    return text;
}

static bool render(const Panels *panels, Picture *picture, const char *folder, Error *error) {
    FigureTable *points =
        figure_table_create("points", 7, (const char *const[]){"panel", "agent", "seed", "status", "return", "row", "spread"});
    FigureTable *means = figure_table_create(
        "means", 8, (const char *const[]){"panel", "agent", "row", "runs", "broken", "mean", "low", "high"});
    size_t *runs = memory_zeroed(picture->gathering->count + 1, sizeof *runs);
    for (size_t k = 0; k < picture->task_count; k++) {
        for (size_t a = 0; a < picture->agent_count; a++) {
            int count = runs_of(picture, k, a, runs);
            add_points(points, picture, k, a, runs, count);
            add_mean(means, picture, k, a, runs, count);
        }
    }
    free(runs);
    Grid grid = axes_grid(picture->task_count);
    grid.width = picture->task_count == 1 ? 4.6 : 6.75;
    grid.height = 0.94 + grid.rows * (0.10 + 0.27 * (double)picture->agent_count) + (grid.rows - 1) * 0.62;
    Figure *figure = axes_figure("controls", controls_caption(panels, picture), grid.width, grid.height);
    axes_set_grid(figure, grid);
    set_tasks(figure, picture);
    set_agents(figure, picture);
    figure_add_table(figure, points);
    figure_add_table(figure, means);
    bool good = figure_render(figure, folder, error);
    figure_destroy(figure);
    return good;
}

static bool draw_controls(Panels *panels, const char *folder, Error *error) {
    Picture picture = {.gathering = panels->gathering};
    bool good = fill(&picture, error) && render(panels, &picture, folder, error);
    clear(&picture);
    return good;
}

const Drawing drawing_controls = {.script = "controls", .needs_analysis = NULL, .draw_together = draw_controls};
