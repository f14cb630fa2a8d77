// The claims of an experiment file. Keys of a claim, beside id, text, source (each required), kind and expect (pass, fail, open;
// not for kind described):
//
//     kind                  needs                    may have
//     at_least              a, threshold             fail_below, share
//     at_most               a, threshold             share
//     within                a, band: [low, high]     share
//     superior              a, b or reference, margin               fail_below, pairing
//     noninferior           a, b or reference, margin               fail_below, pairing
//     equivalent            a, b or reference, margin               pairing
//     dominates             a, b or reference, threshold            fail_below, pairing
//     correlates            a, b, threshold          fail_below
//     ordered               a, order: {cell: [highest, ..., lowest]}    margin        (in pairs, seed by seed)
//     trend                 a, across: a numeric parameter that varies, threshold    (slope against its log2; `worst` is a slope)
//     reproduces            a, published: {mean: M, sd: S, n: N}, margin    (without sd it can only fail)
//     bitwise               digests: a CSV with the columns run and digest
//     described             a                        b, share
//
// All kinds: where: {cell: gru} (only these runs), scales: [ci, paper] (left out at the others), calibration (as the
// file's), family (default: the file), tier (release: only judged by --tier release). Those with p-values: test (t, bounded, permutation, betting),
// bounds: [low, high] of a value, nan (error, worst, rank-worst, drop) with worst, fewest, level_pass, level_fail, gate_margin.
//
// A measure (a, b): series; at (a step, or last) or window (so many last values, or all) with reduce (mean, max, min, last, first);
// reaches (optimum, or a number) or falls_to (a number) with tolerance; where and seeds: the runs of this arm. A b without a series takes a's measure.
// Without `where` b is measured in the runs of a, pair by pair. With it the arms are different runs; runs of one seed share
// their random numbers, so they are compared in pairs (pairing: seed) unless the arms take disjoint seeds (pairing: none).
#pragma once

#include "analysis/claims.h"
#include "benchmarks/selector.h"

// One value per run, computed from a series of the run file or of its analysis.
typedef enum Reduction { REDUCE_MEAN, REDUCE_MAX, REDUCE_MIN, REDUCE_LAST, REDUCE_FIRST } Reduction;
typedef struct Measure {
    char *series;    // "evaluation/discounted_return", "mine/bank", "mine/bank-observation", ...
    bool at_step;    // the value at `step` (negative: counted from the last one, -1 the last) ...
    int64_t step;
    int window;    // ... or the last `window` values (0: all of them), reduced
    Reduction reduce;
    // Then the value is 1 or 0: whether the reduced value reaches `target` within `tolerance` (relative), from below or, with `falls`, from
    // above; reduced to the first: the first step of the window at which it does, or the last step where it never does.
    bool reaches, falls;
    bool target_optimum;    // target is the environment's optimal expected return (discounted for a discounted series)
    double target, tolerance;
} Measure;

typedef struct ArmSpec {
    Measure measure;
    Selector where;    // of the arm
    bool has_seeds;
    SeedRange seeds;
} ArmSpec;

struct ClaimSpec {
    char *id, *text, *source, *family;
    Claim claim;    // id and family point to these
    ArmSpec a, b;
    bool has_b;
    bool apart;        // b is measured in other runs than a
    Selector where;    // of all arms
    size_t order_count;
    Selector *order;            // [order_count] ordered: the arms, the highest first
    char *across;               // trend: the parameter, else NULL
    char *reference;            // CSV of others' values in the place of b: path from the repository root, else NULL
    char *digests;              // bitwise: CSV of stored digests, likewise
    double gate_margin;         // of the comparison with a stored baseline; NaN: one standard deviation of a run
    bool release;               // judged at the tier release only
    Calibration calibration;    // its own, or the file's
    char *location;             // file:line:column of the claim
};

// Reads the list under `claims` and keeps those for the experiment's scale. False with a message that names the place.
bool claimspec_read(Experiment *experiment, const Sheet *sheet, const SheetNode *list, Error *error);
void claimspec_clear(ClaimSpec *spec);    // frees what it owns

// `calibration: {seeds: A..B, commit: HEX}` of the file or of a claim.
bool calibration_read(const Sheet *sheet, const SheetNode *node, Calibration *calibration, Error *error);

// Whether a run belongs to the claim, and to one of its arms.
bool claim_covers(const ClaimSpec *claim, const SweepRun *run);
bool arm_covers(const ClaimSpec *claim, const ArmSpec *arm, const SweepRun *run);
