// Claims: statements about a population quantity theta, judged from independent runs as pass, fail or inconclusive.
// Free of files: the experiment file gives a `Claim`, the run files give one value per run.
//
// Every kind is a claimed region for theta. PASS: theta is shown to lie inside; FAIL: shown to lie outside;
// otherwise INCONCLUSIVE, so that absence of evidence never decides. "Shown" is one-sided, at `level_pass` for what can
// pass and at the stricter `level_fail` for what can fail: a false alarm costs attention on every build.
//
//     kind          theta                                    region                     default evidence
//     at_least      mean of a                                (threshold, inf)           t; shares: Clopper-Pearson; one task and known
//                                                                                       `bounds`: Gaffke
//     at_most       mean of a                                (-inf, threshold)          same
//     within        mean of a                                band                       same
//     superior      mean of a - mean of b                    (threshold, inf)           Welch; one-sample t if paired
//     noninferior   mean of a - mean of b                    (-threshold, inf)          same
//     equivalent    mean of a - mean of b                    (-threshold, threshold)    same: TOST (Schuirmann 1987)
//     dominates     P(a > b) + P(a = b) / 2                  (threshold, 1)             Brunner-Munzel on the logit
//     correlates    Spearman's rho of value and other        (threshold, 1)             Bonett-Wright, and a shuffled null
//     ordered       a1 - a2, a2 - a3, ...                    each (threshold, inf)      Welch or paired, each pair
//     trend         mean over runs of a slope                (-inf, threshold)          t over the slopes
//     reproduces    mean of a - the published mean           (-threshold, threshold)    Welch with the published sd and n
//     bitwise       the runs' digests                        equal to the stored ones   none: it is so or not
//     described     mean of a, or of a - b                   none: numbers, no verdict  t
//
// `test` puts other evidence in the place of the default, see analysis/evidence.h. Several tasks (strata): the mean over
// tasks of the mean over a task's runs, with Satterthwaite degrees (stratified Welch). A correlation's PASS also needs
// the shuffled-run null (pairs permuted, within strata if given) at level_pass, where its threshold is 0 or more. A published mean without a standard
// deviation is given ours, as a prediction: such a claim can fail, but never pass.
//
// INCONCLUSIVE whatever the values: fewer runs than `fewest` in an arm (4 for a correlation), fewer than 80 % valid runs, a broken
// run where the policy is `error`, a task with a single run or present in one arm only, a correlation with a constant
// side, and samples without any spread where the test needs it.
//
// The claims of a family are judged together. p_pass tests "theta outside the region", p_fail tests "theta inside". Both
// are corrected by Holm over all claims of the family, including those that could not be judged (p = 1) and those expected
// to fail or open, so that the number of tests is fixed before the data. A verdict stands only if its corrected p is
// below its level: any wrong PASS in the family has probability at most level_pass, any wrong FAIL at most level_fail.
// (For two-sided regions far narrower than the standard error p_fail can reach twice its nominal level: each side
// is tested alone.) Bitwise and described claims are no tests and belong to no family.
//
// Looking more than once: with `looks` the p-values are those of a group-sequential design (sequential.h), valid however
// many of the preset looks are taken, and the intervals are its repeated ones; `seen` carries the smallest p so far.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "analysis/statistics.h"
#include "core/error.h"

typedef enum ClaimKind {
    CLAIM_AT_LEAST,
    CLAIM_AT_MOST,
    CLAIM_WITHIN,
    CLAIM_SUPERIOR,
    CLAIM_NONINFERIOR,
    CLAIM_EQUIVALENT,
    CLAIM_DOMINATES,
    CLAIM_CORRELATES,
    CLAIM_ORDERED,
    CLAIM_TREND,
    CLAIM_REPRODUCES,
    CLAIM_BITWISE,
    CLAIM_DESCRIBED,
    CLAIM_KIND_COUNT
} ClaimKind;

