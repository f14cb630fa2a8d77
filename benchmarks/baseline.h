// The gate of a changed program: is any claim's quantity worse than in the stored runs, on the same seeds, by more than its margin?
// A small paired comparison, which only a FAIL blocks: noninferiority (equivalence for claims about a value), Holm over all claims of
// the experiment, level 0.01 for the whole of them.
//
// What is compared, run by run (same seed, same combination): a, or a - b where a claim has two quantities or arms. For a correlation
// it is atanh of Spearman's rho, as one number with the errors of both sides. The margin is the claim's gate_margin, by
// default one standard deviation of the stored values between runs: routine changes of roundings move learning curves by less.
#pragma once

#include "benchmarks/verdicts.h"

extern const double BASELINE_LEVEL;    // 0.01

typedef struct BaselineRow {
    const ClaimSpec *spec;
    ClaimResult result;    // of new - stored, larger being better; PASS: not worse, FAIL: worse, both corrected
    double margin;
    bool same;        // all values equal the stored ones
    int unmatched;    // runs without a partner
} BaselineRow;

typedef struct BaselineReport {
    size_t count;
    BaselineRow *rows;    // of the claims that both sides have values for
    size_t worse;         // FAILs
} BaselineReport;

// `paired`: the seeds are the same on both sides; otherwise Welch (fresh seeds, to confirm a FAIL).
BaselineReport *baseline_compare(const CheckReport *fresh, const CheckReport *stored, bool paired);
void baseline_free(BaselineReport *report);
