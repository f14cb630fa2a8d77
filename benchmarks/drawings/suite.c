// The figure "suite": what uniformly random actions score in the environments of a suite, a row for each, beside what they score in the original
// program; in a second panel the difference in standard errors. Of an experiment whose agent is uniform and in which one axis names environments.
//
// Tables beside the experiment's file, each of which may be missing:
//
//     upstream-random.csv    environment, level, return_mean, return_se, n_episodes: uniformly random actions in the original
//     policies.csv           environment, level, policy, knows, return_mean, return_se, episodes: policies by hand in our environments; knows: now,
//                            history, state
//                            (nothing: uniform actions, passed over)
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/statistics.h"
#include "benchmarks/drawings/axes.h"
#include "benchmarks/drawings/caption.h"
#include "benchmarks/drawings/drawings.h"
#include "benchmarks/vary.h"
#include "core/arena.h"
#include "core/csv.h"
#include "figures/palette.h"

static const double NORMAL_95 = 1.96;
static const double Z_BAND = 2, Z_MOST = 8;    // what lies farther out is written beside the axis

static const char return_series[] = "evaluation/return";
static const char published_version[] = "1.0.7";    // which the tables are about

enum { KNOWS_NOW, KNOWS_HISTORY, KNOWS_STATE, KNOWS_COUNT };
static const char *const knows_names[] = {"now", "history", "state", NULL};

typedef struct Policy {
    const char *name;    // the table's; NULL: none is known
    double mean;
} Policy;

typedef struct Row {
    const SweepRun *run;    // any of its runs
    char *name;
    const char *environment;    // as the sweep names it
    char level[PARAM_TEXT_SIZE];
    size_t run_count;
    double *values;    // [run_count] undiscounted returns
    Estimate ours;
    Interval interval;
    long fewest, most;                  // episodes of a run
    double original, original_error;    // NaN: not known
    long original_episodes;
    Policy best[KNOWS_COUNT];
    double z;    // NaN: not known
} Row;

typedef struct Picture {
    Gathering *gathering;
    const Axis *environments;
    CsvTable *original, *policies;    // NULL: no such table
    size_t row_count;
    Row *rows;
} Picture;

// ---- rows --------------------------------------------------------------------------------------------------------------------------

static bool names_environments(const Experiment *experiment, const Axis *axis) {
    if (axis->cases) return vary_sets(experiment, axis, "environment.name");
    return strcmp(axis->name, "environment") == 0 || strcmp(axis->name, "environment.name") == 0;
}

static bool check(Picture *picture, Error *error) {
    const Experiment *experiment = picture->gathering->experiment;
    for (size_t i = 0; i < experiment->axis_count; i++) {
        const Axis *axis = &experiment->axes[i];
        if (names_environments(experiment, axis)) picture->environments = axis;
        if (panel_cell_axis(axis) && axis->count > 1)
            return error_set(error, "%s: found several cells, which random actions have none of, accepted: no axis of cells",
                             experiment->path);
    }
    if (!picture->environments)
        return error_set(error,
                         "%s: found no axis that names environments, accepted: one, of environments or of cases that each "
                         "name one",
                         experiment->path);
    for (size_t i = 0; i < picture->gathering->count; i++) {
        const char *agent = config_agent(picture->gathering->runs[i].run->config)->name;
        if (strcmp(agent, "uniform") == 0) continue;
        return error_set(error, "%s: found agent %s, accepted: uniform, as the original's returns are those of random actions",
                         experiment->path, agent);
    }
    return true;
}

static Row *find_row(Picture *picture, const SweepRun *run) {
    const Experiment *experiment = picture->gathering->experiment;
    const char *environment = run->values[picture->environments - experiment->axes];
    char *rest = panel_rest(experiment, run, picture->environments, ", ", " ");
    char *name = memory_format("%s%s%s", environment, *rest ? ", " : "", rest);
    free(rest);
    for (size_t i = 0; i < picture->row_count; i++) {
        if (strcmp(picture->rows[i].name, name) != 0) continue;
        free(name);
        return &picture->rows[i];
    }
    Row *row = &picture->rows[picture->row_count++];
    *row = (Row){.run = run, .name = name, .environment = environment, .original = NAN, .original_error = NAN, .z = NAN};
    row->values = memory_zeroed(picture->gathering->count, sizeof *row->values);
    config_get(run->config, "environment.level", row->level);
    return row;
}

static bool add_run(Picture *picture, size_t index, Error *error) {
    const GatheredRun *gathered = &picture->gathering->runs[index];
    Row *row = find_row(picture, gathered->run);
    if (!gathered->log) return true;
    Series series;
    if (!gather_series(picture->gathering, index, return_series, &series, error)) return false;
    if (series.count > 0) {
        long episodes = (long)series.step[series.count - 1];
        row->fewest = row->run_count == 0 || episodes < row->fewest ? episodes : row->fewest;
        row->most = episodes > row->most ? episodes : row->most;
        row->values[row->run_count++] = series.value[series.count - 1];
    }
    series_free(&series);
    return true;
}

