// Evidence that may be looked at while runs are still being added: group-sequential boundaries for a few looks that are
// planned beforehand, and e-processes for looks at any time. A run (seed) is one value.
#pragma once

#include "analysis/statistics.h"

// ---- group-sequential boundaries ----
//
// Looks k = 0..looks-1 happen at information fractions 0 < t_0 < ... < t_{looks-1} = 1 (runs so far / runs at most). At each
// a statistic Z_k, standard normal under the null, meets a one-sided boundary: Pocock (1977) z_k = c, or O'Brien and Fleming
// (1979) z_k = c / sqrt(t_k), strict early and nearly the ordinary test at the end. Z_k sqrt(t_k) has independent increments
// with the variances t_k - t_{k-1}.
//
// Other statistics are mapped by their one-sided p at the look: z = sequential_z(p), p of a t test (estimate_p), of a share
// (proportion_p) or of a bounded mean (bounded_p), always of all runs so far. The looks and their number must be fixed
// before the first; stopping earlier is always allowed, adding looks never.
//
// Valid: exact for normal runs of known variance. With t statistics the level holds approximately: looks at 10, 15, 20, 25 and
// 30 normal runs reject in 0.052 instead of 0.05, in 0.0053 instead of 0.005 of 300 000 simulated series. Shares and bounded
// means, their p being conservative, stay far below (about 0.02 of 0.05). For a guarantee take an e-process.

typedef enum SequentialShape { SEQUENTIAL_POCOCK, SEQUENTIAL_OBRIEN_FLEMING } SequentialShape;

// The z whose upper tail is p: infinite for 0 and 1, NaN for NaN. Inverse of the mapping above.
double sequential_z(double p);

// z_k of the shape with constant c at information fraction t.
double sequential_boundary(SequentialShape shape, double constant, double fraction);

// P(Z_k >= boundary[k] for some k), by recursive integration of the density of the paths that have not crossed (Armitage,
// McPherson and Rowe 1969). Error about 1e-12, relative too for probabilities above 1e-20. The cost grows with the looks and
// with 1 / sqrt(smallest increment): about a millisecond for five looks, 0.1 s for a hundred.
double sequential_crossing(const double *fractions, const double *boundary, int looks);

// The constant c at which the crossing probability is alpha, one-sided, 0 < alpha < 0.5. A two-sided level is twice the
// one-sided one, but for the paths that cross both boundaries (at 0.05 below 1e-5).
double sequential_constant(SequentialShape shape, const double *fractions, int looks, double alpha);

// Repeated p-value of the result z at look 0 <= look < looks (Jennison and Turnbull 2000, chapter 9): the crossing
// probability, over ALL planned looks, of the boundary of this shape that z just touches; it falls as z grows. One look:
// the ordinary p. NaN z: NaN.
//
// The smallest of the repeated p-values so far is a valid p under any rule of stopping at a look: it is at most alpha iff
// the boundary of level alpha was reached. Several hypotheses: Holm on these minima controls the family-wise error, whatever
// the dependence and wherever each stopped, since the boundaries are nested in alpha (Maurer and Bretz 2013).
double sequential_p(SequentialShape shape, const double *fractions, int looks, int look, double z);

// ---- e-processes for bounded values ----
//
// An e-process is a non-negative process that starts at 1 and whose expectation at any stopping time is at most 1 under the
// null. Large is evidence: P(it ever reaches 1 / alpha) <= alpha (Ville 1939), so it may be looked at after every run, and
// runs may be added for any reason. Products of e-values of independent data are e-values, and so are averages of any.
//
// For values x_i in [0, 1] the wealth of a gambler who bets against the null, prod_i (1 + lambda_i (x_i - null)) with lambda_i
// chosen before x_i is seen, is one (Shafer 2021; Waudby-Smith and Ramdas 2024). Valid for H0: E[x_i | past] <= null (greater),
// >= null (less), = null (two-sided: the average of the two), for any distribution on [0, 1]; no independence is needed beyond
// that. Other ranges: rescale by the known range first. 0 < null < 1. From a NaN or a value outside [0, 1] on all is NaN.
//
// Scores a and b in [0, 1] that share a seed: x = (a - b + 1) / 2, and a - b > margin is x > (1 + margin) / 2.
double eprocess_pair(double a, double b);

// wealth[n] after each value, with the same bet every time: 0 <= bet <= 1 / null (greater), 1 / (1 - null) (less), both
// (two-sided). A bet at the limit is lost for good by a single worst value.
void eprocess_fixed(const double *x, int n, double null, double bet, Alternative alternative, double *wealth);

// wealth[n] of an even mixture of 100 bets over the whole admissible range: a bet that follows the past, each part growing
// with its success (Cover 1991; "diversified Kelly" in Waudby-Smith and Ramdas 2024). Nothing to tune, and the final wealth
// does not depend on the order of the values.
void eprocess_mixture(const double *x, int n, double null, Alternative alternative, double *wealth);

// p[n], min(1, 1 / largest wealth so far): a p-value at any stopping time. `p` may be `wealth`.
void eprocess_p(const double *wealth, int n, double *p);

// Confidence sequence for the mean of x_i in [0, 1], E[x_i | past] constant: with probability 1 - alpha all n intervals contain
// it at once, so their running intersection is one too. Predictable plug-in empirical Bernstein (Waudby-Smith and Ramdas 2024):
//     mu_i = (1/2 + sum x) / (i + 1), s2_i = (1/4 + sum (x_j - mu_j)^2) / (i + 1),
//     lambda_t = min(1/2, sqrt(2 ln(2/alpha) / (s2_{t-1} t ln(1 + t)))), psi(l) = -ln(1 - l) - l,
//     sum lambda x / sum lambda -+ (ln(2/alpha) + sum (x_t - mu_{t-1})^2 psi(lambda_t)) / sum lambda.
// Not cut to [0, 1]. Wide for few runs: useful from about 30 on. NaN as above.
void confidence_sequence(const double *x, int n, double alpha, Interval *bounds);

// Shiryaev-Roberts e-detector, M_t = (1 + M_{t-1}) e_t with M_0 = 0 (Shin, Ramdas and Rinaldo 2022): has it become worse at
// some unknown time? e[n] are e-values, each valid given the past as long as nothing has changed, such as the night's wealth.
// With an alarm at the first M_t >= c a false alarm takes c looks or more on average. After an alarm start anew. NaN stays.
void edetector(const double *e, int n, double *evidence);
