#include "benchmarks/drawings/scoreboard.h"

#include <math.h>
#include <stdlib.h>

#include "benchmarks/drawings/caption.h"
#include "core/arena.h"

// ---- one run -------------------------------------------------------------------------------------------------------------

static bool finished_run(const Panel *panel, const Cell *cell, size_t index, BoardRun *run, Error *error) {
    Series series;
    if (!gather_series(panel->gathering, cell->runs[index], scoring_series, &series, error)) return false;
    *run = (BoardRun){.seed = cell->seeds[index], .value = scoring_final(&series), .steps = series.count, .step = series.step};
    run->broken = !isfinite(run->value);
    if (run->broken) run->value = panel->scale.low;
    run->score = scoring_score(panel->scale, run->value);
    run->curve = series.value;
    for (size_t t = 0; t < series.count; t++) {
        double score = scoring_score(panel->scale, series.value[t]);
        run->curve[t] = isfinite(score) ? score : 0;
    }
    return true;
}

static BoardRun broken_run(const Panel *panel, size_t run) {
    return (BoardRun){.seed = panel->gathering->runs[run].run->seed, .broken = true, .value = panel->scale.low, .score = 0};
}

// ---- one cell ------------------------------------------------------------------------------------------------------------

static bool fill_task(BoardCell *board, const Panel *panel, const Cell *cell, int task, int *count, Error *error) {
    int first = *count;
    bool good = true;
    for (size_t i = 0; i < cell->run_count && good; i++) good = finished_run(panel, cell, i, &board->run[(*count)++], error);
    for (size_t i = 0; i < cell->failed_count; i++) board->run[(*count)++] = broken_run(panel, cell->failed[i]);
    board->runs_of[task] = *count - first;
    if (task == 0 || board->runs_of[task] < board->fewest) board->fewest = board->runs_of[task];
    if (good && *count == first) {
        return error_set(error, "%s has no run%s%s yet: scores need at least one of each cell and task", cell->name,
                         *panel->title ? " at " : "", panel->title);
    }
    return good;
}

static bool fill_cell(BoardCell *board, const Panels *panels, size_t index, Error *error) {
    board->name = panels->panel[0].cells[index].name;
    board->run = memory_zeroed(panels->gathering->count, sizeof *board->run);
    board->value = memory_zeroed(panels->gathering->count, sizeof *board->value);
    board->runs_of = memory_zeroed(panels->count, sizeof *board->runs_of);
    int count = 0;
    for (size_t k = 0; k < panels->count; k++) {
        const Panel *panel = &panels->panel[k];
        if (!fill_task(board, panel, &panel->cells[index], (int)k, &count, error)) return false;
    }
    for (int i = 0; i < count; i++) {
        board->value[i] = board->run[i].score;
        board->broken += board->run[i].broken;
    }
    board->scores = (Scores){.tasks = (int)panels->count, .runs = board->runs_of, .value = board->value};
    return true;
}

// ---- all of them ---------------------------------------------------------------------------------------------------------

static bool check_references(const Panels *panels, Error *error) {
    for (size_t k = 0; k < panels->count; k++) {
        const Panel *panel = &panels->panel[k];
        if (isfinite(panel->scale.low) && panel->scale.low < panel->scale.high) continue;
        return error_set(error,
                         "the expected returns of an optimal policy and of random actions are not both known for "
                         "%s%s%s: there are no scores",
                         config_problem_name(panel->config), *panel->title ? " with " : "", panel->title);
    }
    return true;
}

Scoreboard *scoreboard_create(const Panels *panels, Error *error) {
    if (!check_references(panels, error)) return NULL;
    Scoreboard *board = memory_zeroed(1, sizeof *board);
    board->panels = panels;
    board->cell_count = panels->panel[0].cell_count;
    board->cells = memory_zeroed(board->cell_count, sizeof *board->cells);
    bool good = true;
    for (size_t i = 0; i < board->cell_count && good; i++) {
        good = fill_cell(&board->cells[i], panels, i, error);
        if (i == 0 || board->cells[i].fewest < board->fewest) board->fewest = board->cells[i].fewest;
    }
    if (good) return board;
    scoreboard_destroy(board);
    return NULL;
}

