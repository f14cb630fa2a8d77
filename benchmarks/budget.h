// Evidence from fresh seeds, added up to a budget of time: `engram check --budget 20m`.
//
// The seeds are the experiment's fresh ones (evidence.seeds_from; nobody has looked at them), the same for all claims of the
// experiment. Looks are taken at preset numbers of seeds (evidence.looks) with a group-sequential boundary, so that stopping at any
// of them, for a verdict or for want of time, keeps every level (analysis/sequential.h); claims with test betting are e-processes
// and need no boundary. Holm over the family works on the smallest p so far (Maurer and Bretz 2013).
//
// Time goes where it decides most: among the experiments that still have an undecided claim, to the one whose next look is the
// cheapest for each of its undecided claims; a look that would not end within the budget is not begun, another one may still fit.
// Every step is logged, with what was expected and what it took.
//
// Runs are kept, so the same command goes on where it stopped: looks that are paid for are taken again in their order, at no cost.
// Runs of another code revision are trained again unless it is known to behave as this one does (renew.h): evidence is added up over
// revisions, and never over two behaviours. Finding out how the program behaves counts against the budget.
#pragma once

#include "benchmarks/check.h"
#include "benchmarks/scheduler.h"

typedef struct BudgetStep {
    const Experiment *experiment;
    int look, looks;    // from 1
    int seeds;
    size_t new_runs;          // that had to be trained
    double expected, used;    // seconds; expected is NaN where nothing was known
    int undecided;            // claims, after the look
    char note[80];            // "looked", "does not fit into what is left", "time was up", ...
} BudgetStep;

typedef struct BudgetReport {
    size_t count;
    Experiment **experiments;    // copies with the seeds that were reached, in the given order; owned
    CheckReport **reports;       // [count] of the last look; NULL: not even the first look fitted, or no claim to be tested
    char (*behaviours)[DIGEST_SIZE];    // [count] of the program, "" where it was not asked for
    size_t step_count;
    BudgetStep *steps;
    double seconds, used;
    bool interrupted;
} BudgetReport;

// Loads the experiments anew by name, so that they can be judged at other seeds. `schedule` says where, with how many jobs, and where
// progress goes; nothing else of it is used. False with a message.
bool budget_spend(Experiment *const *experiments, size_t count, const Setting *settings, size_t setting_count, double seconds,
                  const ScheduleOptions *schedule, BudgetReport *report, Error *error);
void budget_free(BudgetReport *report);

// The log as CSV, for <results>/verdicts/allocation.csv; written aside and renamed.
bool budget_write_log(const BudgetReport *report, const char *path, Error *error);

// "90", "90s", "20m", "2h": seconds, above 0.
bool budget_parse(const char *text, double *seconds, Error *error);
