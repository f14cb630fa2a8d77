// Several tests at once: each p adjusted so that it can be compared with the level of the family by itself. adjusted[count]
// may be `p`; ties get equal values; a p that is NaN counts as 1 (and an e-value that is NaN as 0): it is a test that was
// asked for and gave no evidence.
//
// The family-wise error is the probability of any wrong rejection, the false discovery rate the expected share of wrong
// ones among the rejections. p_(1) <= ... <= p_(m) are the p in ascending order.
#pragma once

// Family-wise error under any dependence: m p.
void bonferroni_adjust(const double *p, int count, double *adjusted);

// Holm (1979): the running maximum of (m - i + 1) p_(i) over ascending p, at most 1. Controls the family-wise error
// under any dependence, and never rejects less than Bonferroni: the default.
void holm_adjust(const double *p, int count, double *adjusted);

// Hochberg (1988): the running minimum of (m - i + 1) p_(i) from the largest p down. Family-wise error for independent or
// positively dependent tests.
void hochberg_adjust(const double *p, int count, double *adjusted);

// Sidak (1967): 1 - (1 - p)^m. Family-wise error for independent tests.
void sidak_adjust(const double *p, int count, double *adjusted);

// Benjamini and Hochberg (1995): the running minimum of m p_(i) / i from the largest p down. False discovery rate for
// independent or positively dependent tests: for exploring, not for claims.
void benjamini_hochberg_adjust(const double *p, int count, double *adjusted);

// Benjamini and Yekutieli (2001): the same times 1 + 1/2 + ... + 1/m, at most 1. Under any dependence.
void benjamini_yekutieli_adjust(const double *p, int count, double *adjusted);

// e-BH (Wang and Ramdas 2022) for e-values (>= 0, mean at most 1 under the null), e_(1) the largest: the running minimum of
// m / (i e_(i)) from the smallest e up, at most 1. Those with adjusted <= level are the k largest with e_(k) >= m / (k level).
// False discovery rate under any dependence.
void ebh_adjust(const double *e, int count, double *adjusted);