void scoreboard_destroy(Scoreboard *board) {
    for (size_t c = 0; board && c < board->cell_count; c++) {
        BoardCell *cell = &board->cells[c];
        for (size_t i = 0; cell->run && i < board->panels->gathering->count; i++) {
            free(cell->run[i].step);
            free(cell->run[i].curve);
        }
        free(cell->run);
        free(cell->value);
        free(cell->runs_of);
    }
    if (board) free(board->cells);
    free(board);
}

int scoreboard_first(const BoardCell *cell, int task) {
    int first = 0;
    for (int k = 0; k < task; k++) first += cell->runs_of[k];
    return first;
}

int scoreboard_broken(const BoardCell *cell, int task) {
    int first = scoreboard_first(cell, task), broken = 0;
    for (int i = 0; i < cell->runs_of[task]; i++) broken += cell->run[first + i].broken;
    return broken;
}

static double extreme(const Scoreboard *board, double (*of)(double, double), double from) {
    for (size_t c = 0; c < board->cell_count; c++) {
        const BoardCell *cell = &board->cells[c];
        for (int i = 0; i < scores_count(&cell->scores); i++) from = of(from, cell->value[i]);
    }
    return from;
}

double scoreboard_lowest(const Scoreboard *board) {
    return extreme(board, fmin, INFINITY);
}

double scoreboard_highest(const Scoreboard *board) {
    return extreme(board, fmax, -INFINITY);
}

void scoreboard_widen(const Scoreboard *board, Interval interval, CurveRange *range) {
    if (isnan(interval.low) || isnan(interval.high)) return;
    range->low = fmin(range->low, fmax(interval.low, scoreboard_lowest(board) - 0.5));
    range->high = fmax(range->high, fmin(interval.high, scoreboard_highest(board) + 0.5));
}

// ---- captions ------------------------------------------------------------------------------------------------------------

const char scoreboard_final[] = "mean discounted return over the last tenth of the greedy evaluations";
const char scoreboard_policy[] = "they count with the score 0";

// "10 runs per cell", "5 to 10 runs per cell and task".
static char *runs_text(const Scoreboard *board) {
    int most = board->fewest;
    for (size_t c = 0; c < board->cell_count; c++) {
        for (int k = 0; k < board->cells[c].scores.tasks; k++) {
            if (board->cells[c].runs_of[k] > most) most = board->cells[c].runs_of[k];
        }
    }
    const char *where = board->panels->count > 1 ? " and task" : "";
    if (board->fewest == most) return memory_format("%d run%s per cell%s", most, most == 1 ? "" : "s", where);
    return memory_format("%d to %d runs per cell%s", board->fewest, most, where);
}

char *scoreboard_caption_scores(const Scoreboard *board, const char *what) {
    const Panels *panels = board->panels;
    size_t broken = 0, failed = 0;
    for (size_t c = 0; c < board->cell_count; c++) broken += (size_t)board->cells[c].broken;
    for (size_t k = 0; k < panels->count; k++) failed += panels->panel[k].failed;
    char *runs = runs_text(board);
    char *other = broken > failed
                      ? memory_format("; %zu more with returns that are not finite have the score 0", broken - failed)
                      : memory_format("%s", "");
    bool bound = false;
    for (size_t k = 0; k < panels->count; k++) bound = bound || panels->panel[k].scale.bound;
    char *text = memory_format("Score: %s, scaled so that uniformly random actions have 0 and an optimal policy has 1%s; %s%s.",
                               what, bound ? " (where it is unknown: one that sees the state)" : "", runs, other);
    free(runs);
    free(other);
    return text;
}

static char *caption_intervals(const Scoreboard *board, int replicates) {
    if (board->fewest < BOOTSTRAP_FEWEST) {
        return memory_format("No intervals: they need at least %d runs of each cell and task.", BOOTSTRAP_FEWEST);
    }
    return memory_format("Intervals: 95 %%, percentile bootstrap over runs%s, %d replicates%s.",
                         board->panels->count > 1 ? ", stratified by task" : "", replicates,
                         board->fewest < BOOTSTRAP_SHORT ? "; too narrow below ten runs" : "");
}

char *scoreboard_caption(const Scoreboard *board, char *shown, const char *what, int replicates) {
    char *scores = scoreboard_caption_scores(board, what), *intervals = caption_intervals(board, replicates);
    char *whole = memory_format("%s %s %s", shown, scores, intervals);
    char *text = caption_text(board->panels->panel, board->panels->count, whole, scoreboard_policy);
    free(scores);
    free(intervals);
    free(whole);
    free(shown);
    return text;
}