// ---- what is known already ---------------------------------------------------------------------------------------------------------

// Beside the experiment's file. `*table` is NULL where there is none.
static bool open_table(const Experiment *experiment, const char *name, CsvTable **table, Error *error) {
    const char *slash = strrchr(experiment->path, '/');
    char *path = memory_format("%.*s%s", slash ? (int)(slash - experiment->path) + 1 : 0, experiment->path, name);
    bool there = access(path, F_OK) == 0;
    *table = there ? csv_read(path, error) : NULL;
    free(path);
    return !there || *table;
}

// The tables are about one version; an environment that has no versions is taken for it.
static bool is_published(const Row *row) {
    char version[PARAM_TEXT_SIZE] = "";
    return !config_get(row->run->config, "environment.version", version) || strcmp(version, published_version) == 0;
}

typedef struct Columns {
    int environment, level, mean, error, episodes;
} Columns;

static bool find_columns(const CsvTable *table, const char *episodes, Columns *columns, Error *error) {
    return csv_require(table, "environment", &columns->environment, error) &&
           csv_require(table, "level", &columns->level, error) && csv_require(table, "return_mean", &columns->mean, error) &&
           csv_require(table, "return_se", &columns->error, error) && csv_require(table, episodes, &columns->episodes, error);
}

static bool is_of(const CsvTable *table, size_t line, const Columns *columns, const Row *row) {
    return strcmp(csv_text(table, line, columns->environment), row->environment) == 0 &&
           strcmp(csv_text(table, line, columns->level), row->level) == 0;
}

static bool add_original(const CsvTable *table, Row *row, Error *error) {
    Columns columns;
    if (!find_columns(table, "n_episodes", &columns, error)) return false;
    for (size_t i = 0; i < csv_rows(table); i++) {
        if (!is_of(table, i, &columns, row)) continue;
        return csv_number(table, i, columns.mean, &row->original, error) &&
               csv_number(table, i, columns.error, &row->original_error, error) &&
               csv_integer(table, i, columns.episodes, 1, 1000000000, &row->original_episodes, error);
    }
    return true;
}

static bool read_knows(const CsvTable *table, size_t line, int column, int *knows, Error *error) {
    const char *text = csv_text(table, line, column);
    for (*knows = 0; *knows < KNOWS_COUNT; (*knows)++) {
        if (strcmp(text, knows_names[*knows]) == 0) return true;
    }
    error_unknown(error, "knowledge", text, knows_names, KNOWS_COUNT);
    return error_context(error, "%s:%zu: ", csv_path(table), csv_line(table, line));
}

// Who knows more can do what is done with less: a policy that is not better than one that knows less is not the best of its kind.
static void drop_idle_knowledge(Row *row) {
    for (int more = KNOWS_HISTORY; more < KNOWS_COUNT; more++) {
        for (int less = 0; less < more && row->best[more].name; less++) {
            if (row->best[less].name && row->best[less].mean >= row->best[more].mean) row->best[more].name = NULL;
        }
    }
}

// Where no policy by hand sees the state: what is possible for one that does, as far as the environment knows.
static bool add_bound(Row *row, Error *error) {
    Env *env = config_make_env(row->run->config, error);
    if (!env) return false;
    if (isfinite(env->spec.bound_return)) row->best[KNOWS_STATE] = (Policy){"bound", env->spec.bound_return};
    env_destroy(env);
    return true;
}

static bool add_policies(const CsvTable *table, Row *row, Error *error) {
    Columns columns;
    int policy, knows_column, knows;
    if (!find_columns(table, "episodes", &columns, error) || !csv_require(table, "policy", &policy, error) ||
        !csv_require(table, "knows", &knows_column, error))
        return false;
    for (size_t i = 0; i < csv_rows(table); i++) {
        double mean;
        if (!is_of(table, i, &columns, row) || strcmp(csv_text(table, i, knows_column), "nothing") == 0) continue;
        if (!read_knows(table, i, knows_column, &knows, error) || !csv_number(table, i, columns.mean, &mean, error))
            return false;
        Policy *best = &row->best[knows];
        if (!best->name || mean > best->mean) *best = (Policy){csv_text(table, i, policy), mean};
    }
    const bool measured = row->best[KNOWS_NOW].name || row->best[KNOWS_HISTORY].name;
    if (measured && !row->best[KNOWS_STATE].name && !add_bound(row, error)) return false;
    drop_idle_knowledge(row);
    return true;
}

static void compare(Row *row) {
    row->ours = estimate_mean(row->values, (int)row->run_count);
    row->interval = estimate_interval(row->ours, 0.95);
    double error = hypot(row->ours.se, row->original_error);
    row->z = error > 0 ? (row->ours.value - row->original) / error : NAN;
}