// What the evidence is. DEFAULT: by kind, as in the table.
typedef enum ClaimTest {
    TEST_DEFAULT,
    TEST_T,              // kinds about means
    TEST_BOUNDED,        // one mean, or pairs: values lie in `bounds`; any number of runs
    TEST_PERMUTATION,    // two arms
    TEST_BETTING,        // one mean, or pairs, in `bounds`: an e-process, valid at any time
    CLAIM_TEST_COUNT
} ClaimTest;

// What stands for a run that broke down, or whose value is not finite.
typedef enum FailedPolicy {
    FAILED_ERROR,         // nothing: with such a run the claim is not decided
    FAILED_WORST,         // the claim's `worst` value
    FAILED_RANK_WORST,    // less than every value; dominates only
    FAILED_DROP,          // it is left out: for causes that have nothing to do with the algorithm
    FAILED_POLICY_COUNT
} FailedPolicy;

typedef enum ClaimExpectation { EXPECT_PASS, EXPECT_FAIL, EXPECT_OPEN, EXPECTATION_COUNT } ClaimExpectation;

typedef enum Verdict { VERDICT_PASS, VERDICT_FAIL, VERDICT_INCONCLUSIVE, VERDICT_DESCRIBED, VERDICT_COUNT } Verdict;

// The words of the experiment file and of the tables, by enumerator ("at_least", "rank-worst", ...); NULL-terminated.
extern const char *const claim_kind_names[CLAIM_KIND_COUNT + 1];
extern const char *const claim_test_names[CLAIM_TEST_COUNT + 1];
extern const char *const failed_policy_names[FAILED_POLICY_COUNT + 1];
extern const char *const claim_expectation_names[EXPECTATION_COUNT + 1];
extern const char *const verdict_names[VERDICT_COUNT + 1];

// One arm: a value per run. A run that failed, or whose value is not finite, is not valid.
typedef struct ClaimArm {
    const double *value;    // [n]
    const double *other;    // [n], second quantity of the run: correlates only, otherwise NULL
    const bool *failed;     // [n], NULL: none
    const int *stratum;     // [n] task or cell of the run, >= 0; NULL: one
    const int *block;       // [n] runs of one seed share a block, >= 0, in the order in which they came; NULL: each its own
    int n;                  // runs, failed and missing ones included
} ClaimArm;

// A published result: `sd` over `n` runs; sd NaN: not stated.
typedef struct Published {
    double mean, sd;
    int n;
} Published;

// Looks at a growing number of runs, fixed before the first: `fraction` of the most runs, ascending, the last one 1.
enum { LOOKS_MAX = 16 };
typedef struct ClaimLooks {
    int count;    // 0: a single look at a fixed number of runs
    int look;     // this one, from 0
    double fraction[LOOKS_MAX];
    bool pocock;    // the same bound at all looks, instead of O'Brien and Fleming's, which spares the last one
} ClaimLooks;

typedef struct Claim {
    const char *id;
    ClaimKind kind;
    ClaimTest test;
    double threshold;     // as in the table; a margin > 0 for noninferior, equivalent, reproduces
    Interval band;        // within
    double fail_below;    // at_least, superior, noninferior, dominates, correlates: FAIL needs theta below this; NaN: threshold
    bool share;           // at_least, at_most, within: values are 0 or 1, theta is their share
    bool paired;          // two arms: a.value[i] and b.value[i] belong together (a seed)
    Interval bounds;      // what a value can be; NaN: not known
    Published published;    // reproduces
    FailedPolicy failed;
    double worst;    // a value, for FAILED_WORST
    int fewest;      // valid runs that an arm must have
    double level_pass, level_fail;
    const char *family;    // claims with the same name are corrected together; "" is one too
    int permutations;      // of the shuffled null and of TEST_PERMUTATION
    uint64_t seed;         // of the same
    ClaimLooks looks;
    ClaimExpectation expect;
} Claim;

// threshold 0, levels 0.05 and 0.005, 10 000 permutations, seed 0, failed runs are errors, expect pass. `fewest` is 10: below
// that, t intervals are too short for runs that either solve a task or do not (engram bench statistics); shares and means of values
// in known bounds need no fewest.
Claim claim_default(ClaimKind kind);

