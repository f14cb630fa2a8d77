// Claims: statements about a population quantity theta, judged from independent runs as pass, fail or inconclusive.
// Free of files: the experiment file gives a `Claim`, the run files give one value per run.
//
// Every kind is a claimed region for theta. PASS: theta is shown to lie inside; FAIL: shown to lie outside;
// otherwise INCONCLUSIVE, so that absence of evidence never decides. "Shown" is one-sided, at `level_pass` for what can
// pass and at the stricter `level_fail` for what can fail: a false alarm costs attention on every build.
//
//     kind          theta                                region               error of the estimate
//     at_least      mean of a                            (threshold, inf)     t over runs; Clopper-Pearson for shares
//     at_most       mean of a                            (-inf, threshold)    same
//     superior      mean of a - mean of b                (threshold, inf)     Welch; one-sample t if paired
//     noninferior   mean of a - mean of b                (-threshold, inf)    same
//     equivalent    mean of a - mean of b                (-threshold, threshold)    same: TOST (Schuirmann 1987)
//     correlates    Spearman's rho of value and other    (threshold, 1)       Bonett-Wright (2000), and a shuffled null
//
// Several tasks (strata): the mean over tasks of the mean over a task's runs, with Satterthwaite degrees (stratified
// Welch). A correlation's PASS also needs the shuffled-run null (pairs permuted, within strata if given) at level_pass.
//
// INCONCLUSIVE whatever the values: fewer than 3 valid runs in an arm (4 for a correlation), fewer than 80 % valid runs,
// a task with a single run or present in one arm only, a correlation with a constant side, and samples without any spread.
//
// Several claims of one file are a family. p_pass tests "theta outside the region", p_fail tests "theta inside". Both
// are corrected by Holm over all claims of the family, including those that could not be judged (p = 1) and those expected
// to fail or open, so that the number of tests is fixed before the data. A verdict stands only if its corrected p is
// below its level: any wrong PASS in the file has probability at most level_pass, any wrong FAIL at most level_fail.
// (For `equivalent` with a margin far below the standard error p_fail can reach twice its nominal level: each side
// is tested alone.)
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "analysis/statistics.h"
#include "core/error.h"

typedef enum ClaimKind {
    CLAIM_AT_LEAST,
    CLAIM_AT_MOST,
    CLAIM_SUPERIOR,
    CLAIM_NONINFERIOR,
    CLAIM_EQUIVALENT,
    CLAIM_CORRELATES,
    CLAIM_KIND_COUNT
} ClaimKind;

typedef enum ClaimExpectation { EXPECT_PASS, EXPECT_FAIL, EXPECT_OPEN, EXPECTATION_COUNT } ClaimExpectation;

typedef enum Verdict { VERDICT_PASS, VERDICT_FAIL, VERDICT_INCONCLUSIVE, VERDICT_COUNT } Verdict;

// The words of the experiment file and of the tables, by enumerator: "at_least", "pass", "inconclusive", ...
extern const char *const claim_kind_names[CLAIM_KIND_COUNT];
extern const char *const claim_expectation_names[EXPECTATION_COUNT];
extern const char *const verdict_names[VERDICT_COUNT];

// One arm: a value per run. A run that failed, or whose value is not finite, is not valid.
typedef struct ClaimArm {
    const double *value;    // [n]
    const double *other;    // [n], second quantity of the run: correlates only, otherwise NULL
    const bool *failed;     // [n], NULL: none
    const int *stratum;     // [n] task or cell of the run, >= 0; NULL: one
    int n;                  // runs, failed and missing ones included
} ClaimArm;

typedef struct Claim {
    const char *id;
    ClaimKind kind;
    double threshold;       // as in the table; a margin > 0 for noninferior, equivalent
    double fail_below;      // at_least, superior, noninferior, correlates: FAIL needs theta below this; NaN: threshold
    bool share;             // at_least, at_most: values are 0 or 1, theta is their share
    bool paired;            // two arms: a.value[i] and b.value[i] belong together (a seed)
    double failed_value;    // stands in for runs that are not valid (a task's worst score); NaN leaves them out
    double level_pass, level_fail;
    int permutations;    // of the shuffled null
    uint64_t seed;       // of the shuffled null
    ClaimExpectation expect;
} Claim;

// threshold 0, levels 0.05 and 0.005, 10 000 permutations, seed 0, expect pass, failed runs left out.
Claim claim_default(ClaimKind kind);

// Whether the claim makes sense before any data: margins positive, levels in (0, 0.5), options that fit the kind.
bool claim_check(const Claim *claim, Error *error);

typedef struct ClaimResult {
    Verdict verdict;
    double effect;                 // estimate of theta; NaN if undefined
    double low, high;              // the (1 - 2 level_pass) interval: its bounds are those that can pass
    double fail_low, fail_high;    // the wider (1 - 2 level_fail) interval: its bounds are those that can fail
    double threshold;              // as the claim has it
    double p, p_adjusted;          // of PASS: alone, and after Holm over the family
    double p_fail, p_fail_adjusted;
    double p_shuffled;     // correlates: of the shuffled null, contained in p; otherwise NaN
    double margin;         // to flip, in se of the estimate, before Holm: how far the deciding bound is from the
                           // boundary (of PASS or FAIL), or what an inconclusive claim lacks to the nearer verdict
    int runs_a, runs_b;    // used, after substitution of failed ones; pairs count once, in runs_a
    int failed;            // runs that were not valid, in both arms
    char reason[160];      // one line: why this verdict
} ClaimResult;

// Judges a claim alone (a family of one). `b` is NULL for the kinds with one arm. The claim has passed claim_check.
ClaimResult claim_judge(const Claim *claim, const ClaimArm *a, const ClaimArm *b);

// Holm over the family: fills the adjusted p of results[count] and takes back the verdicts that do not survive.
void claims_settle(const Claim *claims, ClaimResult *results, int count);

// Exit status of a family: 0 all as expected; 1 a FAIL where pass is expected (or a PASS where fail is); 3 none of
// these, but some undecided. Open claims never count.
enum { CLAIMS_AS_EXPECTED = 0, CLAIMS_CONTRARY = 1, CLAIMS_UNDECIDED = 3 };
int claims_exit_status(const Claim *claims, const ClaimResult *results, int count);

// An open claim that passes: its `expect` can become pass.
bool claim_promotable(const Claim *claim, const ClaimResult *result);
