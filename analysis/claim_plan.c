#include "analysis/claim_plan.h"

#include <math.h>

#include "analysis/claim_rules.h"
#include "analysis/power.h"

static const double power_wanted = 0.8, confidence_of_spread = 0.8;

// Where the estimate lies: `distance` > 0 beyond the boundary that would decide, at level `alpha`.
typedef struct Goal {
    double distance, boundary, alpha;
    bool upwards;    // theta is to be shown above the boundary
    bool pass;       // the boundary of PASS
} Goal;

// The nearest boundary on the side of the estimate: of PASS when it lies in the claimed region, of FAIL when it lies outside the tolerated one.
static Goal goal_of(const Claim *claim, const ClaimResult *r, int family) {
    Interval claimed, tolerated;
    claim_regions(claim, &claimed, &tolerated);
    double to_low = r->effect - claimed.low, to_high = claimed.high - r->effect;
    if (to_low > 0 && to_high > 0) {
        bool low = to_low < to_high;
        return (Goal){fmin(to_low, to_high), low ? claimed.low : claimed.high, claim->level_pass / family, low, true};
    }
    double below = tolerated.low - r->effect, above = r->effect - tolerated.high;
    bool under = below > above;
    return (Goal){fmax(below, above), under ? tolerated.low : tolerated.high, claim->level_fail / family, !under, false};
}

static int runs_of_share(Goal goal, double share) {
    double hits = goal.upwards ? share : 1 - share, boundary = goal.upwards ? goal.boundary : 1 - goal.boundary;
    int n = power_share_size(1, boundary, goal.alpha);
    while (n > 0 && n < 5000 && power_share(hits, boundary, n, goal.alpha) < power_wanted) n += 1 + n / 50;
    return n < 5000 ? n : 0;
}

static int runs_of_correlation(Goal goal, double rho) {
    return goal.upwards ? power_correlation_size(rho, goal.boundary, power_wanted, goal.alpha)
                        : power_correlation_size(-rho, -goal.boundary, power_wanted, goal.alpha);
}

static int runs_of_means(const Claim *claim, const ClaimResult *r, Goal goal) {
    PowerDesign design = r->runs_b > 0 ? POWER_TWO_SAMPLE : POWER_ONE_SAMPLE;
    int runs = r->runs_b > 0 && r->runs_b < r->runs_a ? r->runs_b : r->runs_a;
    double sd = r->se * sqrt(design == POWER_TWO_SAMPLE ? runs / 2.0 : runs);
    sd = power_sd_upper(sd, runs - 1, confidence_of_spread);
    if (!(sd > 0)) return 0;
    if (goal.pass && (claim->kind == CLAIM_EQUIVALENT || claim->kind == CLAIM_WITHIN)) {    // two sides at once
        Interval claimed, tolerated;
        claim_regions(claim, &claimed, &tolerated);
        double middle = (claimed.low + claimed.high) / 2, reach = (claimed.high - claimed.low) / 2;
        return power_equivalence_size(design, (r->effect - middle) / sd, reach / sd, power_wanted, goal.alpha);
    }
    return power_t_size(design, goal.distance / sd, power_wanted, goal.alpha, ALTERNATIVE_GREATER);
}

int claim_runs_wanted(const Claim *claim, const ClaimResult *result, int family) {
    if (!claim_is_tested(claim->kind) || !isfinite(result->low) || !isfinite(result->high)) return 0;
    if (claim->kind == CLAIM_REPRODUCES || claim->kind == CLAIM_DOMINATES)
        return 0;    // more runs of ours are not all it takes
    Goal goal = goal_of(claim, result, family > 1 ? family : 1);
    if (!(goal.distance > 0)) return 0;
    if (claim_has_share(claim)) return runs_of_share(goal, result->effect);
    if (claim->kind == CLAIM_CORRELATES) return runs_of_correlation(goal, result->effect);
    return runs_of_means(claim, result, goal);
}
