// The scores of all runs of an experiment: what the views of returns are made of. A cell's scores are those of one algorithm, a panel is a
// task.
#pragma once

#include "analysis/scores.h"
#include "analysis/statistics.h"
#include "benchmarks/drawings/panel.h"

typedef struct BoardRun {
    int64_t seed;
    bool broken;     // broke down in training, or its final return is not finite: score 0
    double value;    // final discounted return; the low reference of a broken run
    double score;
    size_t steps;     // evaluations; 0 for a run that broke down in training
    int64_t *step;    // [steps] owned
    double *curve;    // [steps] their scores, owned; 0 where not finite
} BoardRun;

typedef struct BoardCell {
    const char *name;    // borrowed from the panels
    Scores scores;       // its runs are those of `run`, in the same order
    int broken;          // how many of them
    int fewest;          // on any task
    BoardRun *run;
    int *runs_of;
    double *value;
} BoardCell;

typedef struct Scoreboard {
    const Panels *panels;    // borrowed
    size_t cell_count;
    BoardCell *cells;
    int fewest;    // runs of any cell on any task
} Scoreboard;

// NULL with a message: a reference is unknown, or a cell has no run at all on some task.
Scoreboard *scoreboard_create(const Panels *panels, Error *error);
void scoreboard_destroy(Scoreboard *board);

// Index in cells[].run of the first run on a task.
int scoreboard_first(const BoardCell *cell, int task);
int scoreboard_broken(const BoardCell *cell, int task);    // how many runs on a task broke down
double scoreboard_lowest(const Scoreboard *board);         // score
double scoreboard_highest(const Scoreboard *board);

// For an axis of scores: widens `range` to a t interval, but not further than half a unit beyond all scores. Of two or three runs it can be
// many units long; then it leaves the axis.
void scoreboard_widen(const Scoreboard *board, Interval interval, CurveRange *range);

// A bootstrap interval of fewer runs than this would mislead: it is not drawn. With fewer than BOOTSTRAP_SHORT, captions call it too narrow.
enum { BOOTSTRAP_FEWEST = 5, BOOTSTRAP_SHORT = 10 };

// For captions, the caller's to free: a sentence on what scores are (of `what`: scoreboard_final in most views) and how many runs there are; and the
// whole caption of a view with bootstrap intervals, from what it shows (sentences, taken over).
char *scoreboard_caption_scores(const Scoreboard *board, const char *what);
char *scoreboard_caption(const Scoreboard *board, char *shown, const char *what, int replicates);
extern const char scoreboard_final[];
extern const char scoreboard_policy[];    // what became of runs that broke down, for caption_text