static bool fill(Picture *picture, Error *error) {
    const Experiment *experiment = picture->gathering->experiment;
    picture->rows = memory_zeroed(picture->gathering->count, sizeof *picture->rows);
    if (!check(picture, error) || !open_table(experiment, "upstream-random.csv", &picture->original, error) ||
        !open_table(experiment, "policies.csv", &picture->policies, error))
        return false;
    for (size_t i = 0; i < picture->gathering->count; i++) {
        if (!add_run(picture, i, error)) return false;
    }
    for (size_t i = 0; i < picture->row_count; i++) {
        Row *row = &picture->rows[i];
        bool published = is_published(row);
        if (published && picture->original && !add_original(picture->original, row, error)) return false;
        if (published && picture->policies && !add_policies(picture->policies, row, error)) return false;
        compare(row);
    }
    return true;
}

static void clear(Picture *picture) {
    for (size_t i = 0; i < picture->row_count; i++) {
        free(picture->rows[i].name);
        free(picture->rows[i].values);
    }
    free(picture->rows);
    if (picture->original) csv_destroy(picture->original);
    if (picture->policies) csv_destroy(picture->policies);
}

// ---- tables and variables ------------------------------------------------------------------------------------------------------------

static FigureTable *scores_table(const Picture *picture) {
    FigureTable *table = figure_table_create("scores", 11,
                                             (const char *const[]){"environment", "level", "row", "runs", "mean", "low", "high",
                                                                   "original", "original_low", "original_high", "z"});
    for (size_t i = 0; i < picture->row_count; i++) {
        const Row *row = &picture->rows[i];
        double half = NORMAL_95 * row->original_error;
        figure_table_text(table, row->name);
        figure_table_text(table, row->level);
        const double numbers[] = {(double)(picture->row_count - i),    // the first on top
                                  (double)row->run_count,
                                  row->ours.value,
                                  row->interval.low,
                                  row->interval.high,
                                  row->original,
                                  row->original - half,
                                  row->original + half,
                                  row->z};
        for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) figure_table_number(table, numbers[k]);
    }
    return table;
}

static FigureTable *policies_table(const Picture *picture) {
    FigureTable *table =
        figure_table_create("policies", 5, (const char *const[]){"environment", "row", "knows", "policy", "mean"});
    for (size_t i = 0; i < picture->row_count; i++) {
        for (int k = 0; k < KNOWS_COUNT; k++) {
            const Row *row = &picture->rows[i];
            if (!row->best[k].name) continue;
            figure_table_text(table, row->name);
            figure_table_number(table, (double)(picture->row_count - i));
            figure_table_text(table, knows_names[k]);
            figure_table_text(table, row->best[k].name);
            figure_table_number(table, row->best[k].mean);
        }
    }
    return table;
}

static void widen(CurveRange *range, double value) {
    range->low = fmin(range->low, value);
    range->high = fmax(range->high, value);
}

static void set_axes(Figure *figure, const Picture *picture) {
    CurveRange range = curve_range_empty();
    double farthest = 0;
    for (size_t i = 0; i < picture->row_count; i++) {
        const Row *row = &picture->rows[i];
        const double half = NORMAL_95 * row->original_error;
        const double values[] = {row->ours.value, row->interval.low,    row->interval.high,
                                 row->original,   row->original - half, row->original + half};
        for (size_t k = 0; k < sizeof values / sizeof *values; k++) widen(&range, values[k]);
        for (int k = 0; k < KNOWS_COUNT; k++) {
            if (row->best[k].name) widen(&range, row->best[k].mean);
        }
        farthest = fmax(farthest, fabs(row->z));
    }
    axes_range(figure, "RETURN", range.low, range.high, 0);
    figure_number(figure, "Z_BAND", Z_BAND);
    figure_number(figure, "Z_MAX", fmin(Z_MOST, fmax(2 * Z_BAND, ceil(farthest + 0.2))));
}

static void set_rows(Figure *figure, const Picture *picture) {
    const char **names = memory_zeroed(picture->row_count, sizeof *names);
    for (size_t i = 0; i < picture->row_count; i++) names[i] = picture->rows[i].name;
    figure_number(figure, "ROW_COUNT", (double)picture->row_count);
    figure_strings(figure, "ROW", picture->row_count, names);
    free(names);
}

static bool any_policy(const Picture *picture, int knows) {
    for (size_t i = 0; i < picture->row_count; i++) {
        if (picture->rows[i].best[knows].name) return true;
    }
    return false;
}

static bool any_original(const Picture *picture) {
    for (size_t i = 0; i < picture->row_count; i++) {
        if (isfinite(picture->rows[i].original)) return true;
    }
    return false;
}