// Whether the claim makes sense before any data: margins positive, levels in (0, 0.5), bounds that do not contradict each other, options
// that fit the kind.
bool claim_check(const Claim *claim, Error *error);

// The claimed region for theta, and the wider one outside of which the claim fails.
void claim_regions(const Claim *claim, Interval *claimed, Interval *tolerated);

bool claim_has_two_arms(ClaimKind kind);     // superior, noninferior, equivalent, dominates
bool claim_is_tested(ClaimKind kind);        // has p-values: neither bitwise nor described
bool claim_has_share(const Claim *claim);    // judged by Clopper-Pearson

// The smallest number of runs an arm must have for a PASS to be possible at all, were every value on the good side, when
// Holm's correction is over `family` tests: what its test can reach at level_pass / family, and `fewest`.
int claim_runs_needed(const Claim *claim, int family);

typedef struct ClaimResult {
    Verdict verdict;
    double effect;                 // estimate of theta; NaN if undefined
    double low, high;              // the (1 - 2 level_pass) interval: its bounds are those that can pass
    double fail_low, fail_high;    // the wider (1 - 2 level_fail) interval: its bounds are those that can fail
    double threshold;              // as the claim has it: the boundary that decides (within: the nearer one)
    double p, p_adjusted;          // of PASS: alone, and after Holm over the family
    double p_fail, p_fail_adjusted;
    double p_shuffled;    // correlates: of the shuffled null, contained in p; otherwise NaN
    double se;            // of the effect; of asymmetric intervals what they amount to
    double
        standardised;    // effect minus threshold (two arms: the effect) in standard deviations of a run, of a pair's difference where
                         // arms are paired (d_z), Hedges' g for two arms of one task; NaN if undefined
    double cliff;          // two arms: Cliff's delta, 2 P(a > b) + P(a = b) - 1; otherwise NaN
    double margin;         // to flip, in se of the estimate, before Holm: how far the deciding bound is from the
                           // boundary (of PASS or FAIL), or what an inconclusive claim lacks to the nearer verdict
    int runs_a, runs_b;    // used, after substitution of failed ones; pairs count once, in runs_a
    int failed;            // runs that were not valid, in all arms
    char reason[200];      // one line: why this verdict
} ClaimResult;

// Judges a claim alone (a family of one). `b` is NULL for the kinds with one arm. The claim has passed claim_check.
ClaimResult claim_judge(const Claim *claim, const ClaimArm *a, const ClaimArm *b);
// Kind ordered: arms[count], the first the highest. Effect and interval are those of the pair that is least sure.
ClaimResult claim_judge_order(const Claim *claim, const ClaimArm *arms, int count);
// Kinds with two arms: from an estimate of the difference that is made elsewhere, of so many runs.
ClaimResult claim_judge_estimate(const Claim *claim, Estimate difference, int runs_a, int runs_b);
// Kind bitwise: how many digests are equal, how many differ, and how many runs or digests are missing.
ClaimResult claim_judge_digests(const Claim *claim, int equal, int different, int missing);

// The smallest p that was seen at the looks up to now; begin with {1, 1}.
typedef struct ClaimSeen {
    double p, p_fail;
} ClaimSeen;
// After a look: keeps the smaller p, in both, and settles the claim's own verdict by it.
void claim_remember(const Claim *claim, ClaimResult *result, ClaimSeen *seen);

// Holm over each family: fills the adjusted p of results[count] and takes back the verdicts that do not survive.
void claims_settle(const Claim *claims, ClaimResult *results, int count);

// Exit status of some claims: 0 all as expected; 1 a FAIL where pass is expected (or a PASS where fail is); 3 none of
// these, but some undecided. Open and described claims never count.
enum { CLAIMS_AS_EXPECTED = 0, CLAIMS_CONTRARY = 1, CLAIMS_UNDECIDED = 3 };
int claims_exit_status(const Claim *claims, const ClaimResult *results, int count);

// An open claim that passes: its `expect` can become pass.
bool claim_promotable(const Claim *claim, const ClaimResult *result);