static void set_marks(Figure *figure, const Picture *picture) {
    static const char *const labels[] = {"best without memory", "best with memory", "best that sees the state"};
    static const char *const colours_of[] = {"feedforward", "mgu", ""};    // the last: black
    const char *colours[KNOWS_COUNT], *shown[KNOWS_COUNT];
    for (int k = 0; k < KNOWS_COUNT; k++) {
        colours[k] = palette[palette_index(colours_of[k], 0)].colour;
        shown[k] = any_policy(picture, k) ? labels[k] : "";
    }
    figure_string(figure, "OURS_COLOUR", palette[palette_index("gru", 0)].colour);
    figure_strings(figure, "KNOWS", KNOWS_COUNT, knows_names);
    figure_strings(figure, "KNOWS_NAME", KNOWS_COUNT, shown);
    figure_strings(figure, "KNOWS_COLOUR", KNOWS_COUNT, colours);
    figure_number(figure, "ORIGINAL", any_original(picture));
}

// ---- caption -------------------------------------------------------------------------------------------------------------------------

// "1000", or "280 to 5000".
static char *range_text(long fewest, long most) {
    return fewest == most ? memory_format("%ld", most) : memory_format("%ld to %ld", fewest, most);
}

static char *ours_text(const Picture *picture) {
    long runs[2] = {-1, 0}, episodes[2] = {-1, 0};
    for (size_t i = 0; i < picture->row_count; i++) {
        const Row *row = &picture->rows[i];
        long count = (long)row->run_count;
        if (runs[0] < 0 || count < runs[0]) runs[0] = count;
        if (count > runs[1]) runs[1] = count;
        if (count == 0) continue;
        if (episodes[0] < 0 || row->fewest < episodes[0]) episodes[0] = row->fewest;
        if (row->most > episodes[1]) episodes[1] = row->most;
    }
    char *run = range_text(runs[0], runs[1]), *episode = range_text(episodes[0], episodes[1]);
    char *text = memory_format("Undiscounted return of uniformly random actions. Filled circles: means over %s run%s per "
                               "environment of %s episodes each%s.",
                               run, runs[1] == 1 ? "" : "s", episode, runs[1] > 1 ? ", with 95 % t intervals over runs" : "");
    free(run);
    free(episode);
    return text;
}

static char *original_text(const Picture *picture) {
    long episodes[2] = {-1, 0};
    for (size_t i = 0; i < picture->row_count; i++) {
        const Row *row = &picture->rows[i];
        if (!isfinite(row->original)) continue;
        if (episodes[0] < 0 || row->original_episodes < episodes[0]) episodes[0] = row->original_episodes;
        if (row->original_episodes > episodes[1]) episodes[1] = row->original_episodes;
    }
    if (episodes[1] == 0) return memory_format("%s", "");
    char *episode = range_text(episodes[0], episodes[1]);
    char *text = memory_format(
        " Hollow diamonds: means over %s episodes in the original program, with 95 %% intervals (%g standard errors). b: ours "
        "minus the original's, in standard errors of this difference; where nothing differs the band from -%g to %g holds "
        "about "
        "19 of 20 rows, fewer with few runs.",
        episode, NORMAL_95, Z_BAND, Z_BAND);
    free(episode);
    return text;
}

static char *suite_caption(const Panels *panels, const Picture *picture) {
    bool policies = any_policy(picture, KNOWS_NOW) || any_policy(picture, KNOWS_HISTORY) || any_policy(picture, KNOWS_STATE);
    char *ours = ours_text(picture), *original = original_text(picture);
    char *shown = memory_format(
        "%s%s%s", ours, original,
        policies
            ? " Ticks: the best policies by hand (engram bench popgym) that have no memory and know the present observation, "
              "their "
              "previous action and the time step; with memory, that know all they have seen, where these are better; and that "
              "see the hidden state, which no agent can, where these are better still; without such a policy the greatest "
              "return that is possible for one."
            : "");
    char *text = caption_text(panels->panel, panels->count, shown, "they are left out");
    free(ours);
    free(original);
    free(shown);
    return text;
}

static bool draw_suite(Panels *panels, const char *folder, Error *error) {
    Picture picture = {.gathering = panels->gathering};
    bool good = fill(&picture, error);
    if (good) {
        Figure *figure = axes_figure("suite", suite_caption(panels, &picture), 6.75, 1.0 + 0.215 * (double)picture.row_count);
        set_axes(figure, &picture);
        set_rows(figure, &picture);
        set_marks(figure, &picture);
        figure_add_table(figure, scores_table(&picture));
        figure_add_table(figure, policies_table(&picture));
        good = figure_render(figure, folder, error);
        figure_destroy(figure);
    }
    clear(&picture);
    return good;
}

const Drawing drawing_suite = {.script = "suite", .needs_analysis = NULL, .draw_together = draw_suite};
